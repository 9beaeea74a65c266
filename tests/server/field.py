"""A small company in the field, for the tests of the server.

    field = build_field(session)                     rows in the database, committed
    field = field_at(session, MORNING)               the same, at an instant, with nothing held open

`Field` holds plain ids. Beside what the tests name there are rows that must not matter: a second territory in
another zone, closed stops, ended assignments, prices of the past and of the future, a SKU no longer sold, an
outlet on no route. What phones do with it: tests/server/fake_phone.py.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from server.extensions import clock
from server.models import (
    COMPANY_ID,
    Assignment,
    AuditHead,
    Brand,
    Company,
    Contact,
    MustSell,
    Outlet,
    Person,
    PersonRole,
    Price,
    Route,
    Sku,
    Stop,
    Territory,
    Truck,
)
from server.services.audit import GENESIS

PASSWORD = "correct horse 2026"
# A hash of the product's is dear on purpose, and most tests sign somebody in. What one costs is written in it: the
# product takes this one for what it is.
PASSWORD_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
# A Monday, long before any test's clock: the week cycles count from it.
ANCHOR = date(2025, 1, 6)
BEGAN = datetime(2025, 1, 6, tzinfo=UTC)
SKUS = 12
PACK = 12
STEPS = ("prepare", "outdoor", "greet", "merchandise", "count", "present", "order", "thank")


@dataclass(frozen=True)
class Who:
    """A person who can sign in with PASSWORD."""

    id: int
    login: str


@dataclass(frozen=True)
class Field:
    """The ids of the company that `build_field` made.

    `outlets` are stops of `route`, held by `rep` (driver `driver`, truck `truck`), every weekday but Sunday;
    `other_outlets` those of `other_route` in the same territory, held by `other_rep`; `far_outlets` those of
    `far_route` in the far territory (Asia/Kolkata), held by `far_rep`, driven by `far_driver`.
    `supervisor` supervises both routes of the near territory. `skus` in count order, packs of PACK, price
    `prices[sku]` in the list "standard" since 2025; `gone_sku` is no longer sold; `loose_outlet` is on no route.
    """

    territory: int
    far_territory: int
    rep: Who
    other_rep: Who
    far_rep: Who
    substitute: Who
    driver: Who
    far_driver: Who
    supervisor: Who
    manager: Who
    custodian: Who
    administrator: Who
    route: int
    other_route: int
    far_route: int
    truck: int
    far_truck: int
    outlets: tuple[int, ...]
    other_outlets: tuple[int, ...]
    far_outlets: tuple[int, ...]
    loose_outlet: int
    closed_outlet: int
    skus: tuple[int, ...]
    gone_sku: int
    prices: Mapping[int, int]


def build_field(session: Session, *, outlets: int = 6, skus: int = SKUS) -> Field:
    """Fill an empty database and commit. `outlets` a route, `skus` sold."""
    session.add_all(
        [
            Company(
                id=COMPANY_ID,
                name="试点饮料",
                name_en="Pilot Drinks",
                timezone="Asia/Hong_Kong",
                currency="HKD",
                epoch=uuid.uuid4(),
                cycle_anchor=ANCHOR,
            ),
            AuditHead(id=1, seq=0, digest=GENESIS),
        ]
    )
    near = Territory(code="T1", name="旺角", name_en="Mong Kok", timezone="Asia/Hong_Kong")
    far = Territory(code="T2", name="远区", name_en="Far", timezone="Asia/Kolkata")
    trucks = [Truck(plate=plate, capacity_cases=400) for plate in ("NEAR 1", "NEAR 2", "FAR 1")]
    session.add_all([near, far, *trucks])
    session.flush()
    people = _people(session)
    routes = [
        Route(code="R1", name="一线", name_en="Route 1", territory_id=near.id),
        Route(code="R2", name="二线", name_en="Route 2", territory_id=near.id),
        Route(code="R3", name="三线", name_en="Route 3", territory_id=far.id),
    ]
    session.add_all(routes)
    session.flush()
    held = [
        ("rep", "driver", trucks[0]),
        ("other_rep", "other_driver", trucks[1]),
        ("far_rep", "far_driver", trucks[2]),
    ]
    for route, (rep, driver, truck) in zip(routes, held, strict=True):
        _assign(session, route.id, "rep", people[rep].id)
        _assign(session, route.id, "driver", people[driver].id)
        session.add(Assignment(route_id=route.id, role="truck", truck_id=truck.id, starts_at=BEGAN))
    for route in routes[:2]:
        _assign(session, route.id, "supervisor", people["supervisor"].id)
    # Long ago the substitute held the first route: an ended assignment that must not matter.
    _assign(
        session,
        routes[0].id,
        "rep",
        people["substitute"].id,
        starts_at=BEGAN - timedelta(days=200),
        ends_at=BEGAN,
    )
    stores = [_outlets(session, near.id, "N", outlets), _outlets(session, near.id, "M", outlets)]
    stores.append(_outlets(session, far.id, "F", outlets))
    for route, ids in zip(routes, stores, strict=True):
        _stops(session, route.id, ids)
    loose, closed = _outlets(session, near.id, "L", 2)
    session.get_one(Outlet, closed).status = "closed"
    _stops(session, routes[0].id, [closed])
    # The loose outlet was on the second route until the end of 2024.
    session.add(
        Stop(
            route_id=routes[1].id,
            outlet_id=loose,
            weekday=0,
            sequence=99,
            valid_from=date(2024, 1, 1),
            valid_to=date(2024, 12, 31),
        )
    )
    sku_ids, gone, prices = _catalogue(session, skus)
    session.commit()
    session.expire_all()
    return Field(
        territory=near.id,
        far_territory=far.id,
        route=routes[0].id,
        other_route=routes[1].id,
        far_route=routes[2].id,
        truck=trucks[0].id,
        far_truck=trucks[2].id,
        outlets=tuple(stores[0]),
        other_outlets=tuple(stores[1]),
        far_outlets=tuple(stores[2]),
        loose_outlet=loose,
        closed_outlet=closed,
        skus=tuple(sku_ids),
        gone_sku=gone,
        prices=prices,
        **{name: who for name, who in people.items() if name != "other_driver"},
    )


def field_at(session: Session, instant: datetime, *, outlets: int = 6) -> Field:
    """The company at an instant. Nothing is held: whoever asks the server next finds the database free."""
    clock.start_at(instant)
    made = build_field(session, outlets=outlets)
    session.rollback()
    return made


def _people(session: Session) -> dict[str, Who]:
    roles = {
        "rep": ["rep"],
        "other_rep": ["rep"],
        "far_rep": ["rep"],
        "substitute": ["rep"],
        "driver": ["driver"],
        "other_driver": ["driver"],
        "far_driver": ["driver"],
        "supervisor": ["supervisor"],
        "manager": ["manager"],
        "custodian": ["custodian"],
        "administrator": ["administrator"],
    }
    rows = {
        name: Person(
            login=name,
            name=f"{name} 先生",
            name_en=name,
            password_hash=PASSWORD_HASH,
            locale="en",
            created_at=BEGAN,
            roles=[PersonRole(role=role, valid_from=BEGAN.date()) for role in held],
        )
        for name, held in roles.items()
    }
    session.add_all(rows.values())
    session.flush()
    return {name: Who(row.id, row.login) for name, row in rows.items()}


def _assign(
    session: Session,
    route: int,
    role: str,
    person: int,
    *,
    starts_at: datetime = BEGAN,
    ends_at: datetime | None = None,
    kind: str = "regular",
) -> None:
    session.add(
        Assignment(
            route_id=route, role=role, person_id=person, starts_at=starts_at, ends_at=ends_at, kind=kind
        )
    )


def reassign(
    session: Session, field: Field, *, to: Who, at: datetime, route: int | None = None, role: str = "rep"
) -> None:
    """Close the open assignment of a route (default: the first) at an instant and give it to somebody else."""
    session.rollback()
    chosen = route or field.route
    for row in session.query(Assignment).filter_by(route_id=chosen, role=role, ends_at=None):
        row.ends_at = at
    _assign(session, chosen, role, to.id, starts_at=at)
    session.commit()


def substitute(
    session: Session,
    field: Field,
    *,
    by: Who,
    starts_at: datetime,
    ends_at: datetime,
    route: int | None = None,
) -> None:
    """Let somebody stand in for the rep of a route (default: the first) for a while."""
    session.rollback()
    _assign(
        session,
        route or field.route,
        "rep",
        by.id,
        starts_at=starts_at,
        ends_at=ends_at,
        kind="substitution",
    )
    session.commit()


def _outlets(session: Session, territory: int, letter: str, count: int) -> list[int]:
    base = {"N": (22.318, 114.169), "M": (22.330, 114.160), "L": (22.310, 114.180), "F": (19.076, 72.877)}
    latitude, longitude = base[letter]
    rows = [
        Outlet(
            code=f"{letter}{number:03}",
            name=f"{letter} 便利店 {number}",
            name_en=f"{letter} Store {number}",
            name_skeleton=f"{letter.lower()}便利店{number}",
            outlet_class="ABCD"[number % 4],
            address=f"{number} Nathan Road",
            latitude=latitude + number * 0.0005,
            longitude=longitude,
            territory_id=territory,
            created_at=BEGAN,
            contacts=[Contact(name=f"老板 {number}", role="owner", phone=f"+852 6000 {number:04}")],
        )
        for number in range(count)
    ]
    session.add_all(rows)
    session.flush()
    return [row.id for row in rows]


def _stops(session: Session, route: int, outlets: Iterable[int]) -> None:
    session.add_all(
        Stop(
            route_id=route,
            outlet_id=outlet,
            weekday=weekday,
            sequence=number + 1,
            planned_minute=540 + 12 * number,
            valid_from=BEGAN.date(),
        )
        for number, outlet in enumerate(outlets)
        for weekday in range(6)
    )


def _catalogue(session: Session, count: int) -> tuple[list[int], int, dict[int, int]]:
    brands = [Brand(name=f"牌子 {n}", name_en=f"Brand {n}", position=n) for n in (1, 2)]
    session.add_all(brands)
    session.flush()
    rows = [
        Sku(
            code=f"S{number:03}",
            name=f"汽水 {number}",
            name_en=f"Soda {number}",
            brand_id=brands[number * 2 // (count + 1)].id,
            position=number,
            volume_ml=500,
            pack=PACK,
            active=number < count,
        )
        for number in range(count + 1)
    ]
    session.add_all(rows)
    session.flush()
    prices = {row.id: 300 + 10 * number for number, row in enumerate(rows)}
    for sku, minor in prices.items():
        session.add_all(
            [
                Price(sku_id=sku, valid_from=date(2025, 1, 1), piece_minor=minor),
                Price(sku_id=sku, valid_from=date(2020, 1, 1), piece_minor=minor - 100),
                Price(sku_id=sku, valid_from=date(2090, 1, 1), piece_minor=minor + 100),
                Price(
                    sku_id=sku,
                    price_list="Golden Chain",
                    valid_from=date(2025, 1, 1),
                    piece_minor=minor - 20,
                ),
            ]
        )
    session.add_all(MustSell(outlet_class="A", sku_id=row.id) for row in rows[:3])
    gone = rows.pop()
    return [row.id for row in rows], gone.id, prices
