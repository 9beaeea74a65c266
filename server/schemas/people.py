"""Shapes of people on the desk."""

from marshmallow import fields, validate

from server.domain.permission import ROLES
from server.schemas.base import CleanText, StrictSchema


class PeopleQuerySchema(StrictSchema):
    role = fields.String(load_default=None, validate=validate.OneOf(ROLES))


class PersonSchema(StrictSchema):
    id = fields.Integer()
    login = fields.String()
    name = fields.String()
    name_en = fields.String()
    locale = fields.String()
    status = fields.String()
    roles = fields.List(fields.String())
    # The territories that narrow what the person sees; empty: all.
    territories = fields.List(fields.Integer(), dump_only=True)


class NewPersonSchema(StrictSchema):
    login = CleanText(required=True, least=1, most=64)
    name = CleanText(required=True, least=1, most=100)
    name_en = CleanText(most=100, load_default="")
    password = fields.String(required=True, load_only=True, validate=validate.Length(max=200))
    roles = fields.List(
        fields.String(validate=validate.OneOf(ROLES)), required=True, validate=validate.Length(1, len(ROLES))
    )
    locale = fields.String(load_default="zh-CN", validate=validate.OneOf(["zh-CN", "en"]))


class FreezeSchema(StrictSchema):
    reason = CleanText(required=True, least=1, most=500, lines=True)


class FrozenSchema(StrictSchema):
    person_id = fields.Integer(required=True)
    since = fields.AwareDateTime(required=True)


class GrantSchema(StrictSchema):
    role = fields.String(required=True, validate=validate.OneOf(ROLES))


class TerritoriesSchema(StrictSchema):
    territory_ids = fields.List(
        fields.Integer(strict=True, validate=validate.Range(1, 2**31)),
        required=True,
        validate=validate.Length(0, 500),
    )
