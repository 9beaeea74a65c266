"""The handover of one store, told at the desk or by the receiver's phone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy.orm import Session

from server.domain.errors import Problem
from server.domain.handovers import Handover, handover_problems, state_after, state_with
from server.errors import Conflict, NotFound
from server.models import Departure, DepartureStore
from server.services import audit
from server.services.alerts import raise_alert
from server.services.departures.opening import lock_case
from server.services.people import find_person, roles_on
from server.services.routes import invalid
from server.services.scopes import Within
from server.services.transaction import deed


@dataclass(frozen=True)
class Handed:
    """What was done at a store, and what its owner said. `signature`: an SVG path; `by_code`: the answer came from the
    owner's own phone, or will; `skipped`: step and reason; `notes`: what was found, by step."""

    departure_id: int
    outlet_id: int
    witness_id: int | None
    steps: Sequence[str]
    answer: str
    signature: str
    next_visit: date | None
    skipped: Sequence[tuple[str, str]] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    words: str = ""
    by_code: bool = False
    giver_present: bool = False


@deed
def hand_over(
    session: Session, *, handed: Handed, within: Within, today: date, now: datetime, by: int
) -> None:
    """Write down a store's handover with the owner's answer. An owner who says no, or that something is wrong, raises
    an alert; what was confirmed stays. Errors: NotFound; Conflict `departure_state`, `handover_confirmed`; Invalid."""
    row = lock_case(session, handed.departure_id, within)
    store = lock_store(session, handed.departure_id, handed.outlet_id)
    if store is None:
        raise NotFound(subject=f"outlet:{handed.outlet_id}")
    if row.state != "planned":
        raise Conflict("departure_state")
    if store.state == "confirmed":
        raise Conflict("handover_confirmed")
    problems = problems_of(session, row, store, handed, today)
    if problems:
        raise invalid(problems)
    write_handover(session, store, handed, at=now, by=by, way="desk", day=today)
    audit.record(
        session, at=now, person_id=by, deed="departure.hand_over", subject=f"departure:{row.id}",
        detail={"outlet": store.outlet_id, "answer": handed.answer, "witness": store.witness_id},
    )  # fmt: skip


def lock_store(session: Session, departure_id: int, outlet_id: int) -> DepartureStore | None:
    """A store of a case, locked until the deed ends."""
    return session.get(
        DepartureStore, (departure_id, outlet_id), with_for_update=True, populate_existing=True
    )


def problems_of(
    session: Session, row: Departure, store: DepartureStore, handed: Handed, day: date
) -> list[Problem]:
    """What the rule says against a handover of a day."""
    return handover_problems(
        Handover(
            store.outlet_class, tuple(handed.steps), handed.answer, handed.signature, handed.next_visit,
            row.person_id, store.receiver_id, handed.witness_id, supervises(session, handed.witness_id, day), day,
            tuple(handed.skipped), handed.by_code,
        )
    )  # fmt: skip


def supervises(session: Session, person_id: int | None, day: date) -> bool:
    """Whether somebody is a supervisor on a day, and has access."""
    person = find_person(session, person_id) if person_id is not None else None
    return person is not None and person.status == "active" and "supervisor" in roles_on(person, day)


def write_handover(
    session: Session, store: DepartureStore, handed: Handed, *, at: datetime, by: int, way: str, day: date
) -> str:
    """Write what was done and what follows from the owner's answer, within the caller's deed; gives the state. `way`:
    domain.handovers.WAYS. The caller has asked the rule before."""
    store.steps, store.skipped = list(handed.steps), [list(one) for one in handed.skipped]
    store.notes, store.words = dict(handed.notes) or None, handed.words or None
    store.handed_at, store.handed_by, store.witness_id = at, by, handed.witness_id
    store.giver_present = handed.giver_present
    store.supervised = supervises(session, handed.witness_id, day)
    store.signature, store.next_visit = handed.signature, handed.next_visit
    return take_answer(session, store, handed.answer, at=at, way=way)


def take_answer(session: Session, store: DepartureStore, answer: str, *, at: datetime, way: str) -> str:
    """What an owner's answer makes of a store's handover, within the caller's deed; gives the state. A no, or that
    something is wrong, is told to the office, also of a store that was confirmed before."""
    after = state_after(answer, store.outlet_class, witness_is_supervisor=store.supervised)
    store.state = state_with(store.state, after)
    if answer == "code":
        return store.state
    store.answered_at, store.answered_way = at, way
    if answer != "confirmed":
        raise_alert(
            session, kind=f"handover.{answer}", subject=f"outlet:{store.outlet_id}", at=at,
            detail={"departure": store.departure_id, "receiver": store.receiver_id, "way": way}, severity="alarm",
        )  # fmt: skip
    return store.state
