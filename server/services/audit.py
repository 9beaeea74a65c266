"""The audit chain, below all other services: every deed records itself here, in its own transaction."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import DBAPIError, NoResultFound
from sqlalchemy.orm import Session

from server.domain.audit import (
    GENESIS,
    about,
    canonical,
    content_digest,
    digest_of,
    instant_text,
    is_behind,
)
from server.errors import RoutebookError
from server.extensions import clock
from server.models import AuditHead, Base
from server.services.prepared import Prepared, prepared_insert
from server.services.transaction import refusal

__all__ = ["GENESIS", "NEWEST", "AuditUnwritable", "entry_digest", "last_seq", "record"]


SALT_BYTES = 16


class AuditUnwritable(RoutebookError):
    """What cannot be recorded is not done: no number is shown, nothing approved, nothing leaves the house."""

    status = 503
    code = "audit_unwritable"


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
    return digest_of(seq, previous, instant_text(at), person_id, deed, subject, canonical(detail))


def record(
    session: Session,
    *,
    at: datetime,
    person_id: int | None,
    deed: str,
    subject: str,
    detail: Mapping[str, object] | None = None,
    device_id: UUID | None = None,
    content: Mapping[str, object] | None = None,
) -> int:
    """Append one entry and return its number. Call it last in the deed: it holds the chain's lock until the commit.

    `detail` must not hold personal content (names, numbers, notes): ids, codes and counts only. An outlet named there
    as `outlet`, and the device, can be searched by. `content` may hold personal content: it is sealed apart from the
    chain and can be erased. Errors: AuditUnwritable, and the whole deed is undone.
    """
    session.flush()  # what stands in the session only is written before the chain is locked
    words = dict(detail or {})
    if device_id is not None:
        words["device"] = str(device_id)
    sealed: dict[str, object] | None = None
    if content is not None:
        salt = secrets.token_bytes(SALT_BYTES)
        sealed = {"salt": salt.hex(), "content": dict(content)}
        words["content"] = content_digest(salt, content)
    try:
        seq = _append(session, at, person_id, deed, subject, words)
        if sealed is not None:
            session.execute(_ADD_CONTENT, {"seq": seq, "sealed": sealed})
        return seq
    except NoResultFound as error:
        raise AuditUnwritable(retry_after_s=60) from error
    except DBAPIError as error:
        if refusal(error) is error:
            raise AuditUnwritable(retry_after_s=60) from error
        raise


def _append(
    session: Session, at: datetime, person_id: int | None, deed: str, subject: str, words: dict[str, object]
) -> int:
    connection = session.connection()
    head = _LOCKED_HEAD.first(connection, {})
    if head is None:
        raise NoResultFound
    if is_behind(datetime.fromisoformat(head.at) if head.at else None, at):
        words["clock"] = "behind"
    elif clock.doubt:
        words["clock"] = clock.doubt
    seq = int(head.seq) + 1
    at_text = instant_text(at)
    digest = digest_of(seq, head.digest, at_text, person_id, deed, subject, canonical(words))
    searched = about(subject, words)
    _ADD_ENTRY.write(
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
            "outlet_id": searched.outlet_id,
            "device": searched.device,
        },
    )
    _MOVE_HEAD.write(connection, {"new_seq": seq, "new_digest": digest, "new_at": at_text})
    return seq


def last_seq(session: Session) -> int:
    """The number of the newest entry, 0 for an empty chain."""
    return int(session.scalar(NEWEST) or 0)


_HEAD = Base.metadata.tables["audit_head"]
# The number of the newest entry, to ask for by itself or within another question.
NEWEST = select(AuditHead.seq).where(AuditHead.id == 1)
_LOCKED_HEAD = Prepared(
    select(_HEAD.c.seq, _HEAD.c.digest, _HEAD.c.at).where(_HEAD.c.id == 1).with_for_update()
)
_ADD_ENTRY = prepared_insert(Base.metadata.tables["audit_entry"])
_ADD_CONTENT = insert(Base.metadata.tables["audit_content"])
_MOVE_HEAD = Prepared(
    update(_HEAD)
    .where(_HEAD.c.id == 1)
    .values(seq=bindparam("new_seq"), digest=bindparam("new_digest"), at=bindparam("new_at"))
)
