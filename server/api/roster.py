"""The roster on the desk: who holds what over the weeks, its gaps, and the calendar."""

from datetime import date, timedelta
from typing import Any

from flask_smorest import Blueprint

from server.api.access import me, requires, seen, within
from server.extensions import clock, db
from server.schemas.roster import (
    CalendarDaySchema,
    CalendarQuerySchema,
    HolidayClearSchema,
    HolidaySchema,
    RosterQuerySchema,
    RosterSchema,
    VacanciesSchema,
)
from server.services import calendars, roster, scopes

blueprint = Blueprint("roster", __name__, url_prefix="/api/v1", description="Roster")


@blueprint.get("/roster")
@requires("routes.read")
@blueprint.arguments(RosterQuerySchema, location="query")
@blueprint.response(200, RosterSchema)
def get_roster(query: dict[str, Any]) -> object:
    """Who holds each route in each role, over some weeks from a Monday on."""
    first, last = days_of(query)
    narrowed = within()
    return {
        "first": first,
        "last": last,
        "today": me().found.day,
        "routes": roster.find_roster(
            db.session(), first, last, territory_id=query["territory_id"], within=narrowed
        ),
        "calendar": calendars.find_calendar(db.session(), first, last, territory_ids=narrowed),
    }


@blueprint.get("/vacancies")
@requires("routes.read")
@blueprint.arguments(RosterQuerySchema, location="query")
@blueprint.response(200, VacanciesSchema)
def list_vacancies(query: dict[str, Any]) -> object:
    """Routes without somebody in a role, from today over some weeks, and outlets on no route."""
    session, narrowed, today = db.session(), within(), me().found.day
    first = query["first"] or today
    last = first + timedelta(days=7 * query["weeks"] - 1)
    rows = roster.find_roster(session, first, last, territory_id=query["territory_id"], within=narrowed)
    loose, outlets = roster.find_loose(
        session, today, territory_id=query["territory_id"], within=narrowed, classes=seen()
    )
    return {"vacancies": roster.vacancies_of(rows), "loose": loose, "outlets": outlets}


@blueprint.get("/holidays")
@requires("routes.read")
@blueprint.arguments(CalendarQuerySchema, location="query")
@blueprint.response(200, CalendarDaySchema(many=True))
def list_holidays(query: dict[str, Any]) -> object:
    """The calendar of a year: the company's holidays and what differs in territories."""
    year = query["year"] or me().found.day.year
    return calendars.find_calendar(db.session(), date(year, 1, 1), date(year, 12, 31), territory_ids=within())


@blueprint.put("/holidays")
@requires("holidays.write")
@blueprint.arguments(HolidaySchema)
@blueprint.response(204)
def set_holiday(values: dict[str, Any]) -> None:
    """Make a day a holiday, or a working day of a territory although the company has a holiday."""
    check_territory(values["territory_id"])
    calendars.set_day(**values, now=clock.now(), by=me().person_id)


@blueprint.delete("/holidays")
@requires("holidays.write")
@blueprint.arguments(HolidayClearSchema, location="query")
@blueprint.response(204)
def clear_holiday(values: dict[str, Any]) -> None:
    """Take a day out of the calendar."""
    check_territory(values["territory_id"])
    calendars.clear_day(**values, now=clock.now(), by=me().person_id)


def check_territory(territory_id: int | None) -> None:
    """Who works for some territories writes into their calendars only. Errors: NotFound."""
    scopes.check_within(within(), territory_id, f"territory:{territory_id}")


def days_of(query: dict[str, Any]) -> tuple[date, date]:
    """Whole weeks from the Monday of a day, this week's unless one is named."""
    day = query["first"] or me().found.day
    first = day - timedelta(days=day.weekday())
    return first, first + timedelta(days=7 * query["weeks"] - 1)
