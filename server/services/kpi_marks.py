"""Which routes' days have to be counted again: marked in the transaction that changes a visit, and once at each day's
begin for the plans that nobody walks."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from server.domain.journey_plan import business_date
from server.extensions import db
from server.models import Base, KpiDay, KpiDirty, Route, Visit
from server.services.company import find_company
from server.services.prepared import Prepared
from server.services.transaction import deed

OFF_ROUTE: Final = 0
"""Stands for the route of calls that were made on none."""
DAYS_AT_ONCE: Final = 31


def mark(connection: Connection, route_id: object, day: object, at: datetime) -> None:
    """A visit or order of this route and day was written. Inside its transaction.

    An existing mark is written anew: whoever counts that day now waits for this transaction, or this for them, so that
    no visit falls between."""
    _MARK[connection.dialect.name].write(
        connection, {"route_id": route_id or OFF_ROUTE, "day": day, "marked_at": at}
    )


def count_marked(session: Session) -> int:
    """How many routes' days wait to be counted."""
    return session.scalar(select(func.count()).select_from(KpiDirty)) or 0


def mark_passed_days(*, now: datetime) -> int:
    """Mark every route for the days since this was done last, today included; returns how many days. The first time
    it begins with the first visit. At most a month at once: call it again while it returns something."""
    session = db.session()
    company = find_company(session)
    today = business_date(now, company.timezone) if company else None
    last = session.scalar(select(func.max(KpiDay.day)))
    session.rollback()
    return 0 if today is None or (last is not None and last >= today) else _mark_days(today=today, now=now)


@deed
def _mark_days(session: Session, *, today: date, now: datetime) -> int:
    last = session.scalar(select(func.max(KpiDay.day)))
    if last is None:
        first = min(session.scalar(select(func.min(Visit.day))) or today, today)
    else:
        first = last + timedelta(days=1)
    days = [first + timedelta(days=n) for n in range(min((today - first).days + 1, DAYS_AT_ONCE))]
    routes = [OFF_ROUTE, *session.scalars(select(Route.id))]
    connection = session.connection()
    for day in days:
        rows = [{"route_id": route_id, "day": day, "marked_at": now} for route_id in routes]
        _MARK[connection.dialect.name].write_many(connection, rows)
        session.add(KpiDay(day=day))
    return len(days)


_DIRTY = Base.metadata.tables["kpi_dirty"]


def _upsert(added: Any) -> Prepared:
    """Both databases spell it alike, but the function is each dialect's own."""
    statement = added.on_conflict_do_update(
        index_elements=[_DIRTY.c.route_id, _DIRTY.c.day], set_={"marked_at": added.excluded.marked_at}
    )
    return Prepared(statement, columns=["route_id", "day", "marked_at"])


_MARK: Final = {
    "sqlite": _upsert(sqlite.insert(_DIRTY)),
    "postgresql": _upsert(postgresql.insert(_DIRTY)),
}
