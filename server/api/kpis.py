"""The figures on the desk: by rep, route, territory, brand or class, and the visits behind them."""

from datetime import date, timedelta
from typing import Any

from flask_smorest import Blueprint

from server.api.access import me, requires, within
from server.api.routes import today
from server.domain.kpi_tallies import Span, span_before, span_start
from server.domain.kpis import DEFINITIONS
from server.extensions import db
from server.schemas.kpis import (
    DefinitionSchema,
    KpiDailySchema,
    KpiDayQuerySchema,
    KpiQuerySchema,
    KpiReportSchema,
    KpiVisitPageSchema,
    KpiVisitsQuerySchema,
)
from server.services.kpis import daily, report, visits
from server.services.kpis.questions import Question

blueprint = Blueprint("kpis", __name__, url_prefix="/api/v1/kpis", description="Figures")

SPANS: dict[str, tuple[Span, int]] = {"day": ("d", 13), "week": ("w", 7), "month": ("m", 11)}
"""A period's letter, and how many before today's are shown where nobody says from when."""


def last_day(span: Span) -> date:
    """Where the figures end when nobody says: with the last span that is over, since half a week compares with none."""
    return span_start(span, today()) - timedelta(days=1)


def first_day(span: Span, last: date, spans: int) -> date:
    """Where the figures begin when nobody says."""
    return span_before(span, span_start(span, last), spans)


@blueprint.get("")
@requires("kpis.read")
@blueprint.arguments(KpiQuerySchema, location="query")
@blueprint.response(200, KpiReportSchema)
def get_kpis(query: dict[str, Any]) -> object:
    """Totals, trend and one line a group over whole periods, beside as many before."""
    span, spans = SPANS[query.pop("period")]
    last = query.pop("last") or last_day(span)
    first = query.pop("first") or first_day(span, last, spans)
    question = Question(span=span, first=first, last=last, within=within(), **query)
    return report.find_report(db.session(), question)


@blueprint.get("/definitions")
@requires("kpis.read")
@blueprint.response(200, DefinitionSchema(many=True))
def list_definitions() -> object:
    """What each figure is: a count over another one."""
    return list(DEFINITIONS)


@blueprint.get("/visits")
@requires("kpis.read")
@blueprint.arguments(KpiVisitsQuerySchema, location="query")
@blueprint.response(200, KpiVisitPageSchema)
def list_visits(query: dict[str, Any]) -> object:
    """The visits behind a figure, the newest first."""
    offset, limit = query.pop("offset"), query.pop("limit")
    behind = visits.Behind(within=within(), **query)
    found, more = visits.find_visits(db.session(), behind, roles=me().roles, offset=offset, limit=limit)
    return {"visits": found, "offset": offset, "more": more}


@blueprint.get("/daily")
@requires("kpis.read")
@blueprint.arguments(KpiDayQuerySchema, location="query")
@blueprint.response(200, KpiDailySchema)
def get_daily(query: dict[str, Any]) -> object:
    """A day at a glance, beside the same weekday of the week before."""
    return daily.find_daily(db.session(), query["day"] or today(), within())
