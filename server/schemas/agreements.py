"""Shapes of the confidentiality agreement."""

from marshmallow import fields, validate

from server.schemas.base import StrictSchema


class AgreementViewSchema(StrictSchema):
    needed = fields.Boolean(required=True)
    version = fields.Integer(required=True, allow_none=True)
    title = fields.String(required=True)
    title_en = fields.String(required=True)
    text = fields.String(required=True)
    text_en = fields.String(required=True)
    published_at = fields.AwareDateTime(required=True, allow_none=True)
    accepted_at = fields.AwareDateTime(required=True, allow_none=True)


class AcceptSchema(StrictSchema):
    version = fields.Integer(required=True, strict=True, validate=validate.Range(1, 100_000))
    # The language in which it was shown.
    locale = fields.String(required=True, validate=validate.OneOf(["zh-CN", "en"]))
