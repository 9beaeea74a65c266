"""Never only one person: which outlets fewer than two people of the company know, by value."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.domain.departures import KNOWS_FOR, LOOKS_BACK
from server.models import Order, Outlet, Person, Visit
from server.services.scopes import Within

PAGE = 200


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
    last_visit_at: datetime | None


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
            func.coalesce(visits.c.visits, 0), visits.c.person_id, func.coalesce(Person.name, ""), visits.c.last,
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
        KnownBy(outlet_id, code, name, name_en, letter, int(minor), count, who, person, last)
        for outlet_id, code, name, name_en, letter, minor, count, who, person, last in session.execute(query)
    ]
