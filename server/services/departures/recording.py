"""A handover as the receiver's phone tells it: one operation, one effect, judged by who had the store then."""

from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from server.domain.handovers import BY_CODE
from server.domain.operation_bodies import HandoverRecord
from server.domain.operations import Unacceptable
from server.models import Departure, DepartureStore, OwnerCode
from server.services.captured import Captured, Effect
from server.services.departures.handing import Handed, lock_store, problems_of, take_answer, write_handover
from server.services.field_facts import FieldFacts, day_of

# What a phone may tell that the desk may not: it happened. The state says that it does not count as confirmed.
_TOLD_ALL_THE_SAME: Final = "supervisor_needed"


def record_handover(session: Session, captured: Captured, body: HandoverRecord, facts: FieldFacts) -> Effect:
    """Write what was done at a store. A class A store without its supervisor is handed over, but not confirmed.

    Errors: Unacceptable `not_allowed` for a store that was not the person's to receive (or that is not there),
    `invalid` for what the rule refuses, `departure_state` where the case is not under way."""
    at = captured.instant(body.at)
    row = session.get(Departure, body.departure_id, with_for_update=True, populate_existing=True)
    store = lock_store(session, body.departure_id, body.outlet_id) if row is not None else None
    day = _day(body.outlet_id, facts, at)
    if row is None or store is None or not _was_theirs(store, facts, at, day):
        raise Unacceptable("not_allowed", "outlet_id", "not_found")
    if row.state != "planned":
        raise Unacceptable("departure_state", "departure_id")
    code = _code(session, body)
    handed = _handed(body, code)
    problems = [
        one for one in problems_of(session, row, store, handed, day) if one.rule != _TOLD_ALL_THE_SAME
    ]
    if problems:
        raise Unacceptable("invalid", problems[0].field, problems[0].rule)
    detail: dict[str, object] = {
        "operation": str(captured.operation_id), "departure": row.id, "answer": handed.answer,
        "way": BY_CODE if handed.by_code else "signature", "witness": body.witness_id,
    }  # fmt: skip
    if store.handed_at is not None and (store.state == "confirmed" or store.handed_at > at):
        # What came later is the truth; an owner's no is heard all the same.
        if handed.answer not in ("confirmed", BY_CODE):
            take_answer(session, store, handed.answer, at=at, way="signature")
        return Effect("handover.record", f"outlet:{store.outlet_id}", {**detail, "superseded": True})
    way = "code" if handed.by_code else "signature"
    detail["state"] = write_handover(session, store, handed, at=at, by=captured.person_id, way=way, day=day)
    return Effect("handover.record", f"outlet:{store.outlet_id}", detail)


def _was_theirs(store: DepartureStore, facts: FieldFacts, at: datetime, day: date) -> bool:
    """Whether the person is the receiver, or had the store in hand at that instant in the receiver's stead."""
    if store.receiver_id == facts.person_id:
        return True
    route = facts.route_of(store.outlet_id, at, day)
    return route is not None and facts.keeper(store.outlet_id, route.id, at) == facts.person_id


def _day(outlet_id: int, facts: FieldFacts, at: datetime) -> date:
    outlet = facts.outlets.get(outlet_id)
    return day_of(at, outlet.timezone if outlet else facts.timezone)


def _code(session: Session, body: HandoverRecord) -> OwnerCode | None:
    """The code that the owner was shown. Errors: Unacceptable where it is another store's."""
    if body.code_id is None:
        return None
    code = session.get(OwnerCode, body.code_id, with_for_update=True, populate_existing=True)
    if code is None or (code.departure_id, code.outlet_id) != (body.departure_id, body.outlet_id):
        raise Unacceptable("invalid", "code_id", "not_found")
    return code


def _handed(body: HandoverRecord, code: OwnerCode | None) -> Handed:
    """The handover with the owner's answer, where it came before the phone's own word."""
    answer = (code.answer or BY_CODE) if code is not None else body.answer
    return Handed(
        departure_id=body.departure_id,
        outlet_id=body.outlet_id,
        witness_id=body.witness_id,
        steps=[step.key for step in body.steps if step.state == "done"],
        answer=answer,
        signature=body.signature if code is None else "",
        next_visit=body.next_visit,
        skipped=[(step.key, step.reason) for step in body.steps if step.state == "skipped"],
        notes={step.key: step.note for step in body.steps if step.note},
        words=body.words,
        by_code=code is not None,
        giver_present=body.giver_present,
    )
