"""Accounts of work: interactions with an outlet, and its complaints and after-sales cases with their log."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from server.domain.cases import is_late
from server.errors import FieldError, Invalid, NotFound
from server.models import Case, CaseEntry, Interaction, Outlet, Person
from server.services import audit, notices
from server.services.routes import touch_cards
from server.services.scopes import Within
from server.services.transaction import deed

PAGE = 200
LOG_LIMIT = 200
# A phone or a clock may be a little ahead; what happens later than that has not happened.
AHEAD = timedelta(minutes=5)


@dataclass(frozen=True)
class CaseFilter:
    """Which cases: of an owner, late ones, of a territory or an outlet, done ones too."""

    owner_id: int | None = None
    late: bool = False
    territory_id: int | None = None
    outlet_id: int | None = None
    done: bool = False


@dataclass(frozen=True)
class CaseView:
    """A case as a list shows it."""

    id: int
    outlet_id: int
    outlet: str
    outlet_en: str
    kind: str
    text: str
    owner_id: int | None
    owner: str
    due: date | None
    state: str
    opened_by: str
    opened_at: datetime
    closed_at: datetime | None
    late: bool


@dataclass(frozen=True)
class EntryView:
    """One line of a case's log."""

    at: datetime
    by: str
    state: str
    owner: str
    due: date | None
    text: str


@dataclass(frozen=True)
class InteractionView:
    """What was said with an outlet, when and by whom."""

    id: int
    outlet_id: int
    kind: str
    at: datetime
    by: str
    text: str


def find_cases(
    session: Session, wanted: CaseFilter, *, today: date, within: Within, classes: Collection[str]
) -> list[CaseView]:
    """Cases of outlets of these secrecy classes, those due first before the others; at most 200. An outlet of no
    territory is anybody's."""
    owner, opener = aliased(Person), aliased(Person)
    query = (
        select(Case, Outlet.name, Outlet.name_en, owner.name, opener.name)
        .join(Outlet, Outlet.id == Case.outlet_id)
        .join(opener, opener.id == Case.opened_by)
        .outerjoin(owner, owner.id == Case.owner_id)
        .where(Outlet.secrecy.in_(classes))
        .order_by(Case.due.is_(None), Case.due, Case.opened_at, Case.id)
        .limit(PAGE)
    )
    if not wanted.done:
        query = query.where(Case.state.in_(("open", "waiting")))
    if wanted.owner_id is not None:
        query = query.where(Case.owner_id == wanted.owner_id)
    if wanted.late:
        query = query.where(Case.state != "done", Case.due < today)
    if wanted.territory_id is not None:
        query = query.where(Outlet.territory_id == wanted.territory_id)
    if wanted.outlet_id is not None:
        query = query.where(Case.outlet_id == wanted.outlet_id)
    if within is not None:
        query = query.where(or_(Outlet.territory_id.is_(None), Outlet.territory_id.in_(within)))
    return [
        CaseView(
            one.id, one.outlet_id, outlet, outlet_en, one.kind, one.text, one.owner_id, name or "", one.due,
            one.state, opened_by, one.opened_at, one.closed_at, is_late(one.state, one.due, today),
        )
        for one, outlet, outlet_en, name, opened_by in session.execute(query)
    ]  # fmt: skip


def get_case(session: Session, case_id: int) -> Case:
    """Errors: NotFound."""
    case = session.get(Case, case_id)
    if case is None:
        raise NotFound(subject=f"case:{case_id}")
    return case


def find_log(session: Session, case_id: int) -> list[EntryView]:
    """A case's log, the first line first; at most 200."""
    owner, writer = aliased(Person), aliased(Person)
    query = (
        select(CaseEntry, writer.name, owner.name)
        .join(writer, writer.id == CaseEntry.person_id)
        .outerjoin(owner, owner.id == CaseEntry.owner_id)
        .where(CaseEntry.case_id == case_id)
        .order_by(CaseEntry.at, CaseEntry.id)
        .limit(LOG_LIMIT)
    )
    return [
        EntryView(one.at, by, one.state, name or "", one.due, one.text)
        for one, by, name in session.execute(query)
    ]


def find_interactions(session: Session, outlet_id: int) -> list[InteractionView]:
    """The last interactions with an outlet, the newest first; at most 200."""
    query = (
        select(Interaction, Person.name)
        .join(Person, Person.id == Interaction.person_id)
        .where(Interaction.outlet_id == outlet_id)
        .order_by(Interaction.at.desc(), Interaction.id.desc())
        .limit(PAGE)
    )
    return [
        InteractionView(one.id, one.outlet_id, one.kind, one.at, by, one.text)
        for one, by in session.execute(query)
    ]


# --- deeds ---------------------------------------------------------------------------------------------------


@deed
def add_interaction(
    session: Session, *, outlet_id: int, kind: str, text: str, at: datetime | None, now: datetime, by: int
) -> int:
    """Write down what was said with an outlet; returns its id. Errors: NotFound; Invalid for what lies ahead."""
    _known_outlet(session, outlet_id)
    if at is not None and at > now + AHEAD:
        raise Invalid(errors=[FieldError("at", "not_after", {"limit": now.isoformat()})])
    row = Interaction(outlet_id=outlet_id, person_id=by, kind=kind, at=at or now, text=text)
    session.add(row)
    session.flush()
    touch_cards(session, [outlet_id])
    audit.record(
        session, at=now, person_id=by, deed="interaction.add", subject=f"outlet:{outlet_id}",
        detail={"interaction": row.id, "kind": kind},
    )  # fmt: skip
    return row.id


@deed
def open_case(
    session: Session,
    *,
    outlet_id: int,
    kind: str,
    text: str,
    owner_id: int | None,
    due: date | None,
    now: datetime,
    by: int,
) -> int:
    """Open a case; returns its id. Errors: NotFound; Invalid for an owner who is not there."""
    _known_outlet(session, outlet_id)
    _check_owner(session, owner_id)
    case = Case(
        outlet_id=outlet_id, kind=kind, text=text, owner_id=owner_id, due=due, state="open", opened_by=by,
        opened_at=now,
    )  # fmt: skip
    session.add(case)
    session.flush()
    if owner_id not in (None, by):
        _tell_owner(session, case, now)
    _write(session, case, "case.open", "", now, by)
    return case.id


@deed
def change_case(
    session: Session,
    *,
    case_id: int,
    state: str,
    owner_id: int | None,
    due: date | None,
    text: str,
    now: datetime,
    by: int,
) -> None:
    """Say how a case stands now; the log keeps how it stood. A done one may be opened again.
    Errors: NotFound; Invalid for an owner who is not there."""
    case = session.get(Case, case_id, with_for_update=True)
    if case is None:
        raise NotFound(subject=f"case:{case_id}")
    is_given = owner_id not in (None, by, case.owner_id)
    if owner_id != case.owner_id:
        _check_owner(session, owner_id)
    if state != case.state:
        case.closed_at = now if state == "done" else None
    case.state, case.owner_id, case.due = state, owner_id, due
    if is_given:
        _tell_owner(session, case, now)
    _write(session, case, "case.close" if state == "done" else "case.change", text, now, by)


def _tell_owner(session: Session, case: Case, now: datetime) -> None:
    if case.owner_id is not None:
        detail = {"kind": case.kind, "due": case.due.isoformat() if case.due else None}
        notices.tell(session, [case.owner_id], "case", f"case:{case.id}", detail, now)


def _write(session: Session, case: Case, name: str, text: str, now: datetime, by: int) -> None:
    session.add(
        CaseEntry(
            case_id=case.id, at=now, person_id=by, state=case.state, owner_id=case.owner_id, due=case.due,
            text=text,
        )
    )  # fmt: skip
    session.flush()
    touch_cards(session, [case.outlet_id])
    audit.record(
        session, at=now, person_id=by, deed=name, subject=f"outlet:{case.outlet_id}",
        detail={
            "case": case.id, "kind": case.kind, "state": case.state, "owner": case.owner_id,
            "due": case.due.isoformat() if case.due else None,
        },
    )  # fmt: skip


def _known_outlet(session: Session, outlet_id: int) -> None:
    if session.get(Outlet, outlet_id) is None:
        raise NotFound(subject=f"outlet:{outlet_id}")


def _check_owner(session: Session, owner_id: int | None) -> None:
    if owner_id is None:
        return
    found: Sequence[int] = session.scalars(
        select(Person.id).where(Person.id == owner_id, Person.status == "active")
    ).all()
    if not found:
        raise Invalid(errors=[FieldError("owner_id", "not_found")])
