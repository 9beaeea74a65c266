"""Shapes of the confidentiality agreement."""

from marshmallow import fields, validate

from server.schemas.base import CleanText, StrictSchema


class AgreementViewSchema(StrictSchema):
    needed = fields.Boolean(required=True)
    version = fields.Integer(required=True, allow_none=True)
    title = fields.String(required=True)
    title_en = fields.String(required=True)
    text = fields.String(required=True)
    text_en = fields.String(required=True)
    published_at = fields.AwareDateTime(required=True, allow_none=True)
    accepted_at = fields.AwareDateTime(required=True, allow_none=True)


class PublishSchema(StrictSchema):
    title = CleanText(required=True, least=1, most=200)
    title_en = CleanText(most=200, load_default="")
    text = CleanText(required=True, least=20, most=20_000, lines=True)
    text_en = CleanText(most=40_000, load_default="", lines=True)


class VersionSchema(StrictSchema):
    version = fields.Integer(required=True)
    title = fields.String(required=True)
    title_en = fields.String(required=True)
    published_at = fields.AwareDateTime(required=True)
    published_by = fields.String(required=True)
    accepted = fields.Integer(required=True)


class StandingQuerySchema(StrictSchema):
    # Only those who have not accepted the newest version.
    open = fields.Boolean(load_default=False)
    offset = fields.Integer(load_default=0, validate=validate.Range(0, 1_000_000))


class StandingSchema(StrictSchema):
    person_id = fields.Integer(required=True)
    person = fields.String(required=True)
    acceptance_id = fields.Integer(required=True, allow_none=True)
    accepted_at = fields.AwareDateTime(required=True, allow_none=True)
    locale = fields.String(required=True)
    pdf_sha256 = fields.String(required=True)


class StandingsSchema(StrictSchema):
    people = fields.List(fields.Nested(StandingSchema), required=True)
    total = fields.Integer(required=True)
    waiting = fields.Integer(required=True)
    limit = fields.Integer(required=True)


class AcceptSchema(StrictSchema):
    version = fields.Integer(required=True, strict=True, validate=validate.Range(1, 100_000))
    # The language in which it was shown.
    locale = fields.String(required=True, validate=validate.OneOf(["zh-CN", "en"]))
