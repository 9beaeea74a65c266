"""What weighing stand-ins needs to know: stops, outlets and free days of some routes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from server.domain.journey_plan import StopRule, is_due
from server.domain.plans import PlanOutlet, PlanTerms
from server.domain.routes import Place, metres_between
from server.models import Company, Outlet, Route, Stop
from server.services.calendars import find_free_days
from server.services.plans.substituting import Day

ROWS_LIMIT = 20_000


@dataclass(frozen=True)
class StopRow:
    route_id: int
    outlet_id: int
    rule: StopRule
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True)
class WalkFacts:
    """Stops and outlets of the routes that are weighed, and the days that they are walked on."""

    stops: Sequence[StopRow]
    outlets: Mapping[int, PlanOutlet]
    territory_of: Mapping[int, int]
    free: Mapping[int | None, set[date]]
    anchor: date
    first: date
    last: date

    def due(self, route_ids: set[int] | frozenset[int], day: date) -> tuple[int, ...]:
        """The outlets that routes visit on a day, in order, each once."""
        found = [
            stop.outlet_id
            for stop in self.stops
            if stop.route_id in route_ids
            and stop.valid_from <= day
            and (stop.valid_to is None or day <= stop.valid_to)
            and day not in self.free[self.territory_of[stop.route_id]]
            and is_due(stop.rule, day, self.anchor)
        ]
        return tuple(dict.fromkeys(found))

    def days(self, absent: set[int], routes_of: Mapping[int, frozenset[int]]) -> list[Day]:
        """Each day that is weighed: the absent person's outlets, and everybody's own."""
        count = (self.last - self.first).days + 1
        made = []
        for day in (self.first + timedelta(days=n) for n in range(count)):
            own = {person: self.due(routes, day) for person, routes in routes_of.items()}
            made.append(Day(day.weekday(), self.due(absent, day), own))
        return made

    def middle(self, route_ids: set[int] | frozenset[int]) -> Place | None:
        """The middle of routes' outlets; None where none has a position."""
        ids = {stop.outlet_id for stop in self.stops if stop.route_id in route_ids}
        placed = [
            (one.latitude, one.longitude)
            for one in (self.outlets[outlet_id] for outlet_id in ids)
            if one.latitude is not None and one.longitude is not None
        ]
        if not placed:
            return None
        return Place(0, fmean(lat for lat, _ in placed), fmean(lon for _, lon in placed))

    def metres(self, mine: set[int], theirs: frozenset[int] | None) -> int | None:
        """From the middle of routes to that of others; None where there is none."""
        here, there = self.middle(mine), self.middle(theirs) if theirs else None
        return round(metres_between(here, there)) if here and there else None

    def nearest(
        self, mine: set[int], routes_of: Mapping[int, frozenset[int]], people: Mapping[int, str]
    ) -> list[int]:
        """Those without routes, who are free, then the nearest."""
        far = {one: self.metres(mine, routes_of.get(one)) for one in people}
        return sorted(people, key=lambda one: (bool(routes_of.get(one)), far[one] or 0, one))

    def by_route(self, mine: set[int], outlet_ids: frozenset[int]) -> dict[int, list[int]]:
        """Outlets by the absent person's route that they are on."""
        found: dict[int, list[int]] = {}
        for stop in self.stops:
            if stop.route_id in mine and stop.outlet_id in outlet_ids:
                ids = found.setdefault(stop.route_id, [])
                if stop.outlet_id not in ids:
                    ids.append(stop.outlet_id)
        return found


def load_walks(
    session: Session, company: Company, route_ids: set[int], first: date, last: date, terms: PlanTerms
) -> WalkFacts:
    query = (
        select(
            Stop.route_id, Stop.outlet_id, Stop.weekday, Stop.weeks, Stop.phase, Stop.sequence,
            Stop.valid_from, Stop.valid_to, Route.territory_id, Outlet.code, Outlet.name, Outlet.outlet_class,
            Outlet.latitude, Outlet.longitude, Outlet.service_minutes, Outlet.hours,
        )
        .join(Route, Route.id == Stop.route_id)
        .join(Outlet, Outlet.id == Stop.outlet_id)
        .where(
            Stop.route_id.in_(route_ids), Stop.valid_from <= last,
            or_(Stop.valid_to.is_(None), Stop.valid_to >= first), Outlet.status == "active",
        )
        .order_by(Stop.route_id, Stop.weekday, Stop.sequence, Stop.id)
        .limit(ROWS_LIMIT)
    )  # fmt: skip
    stops, outlets, territories = [], {}, {}
    for row in session.execute(query):
        stops.append(
            StopRow(
                row.route_id, row.outlet_id, StopRule(row.weekday, row.weeks, row.phase),
                row.valid_from, row.valid_to,
            )
        )  # fmt: skip
        territories[row.route_id] = row.territory_id
        outlets[row.outlet_id] = PlanOutlet(
            row.outlet_id, row.code, row.name, row.outlet_class, row.latitude, row.longitude,
            row.service_minutes or terms.minutes_a_stop, None,
            tuple((int(d), int(a), int(b)) for d, a, b in row.hours or ()),
        )  # fmt: skip
    free = find_free_days(session, first, last, set(territories.values()))
    return WalkFacts(stops, outlets, territories, free, company.cycle_anchor, first, last)
