"""What early warning found, for whose duty it is to know. Each look is written down; nobody reads about themselves."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from server.errors import Conflict, NotFound
from server.models import Outlet, Person, PersonWarning, WarningRun
from server.services import audit
from server.services.departures.knowledge import KnownBy, find_known_by_one
from server.services.scopes import Within, people_within
from server.services.tasks import NewTask, add_tasks
from server.services.transaction import deed
from server.services.warnings.swapping import Partner, find_partners

PAGE: Final = 100
SECOND_CONTACTS: Final = 20
MEET_WITHIN: Final = timedelta(days=14)
# Who has held a route for half a year may be asked to swap with a neighbour without it meaning anything.
ROTATES_AFTER: Final = timedelta(days=182)


@dataclass(frozen=True)
class StoreView:
    """A store behind a signal. `name`: empty where the reader may not see the store."""

    outlet_id: int
    name: str
    name_en: str
    kind: str
    seen: float
    usual: float


@dataclass(frozen=True)
class WarningView:
    """Somebody about whom something changed. `only_they`: stores that nobody else knows, the dearest first, 20 at most;
    `rotate`: whether swapping routes is worth suggesting, having held one since `held_since`; `partner`: with whom."""

    id: int
    person_id: int
    person: str
    person_en: str
    signals: list[dict[str, object]]
    stores: list[StoreView]
    only_they: list[KnownBy]
    held_since: date | None
    rotate: bool
    partner: Partner | None


@dataclass(frozen=True)
class Look:
    """The newest run as somebody may read it. `day`: None while there was none."""

    day: date | None
    at: datetime | None
    people: int
    warnings: list[WarningView]


@deed
def read(session: Session, *, within: Within, classes: Collection[str], by: int, now: datetime) -> Look:
    """What the newest run found, about others and within the reader's territories, 100 at most. The look is part of
    the record."""
    run = session.scalars(select(WarningRun).order_by(WarningRun.day.desc()).limit(1)).one_or_none()
    if run is None:
        return Look(None, None, 0, [])
    rows = session.execute(
        _allowed(within, by).where(PersonWarning.run_id == run.id).order_by(PersonWarning.id).limit(PAGE)
    ).all()
    people = [row.person_id for row, _ in rows]
    only = _only_they(session, people, within, classes, now)
    names = _names(session, [row for row, _ in rows], within, classes)
    partners = find_partners(
        session,
        [row.person_id for row, _ in rows if _rotates(row, run.day)],
        since=run.day - ROTATES_AFTER,
        not_with=people,
        now=now,
    )
    views = [
        _view(row, person, only.get(person.id, []), names, run.day, partners.get(person.id))
        for row, person in rows
    ]
    look = Look(run.day, run.at, run.people, views)
    audit.record(
        session, at=now, person_id=by, deed="warning.read", subject=f"warning_run:{run.id}",
        detail={"people": people},
    )  # fmt: skip
    return look


@deed
def ask_second_contacts(
    session: Session,
    *,
    warning_id: int,
    within: Within,
    classes: Collection[str],
    today: date,
    by: int,
    now: datetime,
) -> int:
    """Ask supervisors to get to know the stores that only one person knows; returns how many visits are new. The tasks
    say nothing of whose stores they are or why. Errors: NotFound; Conflict `known_by_more` where there are none."""
    found = session.execute(_allowed(within, by).where(PersonWarning.id == warning_id)).first()
    if found is None:
        raise NotFound(subject=f"warning:{warning_id}")
    person_id = found[0].person_id
    stores = _only_they(session, [person_id], within, classes, now).get(person_id, [])
    if not stores:
        raise Conflict("known_by_more")
    source = f"known_by_one:{today.year}-q{(today.month + 2) // 3}"
    wanted = [
        NewTask(
            kind="second_contact", outlet_id=one.outlet_id, due=today + MEET_WITHIN, source=source,
            why={"reason": "known_by_one"},
        )
        for one in stores
    ]  # fmt: skip
    made = add_tasks(session, wanted, by=by, now=now)
    audit.record(
        session, at=now, person_id=by, deed="warning.second_contact", subject=f"warning:{warning_id}",
        detail={"stores": len(stores), "tasks": len(made)},
    )  # fmt: skip
    return len(made)


def _allowed(within: Within, by: int) -> Select[PersonWarning, Person]:
    query = (
        select(PersonWarning, Person)
        .join(Person, Person.id == PersonWarning.person_id)
        .where(PersonWarning.person_id != by)
    )
    return query if within is None else query.where(PersonWarning.person_id.in_(people_within(within)))


def _only_they(
    session: Session, people: Collection[int], within: Within, classes: Collection[str], now: datetime
) -> dict[int, list[KnownBy]]:
    found: dict[int, list[KnownBy]] = {}
    if not people:
        return found
    for one in find_known_by_one(session, within=within, classes=classes, now=now, people=people):
        if one.person_id is not None and len(found.get(one.person_id, [])) < SECOND_CONTACTS:
            found.setdefault(one.person_id, []).append(one)
    return found


def _names(
    session: Session, rows: Collection[PersonWarning], within: Within, classes: Collection[str]
) -> dict[int, tuple[str, str]]:
    """Names of the stores behind the signals, of those that the reader may see."""
    ids = {int(str(store["outlet_id"])) for row in rows for store in row.stores}
    query = select(Outlet.id, Outlet.name, Outlet.name_en).where(
        Outlet.id.in_(ids), Outlet.secrecy.in_(classes)
    )
    if within is not None:
        query = query.where(Outlet.territory_id.in_(within))
    return {outlet: (name, name_en) for outlet, name, name_en in session.execute(query)}


def _view(
    row: PersonWarning,
    person: Person,
    only: list[KnownBy],
    names: Mapping[int, tuple[str, str]],
    day: date,
    partner: Partner | None,
) -> WarningView:
    stores = [_store(one, names) for one in row.stores if int(str(one["outlet_id"])) in names]
    return WarningView(
        row.id, person.id, person.name, person.name_en, row.signals, stores, only, row.held_since,
        _rotates(row, day), partner,
    )  # fmt: skip


def _rotates(row: PersonWarning, day: date) -> bool:
    return row.held_since is not None and row.held_since <= day - ROTATES_AFTER


def _store(store: Mapping[str, Any], names: Mapping[int, tuple[str, str]]) -> StoreView:
    outlet = int(store["outlet_id"])
    return StoreView(outlet, *names[outlet], str(store["kind"]), float(store["seen"]), float(store["usual"]))
