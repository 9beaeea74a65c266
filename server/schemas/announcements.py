"""Shapes of announcements."""

from marshmallow import fields, validate

from server.domain.permission import ROLES
from server.schemas.base import CleanText, StrictSchema
from server.schemas.routes import ID


class NewAnnouncementSchema(StrictSchema):
    title = CleanText(required=True, least=1, most=120)
    title_en = CleanText(most=120, load_default="")
    text = CleanText(required=True, least=1, most=2_000, lines=True)
    text_en = CleanText(most=2_000, load_default="", lines=True)
    roles = fields.List(
        fields.String(validate=validate.OneOf(ROLES)),
        required=True,
        validate=validate.Length(1, len(ROLES)),
    )
    territory_ids = fields.List(fields.Integer(**ID), load_default=list, validate=validate.Length(0, 200))
    starts_at = fields.AwareDateTime(load_default=None, allow_none=True)
    ends_at = fields.AwareDateTime(required=True)
    must_confirm = fields.Boolean(load_default=False)


class MadeAnnouncementSchema(StrictSchema):
    id = fields.Integer(required=True)


class SentAnnouncementSchema(StrictSchema):
    """`people`: to how many it went; `read`, `confirmed`: how many of them."""

    id = fields.Integer(required=True)
    title = fields.String(required=True)
    title_en = fields.String(required=True)
    text = fields.String(required=True)
    text_en = fields.String(required=True)
    roles = fields.List(fields.String(), required=True)
    territory_ids = fields.List(fields.Integer(), required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    must_confirm = fields.Boolean(required=True)
    by = fields.String(required=True)
    made_at = fields.AwareDateTime(required=True)
    withdrawn_at = fields.AwareDateTime(required=True, allow_none=True)
    people = fields.Integer(required=True)
    read = fields.Integer(required=True)
    confirmed = fields.Integer(required=True)


class OwnAnnouncementSchema(StrictSchema):
    id = fields.Integer(required=True)
    title = fields.String(required=True)
    title_en = fields.String(required=True)
    text = fields.String(required=True)
    text_en = fields.String(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    must_confirm = fields.Boolean(required=True)
    by = fields.String(required=True)
    by_en = fields.String(required=True)
    read_at = fields.AwareDateTime(required=True, allow_none=True)
    confirmed_at = fields.AwareDateTime(required=True, allow_none=True)


class ReaderSchema(StrictSchema):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    read_at = fields.AwareDateTime(required=True, allow_none=True)
    confirmed_at = fields.AwareDateTime(required=True, allow_none=True)


class ReadSchema(StrictSchema):
    """`confirm`: the person also says that they have understood it."""

    confirm = fields.Boolean(load_default=False)
