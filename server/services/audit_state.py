"""The state of the audit: how long the chain is, what was signed last, and what the last check of it found.

The last verdict is kept beside the checkpoints, outside the database that it judges.
"""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.audit import Checkpoint, Fault
from server.models import COMPANY_ID, AuditEntry, Company
from server.services import audit
from server.services.alerts import sound_alarm
from server.services.audit_verification import Verdict, verify
from server.services.checkpoints import CheckpointKeeper, read_checkpoints
from server.services.transaction import deed

log = logging.getLogger("routebook.audit")

FILE: Final = "verdict.json"


@dataclass(frozen=True, slots=True)
class Checked(Verdict):
    """A verdict and when it was found."""

    at: datetime


@dataclass(frozen=True, slots=True)
class State:
    entries: int
    newest_at: datetime | None
    checkpoint: Checkpoint | None
    verdict: Checked | None


def get_state(session: Session, keeper: CheckpointKeeper, *, now: datetime) -> State:
    newest = session.scalar(select(AuditEntry.at).order_by(AuditEntry.seq.desc()).limit(1))
    return State(
        entries=audit.last_seq(session),
        newest_at=newest,
        checkpoint=keeper.current(session, now=now),
        verdict=_read(keeper.folder / FILE),
    )


def verify_now(
    session: Session,
    keeper: CheckpointKeeper,
    *,
    now: datetime,
    by: int | None = None,
    witnesses: Iterable[Checkpoint] = (),
) -> Checked:
    """Check the whole chain against the file of its epoch and against `witnesses` kept elsewhere. What is found is
    kept; a fault raises an alarm."""
    epoch = session.scalar(select(Company.epoch).where(Company.id == COMPANY_ID))
    known = read_checkpoints(keeper.path(epoch)) if epoch else []
    verdict = verify(session, [*known, *witnesses], is_signed=keeper.is_signed)
    checked = Checked(**{one.name: getattr(verdict, one.name) for one in dataclasses.fields(Verdict)}, at=now)
    try:
        _write(keeper.folder / FILE, checked)
    except OSError:
        log.exception("the verdict on the audit could not be kept")
    if checked.fault is not None:
        _tell_fault(checked, checked.fault, by, now)
    return checked


def _tell_fault(checked: Checked, fault: Fault, by: int | None, now: datetime) -> None:
    log.error("the audit chain is not whole", extra={"seq": fault.seq, "what": fault.what})
    try:
        _tell(seq=fault.seq, what=fault.what, entries=checked.entries, by=by, now=now)
    except audit.AuditUnwritable:
        log.exception("the fault could not be recorded in the chain")


@deed
def _tell(session: Session, *, seq: int, what: str, entries: int, by: int | None, now: datetime) -> None:
    sound_alarm(
        session,
        kind="audit.broken",
        subject="audit:chain",
        at=now,
        detail={"seq": seq, "what": what, "entries": entries},
        person_id=by,
    )


def _write(path: Path, checked: Checked) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps({**dataclasses.asdict(checked), "at": checked.at.isoformat()}))
    beside.replace(path)


def _read(path: Path) -> Checked | None:
    """The last verdict; None where nobody has checked, or the file is not one."""
    try:
        words = json.loads(path.read_text())
        fault = Fault(**words.pop("fault")) if words["fault"] else words.pop("fault")
        return Checked(**{**words, "at": datetime.fromisoformat(words["at"])}, fault=fault)
    except (OSError, ValueError, TypeError, KeyError):
        return None
