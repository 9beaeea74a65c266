"""Outlets that change hands for some days, one by one: whose book holds them meanwhile."""

from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from server.models import Cover, PersonRole

# A route's outlets, a few times over.
COVERS_LIMIT = 5_000
MAY_COVER = ("rep", "supervisor")


class Covers(NamedTuple):
    """Pairs of route and outlet at an instant. `mine`: looked after by the person for another; `lent`: of the person's
    own routes, looked after by others."""

    mine: frozenset[tuple[int, int]] = frozenset()
    lent: frozenset[tuple[int, int]] = frozenset()

    def holds(self, route_id: int, outlet_id: int, own: Collection[int]) -> bool:
        """Whether a stop is in the person's book. `own`: the routes that they hold."""
        stop = (route_id, outlet_id)
        return stop in self.mine or (route_id in own and stop not in self.lent)


def find_covers(session: Session, person_id: int, now: datetime, day: date, own: Collection[int]) -> Covers:
    """The covers at an instant that concern a person who holds the routes `own`. Whose role was withdrawn covers
    nothing."""
    query = (
        select(Cover.route_id, Cover.outlet_id, Cover.person_id)
        .where(
            Cover.starts_at <= now,
            Cover.ends_at > now,
            or_(Cover.person_id == person_id, Cover.route_id.in_(own)),
        )
        .order_by(Cover.id)
        .limit(COVERS_LIMIT)
    )
    found = session.execute(query).all()
    mine = frozenset((route, outlet) for route, outlet, person in found if person == person_id)
    if mine and not _may_cover(session, person_id, day):
        mine = frozenset()
    lent = frozenset((route, outlet) for route, outlet, person in found if person != person_id)
    return Covers(mine, lent)


def _may_cover(session: Session, person_id: int, day: date) -> bool:
    query = select(PersonRole.id).where(
        PersonRole.person_id == person_id,
        PersonRole.role.in_(MAY_COVER),
        PersonRole.valid_from <= day,
        or_(PersonRole.valid_to.is_(None), PersonRole.valid_to >= day),
    )
    return session.scalar(query.limit(1)) is not None
