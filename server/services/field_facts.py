"""What the company's books say about a batch of operations: looked up once, for all of them.

Who held which route when, the zones, prices and packs are read here in a handful of questions, so that applying an
operation only has to write.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from server.domain.journey_plan import business_date
from server.domain.operation_bodies import (
    Body,
    CaseOpen,
    ContactReveal,
    DeliveryRecord,
    HandoverRecord,
    InteractionAdd,
    JointVisitRecord,
    OutletChange,
    OutletNoteAdded,
    PromiseKeep,
    VisitBody,
)
from server.domain.order_review import STANDARD_LIST
from server.domain.routes import Held, holder_at, holds_on
from server.models import (
    COMPANY_ID,
    Assignment,
    Company,
    Cover,
    Device,
    Freeze,
    Outlet,
    PersonRole,
    Price,
    Route,
    Sku,
    Stop,
    Territory,
    Visit,
)


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


def load_facts(session: Session, person_id: int, bodies: Iterable[Body]) -> FieldFacts:
    """Read what `bodies` of one person will need."""
    wanted = _Wanted()
    for body in bodies:
        wanted.add(body)
    facts = FieldFacts(
        person_id=person_id,
        timezone=session.execute(_TIMEZONE).scalar() or "UTC",
        roles=[RoleHeld(*row) for row in session.execute(_ROLES, {"person_id": person_id})],
        own=[OwnHeld(*row) for row in session.execute(_OWN, {"person_id": person_id})],
        frozen_at=session.scalar(_FROZEN, {"person_id": person_id}),
        revoked={row.id: row.revoked_at for row in session.execute(_REVOKED, {"person_id": person_id})},
    )
    if wanted.outlets:
        for key, territory_id, timezone, status, chain in session.execute(
            _OUTLETS, {"ids": list(wanted.outlets)}
        ):
            facts.outlets[key] = OutletFacts(
                key, territory_id, timezone or facts.timezone, status == "closed", chain
            )
        for outlet_id, route_id, weekday, valid_from, valid_to in session.execute(
            _STOPS, {"ids": list(wanted.outlets)}
        ):
            facts.stops.setdefault(outlet_id, []).append(StopFacts(route_id, weekday, valid_from, valid_to))
        for key, route_id, holder, starts_at, ends_at in session.execute(
            _COVERS, {"ids": list(wanted.outlets)}
        ):
            facts.covers.setdefault(key, []).append(CoverFacts(route_id, holder, starts_at, ends_at))
    _load_routes(session, facts)
    if wanted.skus:
        for key, pack, active in session.execute(_SKUS, {"ids": list(wanted.skus)}):
            facts.skus[key] = SkuFacts(pack, active)
    if wanted.ordered:
        lists = {STANDARD_LIST, *wanted.lists}
        prices = defaultdict(list)
        for price_list, sku_id, valid_from, minor in session.execute(
            _PRICES, {"ids": list(wanted.ordered), "lists": list(lists)}
        ):
            prices[price_list, sku_id].append((valid_from, minor))
        facts.prices = dict(prices)
    if wanted.visits:
        facts.visit_ids = set(session.scalars(_VISITS, {"ids": list(wanted.visits)}))
    return facts


class _Wanted:
    """The ids that a batch names."""

    def __init__(self) -> None:
        self.outlets: set[int] = set()
        self.skus: set[int] = set()
        self.ordered: set[int] = set()
        self.lists: set[str] = set()
        self.visits: set[UUID] = set()

    def add(self, body: Body) -> None:
        if isinstance(body, VisitBody):
            self.visits.add(body.visit_id)
            if body.outlet_id is not None:
                self.outlets.add(body.outlet_id)
            if body.counts:
                self.skus.update(body.counts.skus)
            self.skus.update(line.sku_id for line in body.declined)
            if body.order:
                ordered = [line.sku_id for line in body.order.lines]
                self.skus.update(ordered)
                self.ordered.update(ordered)
                self.lists.add(body.order.price_list)
        elif isinstance(
            body,
            OutletNoteAdded
            | PromiseKeep
            | OutletChange
            | ContactReveal
            | HandoverRecord
            | InteractionAdd
            | CaseOpen
            | JointVisitRecord,
        ):
            self.outlets.add(body.outlet_id)
        elif isinstance(body, DeliveryRecord):
            self.skus.update(line.sku_id for line in body.lines)


def _load_routes(session: Session, facts: FieldFacts) -> None:
    """The routes of the outlets and of the person, and who held them when."""
    ids = {stop.route_id for stops in facts.stops.values() for stop in stops}
    ids.update(route_id for route_id, _, _, _ in facts.own)
    if not ids:
        return
    for key, territory_id, timezone, weekdays in session.execute(_ROUTES, {"ids": list(ids)}):
        facts.routes[key] = RouteFacts(key, territory_id, timezone, tuple(weekdays))
    held: dict[tuple[int, str], list[Held]] = defaultdict(list)
    for route_id, role, person_id, truck_id, starts_at, ends_at, kind in session.execute(
        _ASSIGNMENTS, {"ids": list(ids)}
    ):
        held[route_id, role].append(Held(person_id or truck_id or 0, starts_at, ends_at, kind == "regular"))
    facts.held = dict(held)


def day_of(instant: datetime, timezone: str) -> date:
    """The business day of an instant in a territory's zone."""
    return business_date(instant, timezone)


_IDS: BindParameter[object] = bindparam("ids", expanding=True)
_TIMEZONE = select(Company.timezone).where(Company.id == COMPANY_ID)
_ROLES = select(PersonRole.role, PersonRole.valid_from, PersonRole.valid_to).where(
    PersonRole.person_id == bindparam("person_id")
)
_OWN = select(Assignment.route_id, Assignment.role, Assignment.starts_at, Assignment.ends_at).where(
    Assignment.person_id == bindparam("person_id")
)
_FROZEN = (
    select(Freeze.at)
    .where(Freeze.person_id == bindparam("person_id"), Freeze.lifted_at.is_(None))
    .order_by(Freeze.at)
    .limit(1)
)
_REVOKED = select(Device.id, Device.revoked_at).where(
    Device.person_id == bindparam("person_id"), Device.revoked_at.is_not(None)
)
_OUTLETS = (
    select(Outlet.id, Outlet.territory_id, Territory.timezone, Outlet.status, Outlet.chain)
    .join(Territory, Territory.id == Outlet.territory_id, isouter=True)
    .where(Outlet.id.in_(_IDS))
)
_STOPS = select(Stop.outlet_id, Stop.route_id, Stop.weekday, Stop.valid_from, Stop.valid_to).where(
    Stop.outlet_id.in_(_IDS)
)
_COVERS = select(Cover.outlet_id, Cover.route_id, Cover.person_id, Cover.starts_at, Cover.ends_at).where(
    Cover.outlet_id.in_(_IDS)
)
_ROUTES = (
    select(Route.id, Route.territory_id, Territory.timezone, Route.truck_weekdays)
    .join(Territory, Territory.id == Route.territory_id)
    .where(Route.id.in_(_IDS))
)
_ASSIGNMENTS = select(
    Assignment.route_id,
    Assignment.role,
    Assignment.person_id,
    Assignment.truck_id,
    Assignment.starts_at,
    Assignment.ends_at,
    Assignment.kind,
).where(Assignment.route_id.in_(_IDS))
_SKUS = select(Sku.id, Sku.pack, Sku.active).where(Sku.id.in_(_IDS))
_PRICES = (
    select(Price.price_list, Price.sku_id, Price.valid_from, Price.piece_minor)
    .where(Price.sku_id.in_(_IDS), Price.price_list.in_(bindparam("lists", expanding=True)))
    .order_by(Price.valid_from.desc())
)
_VISITS = select(Visit.id).where(Visit.id.in_(_IDS))
