"""Looks up what a batch of operations needs to know, in a handful of questions for all of them: applying one only has
to write."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import BindParameter, Connection, bindparam, select
from sqlalchemy.orm import Session

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
from server.domain.routes import Held
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
from server.services.field_facts import (
    CoverFacts,
    FieldFacts,
    OutletFacts,
    OwnHeld,
    RoleHeld,
    RouteFacts,
    SkuFacts,
    StopFacts,
)

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


def load_facts(session: Session, person_id: int, bodies: Iterable[Body]) -> FieldFacts:
    """Read what `bodies` of one person will need."""
    wanted = _Wanted()
    for body in bodies:
        wanted.add(body)
    # Rows, not objects: past the session, which would cost as much again as asking.
    connection = session.connection()
    facts = FieldFacts(
        person_id=person_id,
        timezone=connection.execute(_TIMEZONE).scalar() or "UTC",
        roles=[RoleHeld(*row) for row in connection.execute(_ROLES, {"person_id": person_id})],
        own=[OwnHeld(*row) for row in connection.execute(_OWN, {"person_id": person_id})],
        frozen_at=connection.execute(_FROZEN, {"person_id": person_id}).scalar(),
        revoked={row.id: row.revoked_at for row in connection.execute(_REVOKED, {"person_id": person_id})},
    )
    if wanted.outlets:
        for key, territory_id, timezone, status, chain in connection.execute(
            _OUTLETS, {"ids": list(wanted.outlets)}
        ):
            facts.outlets[key] = OutletFacts(
                key, territory_id, timezone or facts.timezone, status == "closed", chain
            )
        for outlet_id, route_id, weekday, valid_from, valid_to in connection.execute(
            _STOPS, {"ids": list(wanted.outlets)}
        ):
            facts.stops.setdefault(outlet_id, []).append(StopFacts(route_id, weekday, valid_from, valid_to))
        for key, route_id, holder, starts_at, ends_at in connection.execute(
            _COVERS, {"ids": list(wanted.outlets)}
        ):
            facts.covers.setdefault(key, []).append(CoverFacts(route_id, holder, starts_at, ends_at))
    _load_routes(connection, facts)
    if wanted.skus:
        for key, pack, active in connection.execute(_SKUS, {"ids": list(wanted.skus)}):
            facts.skus[key] = SkuFacts(pack, active)
    if wanted.ordered:
        lists = {STANDARD_LIST, *wanted.lists}
        prices = defaultdict(list)
        for price_list, sku_id, valid_from, minor in connection.execute(
            _PRICES, {"ids": list(wanted.ordered), "lists": list(lists)}
        ):
            prices[price_list, sku_id].append((valid_from, minor))
        facts.prices = dict(prices)
    if wanted.visits:
        facts.visit_ids = set(connection.execute(_VISITS, {"ids": list(wanted.visits)}).scalars())
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


def _load_routes(connection: Connection, facts: FieldFacts) -> None:
    """The routes of the outlets and of the person, and who held them when."""
    ids = {stop.route_id for stops in facts.stops.values() for stop in stops}
    ids.update(route_id for route_id, _, _, _ in facts.own)
    if not ids:
        return
    for key, territory_id, timezone, weekdays in connection.execute(_ROUTES, {"ids": list(ids)}):
        facts.routes[key] = RouteFacts(key, territory_id, timezone, tuple(weekdays))
    held: dict[tuple[int, str], list[Held]] = defaultdict(list)
    for route_id, role, person_id, truck_id, starts_at, ends_at, kind in connection.execute(
        _ASSIGNMENTS, {"ids": list(ids)}
    ):
        held[route_id, role].append(Held(person_id or truck_id or 0, starts_at, ends_at, kind == "regular"))
    facts.held = dict(held)
