"""Shapes of the roster, its gaps, and the calendar."""

from marshmallow import fields, validate

from server.schemas.base import CleanText, PlainDay, StrictSchema
from server.schemas.routes import ID


class RosterQuerySchema(StrictSchema):
    first = PlainDay(load_default=None)
    weeks = fields.Integer(load_default=8, validate=validate.Range(1, 26))
    territory_id = fields.Integer(load_default=None, validate=validate.Range(1, 2**31))


class RunSchema(StrictSchema):
    """kind: regular | substitution | spread | absent | vacant."""

    first = fields.Date(required=True)
    last = fields.Date(required=True)
    holder_id = fields.Integer(required=True, allow_none=True)
    holder = fields.String(required=True)
    holder_en = fields.String(required=True)
    kind = fields.String(required=True)
    count = fields.Integer(required=True)


class RosterRowSchema(StrictSchema):
    route_id = fields.Integer(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    territory_id = fields.Integer(required=True)
    rep = fields.List(fields.Nested(RunSchema), required=True)
    driver = fields.List(fields.Nested(RunSchema), required=True)
    truck = fields.List(fields.Nested(RunSchema), required=True)
    supervisor = fields.List(fields.Nested(RunSchema), required=True)


class VacancySchema(StrictSchema):
    route_id = fields.Integer(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    role = fields.String(required=True)
    first = fields.Date(required=True)
    last = fields.Date(required=True)
    kind = fields.String(required=True)
    holder = fields.String(required=True)
    holder_en = fields.String(required=True)


class LooseOutletSchema(StrictSchema):
    id = fields.Integer(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    address = fields.String(required=True)
    outlet_class = fields.String(required=True)
    territory_id = fields.Integer(required=True, allow_none=True)


class VacanciesSchema(StrictSchema):
    """`loose`: how many outlets are on no route; `outlets`: the first hundred of them."""

    vacancies = fields.List(fields.Nested(VacancySchema), required=True)
    loose = fields.Integer(required=True)
    outlets = fields.List(fields.Nested(LooseOutletSchema), required=True)


class CalendarDaySchema(StrictSchema):
    territory_id = fields.Integer(required=True, allow_none=True)
    day = fields.Date(required=True)
    works = fields.Boolean(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)


class RosterSchema(StrictSchema):
    """Routes over days, `today` as the company has it, and the calendar of these days."""

    first = fields.Date(required=True)
    last = fields.Date(required=True)
    today = fields.Date(required=True)
    routes = fields.List(fields.Nested(RosterRowSchema), required=True)
    calendar = fields.List(fields.Nested(CalendarDaySchema), required=True)


class CalendarQuerySchema(StrictSchema):
    year = fields.Integer(load_default=None, validate=validate.Range(2000, 2200))


class HolidaySchema(StrictSchema):
    """`territory_id` null: the whole company; `works`: a company holiday on which the territory works."""

    territory_id = fields.Integer(load_default=None, allow_none=True, **ID)
    day = PlainDay(required=True)
    works = fields.Boolean(load_default=False)
    name = CleanText(most=100, load_default="")
    name_en = CleanText(most=100, load_default="")


class HolidayClearSchema(StrictSchema):
    territory_id = fields.Integer(load_default=None, validate=validate.Range(1, 2**31))
    day = PlainDay(required=True)
