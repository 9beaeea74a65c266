"""J. The audit chain under attack by somebody with all rights on the database, and when it cannot be written."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.app import create_app
from server.config import Settings
from server.domain.audit import Checkpoint, Fault, about, canonical, digest_of, instant_text
from server.extensions import clock, db
from server.models import Alert, AuditEntry, Base
from server.services import audit, audit_erasing, audit_state
from server.services.checkpoints import CheckpointKeeper
from server.services.clock_watch import ClockWatch
from server.services.transaction import deed
from server.time_source import TimeSource
from tests.server.field import Field, build_field

BEGAN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ENTRIES = 12
SIGNED = 5
"""A checkpoint is written at this entry, and at the end."""


class Chain:
    """A company with a short chain, and what somebody with rights on the database does to it."""

    def __init__(self, app: Flask, field: Field) -> None:
        self.app, self.field = app, field
        self.keeper: CheckpointKeeper = app.extensions["checkpoints"]

    def grow(self, count: int) -> None:
        for number in range(count):
            note(number=number, outlet=self.field.outlets[number % 3], at=clock.now())

    def sign(self) -> Checkpoint:
        made = self.keeper.make(db.session(), now=clock.now())
        db.session.rollback()
        assert made is not None
        return made

    def attack(self, *statements: str, **values: object) -> None:
        """Raw SQL, past the server; what the database itself refuses is taken away first."""
        with db.engine.begin() as connection:
            connection.execution_options(routebook_write=True)
            for statement in statements:
                if values:
                    connection.execute(sa.text(statement), values)
                else:
                    connection.exec_driver_sql(statement)

    def verdict(self, *witnesses: Checkpoint) -> audit_state.Checked:
        found = audit_state.verify_now(db.session(), self.keeper, now=clock.now(), witnesses=witnesses)
        db.session.rollback()
        return found

    def fault(self, *witnesses: Checkpoint) -> Fault | None:
        return self.verdict(*witnesses).fault

    def entries(self) -> list[dict[str, Any]]:
        rows = db.session.execute(sa.select(AuditEntry.__table__).order_by(AuditEntry.seq)).mappings().all()
        db.session.rollback()
        return [dict(row) for row in rows]

    def rechain(self, start: int) -> None:
        """Compute every digest anew from an entry on, the chain's end too, as somebody would who knows the program."""
        previous = audit.GENESIS
        for row in self.entries():
            if row["seq"] >= start:
                words = (row["person_id"], row["deed"], row["subject"], canonical(row["detail"]))
                digest = digest_of(row["seq"], previous, instant_text(row["at"]), *words)
                self.attack(
                    "UPDATE audit_entry SET previous = :previous, digest = :digest WHERE seq = :seq",
                    seq=row["seq"],
                    previous=f"-{row['seq']}",
                    digest=digest,
                )
                self.attack(
                    "UPDATE audit_entry SET previous = :previous WHERE seq = :seq",
                    seq=row["seq"],
                    previous=previous,
                )
                previous = digest
            else:
                previous = row["digest"]
        self.attack("UPDATE audit_head SET digest = :digest", digest=previous)


@deed
def note(session: Session, *, number: int, outlet: int, at: datetime) -> None:
    audit.record(
        session,
        at=at,
        person_id=None,
        deed="visit.record",
        subject=f"visit:{number}",
        detail={"outlet": outlet, "数": number},
    )


@pytest.fixture
def chain(empty_database_url: str, tmp_path: Path) -> Iterator[Chain]:
    app = create_app(
        Settings(data=tmp_path, database_url=empty_database_url, secret_key="only for tests", testing=True)
    )
    clock.start_at(BEGAN)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        field = build_field(db.session())
        db.session.remove()
        made = Chain(app, field)
        made.grow(SIGNED)
        made.sign()
        made.grow(ENTRIES - SIGNED)
        made.sign()
        yield made
        db.session.remove()
        db.engine.dispose()
    clock.start_at(None)


def test_J1_a_chain_that_nobody_touched_is_whole(chain: Chain) -> None:
    found = chain.verdict()
    assert (found.fault, found.entries, found.checkpoints, found.proven) == (None, ENTRIES, 2, ENTRIES)


EDITS = {
    "the time": "UPDATE audit_entry SET at = '2026-11-22 02:00:00.000000' WHERE seq = 7",
    "the person": "UPDATE audit_entry SET person_id = 1 WHERE seq = 7",
    "the deed": "UPDATE audit_entry SET deed = 'outlet.note' WHERE seq = 7",
    "the subject": "UPDATE audit_entry SET subject = 'visit:99' WHERE seq = 7",
    "the detail": 'UPDATE audit_entry SET detail = \'{"outlet":1,"数":99}\' WHERE seq = 7',
    "the outlet that it is found by": "UPDATE audit_entry SET outlet_id = NULL WHERE seq = 7",
    "the device that it is found by": "UPDATE audit_entry SET device = 'x' WHERE seq = 7",
    "the digest": f"UPDATE audit_entry SET digest = '{'f' * 64}' WHERE seq = 7",
}


@pytest.mark.parametrize("statement", EDITS.values(), ids=EDITS.keys())
def test_J1_an_edited_entry_is_named(chain: Chain, statement: str) -> None:
    chain.attack(statement)
    assert chain.fault() == Fault(7, "altered")


def test_J1_an_entry_whose_digest_was_computed_anew_is_named(chain: Chain) -> None:
    """The one after it still says what the digest was."""
    chain.attack("UPDATE audit_entry SET deed = 'outlet.note' WHERE seq = 7")
    row = chain.entries()[6]
    words = (row["person_id"], row["deed"], row["subject"], canonical(row["detail"]))
    digest = digest_of(7, row["previous"], instant_text(row["at"]), *words)
    chain.attack("UPDATE audit_entry SET digest = :digest WHERE seq = 7", digest=digest)
    assert chain.fault() == Fault(7, "altered")


def test_J1_a_deleted_entry_is_named(chain: Chain) -> None:
    chain.attack("DELETE FROM audit_entry WHERE seq = 7")
    assert chain.fault() == Fault(7, "missing")


def test_J1_a_deleted_entry_is_named_though_the_others_were_numbered_anew(chain: Chain) -> None:
    chain.attack("DELETE FROM audit_entry WHERE seq = 7")
    for seq in range(8, ENTRIES + 1):
        chain.attack("UPDATE audit_entry SET seq = :seq - 1 WHERE seq = :seq", seq=seq)
    chain.attack("UPDATE audit_head SET seq = seq - 1")
    assert chain.fault() == Fault(7, "moved")


def test_J1_swapped_entries_are_named(chain: Chain) -> None:
    for old, new in ((7, 1_000), (8, 7), (1_000, 8)):
        chain.attack("UPDATE audit_entry SET seq = :new WHERE seq = :old", old=old, new=new)
    assert chain.fault() == Fault(7, "moved")


def test_J1_entries_that_swapped_their_content_are_named(chain: Chain) -> None:
    seventh, eighth = chain.entries()[6:8]
    for row, seq in ((seventh, 8), (eighth, 7)):
        chain.attack(
            "UPDATE audit_entry SET subject = :subject WHERE seq = :seq", seq=seq, subject=row["subject"]
        )
    assert chain.fault() == Fault(7, "altered")


def test_J1_an_entry_that_was_put_in_is_named(chain: Chain) -> None:
    """Properly linked to the one before, with the constraint out of the way and all others numbered anew."""
    rows = chain.entries()
    at, previous = BEGAN, rows[5]["digest"]
    digest = digest_of(7, previous, instant_text(at), None, "visit.record", "visit:x", "{}")
    if db.engine.dialect.name == "postgresql":
        chain.attack("ALTER TABLE audit_entry DROP CONSTRAINT uq_audit_entry_previous")
    else:
        without_unique(chain)
    for seq in range(ENTRIES, 6, -1):
        chain.attack("UPDATE audit_entry SET seq = :seq + 1 WHERE seq = :seq", seq=seq)
    chain.attack(
        "INSERT INTO audit_entry (seq, previous, digest, at, deed, subject, detail) "
        "VALUES (7, :previous, :digest, :at, 'visit.record', 'visit:x', '{}')",
        previous=previous,
        digest=digest,
        at=at if db.engine.dialect.name == "postgresql" else "2026-11-23 02:00:00.000000",
    )
    chain.attack("UPDATE audit_head SET seq = seq + 1")
    assert chain.fault() == Fault(7, "put_in")


def without_unique(chain: Chain) -> None:
    """SQLite drops no constraint: the table is written down anew without it."""
    columns = "seq, previous, digest, at, person_id, deed, subject, detail, outlet_id, device"
    file = sqlite3.connect(str(db.engine.url.database), isolation_level=None)
    file.execute(f"CREATE TABLE copied ({columns.replace('seq', 'seq INTEGER PRIMARY KEY')})")
    file.execute(f"INSERT INTO copied SELECT {columns} FROM audit_entry")
    file.execute("DROP TABLE audit_entry")
    file.execute("ALTER TABLE copied RENAME TO audit_entry")
    file.close()


def test_J1_a_cut_off_tail_is_named(chain: Chain) -> None:
    chain.attack("DELETE FROM audit_entry WHERE seq > 9")
    assert chain.fault() == Fault(10, "cut_off")


def cut_cleanly(chain: Chain, last: int) -> None:
    """Cut the tail and let the chain's end agree."""
    digest = chain.entries()[last - 1]["digest"]
    chain.attack("DELETE FROM audit_entry WHERE seq > :last", last=last)
    chain.attack("UPDATE audit_head SET seq = :last, digest = :digest", last=last, digest=digest)


def test_J1_a_tail_cut_off_with_the_chains_end_is_named_by_the_saved_checkpoint(chain: Chain) -> None:
    cut_cleanly(chain, 9)
    found = chain.verdict()
    assert (found.fault, found.proven) == (Fault(10, "cut_off"), SIGNED)


def test_J1_a_tail_cut_off_and_grown_again_is_named(chain: Chain) -> None:
    cut_cleanly(chain, 9)
    chain.grow(6)
    assert chain.fault() == Fault(ENTRIES, "rewritten", after=SIGNED)


def test_J1_a_history_written_anew_is_named_by_the_saved_checkpoints(chain: Chain) -> None:
    """Every digest is right, the chain's end too; only what was signed before says otherwise."""
    chain.attack("UPDATE audit_entry SET subject = 'visit:99' WHERE seq = 7")
    chain.rechain(7)
    assert chain.fault() == Fault(ENTRIES, "rewritten", after=SIGNED)


def test_J1_a_checkpoint_kept_elsewhere_names_what_the_servers_own_files_no_longer_tell(
    chain: Chain, tmp_path: Path
) -> None:
    """Somebody with rights on the server's disk too takes the file away; an auditor has one at home."""
    kept = tmp_path / "at-home.jsonl"
    (file,) = chain.keeper.folder.glob("*.jsonl")
    kept.write_text(file.read_text().splitlines()[-1])
    file.unlink()
    chain.attack("UPDATE audit_entry SET subject = 'visit:99' WHERE seq = 1")
    chain.rechain(1)
    assert chain.fault() is None
    run = chain.app.test_cli_runner()
    assert run.invoke(args=["audit", "verify"]).exit_code == 0
    found = run.invoke(args=["audit", "verify", "--checkpoint", str(kept)])
    assert found.exit_code == 1
    assert f"entry {ENTRIES} is not what was signed" in found.output


def test_J1_a_checkpoint_that_was_not_signed_here_proves_nothing(chain: Chain) -> None:
    forged = replace(chain.sign(), digest="f" * 64)
    found = chain.verdict(forged)
    assert (found.fault, found.unknown_keys) == (None, 1)


def test_J1_a_fault_is_told_to_the_office_and_recorded(chain: Chain) -> None:
    chain.attack("DELETE FROM audit_entry WHERE seq = 7")
    assert chain.app.test_cli_runner().invoke(args=["audit", "verify"]).exit_code == 1
    alert = db.session.scalars(sa.select(Alert)).one()
    assert (alert.kind, alert.severity, alert.detail["seq"]) == ("audit.broken", "alarm", 7)
    assert chain.entries()[-1]["deed"] == "audit.broken"


def test_J1_a_half_written_checkpoint_line_is_skipped_and_the_next_one_is_whole(chain: Chain) -> None:
    (file,) = chain.keeper.folder.glob("*.jsonl")
    with file.open("a") as lines:
        lines.write('{"seq": 13, "dig')  # the power failed here
    chain.grow(1)
    made = chain.sign()
    assert json.loads(file.read_text().splitlines()[-1]) == made.words()
    found = chain.verdict()
    assert (found.fault, found.checkpoints, found.proven) == (None, 3, ENTRIES + 1)


# --- personal content ------------------------------------------------------------------------------------------


@deed
def confide(session: Session, *, words: str, at: datetime) -> int:
    return audit.record(
        session,
        at=at,
        person_id=None,
        deed="outlet.note",
        subject="outlet:1",
        detail={"length": len(words)},
        content={"words": words},
    )


def test_J1_erased_content_leaves_the_chain_whole_and_is_told_as_erased(chain: Chain) -> None:
    seq = confide(words="老板娘的电话 13900001111", at=clock.now())
    other = confide(words="另一句", at=clock.now())
    assert "13900001111" not in str(chain.entries())
    assert (chain.verdict().contents, chain.verdict().erased) == (2, 0)
    audit_erasing.erase(seq=seq, reason="asked", by=None, now=clock.now())
    found = chain.verdict()
    assert (found.fault, found.contents, found.erased) == (None, 1, 1)
    stored = db.session.execute(sa.text("SELECT seq, sealed FROM audit_content ORDER BY seq")).all()
    assert [(row.seq, row.sealed is None) for row in stored] == [(seq, True), (other, False)]


def test_J1_content_that_was_exchanged_is_named(chain: Chain) -> None:
    first, second = (confide(words=words, at=clock.now()) for words in ("一", "二"))
    chain.attack(
        "UPDATE audit_content SET sealed = (SELECT sealed FROM audit_content WHERE seq = :other) WHERE seq = :seq",
        seq=first,
        other=second,
    )
    assert chain.fault() == Fault(first, "content")


def test_what_an_entry_is_found_by_is_said_in_it() -> None:
    assert about("outlet:17", {}) == (17, None)
    assert about("visit:x", {"outlet": 17, "device": "d" * 36}) == (17, "d" * 36)
    assert about("visit:x", {"outlet": None}) == (None, None)


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
