"""What the books say of a route's days: its plan, who held it, and the calls with what was counted and ordered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from server.domain.journey_plan import StopRule, is_due, minute_of_day
from server.domain.kpi_tallies import CallFacts, Line
from server.domain.kpis import PlannedStop, window_around
from server.domain.routes import Held, holder_at
from server.models import (
    Assignment,
    Order,
    OrderLine,
    Outlet,
    Route,
    StockCount,
    Stop,
    Territory,
    Visit,
)
from server.services.calendars import find_free_days
from server.services.company import get_company
from server.services.orders import noon

NOWHERE = 0


@dataclass(slots=True)
class RouteDays:
    """The facts of some days of one route; of the calls on none where it is 0. Ask its methods."""

    territory_id: int
    timezone: str
    anchor: date
    free: frozenset[date]
    stops: list[tuple[Stop, str]]
    held: list[Held]
    visits: dict[date, dict[int, list[CallFacts]]] = field(default_factory=dict)

    def plan(self, day: date) -> list[tuple[PlannedStop, str]]:
        """The stops due on a day in their sequence, with the class of each outlet; none on a holiday."""
        if day in self.free:
            return []
        due: dict[int, tuple[PlannedStop, str]] = {}
        for stop, outlet_class in self.stops:
            holds = stop.valid_from <= day and (stop.valid_to is None or stop.valid_to >= day)
            rule = StopRule(stop.weekday, stop.weeks, stop.phase)
            if holds and is_due(rule, day, self.anchor):
                planned = PlannedStop(stop.outlet_id, window_around(stop.planned_minute))
                due.setdefault(stop.outlet_id, (planned, outlet_class))
        return list(due.values())

    def holder(self, day: date) -> int:
        """Who held the route at noon; 0: nobody."""
        return holder_at(self.held, noon(day, self.timezone)) or 0

    def calls(self, day: date) -> Mapping[int, list[CallFacts]]:
        """The calls of a day in the order of check-in, by territory; the route's own territory always."""
        return {self.territory_id: [], **self.visits.get(day, {})}


def read_facts(
    session: Session, route_id: int, days: Sequence[date], brand_of: Mapping[int, int]
) -> RouteDays:
    """A handful of questions for all the days."""
    company = get_company(session)
    where = session.execute(
        select(Route.territory_id, Territory.timezone)
        .join(Territory, Territory.id == Route.territory_id)
        .where(Route.id == route_id)
    ).first()
    territory_id, timezone = where or (NOWHERE, company.timezone)
    first, last = min(days), max(days)
    rows = session.execute(
        select(Stop, Outlet.outlet_class)
        .join(Outlet, Outlet.id == Stop.outlet_id)
        .where(
            Stop.route_id == route_id,
            Stop.valid_from <= last,
            or_(Stop.valid_to.is_(None), Stop.valid_to >= first),
            Outlet.status == "active",
        )
        .order_by(Stop.sequence, Stop.outlet_id)
    )
    stops = [(stop, outlet_class) for stop, outlet_class in rows]
    holders = session.scalars(
        select(Assignment).where(Assignment.route_id == route_id, Assignment.role == "rep")
    )
    held = [Held(row.person_id or 0, row.starts_at, row.ends_at, row.kind == "regular") for row in holders]
    calendars = find_free_days(session, first, last, {territory_id} if where else ())
    free = frozenset(calendars[territory_id if where else None])
    facts = RouteDays(territory_id, timezone, company.cycle_anchor, free, stops, held)
    facts.visits = _visits(session, route_id, days, facts, brand_of)
    return facts


def _visits(
    session: Session, route_id: int, days: Sequence[date], facts: RouteDays, brand_of: Mapping[int, int]
) -> dict[date, dict[int, list[CallFacts]]]:
    on = Visit.route_id == route_id if route_id else Visit.route_id.is_(None)
    rows = session.execute(
        select(
            Visit.id,
            Visit.day,
            Visit.person_id,
            Visit.outlet_id,
            Visit.checked_in_at,
            Visit.flags,
            Outlet.outlet_class,
            Outlet.territory_id,
        )
        .outerjoin(Outlet, Outlet.id == Visit.outlet_id)
        .where(on, Visit.day.in_(days))
        .order_by(Visit.checked_in_at, Visit.id)
    ).all()
    lines, totals = _lines(session, on, days, brand_of)
    counts = _counts(session, on, days)
    found: dict[date, dict[int, list[CallFacts]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        # A call on no route lies where its outlet lies.
        territory_id = facts.territory_id if route_id else row.territory_id or NOWHERE
        call = CallFacts(
            outlet_id=row.outlet_id or 0,
            outlet_class=row.outlet_class or "",
            person_id=row.person_id,
            minute=minute_of_day(row.checked_in_at, facts.timezone),
            complete="incomplete" not in row.flags,
            order_minor=totals.get(row.id, 0),
            lines=tuple(lines.get(row.id, ())),
            counts=counts.get(row.id, {}),
        )
        found[row.day][territory_id].append(call)
    return {day: dict(calls) for day, calls in found.items()}


def _lines(
    session: Session, on: Any, days: Sequence[date], brand_of: Mapping[int, int]
) -> tuple[dict[UUID, list[Line]], dict[UUID, int]]:
    """Lines and value of each visit's order. An order that was cancelled in review is none."""
    rows = session.execute(
        select(Visit.id, Order.total_minor, OrderLine.sku_id, OrderLine.quantity, OrderLine.piece_minor)
        .join(Order, Order.visit_id == Visit.id)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(on, Visit.day.in_(days), Order.status != "cancelled")
        .order_by(Visit.id, OrderLine.sku_id)
    )
    lines: dict[UUID, list[Line]] = defaultdict(list)
    totals: dict[UUID, int] = {}
    for visit_id, total, sku_id, quantity, piece_minor in rows:
        lines[visit_id].append(Line(brand_of.get(sku_id, 0), quantity * piece_minor))
        totals[visit_id] = total
    return lines, totals


def _counts(session: Session, on: Any, days: Sequence[date]) -> dict[UUID, dict[int, int]]:
    rows = session.execute(
        select(Visit.id, StockCount.sku_id, StockCount.shelf, StockCount.backroom)
        .join(StockCount, StockCount.visit_id == Visit.id)
        .where(on, Visit.day.in_(days))
    )
    counts: dict[UUID, dict[int, int]] = defaultdict(dict)
    for visit_id, sku_id, shelf, backroom in rows:
        counts[visit_id][sku_id] = shelf + backroom
    return counts
