"""Shapes of territories, routes, stops, trucks and assignments."""

from typing import Any

from marshmallow import fields, validate

from server.schemas.base import CleanText, StrictSchema

ID: dict[str, Any] = {"strict": True, "validate": validate.Range(1, 2**53)}
MINUTE: dict[str, Any] = {"strict": True, "validate": validate.Range(0, 1439)}
WEEKDAY: dict[str, Any] = {"strict": True, "validate": validate.Range(0, 6)}


class TerritorySchema(StrictSchema):
    id = fields.Integer(dump_only=True)
    code = CleanText(required=True, least=1, most=40)
    name = CleanText(required=True, least=1, most=100)
    name_en = CleanText(most=100, load_default="")
    timezone = CleanText(most=64, load_default="Asia/Hong_Kong")


class TruckSchema(StrictSchema):
    id = fields.Integer(dump_only=True)
    plate = CleanText(required=True, least=1, most=20)
    capacity_cases = fields.Integer(
        strict=True, allow_none=True, load_default=None, validate=validate.Range(1, 10_000)
    )


class RouteQuerySchema(StrictSchema):
    territory_id = fields.Integer(load_default=None)
    day = fields.Date(load_default=None)


class HolderSchema(StrictSchema):
    id = fields.Integer()
    route_id = fields.Integer()
    role = fields.String()
    holder_id = fields.Integer()
    holder = fields.String()
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime(allow_none=True)
    kind = fields.String()


class RouteSchema(StrictSchema):
    id = fields.Integer(dump_only=True)
    code = CleanText(required=True, least=1, most=40)
    name = CleanText(required=True, least=1, most=100)
    name_en = CleanText(most=100, load_default="")
    territory_id = fields.Integer(required=True, **ID)
    version = fields.Integer(dump_only=True)
    truck_weekdays = fields.List(fields.Integer(), dump_only=True)
    holders = fields.List(fields.Nested(HolderSchema), dump_only=True)
    stops_by_weekday = fields.List(fields.Integer(), dump_only=True)


class StopSchema(StrictSchema):
    id = fields.Integer()
    outlet_id = fields.Integer()
    code = fields.String()
    name = fields.String()
    address = fields.String()
    outlet_class = fields.String()
    latitude = fields.Float(allow_none=True)
    longitude = fields.Float(allow_none=True)
    weekday = fields.Integer()
    weeks = fields.Integer()
    phase = fields.Integer()
    sequence = fields.Integer()
    planned_minute = fields.Integer(allow_none=True)
    valid_from = fields.Date()
    valid_to = fields.Date(allow_none=True)


class RoutePlanSchema(StrictSchema):
    route = fields.Nested(RouteSchema)
    day = fields.Date()
    stops = fields.List(fields.Nested(StopSchema))
    assignments = fields.List(fields.Nested(HolderSchema))


class StopPlanSchema(StrictSchema):
    outlet_id = fields.Integer(required=True, **ID)
    weeks = fields.Integer(strict=True, load_default=1)
    phase = fields.Integer(strict=True, load_default=0)
    planned_minute = fields.Integer(allow_none=True, load_default=None, **MINUTE)


class DayPlanSchema(StrictSchema):
    version = fields.Integer(required=True, strict=True)
    day = fields.Date(required=True)
    stops = fields.List(fields.Nested(StopPlanSchema), required=True, validate=validate.Length(max=200))


class OrderOfDaySchema(StrictSchema):
    outlet_ids = fields.List(fields.Integer(**ID), required=True, validate=validate.Length(max=200))
    start_minute = fields.Integer(load_default=8 * 60 + 30, **MINUTE)
    minutes_a_stop = fields.Integer(strict=True, load_default=8, validate=validate.Range(1, 240))


class DraftStopSchema(StrictSchema):
    outlet_id = fields.Integer()
    sequence = fields.Integer()
    planned_minute = fields.Integer()


class OrderedSchema(StrictSchema):
    stops = fields.List(fields.Nested(DraftStopSchema))
    metres_before = fields.Integer()
    metres_after = fields.Integer()


class AssignmentSchema(StrictSchema):
    role = fields.String(required=True, validate=validate.OneOf(["rep", "driver", "truck", "supervisor"]))
    holder_id = fields.Integer(required=True, **ID)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(allow_none=True, load_default=None)
    kind = fields.String(load_default="regular", validate=validate.OneOf(["regular", "substitution"]))


class DraftSchema(StrictSchema):
    territory_id = fields.Integer(required=True, **ID)
    chain = CleanText(most=100, load_default="")
    outlet_class = fields.String(load_default="", validate=validate.OneOf(["", "A", "B", "C", "D"]))
    routes = fields.Integer(required=True, strict=True, validate=validate.Range(1, 100))
    weekdays = fields.List(fields.Integer(**WEEKDAY), load_default=lambda: [0, 1, 2, 3, 4, 5])
    start_minute = fields.Integer(load_default=8 * 60 + 30, **MINUTE)
    minutes_a_stop = fields.Integer(strict=True, load_default=8, validate=validate.Range(1, 240))
    day = fields.Date(required=True)


class NamedRouteSchema(StrictSchema):
    code = CleanText(required=True, least=1, most=40)
    name = CleanText(required=True, least=1, most=100)


class PublishDraftSchema(DraftSchema):
    names = fields.List(fields.Nested(NamedRouteSchema), required=True, validate=validate.Length(max=100))


class DraftDaySchema(StrictSchema):
    weekday = fields.Integer()
    stops = fields.List(fields.Nested(DraftStopSchema))


class DraftRouteSchema(StrictSchema):
    outlets = fields.Integer()
    metres = fields.Integer()
    days = fields.List(fields.Nested(DraftDaySchema))


class DraftAnswerSchema(StrictSchema):
    routes = fields.List(fields.Nested(DraftRouteSchema))
