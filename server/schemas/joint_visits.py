"""Shapes of joint visits: whom to walk with, and the forms."""

from marshmallow import fields, validate

from server.schemas.base import MaskedText, StrictSchema


class StopTodaySchema(StrictSchema):
    person_id = fields.Integer(required=True)
    person = fields.String(required=True)
    person_en = fields.String(required=True)
    outlet_id = fields.Integer(required=True)
    outlet = fields.String(required=True)
    outlet_en = fields.String(required=True)
    address = fields.String(required=True)
    minute = fields.Integer(required=True, allow_none=True)


class JointVisitQuerySchema(StrictSchema):
    person_id = fields.Integer(load_default=None, validate=validate.Range(1, 2**31))


class JointVisitSchema(StrictSchema):
    """`steps`: [step, mark, words] each, in the order of the steps."""

    id = fields.UUID(required=True)
    person_id = fields.Integer(required=True)
    person = fields.String(required=True)
    supervisor = fields.String(required=True)
    outlet = fields.String(required=True)
    outlet_en = fields.String(required=True)
    day = fields.Date(required=True)
    at = fields.AwareDateTime(required=True)
    steps = fields.List(fields.List(MaskedText()), required=True)
    well = fields.Integer(required=True)
    seen = fields.Integer(required=True)
    words = MaskedText(required=True)
    action = MaskedText(required=True)
    action_due = fields.Date(required=True, allow_none=True)
