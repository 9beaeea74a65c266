"""Shapes of plans, versions and the board."""

from marshmallow import fields, validate

from server.schemas.base import CleanText, StrictSchema
from server.schemas.jobs import JobDetailSchema
from server.schemas.routes import ID, MINUTE, WEEKDAY

KINDS = ["sequence", "calendar", "territory"]


class PlansQuerySchema(StrictSchema):
    territory_id = fields.Integer(load_default=None, validate=validate.Range(1, 2**53))


class TermsSchema(StrictSchema):
    start_minute = fields.Integer(load_default=510, **MINUTE)
    end_minute = fields.Integer(load_default=1050, strict=True, validate=validate.Range(1, 1440))
    minutes_a_stop = fields.Integer(load_default=8, strict=True, validate=validate.Range(1, 240))
    weekdays = fields.List(
        fields.Integer(**WEEKDAY), load_default=lambda: [0, 1, 2, 3, 4, 5], validate=validate.Length(1, 7)
    )
    most_calls = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(1, 200)
    )
    change_price = fields.Float(load_default=2.0, validate=validate.Range(0, 1_000))


class NewPlanSchema(StrictSchema):
    territory_id = fields.Integer(required=True, **ID)
    name = CleanText(required=True, least=1, most=100)
    starts_on = fields.Date(required=True)
    terms = fields.Nested(TermsSchema, load_default=lambda: TermsSchema().load({}))


class PlanProposalSchema(StrictSchema):
    version_id = fields.Integer(required=True, **ID)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    seconds = fields.Float(load_default=20.0, validate=validate.Range(1, 1_800))


class PlanEditSchema(StrictSchema):
    revision = fields.Integer(required=True, strict=True, validate=validate.Range(0, 2**53))
    kind = fields.String(required=True, validate=validate.OneOf(["move", "lock", "unlock"]))
    outlet_ids = fields.List(fields.Integer(**ID), required=True, validate=validate.Length(1, 500))
    from_weekday = fields.Integer(load_default=None, allow_none=True, **WEEKDAY)
    route_id = fields.Integer(load_default=None, allow_none=True, **ID)
    weekday = fields.Integer(load_default=None, allow_none=True, **WEEKDAY)
    place = fields.Integer(load_default=None, allow_none=True, strict=True, validate=validate.Range(0, 500))


class PlanUndoSchema(StrictSchema):
    revision = fields.Integer(required=True, strict=True, validate=validate.Range(0, 2**53))
    redo = fields.Boolean(load_default=False)


class PublishPlanSchema(StrictSchema):
    starts_on = fields.Date(required=True)
    reason = CleanText(required=True, least=1, most=200)


class PublishedPlanSchema(StrictSchema):
    changes = fields.Integer()


class MadeVersionSchema(StrictSchema):
    id = fields.Integer()


class PlanCompareQuerySchema(StrictSchema):
    one = fields.Integer(required=True, validate=validate.Range(1, 2**53))
    other = fields.Integer(required=True, validate=validate.Range(1, 2**53))


class PlanCompareSchema(StrictSchema):
    totals = fields.List(fields.Dict(keys=fields.String(), values=fields.Float()))
    moves = fields.List(fields.Integer())
    changes = fields.Integer()


class PlanVersionSchema(StrictSchema):
    id = fields.Integer()
    number = fields.Integer()
    origin = fields.String()
    made_at = fields.AwareDateTime()
    made_by = fields.String()
    figures = fields.Dict(keys=fields.String(), values=fields.Float())
    edits = fields.Integer()
    revision = fields.Integer()


class PlanSchema(StrictSchema):
    id = fields.Integer()
    territory_id = fields.Integer()
    name = fields.String()
    starts_on = fields.Date()
    state = fields.String()
    terms = fields.Nested(TermsSchema)
    made_at = fields.AwareDateTime()
    made_by = fields.String()
    published_version = fields.Integer(allow_none=True)
    published_at = fields.AwareDateTime(allow_none=True)
    job = fields.Nested(JobDetailSchema, allow_none=True)
    versions = fields.List(fields.Nested(PlanVersionSchema))


class PlanRouteSchema(StrictSchema):
    id = fields.Integer()
    code = fields.String()
    name = fields.String()
    name_en = fields.String()
    rep = fields.String()


class RouteFiguresSchema(StrictSchema):
    """One route's four weeks; `weekdays`: [weekday, calls, minutes of travel, minutes] of each fullest week."""

    route_id = fields.Integer()
    stores = fields.Integer()
    calls = fields.Integer()
    travel = fields.Float()
    service = fields.Float()
    work = fields.Float()
    days = fields.Integer()
    longest = fields.Float()
    over = fields.Integer()
    late = fields.Integer()
    weekdays = fields.List(fields.List(fields.Float()))


class BreachSchema(StrictSchema):
    rule = fields.String()
    route_id = fields.Integer()
    weekday = fields.Integer(allow_none=True)
    outlet_id = fields.Integer(allow_none=True)
    figure = fields.Float()


class BoardChangeSchema(StrictSchema):
    """What an edit changed: the touched routes whole. `lines`: [outlet, route, weekday, weeks, phase, sequence,
    planned minute] in order."""

    revision = fields.Integer()
    can_undo = fields.Boolean()
    can_redo = fields.Boolean()
    touched = fields.List(fields.Integer())
    travel_before = fields.Float()
    travel_after = fields.Float()
    lines = fields.List(fields.List(fields.Integer(allow_none=True)))
    figures = fields.List(fields.Nested(RouteFiguresSchema))
    breaches = fields.List(fields.Nested(BreachSchema))
    totals = fields.Dict(keys=fields.String(), values=fields.Float())
    moves = fields.List(fields.Integer())
    locked = fields.List(fields.Integer())
    unplanned = fields.List(fields.Integer())


class BoardSchema(BoardChangeSchema):
    """The whole board. `outlets`: [id, code, name, class, latitude, longitude, minutes, wanted]."""

    plan_id = fields.Integer()
    version_id = fields.Integer()
    number = fields.Integer()
    editable = fields.Boolean()
    routes = fields.List(fields.Nested(PlanRouteSchema))
    outlets = fields.List(fields.List(fields.Raw(allow_none=True)))
    today_lines = fields.List(fields.List(fields.Integer(allow_none=True)))
    today_figures = fields.List(fields.Nested(RouteFiguresSchema))
    today_totals = fields.Dict(keys=fields.String(), values=fields.Float())


class GroundSchema(StrictSchema):
    """The map's ground; all empty: a blank one."""

    style = fields.String()
    tiles = fields.String()
    pmtiles = fields.String()
    datum = fields.String()
    attribution = fields.String()
