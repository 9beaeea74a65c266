"""Never only one person: which outlets fewer than two people of the company know, by value."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.domain.departures import KNOWS_FOR, LOOKS_BACK
from server.errors import NotFound
from server.models import Order, Outlet, Person, Visit
from server.services.scopes import Within

PAGE = 200
MOST_PEOPLE = 50


@dataclass(frozen=True)
class KnownBy:
    """An outlet and who knows it: at most one person, who visited it in the last 180 days."""

    outlet_id: int
    code: str
    name: str
    name_en: str
    outlet_class: str
    value_minor: int
    visits: int
    person_id: int | None
    person: str
    person_en: str
    last_visit_at: datetime | None


@dataclass(frozen=True)
class Knows:
    """Somebody who visited an outlet in the last 180 days."""

    person_id: int
    person: str
    person_en: str
    status: str
    visits: int
    last_visit_at: datetime


def find_known_by_one(
    session: Session,
    *,
    within: Within,
    classes: Collection[str],
    now: datetime,
    people: Collection[int] | None = None,
) -> list[KnownBy]:
    """Open outlets of these secrecy classes that at most one person visited in the last 180 days, the dearest first
    (orders of 90 days), 200 at most. With `people` only those that one of them knows."""
    visits = (
        select(
            Visit.outlet_id,
            func.count(Visit.person_id.distinct()).label("people"),
            func.count().label("visits"),
            func.min(Visit.person_id).label("person_id"),
            func.max(Visit.checked_in_at).label("last"),
        )
        .where(Visit.checked_in_at >= now - KNOWS_FOR, Visit.outlet_id.is_not(None))
        .group_by(Visit.outlet_id)
        .subquery()
    )
    value = (
        select(Order.outlet_id, func.sum(Order.total_minor).label("minor"))
        .where(Order.ordered_at >= now - LOOKS_BACK)
        .group_by(Order.outlet_id)
        .subquery()
    )
    worth = func.coalesce(value.c.minor, 0)
    query = (
        select(
            Outlet.id, Outlet.code, Outlet.name, Outlet.name_en, Outlet.outlet_class, worth,
            func.coalesce(visits.c.visits, 0), visits.c.person_id, func.coalesce(Person.name, ""),
            func.coalesce(Person.name_en, ""), visits.c.last,
        )
        .outerjoin(visits, visits.c.outlet_id == Outlet.id)
        .outerjoin(value, value.c.outlet_id == Outlet.id)
        .outerjoin(Person, Person.id == visits.c.person_id)
        .where(
            Outlet.status == "active", Outlet.secrecy.in_(classes), func.coalesce(visits.c.people, 0) <= 1
        )
        .order_by(worth.desc(), Outlet.id)
        .limit(PAGE)
    )  # fmt: skip
    if within is not None:
        query = query.where(Outlet.territory_id.in_(within))
    if people is not None:
        query = query.where(visits.c.person_id.in_(people))
    return [
        KnownBy(outlet_id, code, name, name_en, letter, int(minor), *rest)
        for outlet_id, code, name, name_en, letter, minor, *rest in session.execute(query)
    ]


def find_who_knows(session: Session, outlet_id: int, now: datetime) -> list[Knows]:
    """Who visited an outlet in the last 180 days, who was there most often first, 50 at most. Errors: NotFound."""
    if session.get(Outlet, outlet_id) is None:
        raise NotFound(subject=f"outlet:{outlet_id}")
    visits, last = func.count(), func.max(Visit.checked_in_at)
    rows = session.execute(
        select(Person.id, Person.name, Person.name_en, Person.status, visits, last)
        .join(Visit, Visit.person_id == Person.id)
        .where(Visit.outlet_id == outlet_id, Visit.checked_in_at >= now - KNOWS_FOR)
        .group_by(Person.id, Person.name, Person.name_en, Person.status)
        .order_by(visits.desc(), last.desc(), Person.id)
        .limit(MOST_PEOPLE)
    )
    return [Knows(*row) for row in rows]
