"""Checkpoints of the audit chain: its end, signed, written outside the database and given to every phone that syncs.

Whoever can re-write the database can re-compute the chain, but not what was signed before: the file on the server's
disk says where it differs, and a phone that gives back what it was once given says so even when the file is gone too.
"""

from __future__ import annotations

import base64
import fcntl
import logging
import os
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

from sqlalchemy import Row, bindparam, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from server.domain.audit import Checkpoint, checkpoint_text, instant_text, read_checkpoint
from server.domain.sealing import KeyRing
from server.extensions import db, monotonic
from server.models import COMPANY_ID, Base, Company
from server.services.alerts import sound_alarm
from server.services.prepared import Prepared
from server.services.transaction import deed

log = logging.getLogger("routebook.checkpoints")

EVERY_ENTRIES: Final = 1_000
EVERY: Final = timedelta(minutes=1)
TAIL_BYTES: Final = 4_096


class HoldsRing(Protocol):
    """Whoever holds the ring of this process; the ring changes when keys rotate."""

    ring: KeyRing

    def refresh(self) -> None:
        """Take over what another process changed."""


@dataclass(slots=True)
class CheckpointKeeper:
    """Makes checkpoints when they are due. `folder` holds one file an epoch, a line a checkpoint."""

    folder: Path
    keys: HoldsRing
    _newest: Checkpoint | None = None
    _epoch: UUID | None = None
    _made: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def current(
        self, session: Session, *, now: datetime, end: tuple[int, UUID] | None = None
    ) -> Checkpoint | None:
        """The newest checkpoint, made anew when the chain has grown by a thousand entries or a minute has passed.
        `end`: the chain's newest number and epoch, where they were just read. None for an empty chain."""
        newest = self._newest
        if newest is None or end is None or monotonic() - self._made >= EVERY.total_seconds():
            return self.make(session, now=now)
        # A chain that is shorter, or another: the database was exchanged under a running server.
        seq, epoch = end
        fits = epoch == self._epoch and 0 <= seq - newest.seq < EVERY_ENTRIES
        return newest if fits else self.make(session, now=now)

    def keep_up(self, session: Session, *, now: datetime) -> None:
        """After a deed of the desk: sign the chain's end when the last signature is a minute old."""
        if self._newest is None or monotonic() - self._made >= EVERY.total_seconds():
            self.sign_off(session, now=now)

    def sign_off(self, session: Session, *, now: datetime) -> None:
        """Sign the chain's end where that is possible; what goes wrong is logged and holds nothing up."""
        try:
            self.make(session, now=now)
        except SQLAlchemyError:
            log.exception("no checkpoint could be made")

    def make(self, session: Session, *, now: datetime) -> Checkpoint | None:
        """Sign the chain's end as it is committed, and write it to the file unless it stands there already."""
        head = session.execute(_HEAD).first()
        if head is None or head.seq == 0 or head.epoch is None:
            return None
        with self._lock:
            newest = self._newest
            if newest is None or self._epoch != head.epoch or newest.digest != head.digest:
                newest = self._write(head, now)
            self._newest, self._epoch, self._made = newest, head.epoch, monotonic()
        return newest

    def _write(self, head: Row[tuple[int, str, UUID]], now: datetime) -> Checkpoint:
        self.keys.refresh()
        ring, at = self.keys.ring, instant_text(now)
        key_id = ring.current("checkpoint").id
        _, signature = ring.sign(checkpoint_text(head.seq, head.digest, at, key_id))
        made = Checkpoint(head.seq, head.digest, at, key_id, base64.b64encode(signature).decode())
        try:
            return append(self.path(head.epoch), made)
        except OSError:
            # It is signed all the same, and goes to the phones; the file is one of two witnesses.
            log.exception("a checkpoint could not be written")
            return made

    def path(self, epoch: UUID) -> Path:
        return self.folder / f"{epoch}.jsonl"

    def is_signed(self, checkpoint: Checkpoint) -> bool:
        """Whether a checkpoint bears the signature of one of this house's keys."""
        text = checkpoint_text(checkpoint.seq, checkpoint.digest, checkpoint.at, checkpoint.key_id)
        try:
            signature = base64.b64decode(checkpoint.signature, validate=True)
        except ValueError:
            return False
        if self.keys.ring.find(checkpoint.key_id) is None:
            self.keys.refresh()  # another process has changed the key, and signed with it
        return self.keys.ring.verify(checkpoint.key_id, text, signature)


def append(path: Path, made: Checkpoint) -> Checkpoint:
    """Add a line, durably, and return the newest one: another process may have been quicker with the same."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - TAIL_BYTES))
        tail = file.read()
        last = read_checkpoint(tail.splitlines()[-1].decode(errors="replace")) if tail else None
        if last is not None and last.digest == made.digest:
            return last
        # The half line of a power cut stays where it is and is skipped by readers.
        file.write((b"" if not tail or tail.endswith(b"\n") else b"\n") + made.line().encode())
        file.flush()
        os.fsync(file.fileno())
    return made


def read_checkpoints(path: Path) -> list[Checkpoint]:
    """The checkpoints of a file, in its order; half lines are left out. An absent file has none."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", errors="replace") as lines:
        return [found for found in (read_checkpoint(line) for line in lines) if found is not None]


# --- what phones give back -----------------------------------------------------------------------------------


def heed_echo(
    keeper: CheckpointKeeper,
    echo: Checkpoint,
    *,
    epoch: UUID | None,
    person_id: int,
    device_id: UUID,
    now: datetime,
) -> bool:
    """Hold what a phone gives back against the chain; the office is told where they differ. Returns whether they agree.

    A phone that still lives in an earlier epoch is no alarm: the database came back from a backup, and said so.
    """
    session = db.session()
    found = _DIGEST.first(session.connection(), {"seq": echo.seq})
    if found is not None and found.digest == echo.digest:
        return True
    if epoch != session.execute(_EPOCH).scalar_one():
        return False
    if not keeper.is_signed(echo):
        _tell_false(echo, person_id=person_id, device_id=device_id, now=now)
        return False
    log.error("the audit chain differs from a phone's checkpoint", extra={"seq": echo.seq})
    _tell_mismatch(echo, missing=found is None, person_id=person_id, device_id=device_id, now=now)
    return False


@deed
def _tell_mismatch(
    session: Session, echo: Checkpoint, *, missing: bool, person_id: int, device_id: UUID, now: datetime
) -> None:
    """The chain is not what it was when a phone synced: it was cut or re-written behind the server's back."""
    sound_alarm(
        session,
        kind="audit.mismatch",
        subject="audit:chain",
        at=now,
        detail={"seq": echo.seq, "signed_at": echo.at, "missing": missing, "device": str(device_id)},
        person_id=person_id,
    )


@deed
def _tell_false(
    session: Session, echo: Checkpoint, *, person_id: int, device_id: UUID, now: datetime
) -> None:
    """A phone gives back a checkpoint that this house never signed."""
    sound_alarm(
        session,
        kind="audit.false_checkpoint",
        subject=f"device:{device_id}",
        at=now,
        detail={"seq": echo.seq, "device": str(device_id)},
        person_id=person_id,
    )


_T = Base.metadata.tables
_EPOCH = select(Company.epoch).where(Company.id == COMPANY_ID)
_HEAD = select(
    _T["audit_head"].c.seq, _T["audit_head"].c.digest, _EPOCH.scalar_subquery().label("epoch")
).where(_T["audit_head"].c.id == 1)
_DIGEST = Prepared(select(_T["audit_entry"].c.digest).where(_T["audit_entry"].c.seq == bindparam("seq")))
