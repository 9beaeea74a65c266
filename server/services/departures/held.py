"""What a person holds at an instant: routes, outlets with all that is open there, and what they looked at lately."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, case, distinct, func, or_, select
from sqlalchemy.orm import Session

from server.domain.departures import KNOWS_FOR, LOOKS_BACK, HeldStore, compare_habit
from server.models import (
    Asset,
    Assignment,
    BorrowedCard,
    Case,
    Contact,
    Delivery,
    ExportRequest,
    Order,
    Outlet,
    Person,
    PersonRole,
    Promise,
    Reveal,
    Route,
    Stop,
    Task,
    Visit,
)

# A person's routes: far below this, so that a case is always whole.
MOST_STORES = 5_000
OPEN_ORDERS = ("open", "needs_review")


@dataclass(frozen=True)
class HeldRoute:
    """A route that a person holds, and as what."""

    route_id: int
    code: str
    role: str
    territory_id: int


@dataclass(frozen=True)
class HeldOutlet:
    """An outlet that a person holds. `last_visit_at`: by anybody."""

    store: HeldStore
    route_id: int
    contacts: int
    last_visit_at: datetime | None


@dataclass(frozen=True)
class InHand:
    """What a person has to settle beside the stores. `complaints`: open ones at the stores, or the person's own;
    `tasks`: open ones of the person's; `orders_minor`: what open orders of the stores are worth, to be collected;
    `asset_kinds`: what is lent, by kind (cooler, sample, …)."""

    complaints: int
    tasks: int
    orders_minor: int
    asset_kinds: dict[str, int]


def find_in_hand(session: Session, person_id: int, outlets: Sequence[HeldOutlet]) -> InHand:
    """What is open beside the stores themselves; one query a panel."""
    ids = [one.store.outlet_id for one in outlets]

    def count(figure: Any, *terms: Any) -> int:
        return int(session.scalar(select(figure).where(*terms)) or 0)

    kinds = session.execute(
        select(Asset.kind, func.count())
        .where(Asset.outlet_id.in_(ids), Asset.returned.is_(None))
        .group_by(Asset.kind)
        .order_by(Asset.kind)
        .limit(50)
    )
    return InHand(
        count(
            func.count(Case.id),
            Case.state != "done",
            or_(Case.owner_id == person_id, Case.outlet_id.in_(ids)),
        ),
        count(func.count(Task.id), Task.state == "open", Task.assignee_id == person_id),
        count(func.sum(Order.total_minor), Order.outlet_id.in_(ids), Order.status.in_(OPEN_ORDERS)),
        {kind: number for kind, number in kinds},  # noqa: C416
    )


def find_held_routes(session: Session, person_id: int, at: datetime) -> list[HeldRoute]:
    """The routes that are a person's own at an instant (substitutions for others end with their days)."""
    rows = session.execute(
        select(Route.id, Route.code, Assignment.role, Route.territory_id)
        .join(Assignment, Assignment.route_id == Route.id)
        .where(
            Assignment.person_id == person_id,
            Assignment.kind == "regular",
            Assignment.starts_at <= at,
            or_(Assignment.ends_at.is_(None), Assignment.ends_at > at),
        )
        .order_by(Route.code, Assignment.role)
        .limit(200)
    )
    return [HeldRoute(*row) for row in rows]


def find_held_outlets(
    session: Session, person_id: int, route_ids: Sequence[int], day: date, now: datetime
) -> list[HeldOutlet]:
    """The open outlets of these routes with what is open at each: one query a panel, whatever the number of stores."""
    routes = _outlets_of(session, route_ids, day)
    ids = select(Stop.outlet_id).where(Stop.route_id.in_(route_ids), _holds(day))
    since = now - LOOKS_BACK
    value = _by_outlet(session, Order.outlet_id, func.sum(Order.total_minor), ids, Order.ordered_at >= since)
    orders = _by_outlet(session, Order.outlet_id, func.count(), ids, Order.status.in_(OPEN_ORDERS))
    due = _by_outlet(session, Delivery.outlet_id, func.count(), ids, Delivery.status == "planned")
    promises = _by_outlet(session, Promise.outlet_id, func.count(), ids, Promise.kept_at.is_(None))
    assets = _by_outlet(session, Asset.outlet_id, func.count(), ids, Asset.returned.is_(None))
    contacts = _by_outlet(session, Contact.outlet_id, func.count(), ids)
    known = _by_outlet(
        session,
        Visit.outlet_id,
        func.count(distinct(Visit.person_id)),
        ids,
        Visit.person_id != person_id,
        Visit.checked_in_at >= now - KNOWS_FOR,
    )
    visits = _by_outlet(session, Visit.outlet_id, func.max(Visit.checked_in_at), ids)
    return [
        HeldOutlet(
            HeldStore(
                outlet_id=outlet_id,
                outlet_class=letter,
                value_minor=int(value.get(outlet_id) or 0),
                open_orders=orders.get(outlet_id, 0),
                deliveries=due.get(outlet_id, 0),
                promises=promises.get(outlet_id, 0),
                assets=assets.get(outlet_id, 0),
                known_by=known.get(outlet_id, 0),
            ),
            route_id,
            contacts.get(outlet_id, 0),
            visits.get(outlet_id),
        )
        for outlet_id, (route_id, letter) in routes.items()
    ]


def _holds(day: date) -> Any:
    return (Stop.valid_from <= day) & or_(Stop.valid_to.is_(None), Stop.valid_to >= day)


def _outlets_of(session: Session, route_ids: Sequence[int], day: date) -> dict[int, tuple[int, str]]:
    rows = session.execute(
        select(Outlet.id, func.min(Stop.route_id), Outlet.outlet_class)
        .join(Stop, Stop.outlet_id == Outlet.id)
        .where(Stop.route_id.in_(route_ids), _holds(day), Outlet.status == "active")
        .group_by(Outlet.id, Outlet.outlet_class)
        .order_by(Outlet.id)
        .limit(MOST_STORES)
    )
    return {outlet_id: (route_id, letter) for outlet_id, route_id, letter in rows}


def _by_outlet(session: Session, key: Any, figure: Any, ids: Select[int], *terms: Any) -> dict[int, Any]:
    rows = session.execute(select(key, figure).where(key.in_(ids), *terms).group_by(key).limit(MOST_STORES))
    return {outlet_id: found for outlet_id, found in rows if outlet_id is not None}


# --- what was looked at --------------------------------------------------------------------------------------


def find_activity(session: Session, person_id: int, now: datetime) -> list[dict[str, object]]:
    """What a person opened, revealed and asked to take out in the last 90 days, against the 90 before and against
    everybody who shares a role with them."""
    peers = _peers(session, person_id)
    kinds = (
        ("cards_borrowed", BorrowedCard.person_id, BorrowedCard.borrowed_at, ()),
        ("numbers_opened", Reveal.person_id, Reveal.at, ()),
        ("exports_asked", ExportRequest.person_id, ExportRequest.asked_at, ()),
    )
    found = []
    for kind, who, when, terms in kinds:
        counts = _counts(session, who, when, [*peers, person_id], now, terms)
        own, before = counts.get(person_id, (0, 0))
        found.append(asdict(compare_habit(kind, own, before, [counts.get(one, (0, 0))[0] for one in peers])))
    return found


def _peers(session: Session, person_id: int) -> list[int]:
    """Active people who share a role; at most 500."""
    roles = select(PersonRole.role).where(PersonRole.person_id == person_id, PersonRole.valid_to.is_(None))
    query = (
        select(Person.id)
        .distinct()
        .join(PersonRole, PersonRole.person_id == Person.id)
        .where(
            PersonRole.role.in_(roles),
            PersonRole.valid_to.is_(None),
            Person.id != person_id,
            Person.status == "active",
        )
        .order_by(Person.id)
        .limit(500)
    )
    return list(session.scalars(query))


def _counts(
    session: Session, who: Any, when: Any, people: Sequence[int], now: datetime, terms: Iterable[Any]
) -> dict[int, tuple[int, int]]:
    """By person: how often in the last 90 days, and in the 90 before them."""
    since = now - LOOKS_BACK
    lately = func.sum(case((when >= since, 1), else_=0))
    rows = session.execute(
        select(who, lately, func.count())
        .where(who.in_(people), when >= since - LOOKS_BACK, when <= now, *terms)
        .group_by(who)
    )
    return {person: (int(late), int(both) - int(late)) for person, late, both in rows}
