"""The phones' inbox: takes batches in, has each operation applied (services/applying.py), answers for every one.

Nothing is ever discarded: what cannot be applied is quarantined with its content and waits for a person
(services/quarantine.py); what fails for a reason of the server's stays `received` and is tried again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from server.domain.sequences import Range
from server.errors import Conflict
from server.extensions import db
from server.models import COMPANY_ID, Base, Company
from server.services import audit, company, devices
from server.services.applying import apply_all
from server.services.captured import QUARANTINED, Captured, Result, Stored, told_again
from server.services.prepared import Prepared
from server.services.transaction import deed
from server.services.turns import turn_of_batch


@dataclass(frozen=True, slots=True)
class Incoming:
    """One operation of a batch. `body`: the bytes as they came; `key`: what they are sealed with, None for nothing;
    `unreadable`: the field of the entry that could not be read (then `body` is the whole entry as it came)."""

    id: UUID
    seq: int
    kind: str
    schema: int
    captured_at: datetime
    offset_ms: int | None
    after: UUID | None
    body: bytes
    key: str | None = None
    unreadable: str = ""

    def stored(self, device_id: UUID, person_id: int, received_at: datetime) -> Stored:
        """The operation as it stands in the inbox."""
        captured = Captured(self.id, device_id, person_id, self.captured_at, self.offset_ms, received_at)
        return Stored(
            self.id,
            self.seq,
            self.kind,
            self.schema,
            self.after,
            self.key,
            self.body,
            self.unreadable,
            captured,
        )


@dataclass(frozen=True, slots=True)
class Batch:
    """What a phone sends at once, in order of sequence."""

    device_id: UUID
    batch_id: UUID
    epoch: UUID | None
    known_server_seq: int
    highest_seq: int
    operations: tuple[Incoming, ...]


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
    with turn_of_batch(session):
        return _work(session, batch, person_id, now)


def _work(session: Session, batch: Batch, person_id: int, now: datetime) -> Answer:
    epoch, seq = _epoch_and_seq(session)
    if batch.epoch == epoch and batch.known_server_seq > seq:
        heal_after_restore(epoch=epoch, device_id=batch.device_id, person_id=person_id, now=now)
    inbox = _take_in(batch, person_id=person_id, now=now)
    results = dict(inbox.settled)
    if inbox.waiting:
        todo = [batch.operations[index].stored(batch.device_id, person_id, now) for index in inbox.waiting]
        for index, result in zip(inbox.waiting, apply_all(todo, now=now), strict=True):
            results[index] = result
    epoch, seq = _epoch_and_seq(session)
    ordered = [results[index] for index in range(len(batch.operations))]
    return Answer(batch.batch_id, epoch, now, ordered, inbox.missing, seq)


def _epoch_and_seq(session: Session) -> tuple[UUID, int]:
    epoch, seq = session.connection().execute(_EPOCH_AND_SEQ).one()
    return epoch, int(seq or 0)


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
            inbox.settled[index] = told_again(operation.id, operation.seq, there.state, there.server_seq)
    if fresh:
        _ADD[connection.dialect.name].write_many(connection, fresh)
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
        "key_id": operation.key,
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
                "key_id": operation.key,
                "body": operation.body,
                "body_sha256": digest,
                "server_seq": seq,
            },
        )
    return Result(operation.id, operation.seq, QUARANTINED, seq, "key_reuse")


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
_COLUMNS = [column.name for column in _OPERATIONS.columns]
# The device's row is locked, so a clash can only come from another device with the same id: then the row that is there
# stays, and applying sees that it belongs to somebody else.
_ADD = {
    "sqlite": Prepared(sqlite.insert(_OPERATIONS).on_conflict_do_nothing(), columns=_COLUMNS),
    "postgresql": Prepared(postgresql.insert(_OPERATIONS).on_conflict_do_nothing(), columns=_COLUMNS),
}
_CONFLICT = select(_CONFLICTS.c.server_seq).where(
    _CONFLICTS.c.operation_id == bindparam("operation"),
    _CONFLICTS.c.body_sha256 == bindparam("digest"),
    _CONFLICTS.c.device_id == bindparam("device"),
)
_ADD_CONFLICT = insert(_CONFLICTS)
_EPOCH = select(Company.epoch).where(Company.id == COMPANY_ID)
_EPOCH_AND_SEQ = _EPOCH.add_columns(audit.NEWEST.scalar_subquery())
_LOCKED_EPOCH = _EPOCH.with_for_update()
