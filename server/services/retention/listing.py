"""The watch as the desk shows it: each case with its figure, and its stores."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, TypeVarTuple

from sqlalchemy import BigInteger, Select, String, case, cast, func, literal, select
from sqlalchemy.orm import Session, aliased

from server.errors import NotFound
from server.models import Departure, Outlet, Person, RetentionWatch, Task
from server.services.scopes import Within

Parts = TypeVarTuple("Parts")

PAGE: Final = 100
STORES: Final = 200
STATES: Final = ("kept", "shrunk", "lost", "too_little")


@dataclass(frozen=True)
class WatchedCase:
    """A case and how its stores stand. `running`: stores still watched; `tasks`: visits to win back that are open;
    `saved_minor`: value of orders that winning back saved, minor units."""

    departure_id: int
    person: str
    person_en: str
    handed_on: date
    ends_on: date
    stores: int
    running: int
    alarms: int
    kept: int
    shrunk: int
    lost: int
    too_little: int
    tasks: int
    saved_minor: int
    judged_at: datetime | None


@dataclass(frozen=True)
class WatchedStore:
    """A watched store: the verdict with its reason, what is drawn, visits, and the visit that was asked for."""

    id: int
    outlet_id: int
    code: str
    name: str
    name_en: str
    outlet_class: str
    receiver: str
    receiver_en: str
    state: str
    alarm: bool
    alarm_at: datetime | None
    verdict: dict[str, object]
    course: dict[str, object]
    visits: dict[str, object]
    saved_minor: int
    task: str
    task_due: date | None
    ended_at: datetime | None


def _seen(query: Select[*Parts], within: Within, classes: Collection[str]) -> Select[*Parts]:
    query = query.where(Outlet.secrecy.in_(classes))
    return query if within is None else query.where(Outlet.territory_id.in_(within))


def find_watched(session: Session, *, within: Within, classes: Collection[str]) -> list[WatchedCase]:
    """Cases whose stores are or were watched, the newest first, 100 at most; of stores that the reader may see."""

    def count(*terms: Any) -> Any:
        return func.sum(case(*[(term, 1) for term in terms], else_=0))

    # One visit a watch and store (services/tasks.py), so that joining it doubles nothing.
    query = (
        select(
            Departure.id.label("departure_id"), Person.name.label("person"), Person.name_en.label("person_en"),
            func.min(RetentionWatch.handed_on).label("handed_on"),
            func.max(RetentionWatch.ends_on).label("ends_on"),
            func.count().label("stores"),
            count(RetentionWatch.ended_at.is_(None)).label("running"),
            count(RetentionWatch.alarm).label("alarms"),
            *(count(RetentionWatch.state == state).label(state) for state in STATES),
            count(Task.state == "open").label("tasks"),
            cast(func.sum(RetentionWatch.saved_minor), BigInteger).label("saved_minor"),
            func.max(RetentionWatch.judged_at).label("judged_at"),
        )
        .select_from(RetentionWatch)
        .join(Departure, Departure.id == RetentionWatch.departure_id)
        .join(Person, Person.id == Departure.person_id)
        .join(Outlet, Outlet.id == RetentionWatch.outlet_id)
        .outerjoin(Task, Task.source == _SOURCE)
        .group_by(Departure.id, Person.name, Person.name_en)
        .order_by(Departure.id.desc())
        .limit(PAGE)
    )  # fmt: skip
    rows = session.execute(_seen(query, within, classes))
    return [WatchedCase(**row) for row in rows.mappings()]


def find_stores(
    session: Session, departure_id: int, *, within: Within, classes: Collection[str]
) -> list[WatchedStore]:
    """The watched stores of a case, those with an alarm first, then those that keep least, 200 at most.
    Errors: NotFound where there is none that the reader may see."""
    receiver = aliased(Person)
    query = (
        select(
            RetentionWatch, Outlet.code, Outlet.name, Outlet.name_en, Outlet.outlet_class,
            func.coalesce(receiver.name, ""), func.coalesce(receiver.name_en, ""),
            func.coalesce(Task.state, ""), Task.due,
        )
        .join(Outlet, Outlet.id == RetentionWatch.outlet_id)
        .outerjoin(receiver, receiver.id == RetentionWatch.receiver_id)
        .outerjoin(Task, Task.source == _SOURCE)
        .where(RetentionWatch.departure_id == departure_id)
        .order_by(
            RetentionWatch.alarm.desc(), case((RetentionWatch.state == "too_little", 1), else_=0), RetentionWatch.id
        )
        .limit(STORES)
    )  # fmt: skip
    rows = session.execute(_seen(query, within, classes)).all()
    if not rows:
        raise NotFound(subject=f"departure:{departure_id}")
    return [
        WatchedStore(
            id=row.id, outlet_id=row.outlet_id, code=code, name=name, name_en=name_en, outlet_class=letter,
            receiver=who, receiver_en=who_en, state=row.state, alarm=row.alarm, alarm_at=row.alarm_at,
            verdict=row.verdict, course=row.course, visits=row.visits, saved_minor=row.saved_minor,
            task=task, task_due=due, ended_at=row.ended_at,
        )
        for row, code, name, name_en, letter, who, who_en, task, due in rows
    ]  # fmt: skip


_SOURCE: Final = literal("watch:") + cast(RetentionWatch.id, String)
