"""Whose book it is: the routes that a person holds now, the stops due today, and the cards that follow from them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from server.domain.daybook import book_day, is_day_lease, shift_lease, wire_version
from server.domain.departures import is_leaving
from server.domain.journey_plan import StopRule, business_date, is_due
from server.domain.secrecy import card_until, hidden_fields, is_lent, lends_number, may_borrow
from server.models import (
    Company,
    Device,
    Person,
)
from server.services.calendars import find_free_days
from server.services.daybook.covers import find_covers
from server.services.daybook.scope_rows import (
    RouteRow,
    StopRow,
    find_borrowed,
    find_held_routes,
    find_routes,
    find_stops,
)
from server.services.secrecy import classes_of_text

# A year ahead: the next visit of a four-weekly stop must see every holiday on its way.
HOLIDAYS_AHEAD: Final = timedelta(days=366)


@dataclass(frozen=True)
class Asking:
    """The sign-in that asks."""

    person_id: int
    device_id: UUID | None
    roles: Collection[str]


def find_device(session: Session, asking: Asking) -> Device | None:
    """The device that asks, where the sign-in is tied to one of the person's own."""
    device = session.get(Device, asking.device_id) if asking.device_id else None
    return device if device is not None and device.person_id == asking.person_id else None


def unlock_of(device: Device | None) -> str:
    """How a device keeps the book locked; '' for none, an old app, or one that was taken back."""
    return device.unlock if device is not None and device.revoked_at is None else ""


@dataclass(frozen=True)
class Scope:
    """What a person may hold in the hand today. `stops` are all stops of `routes`, `due` today's in order."""

    person_id: int
    timezone: str
    day: date
    routes: Sequence[RouteRow]
    driven: Sequence[RouteRow]
    stops: Sequence[StopRow]
    due: Sequence[StopRow]
    # Outlet id -> card version as the wire has it: today's stops, then what was borrowed today.
    cards: dict[int, int]
    # Those of them whose numbers are lent with the card.
    numbers: frozenset[int]
    # Those of a stricter class than the ordinary one: class, and the instant at which the card has to go.
    classes: dict[int, tuple[str, datetime]]
    # The days of the year ahead on which nobody walks where the person does.
    holidays: frozenset[date] = frozenset()
    hidden: frozenset[str] = frozenset()  # fields of a card that are not lent

    @property
    def index(self) -> list[list[object]]:
        """The other outlets of the person's routes, in order of id: no contacts, no figures."""
        left_out: dict[str, Any] = {"address": ""} if "address" in self.hidden else {}
        if "position" in self.hidden:
            left_out |= {"latitude": None, "longitude": None}
        rows: dict[int, StopRow] = {}
        weekdays: dict[int, set[int]] = {}
        for stop in self.stops:
            if stop.outlet_id not in self.cards and may_borrow(stop.secrecy):
                rows.setdefault(stop.outlet_id, stop._replace(**left_out))
                weekdays.setdefault(stop.outlet_id, set()).add(stop.weekday)
        return [
            [
                outlet_id,
                row.name,
                row.address,
                row.latitude,
                row.longitude,
                row.outlet_class,
                sorted(weekdays[outlet_id]),
            ]
            for outlet_id, row in sorted(rows.items())
        ]


def find_scope(session: Session, company: Company, person_id: int, now: datetime, unlock: str = "") -> Scope:
    """The person's scope at an instant: dated assignments decide, a substitution before the regular one.
    `unlock`: how the asking device keeps the book locked (passkey | pin | ''), which decides about numbers."""
    if unlock and is_leaving(session.get_one(Person, person_id).status):
        unlock = ""  # who serves notice is lent no number
    today = business_date(now, company.timezone)
    routes, driven = find_held_routes(session, person_id, now, today)
    own = frozenset(route.id for route in routes)
    covers = find_covers(session, person_id, now, today, own)
    routes += find_routes(session, {route_id for route_id, _ in covers.mine} - own)
    where = next(iter([*routes, *driven]), None)
    timezone = where.timezone if where else company.timezone
    day = book_day(now, timezone)
    stops = [
        stop
        for stop in find_stops(session, [route.id for route in routes], day)
        if covers.holds(stop.route_id, stop.outlet_id, own)
    ]
    free = find_free_days(
        session, day, day + HOLIDAYS_AHEAD, {route.territory_id for route in [*routes, *driven]}
    )
    due = _due(company, routes, stops, day, free)
    numbers = frozenset(stop.outlet_id for stop in stops if lends_number(stop.secrecy, unlock))
    lease = shift_lease(now, timezone)
    by_day = is_day_lease(lease, timezone)
    classes = {stop.outlet_id: stop.secrecy for stop in stops}
    versions = {
        stop.outlet_id: wire_version(stop.card_version, stop.outlet_id in numbers)
        for stop in stops
        if is_lent(stop.secrecy, lease, now, by_day=by_day)
    }
    cards = {stop.outlet_id: versions[stop.outlet_id] for stop in due if stop.outlet_id in versions}
    for outlet_id in find_borrowed(session, person_id, day):
        # A card borrowed in the morning goes when the outlet leaves the person's routes in the afternoon.
        if outlet_id in versions and may_borrow(classes[outlet_id]):
            cards.setdefault(outlet_id, versions[outlet_id])
    strict = {
        outlet_id: (classes[outlet_id], card_until(classes[outlet_id], lease))
        for outlet_id in cards
        if classes[outlet_id] != "normal"
    }
    hidden = hidden_fields(None, classes_of_text(stops[0].field_classes if stops else None))
    return Scope(
        person_id, timezone, day, routes, driven, stops, due, cards, numbers & cards.keys(), strict,
        frozenset(free[where.territory_id if where else None]), hidden,
    )  # fmt: skip


def _due(
    company: Company,
    routes: Sequence[RouteRow],
    stops: Sequence[StopRow],
    day: date,
    free: Mapping[int | None, Collection[date]],
) -> list[StopRow]:
    """The stops of the day, by route and sequence, each outlet once. None on a day that is free where the route is."""
    places = {route.id: place for place, route in enumerate(routes)}
    territory_of = {route.id: route.territory_id for route in routes}
    due = sorted(
        (
            stop
            for stop in stops
            if day not in free[territory_of[stop.route_id]]
            and is_due(StopRule(stop.weekday, stop.weeks, stop.phase), day, company.cycle_anchor)
        ),
        key=lambda stop: (places[stop.route_id], stop.sequence, stop.outlet_id),
    )
    return list({stop.outlet_id: stop for stop in reversed(due)}.values())[::-1]
