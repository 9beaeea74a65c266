"""D15, D16, J6: many write into the audit chain at once, nobody can, or the server's clock cannot be believed."""

from __future__ import annotations

import os
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.domain.audit import Fault, digest_of, instant_text
from server.extensions import clock, db
from server.models import Alert
from server.services import audit
from server.services.clock_watch import ClockWatch
from server.services.transaction import deed
from server.time_source import TimeSource
from tests.faults.chain import BEGAN, ENTRIES, Chain, note

# --- J6: the server's own clock ------------------------------------------------------------------------------------


def test_J6_a_lost_time_source_raises_an_alarm_and_marks_the_entries(chain: Chain, tmp_path: Path) -> None:
    held = tmp_path / "synchronized"
    held.touch()
    watch = ClockWatch(TimeSource(held))
    assert watch.look(db.session(), now=clock.now()) == ""
    held.unlink()
    assert watch.look(db.session(), now=clock.now()) == "unsynchronised"
    watch.look(db.session(), now=clock.now())
    chain.grow(1)
    held.touch()
    assert watch.look(db.session(), now=clock.now()) == ""
    chain.grow(1)
    told = [(row["deed"], row["detail"].get("clock")) for row in chain.entries()[ENTRIES:]]
    assert told == [
        ("clock.unsynchronised", "unsynchronised"),
        ("visit.record", "unsynchronised"),
        ("visit.record", None),
    ]
    alert = db.session.scalars(sa.select(Alert)).one()
    assert (alert.kind, alert.severity, alert.count) == ("clock.unsynchronised", "alarm", 2)
    assert chain.fault() is None


def test_J6_a_time_service_that_has_not_been_heard_for_hours_counts_as_lost(tmp_path: Path) -> None:
    held = tmp_path / "synchronized"
    held.touch()
    source = TimeSource(held)
    assert not source.is_lost()
    long_ago = held.stat().st_mtime - 4 * 3600
    os.utime(held, (long_ago, long_ago))
    assert source.is_lost()


def test_J6_a_clock_that_was_set_back_is_marked_told_and_does_not_break_the_chain(chain: Chain) -> None:
    clock.start_at(BEGAN - timedelta(hours=1))
    chain.grow(2)
    marks = [row["detail"].get("clock") for row in chain.entries()[-2:]]
    assert marks == ["behind", None], "the entry where it went back is marked"
    watch = ClockWatch(TimeSource())
    assert watch.look(db.session(), now=clock.now()) == "behind"
    assert db.session.scalars(sa.select(Alert.kind)).all() == ["clock.behind"]
    assert chain.fault() is None


# --- D15, D16: many writers, and none ------------------------------------------------------------------------------


def test_D15_appenders_without_the_lock_cannot_fork_the_chain(chain: Chain) -> None:
    """Two who both read the same end: the second one's entry is refused, whatever number it takes."""
    end = chain.entries()[-1]
    follow = (
        "INSERT INTO audit_entry (seq, previous, digest, at, deed, subject, detail) "
        "VALUES (:seq, :previous, :digest, :at, 'visit.record', 'visit:x', '{}')"
    )
    at = BEGAN if db.engine.dialect.name == "postgresql" else "2026-11-23 02:00:00.000000"
    digest = digest_of(ENTRIES + 1, end["digest"], instant_text(BEGAN), None, "visit.record", "visit:x", "{}")
    chain.grow(1)
    for seq in (ENTRIES + 1, ENTRIES + 2):
        with pytest.raises(IntegrityError):
            chain.attack(follow, seq=seq, previous=end["digest"], digest=digest, at=at)
    assert chain.verdict().entries == ENTRIES + 1
    assert chain.fault() is None


def test_D15_threads_that_append_at_once_make_one_line(chain: Chain) -> None:
    gate = threading.Barrier(6)

    def append(number: int) -> None:
        with chain.app.app_context():
            gate.wait(10)
            for turn in range(5):
                note(number=number * 100 + turn, outlet=1, at=clock.now())
            db.session.remove()

    threads = [threading.Thread(target=append, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    found = chain.verdict()
    assert (found.fault, found.entries) == (None, ENTRIES + 30)


def test_D16_a_chain_whose_end_is_gone_refuses_every_deed(chain: Chain) -> None:
    chain.attack("DELETE FROM audit_head")
    with pytest.raises(audit.AuditUnwritable):
        chain.grow(1)
    assert len(chain.entries()) == ENTRIES
    assert chain.fault() == Fault(ENTRIES + 1, "cut_off")


def test_D16_personal_content_is_undone_with_its_deed(chain: Chain) -> None:
    with pytest.raises(LookupError):
        confide_and_fail(at=clock.now())
    assert len(chain.entries()) == ENTRIES
    assert db.session.scalar(sa.text("SELECT count(*) FROM audit_content")) == 0


@deed
def confide_and_fail(session: Session, *, at: datetime) -> None:
    audit.record(session, at=at, person_id=None, deed="x", subject="x:1", content={"words": "私"})
    raise LookupError
