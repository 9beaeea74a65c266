"""The phones' inbox: takes batches in, applies each operation in a transaction of its own, answers for every one.

Nothing is ever discarded: what cannot be applied is quarantined with its content and waits for a person
(services/quarantine.py); what fails for a reason of the server's stays `received` and is tried again.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from server.domain import operation_bodies as bodies
from server.domain.errors import DomainError
from server.domain.operations import (
    FAILURES_BEFORE_QUARANTINE,
    KINDS,
    Unacceptable,
    WaitsFor,
    open_body,
)
from server.domain.sequences import Range
from server.errors import Busy, Conflict, StorageFull
from server.extensions import db
from server.models import COMPANY_ID, Base, Company
from server.services import audit, company, deliveries, devices, field_notes, requests, reveals, visits, work_days
from server.services.captured import Captured, Effect
from server.services.field_facts import FieldFacts, day_of, load_facts
from server.services.prepared import Prepared
from server.services.transaction import deed

log = logging.getLogger("routebook.operations")

RETRY_AFTER_S: Final = 5
WAITS_RETRY_AFTER_S: Final = 60
WAITS_AT_MOST: Final = timedelta(days=7)
SWEPT_AT_ONCE: Final = 1_000
APPLIED, DUPLICATE, QUARANTINED, RETRY = "applied", "duplicate", "quarantined", "retry"


@dataclass(frozen=True, slots=True)
class Incoming:
    """One operation of a batch. `body`: the bytes as they came; `unreadable`: the field of the entry that could not
    be read (then `body` is the whole entry as it came)."""

    id: UUID
    seq: int
    kind: str
    schema: int
    captured_at: datetime
    offset_ms: int | None
    after: UUID | None
    body: bytes
    unreadable: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a phone sends at once, in order of sequence."""

    device_id: UUID
    batch_id: UUID
    epoch: UUID | None
    known_server_seq: int
    highest_seq: int
    operations: tuple[Incoming, ...]


class Result(NamedTuple):
    """What became of one operation. applied, duplicate and quarantined are receipts; retry is not."""

    id: UUID
    seq: int
    status: str
    server_seq: int | None = None
    code: str = ""
    detail: str = ""
    retry_after_s: int | None = None


class Answer(NamedTuple):
    batch_id: UUID
    epoch: UUID
    server_time: datetime
    results: list[Result]
    missing: list[Range]
    server_seq: int


@dataclass(slots=True)
class _Inbox:
    """What the inbox says of a batch: results that are settled, and operations still to be applied."""

    settled: dict[int, Result] = field(default_factory=dict)
    waiting: list[int] = field(default_factory=list)
    missing: list[Range] = field(default_factory=list)


def receive(batch: Batch, *, person_id: int, device_id: UUID | None, now: datetime) -> Answer:
    """Take a batch in and apply it. `device_id` is the one that the sign-in is tied to.

    Errors: Conflict `device_not_bound` when the batch comes from another device than the sign-in's; Busy or StorageFull
    when nothing could be taken in. A failure of one operation is never an error of the batch.
    """
    if device_id != batch.device_id:
        raise Conflict("device_not_bound")
    session = db.session()
    epoch, seq = _epoch_and_seq(session)
    if batch.epoch == epoch and batch.known_server_seq > seq:
        heal_after_restore(epoch=epoch, device_id=batch.device_id, person_id=person_id, now=now)
    inbox = _take_in(batch, person_id=person_id, now=now)
    results = dict(inbox.settled)
    if inbox.waiting:
        todo = [
            _Stored.of(batch.operations[index], batch.device_id, person_id, now) for index in inbox.waiting
        ]
        for index, result in zip(inbox.waiting, apply_all(todo, now=now), strict=True):
            results[index] = result
    epoch, seq = _epoch_and_seq(session)
    ordered = [results[index] for index in range(len(batch.operations))]
    return Answer(batch.batch_id, epoch, now, ordered, inbox.missing, seq)


def _epoch_and_seq(session: Session) -> tuple[UUID, int]:
    epoch = session.execute(_EPOCH).scalar_one()
    return epoch, audit.last_seq(session)


@deed
def heal_after_restore(
    session: Session, *, epoch: UUID, device_id: UUID, person_id: int, now: datetime
) -> None:
    """A phone has seen more of the chain than there is: the database came back from a backup (D9).

    Phones of the old epoch mint once between them: the second one finds the epoch changed.
    """
    if session.execute(_LOCKED_EPOCH).scalar_one() == epoch:
        company.mint_epoch(now=now, person_id=person_id, restored_from=f"device:{device_id}")


# --- taking in -----------------------------------------------------------------------------------------------


@deed
def _take_in(session: Session, batch: Batch, *, person_id: int, now: datetime) -> _Inbox:
    """Write the new operations of a batch down as `received`, all of them or none."""
    connection = session.connection()
    device = devices.lock_device(connection, batch.device_id, person_id)
    ids = list({operation.id for operation in batch.operations})
    known: dict[UUID, _Known] = {row.id: _Known(*row) for row in connection.execute(_KNOWN, {"ids": ids})}
    inbox = _Inbox()
    fresh: list[dict[str, object]] = []
    clashes: list[tuple[int, str]] = []
    for index, operation in enumerate(batch.operations):
        digest = hashlib.sha256(operation.body).hexdigest()
        there = known.get(operation.id)
        if there is None:
            fresh.append(_row(operation, digest, batch.device_id, person_id, now))
            known[operation.id] = _Known(
                operation.id, batch.device_id, operation.kind, digest, "received", None, ""
            )
            inbox.waiting.append(index)
        elif (there.device_id, there.kind, there.body_sha256) != (batch.device_id, operation.kind, digest):
            clashes.append((index, digest))
        elif there.state == "received":  # left from before, or twice in this batch: applying tells
            inbox.waiting.append(index)
        else:
            inbox.settled[index] = _told_again(operation, there.state, there.server_seq)
    if fresh:
        _ADD[connection.dialect.name].run_many(connection, fresh)
    came = [operation.seq for operation in batch.operations]
    inbox.missing = devices.take_numbers(connection, device, came, batch.highest_seq, now)
    for index, digest in clashes:
        operation = batch.operations[index]
        inbox.settled[index] = _keep_conflict(session, operation, digest, batch.device_id, person_id, now)
    return inbox


class _Known(NamedTuple):
    id: UUID
    device_id: UUID
    kind: str
    body_sha256: str
    state: str
    server_seq: int | None
    code: str


def _told_again(operation: Incoming | _Stored, state: str, server_seq: int | None) -> Result:
    """The first answer once more."""
    code = state if state in ("quarantined", "refused") else ""
    return Result(operation.id, operation.seq, DUPLICATE, server_seq, code)


def _row(
    operation: Incoming, digest: str, device_id: UUID, person_id: int, now: datetime
) -> dict[str, object]:
    return {
        "id": operation.id,
        "device_id": device_id,
        "person_id": person_id,
        "seq": operation.seq,
        "kind": operation.kind,
        "schema": operation.schema,
        "captured_at": operation.captured_at,
        "offset_ms": operation.offset_ms,
        "received_at": now,
        "after": operation.after,
        "body": operation.body,
        "body_sha256": digest,
        "state": "received",
        "server_seq": None,
        "code": "",
        "detail": "",
        "failures": 0,
        "decided_by": None,
        "decided_at": None,
        "decision_note": "",
    }


def _keep_conflict(
    session: Session, operation: Incoming, digest: str, device_id: UUID, person_id: int, now: datetime
) -> Result:
    """Another content under an id that is taken: kept beside the first, once, and told to the office (A7)."""
    connection = session.connection()
    kept = connection.execute(
        _CONFLICT, {"operation": operation.id, "digest": digest, "device": device_id}
    ).first()
    if kept:
        seq = kept.server_seq
    else:
        seq = audit.record(
            session,
            at=now,
            person_id=person_id,
            deed="operation.key_reuse",
            subject=f"operation:{operation.id}",
            detail={"device": str(device_id), "seq": operation.seq},
        )
        connection.execute(
            _ADD_CONFLICT,
            {
                "operation_id": operation.id,
                "device_id": device_id,
                "person_id": person_id,
                "received_at": now,
                "body": operation.body,
                "body_sha256": digest,
                "server_seq": seq,
            },
        )
    return Result(operation.id, operation.seq, QUARANTINED, seq, "key_reuse")


# --- applying ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Stored:
    """An operation that stands in the inbox as `received`."""

    id: UUID
    seq: int
    kind: str
    schema: int
    after: UUID | None
    body: bytes
    unreadable: str
    captured: Captured

    @staticmethod
    def of(operation: Incoming, device_id: UUID, person_id: int, received_at: datetime) -> _Stored:
        captured = Captured(
            operation.id, device_id, person_id, operation.captured_at, operation.offset_ms, received_at
        )
        return _Stored(
            operation.id,
            operation.seq,
            operation.kind,
            operation.schema,
            operation.after,
            operation.body,
            operation.unreadable,
            captured,
        )


def apply_all(todo: Sequence[_Stored], *, now: datetime) -> list[Result]:
    """Apply operations of one person in their order; a result for each. StorageFull is the only error let through."""
    if not todo:
        return []
    opened: dict[UUID, bodies.Body | Unacceptable] = {}
    for operation in todo:
        try:
            if operation.unreadable:
                raise Unacceptable("unreadable", operation.unreadable, "format")
            opened[operation.id] = open_body(operation.kind, operation.schema, operation.body)
        except Unacceptable as refused:
            opened[operation.id] = refused
    session = db.session()
    readable = [body for body in opened.values() if not isinstance(body, Unacceptable)]
    facts = load_facts(session, todo[0].captured.person_id, readable)
    elsewhere = {operation.after for operation in todo if operation.after} - opened.keys()
    states: dict[UUID, str] = (
        {row.id: row.state for row in session.execute(_STATES, {"ids": list(elsewhere)})} if elsewhere else {}
    )
    session.rollback()
    results = []
    for operation in todo:
        result = _settle(operation, opened[operation.id], facts, states, now)
        states[operation.id] = _state_after(result)
        results.append(result)
    return results


def _state_after(result: Result) -> str:
    if result.status == DUPLICATE:
        return result.code or "applied"
    return {APPLIED: "applied", QUARANTINED: "quarantined"}.get(result.status, "received")


def _settle(
    operation: _Stored,
    body: bodies.Body | Unacceptable,
    facts: FieldFacts,
    states: Mapping[UUID, str],
    now: datetime,
) -> Result:
    """Apply one operation, or say why not. One that fails never fails another (I4)."""
    try:
        if operation.after is not None and states.get(operation.after) != "applied":
            if states.get(operation.after) in ("quarantined", "refused"):
                raise Unacceptable("depends_on_quarantined", "after")
            raise WaitsFor("after")
        if isinstance(body, Unacceptable):
            raise body
        result = apply_operation(operation, body, facts, now)
        if isinstance(body, bodies.VisitBody):
            facts.visit_ids.add(body.visit_id)
        return result
    except WaitsFor as waits:
        return Result(
            operation.id,
            operation.seq,
            RETRY,
            code="waits_for",
            detail=waits.what,
            retry_after_s=WAITS_RETRY_AFTER_S,
        )
    except Unacceptable as refused:
        return _quarantine_or_retry(operation, refused, now)
    except StorageFull:
        raise
    except Busy as busy:
        return Result(operation.id, operation.seq, RETRY, code="busy", retry_after_s=busy.retry_after_s)
    except DomainError as error:
        return _quarantine_or_retry(operation, Unacceptable("invalid", error.field, error.rule), now)
    except Exception:
        log.exception("applying an operation failed", extra={"operation": str(operation.id)})
        return _failed(operation, now)


def _quarantine_or_retry(operation: _Stored, refused: Unacceptable, now: datetime) -> Result:
    try:
        return quarantine(operation, refused, now=now)
    except StorageFull:
        raise
    except Busy as busy:
        return Result(operation.id, operation.seq, RETRY, code="busy", retry_after_s=busy.retry_after_s)


def _failed(operation: _Stored, now: datetime) -> Result:
    """Applying failed for a reason of the server's own: again later, and after three times a person looks."""
    try:
        if count_failure(operation.id) >= FAILURES_BEFORE_QUARANTINE:
            return quarantine(operation, Unacceptable("failed"), now=now)
    except StorageFull:
        raise
    except Exception:
        log.exception("a failure could not be noted", extra={"operation": str(operation.id)})
    return Result(operation.id, operation.seq, RETRY, code="busy", retry_after_s=RETRY_AFTER_S)


@deed
def apply_operation(
    session: Session, operation: _Stored, body: bodies.Body, facts: FieldFacts, now: datetime
) -> Result:
    """The one effect of one operation: its rows, its receipt and its audit entry, together or not at all (I9)."""
    connection = session.connection()
    row = _LOCK.run(connection, {"key": operation.id, "device": operation.captured.device_id}).first()
    if row is None:  # another device was quicker with the same id: told as key_reuse the next time
        raise Busy
    if row.state != "received":
        return _told_again(operation, row.state, row.server_seq)
    effect = _effect(session, operation, body, facts, now)
    seq = audit.record(
        session,
        at=now,
        person_id=operation.captured.person_id,
        deed=effect.deed,
        subject=effect.subject,
        detail=effect.detail,
    )
    _SETTLE.run(connection, {"key": operation.id, "to": "applied", "at_seq": seq, "why": "", "words": ""})
    return Result(operation.id, operation.seq, APPLIED, seq)


def _effect(
    session: Session, operation: _Stored, body: bodies.Body, facts: FieldFacts, now: datetime
) -> Effect:
    """Call the deed of the kind. It writes; it does not commit."""
    captured = operation.captured
    when = captured.instant(captured.captured_at)
    if not facts.has_role(KINDS[operation.kind].roles, day_of(when, facts.timezone)):
        raise Unacceptable("not_allowed", "kind")
    connection = session.connection()
    match body:
        case bodies.VisitBody():
            today = day_of(now, facts.timezone)
            return visits.record_visit(connection, captured, body, facts, today)
        case bodies.DayStart():
            return work_days.start_day(connection, captured, body, facts)
        case bodies.DayEnd():
            return work_days.end_day(connection, captured, body)
        case bodies.StopsReorder():
            return work_days.reorder_stops(captured, body)
        case bodies.OutletPropose():
            return field_notes.propose_outlet(connection, captured, body)
        case bodies.OutletChange():
            return requests.request_change(connection, captured, body, facts)
        case bodies.OutletNoteAdded():
            return field_notes.add_note(connection, captured, body, facts)
        case bodies.PromiseKeep():
            return field_notes.keep_promise(connection, captured, body, facts)
        case bodies.PhotoAttach():
            return field_notes.attach_photo(connection, captured, body)
        case bodies.ContactReveal():
            return reveals.record_reveal(session, captured, body, facts)
        case bodies.DeliveryRecord():
            return deliveries.record_delivery(connection, captured, body, facts)


@deed
def quarantine(session: Session, operation: _Stored, refused: Unacceptable, *, now: datetime) -> Result:
    """Keep an operation for a person to decide. Its content stays in the inbox."""
    connection = session.connection()
    row = _LOCK.run(connection, {"key": operation.id, "device": operation.captured.device_id}).first()
    if row is None:
        raise Busy
    if row.state != "received":
        return _told_again(operation, row.state, row.server_seq)
    seq = audit.record(
        session,
        at=now,
        person_id=operation.captured.person_id,
        deed="operation.quarantine",
        subject=f"operation:{operation.id}",
        detail={"code": refused.code, "field": refused.field, "rule": refused.rule, "kind": operation.kind},
    )
    _SETTLE.run(
        connection,
        {
            "key": operation.id,
            "to": "quarantined",
            "at_seq": seq,
            "why": refused.code,
            "words": refused.detail,
        },
    )
    return Result(operation.id, operation.seq, QUARANTINED, seq, refused.code, refused.detail)


@deed
def count_failure(session: Session, operation_id: UUID) -> int:
    """Note that applying failed once more; returns how often it has."""
    connection = session.connection()
    connection.execute(_COUNT_FAILURE, {"key": operation_id})
    return int(connection.execute(_FAILURES, {"key": operation_id}).scalar() or 0)


# --- what was left ---------------------------------------------------------------------------------------------


class Swept(NamedTuple):
    applied: int
    quarantined: int
    left: int


def sweep(*, now: datetime) -> Swept:
    """Apply what stands in the inbox unprocessed, after a crash for instance (D3). Bounded; run it again for more.

    What has waited for another operation for more than seven days is quarantined, so that a person sees it.
    """
    session = db.session()
    rows = session.execute(_LEFT).all()
    session.rollback()
    people: dict[int, list[_Stored]] = {}
    for row in rows:
        captured = Captured(
            row.id, row.device_id, row.person_id, row.captured_at, row.offset_ms, row.received_at
        )
        stored = _Stored(row.id, row.seq, row.kind, row.schema, row.after, row.body, "", captured)
        people.setdefault(row.person_id, []).append(stored)
    results: list[tuple[_Stored, Result]] = []
    for todo in people.values():
        results += zip(todo, apply_all(todo, now=now), strict=True)
    applied = quarantined = 0
    for stored, result in results:
        long_ago = now - stored.captured.received_at > WAITS_AT_MOST
        if result.code == "waits_for" and long_ago:
            result = quarantine(stored, Unacceptable("waits_for", result.detail), now=now)
        applied += result.status == APPLIED
        quarantined += result.status == QUARANTINED
    return Swept(applied, quarantined, len(results) - applied - quarantined)


def reapply(session: Session, operation_id: UUID, *, now: datetime) -> Result:
    """Apply one operation of the inbox that a person put back to `received`."""
    row = session.execute(_ONE, {"key": operation_id}).one()
    captured = Captured(row.id, row.device_id, row.person_id, row.captured_at, row.offset_ms, row.received_at)
    stored = _Stored(row.id, row.seq, row.kind, row.schema, row.after, row.body, "", captured)
    return apply_all([stored], now=now)[0]


_OPERATIONS = Base.metadata.tables["operation"]
_CONFLICTS = Base.metadata.tables["operation_conflict"]
_IDS: BindParameter[object] = bindparam("ids", expanding=True)
_KNOWN = select(
    _OPERATIONS.c.id,
    _OPERATIONS.c.device_id,
    _OPERATIONS.c.kind,
    _OPERATIONS.c.body_sha256,
    _OPERATIONS.c.state,
    _OPERATIONS.c.server_seq,
    _OPERATIONS.c.code,
).where(_OPERATIONS.c.id.in_(_IDS))
_STATES = select(_OPERATIONS.c.id, _OPERATIONS.c.state).where(_OPERATIONS.c.id.in_(_IDS))
_COLUMNS = [column.name for column in _OPERATIONS.columns]
# The device's row is locked, so a clash can only come from another device with the same id: then the row that is there
# stays, and applying sees that it belongs to somebody else.
_ADD = {
    "sqlite": Prepared(sqlite.insert(_OPERATIONS).on_conflict_do_nothing(), columns=_COLUMNS),
    "postgresql": Prepared(postgresql.insert(_OPERATIONS).on_conflict_do_nothing(), columns=_COLUMNS),
}
_LOCK = Prepared(
    select(_OPERATIONS.c.state, _OPERATIONS.c.server_seq)
    .where(_OPERATIONS.c.id == bindparam("key"), _OPERATIONS.c.device_id == bindparam("device"))
    .with_for_update()
)
_SETTLE = Prepared(
    update(_OPERATIONS)
    .where(_OPERATIONS.c.id == bindparam("key"))
    .values(
        state=bindparam("to"),
        server_seq=bindparam("at_seq"),
        code=bindparam("why"),
        detail=bindparam("words"),
    )
)
_COUNT_FAILURE = (
    update(_OPERATIONS)
    .where(_OPERATIONS.c.id == bindparam("key"))
    .values(failures=_OPERATIONS.c.failures + 1)
)
_FAILURES = select(_OPERATIONS.c.failures).where(_OPERATIONS.c.id == bindparam("key"))
_LEFT = (
    select(_OPERATIONS)
    .where(_OPERATIONS.c.state == "received")
    .order_by(_OPERATIONS.c.received_at, _OPERATIONS.c.seq)
    .limit(SWEPT_AT_ONCE)
)
_ONE = select(_OPERATIONS).where(_OPERATIONS.c.id == bindparam("key"))
_CONFLICT = select(_CONFLICTS.c.server_seq).where(
    _CONFLICTS.c.operation_id == bindparam("operation"),
    _CONFLICTS.c.body_sha256 == bindparam("digest"),
    _CONFLICTS.c.device_id == bindparam("device"),
)
_ADD_CONFLICT = insert(_CONFLICTS)
_EPOCH = select(Company.epoch).where(Company.id == COMPANY_ID)
_LOCKED_EPOCH = _EPOCH.with_for_update()
