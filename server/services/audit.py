"""The audit chain, below all other services: every deed records itself here, in its own transaction."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from server.models import AuditHead, Base
from server.services.prepared import Prepared, prepared_insert

GENESIS = "0" * 64


def entry_digest(
    seq: int,
    previous: str,
    at: datetime,
    person_id: int | None,
    deed: str,
    subject: str,
    detail: Mapping[str, object],
) -> str:
    """SHA-256 over the entry's canonical JSON, the previous digest included."""
    text = json.dumps(
        [seq, previous, at.isoformat(), person_id, deed, subject, detail],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(text.encode()).hexdigest()


def record(
    session: Session,
    *,
    at: datetime,
    person_id: int | None,
    deed: str,
    subject: str,
    detail: Mapping[str, object] | None = None,
) -> int:
    """Append one entry and return its number. Call it last in the deed: it holds the chain's lock until the commit.

    `detail` must not hold personal content (names, numbers, notes): ids, codes and counts only.
    """
    session.flush()  # what stands in the session only is written before the chain is locked
    connection = session.connection()
    head = _LOCKED_HEAD.run(connection, {}).one()
    seq = head.seq + 1
    words = dict(detail or {})
    digest = entry_digest(seq, head.digest, at, person_id, deed, subject, words)
    _ADD_ENTRY.run(
        connection,
        {
            "seq": seq,
            "previous": head.digest,
            "digest": digest,
            "at": at,
            "person_id": person_id,
            "deed": deed,
            "subject": subject,
            "detail": words,
        },
    )
    _MOVE_HEAD.run(connection, {"new_seq": seq, "new_digest": digest})
    return int(seq)


def last_seq(session: Session) -> int:
    """The number of the newest entry, 0 for an empty chain."""
    seq = session.scalar(select(AuditHead.seq).where(AuditHead.id == 1))
    return int(seq or 0)


_HEAD = Base.metadata.tables["audit_head"]
_LOCKED_HEAD = Prepared(select(_HEAD.c.seq, _HEAD.c.digest).where(_HEAD.c.id == 1).with_for_update())
_ADD_ENTRY = prepared_insert(Base.metadata.tables["audit_entry"])
_MOVE_HEAD = Prepared(
    update(_HEAD).where(_HEAD.c.id == 1).values(seq=bindparam("new_seq"), digest=bindparam("new_digest"))
)
