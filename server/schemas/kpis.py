"""Shapes of the figures on the desk."""

from datetime import date
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from server.schemas.base import Rows, StrictSchema
from server.schemas.outlets import ID

GROUPS = ("rep", "route", "territory", "brand", "class")
PERIODS = ("day", "week", "month")
ONLY = ("all", "productive", "unproductive", "unplanned", "incomplete", "out_of_stock")
# Nobody's books begin earlier or end later, and reckoning with days around them stays possible.
DAY: dict[str, Any] = {"validate": validate.Range(date(2000, 1, 1), date(2199, 12, 31))}


class NarrowedSchema(StrictSchema):
    """What the figures and the visits behind them are narrowed to. Route 0: calls on no route."""

    territory_id = fields.Integer(load_default=None, **ID)
    route_id = fields.Integer(load_default=None, validate=validate.Range(0, 2**31 - 1))
    person_id = fields.Integer(load_default=None, **ID)
    outlet_class = fields.String(load_default=None, validate=validate.OneOf(["", "A", "B", "C", "D"]))
    brand_id = fields.Integer(load_default=None, **ID)


class KpiQuerySchema(NarrowedSchema):
    group = fields.String(load_default="route", validate=validate.OneOf(GROUPS))
    period = fields.String(load_default="week", validate=validate.OneOf(PERIODS))
    first = fields.Date(data_key="from", load_default=None, **DAY)
    last = fields.Date(data_key="to", load_default=None, **DAY)
    compare = fields.Boolean(load_default=True)


class KpiVisitsQuerySchema(NarrowedSchema):
    first = fields.Date(data_key="from", required=True, **DAY)
    last = fields.Date(data_key="to", required=True, **DAY)
    only_ = fields.String(
        load_default="all", validate=validate.OneOf(ONLY), data_key="only", attribute="only"
    )
    offset = fields.Integer(load_default=0, validate=validate.Range(0, 100_000))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))

    @validates_schema
    def _in_order(self, data: dict[str, date], **_: object) -> None:
        if data["last"] < data["first"]:
            raise ValidationError("Must not be before from.", "to")


class KpiDayQuerySchema(StrictSchema):
    day = fields.Date(load_default=None, **DAY)


class DefinitionSchema(StrictSchema):
    key = fields.String(required=True)
    unit = fields.String(required=True)
    numerator = fields.String(required=True)
    denominator = fields.String(required=True)
    better = fields.String(required=True)
    by_brand = fields.Boolean(required=True)
    gathers = fields.Boolean(required=True)


class ComparedSchema(StrictSchema):
    key = fields.String(required=True)
    part = fields.Integer(required=True)
    whole = fields.Integer(required=True)
    value = fields.Float(required=True, allow_none=True)
    before = fields.Float(required=True, allow_none=True)


class PointSchema(StrictSchema):
    start = fields.Date(required=True)
    figures = fields.List(fields.Float(allow_none=True), required=True)
    before = fields.List(fields.Float(allow_none=True), required=True)
    calls = fields.Integer(required=True)
    order_minor = fields.Integer(required=True)


class KpiLineSchema(StrictSchema):
    id = fields.String(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    calls = fields.Integer(required=True)
    order_minor = fields.Integer(required=True)
    figures = Rows(ComparedSchema, required=True)


class KpiReportSchema(StrictSchema):
    begins = fields.Date(required=True)
    ends = fields.Date(required=True)
    begins_before = fields.Date(required=True)
    keys = fields.List(fields.String(), required=True)
    totals = Rows(ComparedSchema, required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    trend = Rows(PointSchema, required=True)
    lines = Rows(KpiLineSchema, required=True)
    rows = fields.Integer(required=True)
    marked = fields.Integer(required=True)


class KpiDailySchema(StrictSchema):
    day = fields.Date(required=True)
    day_before = fields.Date(required=True)
    silent = fields.Integer(required=True)
    report = fields.Nested(KpiReportSchema, required=True)


class KpiVisitSchema(StrictSchema):
    id = fields.UUID(required=True)
    day = fields.Date(required=True)
    checked_in_at = fields.AwareDateTime(required=True)
    minutes = fields.Integer(required=True)
    outlet_id = fields.Integer(required=True, allow_none=True)
    code = fields.String(required=True)
    outlet = fields.String(required=True)
    outlet_class = fields.String(required=True)
    route = fields.String(required=True)
    person = fields.String(required=True)
    planned = fields.Boolean(required=True)
    outcome = fields.String(required=True)
    lines = fields.Integer(required=True)
    order_minor = fields.Integer(required=True)
    skus_counted = fields.Integer(required=True)
    skus_zero = fields.Integer(required=True)
    flags = fields.List(fields.String(), required=True)


class KpiVisitPageSchema(StrictSchema):
    visits = fields.List(fields.Nested(KpiVisitSchema), required=True)
    offset = fields.Integer(required=True)
    more = fields.Boolean(required=True)
