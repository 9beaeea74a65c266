"""Shapes of absences, the planner's advice and substitutions."""

from marshmallow import fields, validate

from server.domain.roster import REASONS
from server.schemas.base import PlainDay, StrictSchema
from server.schemas.routes import ID


class AbsenceQuerySchema(StrictSchema):
    first = PlainDay(load_default=None)
    last = PlainDay(load_default=None)


class AdviceQuerySchema(StrictSchema):
    person_id = fields.Integer(required=True, validate=validate.Range(1, 2**31))
    first_day = PlainDay(required=True)
    last_day = PlainDay(required=True)


class PortionSchema(StrictSchema):
    """Outlets of one route of the absent person that one person looks after."""

    person_id = fields.Integer(required=True, **ID)
    route_id = fields.Integer(required=True, **ID)
    outlet_ids = fields.List(fields.Integer(**ID), required=True, validate=validate.Length(1, 1_000))


class CoverSchema(StrictSchema):
    """Who stands in: one person, or several by outlets."""

    stand_in = fields.Integer(load_default=None, allow_none=True, **ID)
    portions = fields.List(fields.Nested(PortionSchema), load_default=list, validate=validate.Length(max=100))


class NewAbsenceSchema(CoverSchema):
    person_id = fields.Integer(required=True, **ID)
    first_day = PlainDay(required=True)
    last_day = PlainDay(required=True)
    reason = fields.String(load_default="leave", validate=validate.OneOf(REASONS))


class AbsenceSchema(StrictSchema):
    id = fields.Integer(required=True)
    person_id = fields.Integer(required=True)
    person = fields.String(required=True)
    first_day = fields.Date(required=True)
    last_day = fields.Date(required=True)
    reason = fields.String(required=True)
    made_at = fields.AwareDateTime(required=True)
    stand_ins = fields.List(fields.String(), required=True)
    routes = fields.Integer(required=True)
    spread = fields.Boolean(required=True)


class AbsenceIdSchema(StrictSchema):
    id = fields.Integer(required=True)


class HeldRouteSchema(StrictSchema):
    id = fields.Integer(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    role = fields.String(required=True)


class OfferSchema(StrictSchema):
    """Minutes are of all days together; `metres`: how far their own outlets are, null: they hold no route."""

    person_id = fields.Integer(required=True)
    name = fields.String(required=True)
    days = fields.Integer(required=True)
    extra_minutes = fields.Integer(required=True)
    over_days = fields.Integer(required=True)
    over_minutes = fields.Integer(required=True)
    metres = fields.Integer(required=True, allow_none=True)


class ShareSchema(StrictSchema):
    person_id = fields.Integer(required=True)
    name = fields.String(required=True)
    route_id = fields.Integer(required=True)
    outlet_ids = fields.List(fields.Integer(), required=True)
    extra_minutes = fields.Integer(required=True)
    over_minutes = fields.Integer(required=True)


class AdviceSchema(StrictSchema):
    routes = fields.List(fields.Nested(HeldRouteSchema), required=True)
    calls = fields.Integer(required=True)
    working_days = fields.Integer(required=True)
    weighed_to = fields.Date(required=True)
    one = fields.List(fields.Nested(OfferSchema), required=True)
    spread = fields.List(fields.Nested(ShareSchema), required=True)
