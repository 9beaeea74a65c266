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


class MoreSchema(StrictSchema):
    """A wish for more openings: at an outlet, or (null) today wherever."""

    request_id = fields.UUID(required=True)
    outlet_id = fields.Integer(
        required=True, allow_none=True, strict=True, validate=validate.Range(1, MOST_ID)
    )
    words = CleanText(required=True, least=1, most=500)


class MoreAskedSchema(StrictSchema):
    request_id = fields.UUID(required=True)


class MoreQuerySchema(StrictSchema):
    status = fields.String(load_default="open", validate=validate.OneOf(("open", "approved", "refused")))


class MoreViewSchema(StrictSchema):
    id = fields.UUID(required=True)
    person_id = fields.Integer(required=True)
    person = fields.String(required=True)
    outlet_id = fields.Integer(required=True, allow_none=True)
    outlet = fields.String(required=True)
    day = fields.Date(required=True)
    words = fields.String(required=True)
    requested_at = fields.AwareDateTime(required=True)
    status = fields.String(required=True)
    decided_by = fields.String(required=True)
    decided_at = fields.AwareDateTime(required=True, allow_none=True)
    decision_note = fields.String(required=True)
    opened_outlet = fields.Integer(required=True)
    opened_today = fields.Integer(required=True)


class MoreDecisionSchema(StrictSchema):
    approve = fields.Boolean(required=True)
    note = CleanText(required=True, most=500, lines=True)
