"""Applying what phones sent: one operation, one transaction, one effect; or a reason why not.

An operation that fails never fails another. What cannot be applied is quarantined with its content; what fails for a
reason of the server's stays `received` and is tried again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, select, update
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
from server.errors import Busy, StorageFull
from server.extensions import db
from server.models import Base
from server.models.sealed import UnreadableBytes
from server.services import audit, keys
from server.services.captured import (
    APPLIED,
    DUPLICATE,
    QUARANTINED,
    RETRY,
    Result,
    Stored,
    told_again,
)
from server.services.effects import effect_of
from server.services.field_facts import FieldFacts, day_of
from server.services.field_lookup import load_facts
from server.services.prepared import Prepared
from server.services.transaction import deed

log = logging.getLogger("routebook.operations")

RETRY_AFTER_S: Final = 5
WAITS_RETRY_AFTER_S: Final = 60


def apply_all(todo: Sequence[Stored], *, now: datetime, decided: bool = False) -> list[Result]:
    """Apply operations of one person in their order; a result for each. StorageFull is the only error let through.

    `decided`: a person looked and wants them applied, though they were made after a freeze."""
    if not todo:
        return []
    opened: dict[UUID, bodies.Body | Unacceptable] = {}
    for operation in todo:
        try:
            if operation.unreadable:
                raise Unacceptable("unreadable", operation.unreadable, "format")
            opened[operation.id] = open_body(operation.kind, operation.schema, packed_body(operation))
        except Unacceptable as refused:
            opened[operation.id] = refused
    session = db.session()
    readable = [body for body in opened.values() if not isinstance(body, Unacceptable)]
    facts = load_facts(session, todo[0].captured.person_id, readable)
    if decided:
        facts.frozen_at, facts.revoked = None, {}
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


def packed_body(operation: Stored) -> bytes:
    """The body as the phone packed it. Errors: Unacceptable `not_opened`."""
    if isinstance(operation.body, UnreadableBytes):  # what lies in the database does not open
        raise Unacceptable("not_opened", "body", "seal")
    if operation.key is None:
        return operation.body
    return keys.open_operation(
        operation.key,
        operation.body,
        operation_id=operation.id,
        device_id=operation.captured.device_id,
        kind=operation.kind,
        schema=operation.schema,
    )


def _state_after(result: Result) -> str:
    if result.status == DUPLICATE:
        return result.code or "applied"
    return {APPLIED: "applied", QUARANTINED: "quarantined"}.get(result.status, "received")


def _settle(
    operation: Stored,
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


def _quarantine_or_retry(operation: Stored, refused: Unacceptable, now: datetime) -> Result:
    try:
        return quarantine(operation, refused, now=now)
    except StorageFull:
        raise
    except Busy as busy:
        return Result(operation.id, operation.seq, RETRY, code="busy", retry_after_s=busy.retry_after_s)


def _failed(operation: Stored, now: datetime) -> Result:
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
    session: Session, operation: Stored, body: bodies.Body, facts: FieldFacts, now: datetime
) -> Result:
    """The one effect of one operation: its rows, its receipt and its audit entry, together or not at all (I9)."""
    connection = session.connection()
    row = _LOCK.first(connection, {"key": operation.id, "device": operation.captured.device_id})
    if row is None:  # another device was quicker with the same id: told as key_reuse the next time
        raise Busy
    if row.state != "received":
        return told_again(operation.id, operation.seq, row.state, row.server_seq)
    _check_standing(operation, facts)
    effect = effect_of(session, operation.captured, body, facts, now)
    seq = audit.record(
        session,
        at=now,
        person_id=operation.captured.person_id,
        deed=effect.deed,
        subject=effect.subject,
        detail=effect.detail,
        device_id=operation.captured.device_id,
    )
    _SETTLE.write(connection, {"key": operation.id, "to": "applied", "at_seq": seq, "why": "", "words": ""})
    return Result(operation.id, operation.seq, APPLIED, seq)


def _check_standing(operation: Stored, facts: FieldFacts) -> None:
    """Whether the person might do this when they did it. Errors: Unacceptable `not_allowed`, `after_freeze`."""
    when = operation.captured.instant(operation.captured.captured_at)
    if not facts.has_role(KINDS[operation.kind].roles, day_of(when, facts.timezone)):
        raise Unacceptable("not_allowed", "kind")
    if facts.was_stopped(operation.captured.device_id, when):
        raise Unacceptable("after_freeze", "captured_at")


@deed
def quarantine(session: Session, operation: Stored, refused: Unacceptable, *, now: datetime) -> Result:
    """Keep an operation for a person to decide. Its content stays in the inbox."""
    connection = session.connection()
    row = _LOCK.first(connection, {"key": operation.id, "device": operation.captured.device_id})
    if row is None:
        raise Busy
    if row.state != "received":
        return told_again(operation.id, operation.seq, row.state, row.server_seq)
    seq = audit.record(
        session,
        at=now,
        person_id=operation.captured.person_id,
        deed="operation.quarantine",
        subject=f"operation:{operation.id}",
        detail={"code": refused.code, "field": refused.field, "rule": refused.rule, "kind": operation.kind},
        device_id=operation.captured.device_id,
    )
    _SETTLE.write(
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


_OPERATIONS = Base.metadata.tables["operation"]
_IDS: BindParameter[object] = bindparam("ids", expanding=True)
_STATES = select(_OPERATIONS.c.id, _OPERATIONS.c.state).where(_OPERATIONS.c.id.in_(_IDS))
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
