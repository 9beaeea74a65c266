"""Shapes of an opening of a contact's number."""

from marshmallow import fields, validate

from server.domain.operation_bodies.reveals import MOST_WORDS, REASONS
from server.schemas.base import CleanText, StrictSchema

MOST_ID = 2**31 - 1
ROUND_THE_EARTH_M = 40_100_000


class FixSchema(StrictSchema):
    latitude = fields.Float(required=True, validate=validate.Range(-90, 90))
    longitude = fields.Float(required=True, validate=validate.Range(-180, 180))
    accuracy_m = fields.Float(required=True, validate=validate.Range(0, ROUND_THE_EARTH_M))


class RevealSchema(StrictSchema):
    reveal_id = fields.UUID(required=True)
    outlet_id = fields.Integer(required=True, strict=True, validate=validate.Range(1, MOST_ID))
    contact_id = fields.Integer(required=True, strict=True, validate=validate.Range(1, MOST_ID))
    reason = fields.String(required=True, validate=validate.OneOf(REASONS))
    words = CleanText(required=True, most=MOST_WORDS)
    at = fields.AwareDateTime(required=True)
    fix = fields.Nested(FixSchema, required=True, allow_none=True)


class RevealedSchema(StrictSchema):
    """The number as it is written on the card, and what is left of the quota."""

    number = fields.String(required=True)
    left_today = fields.Integer(required=True)
    left_outlet = fields.Integer(required=True)
