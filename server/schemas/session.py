"""Shapes of sign-in."""

from marshmallow import fields, validate

from server.schemas.base import StrictSchema


class SignInSchema(StrictSchema):
    login = fields.String(required=True, validate=validate.Length(1, 64))
    password = fields.String(required=True, validate=validate.Length(1, 200), load_only=True)


class StepUpSchema(StrictSchema):
    password = fields.String(required=True, validate=validate.Length(1, 200), load_only=True)


class SteppedUpSchema(StrictSchema):
    until = fields.AwareDateTime(required=True)


class LocaleSchema(StrictSchema):
    locale = fields.String(required=True, validate=validate.OneOf(["zh-CN", "en"]))


class SignedInPersonSchema(StrictSchema):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    locale = fields.String(required=True)
    roles = fields.List(fields.String(), required=True)


class CompanyNameSchema(StrictSchema):
    name = fields.String(required=True)
    name_en = fields.String(required=True)


class InboxKeySchema(StrictSchema):
    """What a phone seals with: `public` is the raw P-256 point in base64."""

    id = fields.String(required=True)
    public = fields.String(required=True)


class SessionSchema(StrictSchema):
    person = fields.Nested(SignedInPersonSchema, required=True)
    company = fields.Nested(CompanyNameSchema, required=True)
    epoch = fields.UUID(required=True)
    server_time = fields.AwareDateTime(required=True)
    timezone = fields.String(required=True)
    currency = fields.String(required=True)
    inbox_key = fields.Nested(InboxKeySchema, required=True)
