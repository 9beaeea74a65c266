"""The quarantine desk: operations that could not be applied, and what a person decides about them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.domain.errors import DomainError
from server.domain.masking import mask_numbers
from server.domain.operations import Unacceptable, read_json
from server.errors import Conflict, NotFound
from server.extensions import db
from server.models import Operation, OperationConflict, Person
from server.services import audit
from server.services.applying import packed_body
from server.services.captured import APPLIED, Result, Stored
from server.services.leftovers import reapply
from server.services.scopes import Within, people_within
from server.services.transaction import deed

Decision = Literal["replay", "refuse"]
MOST_LISTED: Final = 200
MOST_RAW: Final = 32
DEPENDANTS_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An operation as the desk shows it. `body`: opened where it can be read, else None and `raw` holds its bytes in
    hexadecimal, the first 32. `others`: other contents that came under the same id."""

    id: UUID
    seq: int
    kind: str
    schema: int
    person_id: int
    person_name: str
    device_id: UUID
    captured_at: datetime
    received_at: datetime
    code: str
    detail: str
    body: object
    raw: str
    others: tuple[object, ...]


def find_quarantined(
    session: Session, *, limit: int = MOST_LISTED, within: Within = None
) -> list[Quarantined]:
    """What waits for a decision, newest first, and what came under an id that was taken (code `key_reuse`)."""
    limit = min(limit, MOST_LISTED)
    waiting = (
        select(Operation, Person.name)
        .join(Person, Person.id == Operation.person_id)
        .where(Operation.state == "quarantined")
        .order_by(Operation.received_at.desc(), Operation.seq.desc(), Operation.id)
        .limit(limit)
    )
    clashes = (
        select(OperationConflict, Operation, Person.name)
        .join(Operation, Operation.id == OperationConflict.operation_id)
        .join(Person, Person.id == OperationConflict.person_id)
        .order_by(OperationConflict.id.desc())
        .limit(limit)
    )
    if within is not None:
        waiting = waiting.where(Operation.person_id.in_(people_within(within)))
        clashes = clashes.where(OperationConflict.person_id.in_(people_within(within)))
    listed = [_view(operation, name) for operation, name in session.execute(waiting)]
    listed += [_clash_view(conflict, first, name) for conflict, first, name in session.execute(clashes)]
    return sorted(listed, key=lambda one: one.received_at, reverse=True)[:limit]


def _view(operation: Operation, name: str) -> Quarantined:
    body, raw = _opened(Stored.of_row(operation))
    return Quarantined(
        id=operation.id,
        seq=operation.seq,
        kind=operation.kind,
        schema=operation.schema,
        person_id=operation.person_id,
        person_name=name,
        device_id=operation.device_id,
        captured_at=operation.captured_at,
        received_at=operation.received_at,
        code=operation.code,
        detail=operation.detail,
        body=body,
        raw=raw,
        others=(),
    )


def _clash_view(conflict: OperationConflict, first: Operation, name: str) -> Quarantined:
    body, raw = _opened(_second(conflict, first))
    return Quarantined(
        id=first.id,
        seq=first.seq,
        kind=first.kind,
        schema=first.schema,
        person_id=conflict.person_id,
        person_name=name,
        device_id=conflict.device_id,
        captured_at=first.captured_at,
        received_at=conflict.received_at,
        code="key_reuse",
        detail="",
        body=body,
        raw=raw,
        others=(_opened(Stored.of_row(first))[0],),
    )


def _second(conflict: OperationConflict, first: Operation) -> Stored:
    """Another content that came under the first one's id."""
    return replace(
        Stored.of_row(first),
        key=conflict.key_id,
        body=conflict.body,
        captured=replace(Stored.of_row(first).captured, device_id=conflict.device_id),
    )


def _opened(stored: Stored) -> tuple[object, str]:
    """The content with its numbers masked; where it cannot be read, its first bytes, for a developer."""
    try:
        return mask_numbers(read_json(packed_body(stored))), ""
    except (DomainError, Unacceptable):
        return None, stored.body[:MOST_RAW].hex()


def decide(*, operation_id: UUID, decision: Decision, note: str, by: int, now: datetime) -> Result | None:
    """Replay a quarantined operation (after an update or a correction of the books) or refuse it for good.

    A replay that applies takes with it what was quarantined only because it depended on it. Returns the replay's
    result, None for a refusal. Errors: NotFound; Conflict when it is not quarantined (any more).
    """
    if decision == "refuse":
        _refuse(operation_id, note=note, by=by, now=now)
        return None
    with _told(operation_id, note=note, by=by, now=now):
        result = reapply(db.session(), operation_id, now=now)
    if result.status == APPLIED:
        for dependant in _dependants(db.session(), operation_id):
            decide(operation_id=dependant, decision="replay", note=note, by=by, now=now)
    return result


@contextmanager
def _told(operation_id: UUID, *, note: str, by: int, now: datetime) -> Iterator[None]:
    """Put an operation back into the inbox, and say afterwards who decided so."""
    _put_back(operation_id, by=by, now=now)
    yield
    _note_decision(operation_id, note=note, by=by, now=now)


@deed
def _put_back(session: Session, operation_id: UUID, *, by: int, now: datetime) -> None:
    operation = _get_waiting(session, operation_id)
    operation.state, operation.code, operation.detail, operation.failures = "received", "", "", 0
    session.flush()
    audit.record(session, at=now, person_id=by, deed="operation.replay", subject=f"operation:{operation_id}")


@deed
def _note_decision(session: Session, operation_id: UUID, *, note: str, by: int, now: datetime) -> None:
    session.execute(
        update(Operation)
        .where(Operation.id == operation_id, Operation.state == "applied")
        .values(decided_by=by, decided_at=now, decision_note=note)
    )


@deed
def _refuse(session: Session, operation_id: UUID, *, note: str, by: int, now: datetime) -> None:
    operation = _get_waiting(session, operation_id)
    operation.state = "refused"
    operation.decided_by, operation.decided_at, operation.decision_note = by, now, note
    session.flush()
    audit.record(session, at=now, person_id=by, deed="operation.refuse", subject=f"operation:{operation_id}")


def _get_waiting(session: Session, operation_id: UUID) -> Operation:
    operation = session.get(Operation, operation_id, with_for_update=True, populate_existing=True)
    if operation is None:
        raise NotFound
    if operation.state != "quarantined":
        raise Conflict
    return operation


def _dependants(session: Session, operation_id: UUID) -> list[UUID]:
    return list(
        session.scalars(
            select(Operation.id)
            .where(
                Operation.after == operation_id,
                Operation.state == "quarantined",
                Operation.code == "depends_on_quarantined",
            )
            .order_by(Operation.device_id, Operation.seq)
            .limit(DEPENDANTS_AT_ONCE)
        )
    )
