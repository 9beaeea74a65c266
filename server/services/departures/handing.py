"""The handover of one store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from server.domain.departures import Handover, handover_problems
from server.errors import Conflict, NotFound
from server.models import DepartureStore
from server.services import audit
from server.services.alerts import raise_alert
from server.services.departures.opening import lock_case
from server.services.people import find_person, roles_on
from server.services.routes import invalid
from server.services.scopes import Within
from server.services.transaction import deed


@dataclass(frozen=True)
class Handed:
    """What was done at a store, and what its owner said. `signature`: an SVG path."""

    departure_id: int
    outlet_id: int
    witness_id: int | None
    steps: Sequence[str]
    answer: str
    signature: str
    next_visit: date | None


@deed
def hand_over(
    session: Session, *, handed: Handed, within: Within, today: date, now: datetime, by: int
) -> None:
    """Write down a store's handover with the owner's answer. An owner who says no, or that something is wrong, raises
    an alert; what was confirmed stays. Errors: NotFound; Conflict `departure_state`, `handover_confirmed`; Invalid."""
    row = lock_case(session, handed.departure_id, within)
    store = session.get(
        DepartureStore, (handed.departure_id, handed.outlet_id), with_for_update=True, populate_existing=True
    )
    if store is None:
        raise NotFound(subject=f"outlet:{handed.outlet_id}")
    if row.state != "planned":
        raise Conflict("departure_state")
    if store.state == "confirmed":
        raise Conflict("handover_confirmed")
    witness = find_person(session, handed.witness_id) if handed.witness_id is not None else None
    problems = handover_problems(
        Handover(
            store.outlet_class, tuple(handed.steps), handed.answer, handed.signature, handed.next_visit,
            row.person_id, store.receiver_id, handed.witness_id,
            witness is not None and witness.status == "active" and "supervisor" in roles_on(witness, today), today,
        )
    )  # fmt: skip
    if problems:
        raise invalid(problems)
    store.state, store.steps = handed.answer, list(handed.steps)
    store.handed_at = store.answered_at = now
    store.handed_by, store.witness_id = by, witness.id if witness else None
    store.signature, store.next_visit = handed.signature, handed.next_visit
    if handed.answer != "confirmed":
        raise_alert(
            session, kind=f"handover.{handed.answer}", subject=f"outlet:{store.outlet_id}", at=now,
            detail={"departure": row.id, "receiver": store.receiver_id}, severity="alarm",
        )  # fmt: skip
    audit.record(
        session, at=now, person_id=by, deed="departure.hand_over", subject=f"departure:{row.id}",
        detail={"outlet": store.outlet_id, "answer": handed.answer, "witness": store.witness_id},
    )  # fmt: skip
