"""The days on which nobody walks: the company's holidays, and what is different in a territory."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import false, null, select
from sqlalchemy.orm import Session

from server.errors import Conflict, NotFound
from server.models import Holiday, Territory, TerritoryDay
from server.services import audit
from server.services.transaction import deed

LIST_LIMIT = 2_000


@dataclass(frozen=True)
class CalendarDay:
    """A day of the calendar. `territory_id` None: the company's; `works`: a company holiday on which the territory
    works."""

    territory_id: int | None
    day: date
    works: bool
    name: str
    name_en: str


def find_calendar(
    session: Session, first: date, last: date, *, territory_ids: Collection[int] | None
) -> list[CalendarDay]:
    """The company's holidays and what differs in territories (None: all), in order of day. One question: every manifest
    asks it."""
    own = select(
        TerritoryDay.territory_id,
        TerritoryDay.day,
        TerritoryDay.works,
        TerritoryDay.name,
        TerritoryDay.name_en,
    ).where(TerritoryDay.day.between(first, last))
    if territory_ids is not None:
        own = own.where(TerritoryDay.territory_id.in_(territory_ids))
    company = select(null(), Holiday.day, false(), Holiday.name, Holiday.name_en).where(
        Holiday.day.between(first, last)
    )
    found = [CalendarDay(*row) for row in session.execute(own.union_all(company).limit(LIST_LIMIT))]
    return sorted(found, key=lambda one: (one.day, one.territory_id or 0))


def find_free_days(
    session: Session, first: date, last: date, territory_ids: Collection[int]
) -> dict[int | None, set[date]]:
    """By territory the days on which nobody walks there, both ends included; None: by the company's own calendar."""
    free: dict[int | None, set[date]] = {None: set(), **{one: set() for one in territory_ids}}
    for entry in find_calendar(session, first, last, territory_ids=territory_ids):
        # The company's own word on a day comes before a territory's.
        for territory_id in free if entry.territory_id is None else (entry.territory_id,):
            if entry.works:
                free[territory_id].discard(entry.day)
            else:
                free[territory_id].add(entry.day)
    return free


# --- deeds ---------------------------------------------------------------------------------------------------


@deed
def set_day(
    session: Session,
    *,
    territory_id: int | None,
    day: date,
    works: bool,
    name: str,
    name_en: str,
    now: datetime,
    by: int,
) -> None:
    """Make a day a holiday of a territory or (None) of the company, or a working day of a territory although the
    company has a holiday. Said again, it is renamed. Errors: NotFound; Conflict for a company's working day."""
    if territory_id is None:
        if works:
            raise Conflict
        session.merge(Holiday(day=day, name=name, name_en=name_en))
    else:
        if session.get(Territory, territory_id) is None:
            raise NotFound
        session.merge(
            TerritoryDay(territory_id=territory_id, day=day, works=works, name=name, name_en=name_en)
        )
    _record(session, "holiday.set", territory_id, day, works, now, by)


@deed
def clear_day(session: Session, *, territory_id: int | None, day: date, now: datetime, by: int) -> None:
    """Take a day out of the calendar again. Errors: NotFound where it is not in it."""
    row = (
        session.get(Holiday, day)
        if territory_id is None
        else session.get(TerritoryDay, {"territory_id": territory_id, "day": day})
    )
    if row is None:
        raise NotFound
    session.delete(row)
    _record(session, "holiday.clear", territory_id, day, False, now, by)


def _record(
    session: Session, name: str, territory_id: int | None, day: date, works: bool, now: datetime, by: int
) -> None:
    session.flush()
    audit.record(
        session, at=now, person_id=by, deed=name,
        subject="company:1" if territory_id is None else f"territory:{territory_id}",
        detail={"day": day.isoformat(), "works": works},
    )  # fmt: skip
