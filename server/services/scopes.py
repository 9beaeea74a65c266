"""For which territories somebody works. Supervisors and managers may be given some; who has none works for all."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Final

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from server.errors import NotFound
from server.models import Assignment, PersonTerritory, Route

# The roles that a territory narrows; those that keep or watch over the whole book see all of it.
NARROWED: Final = frozenset({"rep", "driver", "supervisor", "manager"})
Within = frozenset[int] | None


def territories_of(session: Session, person_id: int, roles: Collection[str], day: date) -> Within:
    """The territories that a person works for on a day; None: all."""
    if not NARROWED.issuperset(roles):
        return None
    found = session.scalars(
        select(PersonTerritory.territory_id).where(
            PersonTerritory.person_id == person_id,
            PersonTerritory.valid_from <= day,
            or_(PersonTerritory.valid_to.is_(None), PersonTerritory.valid_to >= day),
        )
    )
    return frozenset(found) or None


def check_within(within: Within, territory_id: int | None, subject: str = "") -> None:
    """Errors: NotFound for what lies in another territory, the same as for what is not there (F1)."""
    if within is not None and territory_id not in within:
        raise NotFound(subject=subject)


def people_within(within: frozenset[int]) -> Select[int | None]:
    """Ids of the people who hold or held a route of these territories."""
    return (
        select(Assignment.person_id)
        .join(Route, Route.id == Assignment.route_id)
        .where(Route.territory_id.in_(within), Assignment.person_id.is_not(None))
    )


def check_person_within(session: Session, within: Within, person_id: int, subject: str = "") -> None:
    """Errors: NotFound for somebody of other territories."""
    if within is None:
        return
    found = session.scalar(people_within(within).where(Assignment.person_id == person_id).limit(1))
    if found is None:
        raise NotFound(subject=subject)
