"""Recomputes the whole audit chain and holds it against the signed checkpoints: is the history as it was written?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, String, bindparam, cast, select
from sqlalchemy.orm import Session

from server.domain.audit import (
    START,
    Checkpoint,
    Fault,
    Link,
    Row,
    check_content,
    check_run,
    instant_text,
    sqlite_instant_text,
)
from server.models import AuditContent, AuditEntry, Base
from server.services.prepared import Prepared

AT_ONCE: Final = 5_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check of the chain found. `fault` is None where every entry is as it was written."""

    entries: int
    digest: str
    checkpoints: int
    # The newest checkpoint that the chain agrees with.
    proven: int
    unknown_keys: int
    contents: int
    erased: int
    fault: Fault | None


def verify(
    session: Session,
    checkpoints: Iterable[Checkpoint],
    *,
    is_signed: Callable[[Checkpoint], bool],
    contents: bool = True,
) -> Verdict:
    """Check every link, the chain's end, every checkpoint and, where `contents`, the personal content.

    A checkpoint that is not signed with a known key proves nothing and is counted only.
    """
    stated = sorted(checkpoints, key=lambda one: one.seq)
    signed = [one for one in stated if is_signed(one)]
    connection = session.connection()
    end, fault, proven, contradicted = _walk(connection, signed)
    if fault is None and contradicted is not None:
        fault = contradicted
    if fault is None:
        fault = _check_head(connection, end, signed)
    told, erased, wrong = _check_contents(session) if contents and fault is None else (0, 0, None)
    return Verdict(
        entries=end.seq,
        digest=end.digest,
        checkpoints=len(signed),
        proven=proven,
        unknown_keys=len(stated) - len(signed),
        contents=told,
        erased=erased,
        fault=fault or wrong,
    )


def _walk(
    connection: Connection, signed: Sequence[Checkpoint]
) -> tuple[Link, Fault | None, int, Fault | None]:
    """Check the links; on the way, each checkpoint against the entry it names."""
    last, proven = START, 0
    contradicted: Fault | None = None
    waiting = iter(signed)
    point = next(waiting, None)
    for rows in _runs(connection):
        last, fault = check_run(rows, last)
        if fault is not None:
            return last, fault, proven, contradicted
        digests = {row.seq: row.digest for row in rows} if point is not None and point.seq <= last.seq else {}
        while point is not None and point.seq <= last.seq:
            if point.seq > 0 and digests[point.seq] != point.digest:
                contradicted = contradicted or Fault(point.seq, "rewritten", after=proven)
            elif contradicted is None:
                proven = point.seq
            point = next(waiting, None)
    return last, None, proven, contradicted


def _check_head(connection: Connection, end: Link, signed: Sequence[Checkpoint]) -> Fault | None:
    """Whether the chain ends where it says, and nowhere before a checkpoint."""
    head = connection.execute(_HEAD).first()
    if head is None or head.seq > end.seq or (signed and signed[-1].seq > end.seq):
        return Fault(end.seq + 1, "cut_off")
    return Fault(end.seq, "head") if (head.seq, head.digest) != end else None


def _runs(connection: Connection) -> Iterator[list[Row]]:
    """All entries in order, some at a time, as the driver gives them."""
    sqlite = connection.dialect.name == "sqlite"
    text: Callable[[Any], str] = sqlite_instant_text if sqlite else instant_text
    after = 0
    while True:
        # The driver's own rows: making SQLAlchemy's of them would be a third of the whole check.
        found: Any = _RUN.run(connection, {"after": after}).cursor
        rows = [
            Row(seq, previous, digest, text(at), *rest)
            for seq, previous, digest, at, *rest in found.fetchall()
        ]
        if not rows:
            return
        yield rows
        after = rows[-1].seq


def _check_contents(session: Session) -> tuple[int, int, Fault | None]:
    """Hold personal content against the digests in the chain. Returns how much is there, how much was erased."""
    told = erased = after = 0
    while True:
        query = (
            select(AuditContent, AuditEntry.detail)
            .join(AuditEntry, AuditEntry.seq == AuditContent.seq)
            .where(AuditContent.seq > after)
            .order_by(AuditContent.seq)
            .limit(AT_ONCE)
        )
        rows = session.execute(query).all()
        if not rows:
            return told, erased, None
        for content, detail in rows:
            if content.sealed is None:
                erased += 1
            elif check_content(content.sealed, detail):
                told += 1
            else:
                return told, erased, Fault(content.seq, "content")
            after = content.seq
        session.expunge_all()


_ENTRIES = Base.metadata.tables["audit_entry"]
_HEADS = Base.metadata.tables["audit_head"]
_HEAD = select(_HEADS.c.seq, _HEADS.c.digest).where(_HEADS.c.id == 1)
_RUN = Prepared(
    select(
        _ENTRIES.c.seq,
        _ENTRIES.c.previous,
        _ENTRIES.c.digest,
        _ENTRIES.c.at,
        _ENTRIES.c.person_id,
        _ENTRIES.c.deed,
        _ENTRIES.c.subject,
        # The text that was hashed, not what a driver reads from it.
        cast(_ENTRIES.c.detail, String),
        _ENTRIES.c.outlet_id,
        _ENTRIES.c.device,
    )
    .where(_ENTRIES.c.seq > bindparam("after"))
    .order_by(_ENTRIES.c.seq)
    .limit(AT_ONCE)
)
