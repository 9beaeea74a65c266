"""Shapes of the live board."""

from marshmallow import fields, validate

from server.schemas.base import Rows, StrictSchema


class LiveCallsQuerySchema(StrictSchema):
    route_id = fields.Integer(load_default=None, validate=validate.Range(min=1, max=2**31 - 1))


class LiveRouteSchema(StrictSchema):
    """`planned` = `done` + `skipped` + `late` + what is ahead."""

    id = fields.Integer(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    territory_id = fields.Integer(required=True)
    territory = fields.String(required=True)
    territory_en = fields.String(required=True)
    timezone = fields.String(required=True)
    person_id = fields.Integer(required=True, allow_none=True)
    person = fields.String(required=True)
    person_en = fields.String(required=True)
    substitute = fields.Boolean(required=True)
    state = fields.String(
        required=True, validate=validate.OneOf(("no_stops", "waiting", "late", "running", "finished"))
    )
    planned = fields.Integer(required=True)
    done = fields.Integer(required=True)
    late = fields.Integer(required=True)
    skipped = fields.Integer(required=True)
    calls = fields.Integer(required=True)
    unplanned = fields.Integer(required=True)
    orders = fields.Integer(required=True)
    order_minor = fields.Integer(required=True)
    strike_rate = fields.Float(required=True, allow_none=True)
    started_at = fields.AwareDateTime(required=True, allow_none=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    last_call_at = fields.AwareDateTime(required=True, allow_none=True)
    synced_at = fields.AwareDateTime(required=True, allow_none=True)
    gap_since = fields.AwareDateTime(required=True, allow_none=True)


class LiveSchema(StrictSchema):
    as_of = fields.AwareDateTime(required=True)
    routes = Rows(LiveRouteSchema, required=True)


class LiveExceptionSchema(StrictSchema):
    kind = fields.String(required=True)
    cause = fields.String(required=True)
    since = fields.AwareDateTime(required=True, allow_none=True)
    person_id = fields.Integer(required=True)
    person = fields.String(required=True)
    person_en = fields.String(required=True)
    route_id = fields.Integer(required=True, allow_none=True)
    route = fields.String(required=True)
    outlet_id = fields.Integer(required=True, allow_none=True)
    outlet = fields.String(required=True)
    outlet_en = fields.String(required=True)
    visit_id = fields.UUID(required=True, allow_none=True)
    amount = fields.Float(required=True, allow_none=True)
    of = fields.Float(required=True, allow_none=True)


class LiveExceptionsSchema(StrictSchema):
    """`totals` by kind: of each kind the newest 100 are listed."""

    as_of = fields.AwareDateTime(required=True)
    totals = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    exceptions = Rows(LiveExceptionSchema, required=True)


class LiveCallSchema(StrictSchema):
    id = fields.UUID(required=True)
    route_id = fields.Integer(required=True, allow_none=True)
    person_id = fields.Integer(required=True)
    person = fields.String(required=True)
    person_en = fields.String(required=True)
    outlet = fields.String(required=True)
    outlet_en = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    left_at = fields.AwareDateTime(required=True)
    latitude = fields.Float(required=True, allow_none=True)
    longitude = fields.Float(required=True, allow_none=True)
    ordered = fields.Boolean(required=True)
    far = fields.Boolean(required=True)
    short = fields.Boolean(required=True)


class LiveCallsSchema(StrictSchema):
    """The newest calls of `total`."""

    as_of = fields.AwareDateTime(required=True)
    total = fields.Integer(required=True)
    calls = Rows(LiveCallSchema, required=True)


class DayCallSchema(StrictSchema):
    id = fields.UUID(required=True)
    at = fields.AwareDateTime(required=True)
    until = fields.AwareDateTime(required=True)
    route_id = fields.Integer(required=True, allow_none=True)
    outlet_id = fields.Integer(required=True, allow_none=True)
    outlet = fields.String(required=True)
    outlet_en = fields.String(required=True)
    planned = fields.Boolean(required=True)
    planned_minute = fields.Integer(required=True, allow_none=True)
    outcome = fields.String(required=True, allow_none=True)
    order_minor = fields.Integer(required=True, allow_none=True)
    distance_m = fields.Float(required=True, allow_none=True)
    latitude = fields.Float(required=True, allow_none=True)
    longitude = fields.Float(required=True, allow_none=True)
    counted = fields.Integer(required=True)
    equal = fields.Integer(required=True)
    far = fields.Boolean(required=True)
    short = fields.Boolean(required=True)
    copied = fields.Boolean(required=True)


class OpenStopSchema(StrictSchema):
    route_id = fields.Integer(required=True)
    outlet_id = fields.Integer(required=True)
    outlet = fields.String(required=True)
    outlet_en = fields.String(required=True)
    planned_minute = fields.Integer(required=True, allow_none=True)
    seq = fields.Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf(("done", "skipped", "late", "ahead")))


class PauseSchema(StrictSchema):
    after = fields.Integer(required=True)
    minutes = fields.Integer(required=True)


class TimelineSchema(StrictSchema):
    """`pauses`: minutes between two calls, after the call at the place `after`."""

    as_of = fields.AwareDateTime(required=True)
    person_id = fields.Integer(required=True)
    person = fields.String(required=True)
    person_en = fields.String(required=True)
    day = fields.Date(required=True)
    timezone = fields.String(required=True)
    started_at = fields.AwareDateTime(required=True, allow_none=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    synced_at = fields.AwareDateTime(required=True, allow_none=True)
    gap_since = fields.AwareDateTime(required=True, allow_none=True)
    planned = fields.Integer(required=True)
    done = fields.Integer(required=True)
    calls = fields.List(fields.Nested(DayCallSchema), required=True)
    stops = fields.List(fields.Nested(OpenStopSchema), required=True)
    pauses = fields.List(fields.Nested(PauseSchema), required=True)
