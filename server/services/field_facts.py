"""What the company's books say about a batch of operations, for the deeds to ask: who held which route when, the zones,
prices and packs. Looked up once for all of them: services.field_lookup."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from server.domain.journey_plan import business_date
from server.domain.order_review import STANDARD_LIST
from server.domain.routes import Held, holder_at, holds_on


class OutletFacts(NamedTuple):
    id: int
    territory_id: int | None
    timezone: str
    closed: bool
    chain: str


class RouteFacts(NamedTuple):
    id: int
    territory_id: int
    timezone: str
    truck_weekdays: tuple[int, ...]


class StopFacts(NamedTuple):
    route_id: int
    weekday: int
    valid_from: date
    valid_to: date | None


class CoverFacts(NamedTuple):
    """Somebody looked after an outlet of a route for a while."""

    route_id: int
    person_id: int
    starts_at: datetime
    ends_at: datetime


class SkuFacts(NamedTuple):
    pack: int
    active: bool


class OwnHeld(NamedTuple):
    """An assignment of the person's own."""

    route_id: int
    role: str
    starts_at: datetime
    ends_at: datetime | None


class RoleHeld(NamedTuple):
    role: str
    valid_from: date
    valid_to: date | None


@dataclass(slots=True)
class FieldFacts:
    """The facts for one person's batch. Ask its methods.

    `visit_ids`: visits that are there already; it grows as operations are applied."""

    person_id: int
    timezone: str
    roles: list[RoleHeld]
    own: list[OwnHeld]
    outlets: dict[int, OutletFacts] = field(default_factory=dict)
    stops: dict[int, list[StopFacts]] = field(default_factory=dict)
    covers: dict[int, list[CoverFacts]] = field(default_factory=dict)
    routes: dict[int, RouteFacts] = field(default_factory=dict)
    held: dict[tuple[int, str], list[Held]] = field(default_factory=dict)
    skus: dict[int, SkuFacts] = field(default_factory=dict)
    prices: dict[tuple[str, int], list[tuple[date, int]]] = field(default_factory=dict)
    visit_ids: set[UUID] = field(default_factory=set)
    # Since when the person's access is stopped, and that of devices of theirs.
    frozen_at: datetime | None = None
    revoked: dict[UUID, datetime] = field(default_factory=dict)

    def was_stopped(self, device_id: UUID, instant: datetime) -> bool:
        """Whether the person or the device had lost access at an instant."""
        moments = (self.frozen_at, self.revoked.get(device_id))
        return any(moment is not None and instant >= moment for moment in moments)

    def has_role(self, wanted: frozenset[str], day: date) -> bool:
        """Whether the person held one of the roles on a day."""
        return any(
            held.role in wanted and holds_on(held.valid_from, held.valid_to, day) for held in self.roles
        )

    def roles_on(self, day: date) -> frozenset[str]:
        """The roles that the person held on a day."""
        return frozenset(held.role for held in self.roles if holds_on(held.valid_from, held.valid_to, day))

    def find_outlet(self, outlet_id: int) -> OutletFacts | None:
        """An outlet of a territory that the person works or worked in. Absent and foreign look the same (F1)."""
        outlet = self.outlets.get(outlet_id)
        if outlet is None:
            return None
        mine = {route_id for route_id, _, _, _ in self.own}
        territories = {self.routes[route_id].territory_id for route_id in mine}
        near = outlet.territory_id in territories
        return (
            outlet if near or any(stop.route_id in mine for stop in self.stops.get(outlet_id, ())) else None
        )

    def holder(self, route_id: int, role: str, instant: datetime) -> int | None:
        """Who held a route in a role (or which truck served it) at an instant."""
        return holder_at(self.held.get((route_id, role), ()), instant)

    def keeper(self, outlet_id: int, route_id: int, instant: datetime) -> int | None:
        """Who was to visit an outlet of a route at an instant: whoever covered it, else the route's rep."""
        for cover in self.covers.get(outlet_id, ()):
            if cover.route_id == route_id and cover.starts_at <= instant < cover.ends_at:
                return cover.person_id
        return self.holder(route_id, "rep", instant)

    def route_of(self, outlet_id: int, instant: datetime, day: date) -> RouteFacts | None:
        """The route that an outlet was on: the person's own one first, then the one that visits it on that weekday."""
        standing = [
            stop for stop in self.stops.get(outlet_id, ()) if holds_on(stop.valid_from, stop.valid_to, day)
        ]
        if not standing:
            return None
        best = min(
            standing,
            key=lambda stop: (
                self.keeper(outlet_id, stop.route_id, instant) != self.person_id,
                stop.weekday != day.weekday(),
                stop.route_id,
            ),
        )
        return self.routes[best.route_id]

    def own_route(self, instant: datetime) -> RouteFacts | None:
        """The route that the person held or drove at an instant; the first where there are several."""
        mine = [
            route_id
            for route_id, role, starts_at, ends_at in self.own
            if role in ("rep", "driver") and starts_at <= instant and (ends_at is None or instant < ends_at)
        ]
        return self.routes[min(mine)] if mine else None

    def zone_of_person(self, instant: datetime) -> str:
        """The zone of where the person worked at an instant; the company's where that is nowhere."""
        route = self.own_route(instant)
        return route.timezone if route else self.timezone

    def price(self, price_list: str, sku_id: int, day: date) -> int | None:
        """Minor units a piece on a day; a list without the SKU falls back to the standard one."""
        for name in (price_list, STANDARD_LIST):
            for valid_from, minor in self.prices.get((name, sku_id), ()):
                if valid_from <= day:
                    return minor
        return None


def day_of(instant: datetime, timezone: str) -> date:
    """The business day of an instant in a territory's zone."""
    return business_date(instant, timezone)
