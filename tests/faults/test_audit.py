"""J1: somebody with all rights on the database changes the history, and the check names the first bad entry."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.domain.audit import Fault, about, canonical, digest_of, instant_text
from server.extensions import clock, db
from server.models import Alert
from server.services import audit, audit_erasing
from server.services.transaction import deed
from tests.faults.chain import BEGAN, ENTRIES, SIGNED, Chain


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
