"""With whom somebody could swap routes (交换区域): a colleague of the territory who has walked one for as long."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from server.models import Assignment, Person, Route, Territory

MOST_ROUTES: Final = 5_000


@dataclass(frozen=True)
class Partner:
    """A colleague to swap with, and the route that is theirs."""

    person_id: int
    name: str
    name_en: str
    route: str


@dataclass(frozen=True)
class _Holding:
    person_id: int
    name: str
    name_en: str
    route: str
    territory_id: int
    starts_at: datetime
    timezone: str


def find_partners(
    session: Session, people: Collection[int], *, since: date, not_with: Collection[int], now: datetime
) -> dict[int, Partner]:
    """Person → who has walked a route of the same territory the longest, from `since` or earlier, and is active. Nobody
    of `not_with`; people without such a colleague are left out."""
    if not people:
        return {}
    by_territory: dict[int, list[_Holding]] = defaultdict(list)
    for one in _holdings(session, people, now):
        by_territory[one.territory_id].append(one)
    found: dict[int, Partner] = {}
    for holdings in by_territory.values():
        able = [one for one in holdings if _began(one) <= since and one.person_id not in not_with]
        for person_id in {one.person_id for one in holdings} & set(people):
            others = [one for one in able if one.person_id != person_id]
            if others and person_id not in found:
                best = min(others, key=lambda one: (one.starts_at, one.route))
                found[person_id] = Partner(best.person_id, best.name, best.name_en, best.route)
    return found


def _began(one: _Holding) -> date:
    return one.starts_at.astimezone(ZoneInfo(one.timezone)).date()


def _holdings(session: Session, people: Collection[int], now: datetime) -> list[_Holding]:
    """Who holds a route as their own rep now, in the territories of these people."""
    theirs = (
        select(Route.territory_id)
        .join(Assignment, Assignment.route_id == Route.id)
        .where(Assignment.person_id.in_(people), *_own(now))
    )
    rows = session.execute(
        select(
            Person.id, Person.name, Person.name_en, Route.code, Route.territory_id, Assignment.starts_at,
            Territory.timezone,
        )
        .join(Assignment, Assignment.person_id == Person.id)
        .join(Route, Route.id == Assignment.route_id)
        .join(Territory, Territory.id == Route.territory_id)
        .where(Route.territory_id.in_(theirs), Person.status == "active", *_own(now))
        .order_by(Assignment.starts_at, Route.code)
        .limit(MOST_ROUTES)
    )  # fmt: skip
    return [_Holding(*row) for row in rows]


def _own(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Assignment.role == "rep",
        Assignment.kind == "regular",
        Assignment.starts_at <= now,
        Assignment.ends_at.is_(None) | (Assignment.ends_at > now),
    )
