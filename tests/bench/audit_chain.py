"""custody.audit_verify_per_s: entries of the audit chain checked a second, one process, with everything that
`flask audit verify` does: read from the database, every digest recomputed, every link and checkpoint compared.

The chain has 200,000 entries of the kinds and sizes that a season of visits makes, a signed checkpoint after each
thousand. That a fault is still found in a chain of this length is checked afterwards.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa
from flask_migrate import upgrade

from server.app import create_app
from server.config import Settings
from server.domain.audit import about, canonical, digest_of, instant_text
from server.extensions import clock, db
from server.models import AuditEntry, AuditHead
from server.services.audit_state import verify_now
from server.services.checkpoints import CheckpointKeeper
from server.services.company import found_company
from tests.bench.figure import Figure, Wanted

NAMES = ("custody.audit_verify_per_s",)
ENTRIES = 200_000
SIGNED_EVERY = 1_000
REPEATS = 3
BEGAN = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)


def measure(_wanted: Wanted) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        app = create_app(
            Settings(data=data, database_url=f"sqlite:///{data / 'chain.sqlite3'}", secret_key="bench")
        )
        with app.app_context():
            upgrade()
            found_company(name="试", name_en="", timezone="Asia/Hong_Kong", currency="HKD", now=BEGAN)
            keeper: CheckpointKeeper = app.extensions["checkpoints"]
            points = grow(keeper)
            seconds = []
            for _ in range(REPEATS):
                began = time.perf_counter()
                checked = verify_now(db.session(), keeper, now=clock.now())
                seconds.append(time.perf_counter() - began)
                db.session.remove()
                if checked.fault is not None or checked.proven != checked.entries:
                    raise RuntimeError(f"a chain that nobody touched was found wanting: {checked}")
            spoil_and_find(keeper)
            db.engine.dispose()
    yield Figure(
        NAMES[0],
        ENTRIES / statistics.median(seconds),
        "entries/s",
        {"entries": ENTRIES, "checkpoints": points, "seconds": [round(one, 3) for one in seconds]},
    )


def grow(keeper: CheckpointKeeper) -> int:
    """Write the chain in bulk, as `audit.record` would entry by entry. Returns the number of checkpoints."""
    session = db.session()
    head = session.get_one(AuditHead, 1)
    seq, previous, points = int(head.seq), head.digest, 0
    rows: list[dict[str, object]] = []
    while seq < ENTRIES:
        seq += 1
        at = BEGAN + timedelta(seconds=seq)
        row, previous = entry(seq, previous, at)
        rows.append(row)
        if seq % SIGNED_EVERY == 0:
            session.execute(sa.insert(AuditEntry), rows)
            rows.clear()
            session.execute(sa.update(AuditHead).values(seq=seq, digest=previous, at=instant_text(at)))
            session.commit()
            keeper.make(session, now=at)
            session.rollback()
            points += 1
    return points


def entry(seq: int, previous: str, at: datetime) -> tuple[dict[str, object], str]:
    """Visits for the most part, and what lies between them."""
    device = str(UUID(int=seq % 40 + 1))
    detail: dict[str, object] = {"operation": str(UUID(int=seq)), "device": device}
    deed, subject = "visit.record", f"visit:{UUID(int=seq)}"
    if seq % 5 == 0:
        deed, subject = "outlet.note", f"outlet:{seq % 2_000 + 1}"
    else:
        detail |= {"outlet": seq % 2_000 + 1, "counts": 24, "lines": 6, "flags": []}
    words = (seq % 60 + 1, deed, subject)
    digest = digest_of(seq, previous, instant_text(at), *words, canonical(detail))
    searched = about(subject, detail)
    row = {
        "seq": seq,
        "previous": previous,
        "digest": digest,
        "at": at,
        "person_id": words[0],
        "deed": deed,
        "subject": subject,
        "detail": detail,
        "outlet_id": searched.outlet_id,
        "device": searched.device,
    }
    return row, digest


def spoil_and_find(keeper: CheckpointKeeper) -> None:
    spoiled = ENTRIES - 7
    session = db.session()
    session.execute(sa.update(AuditEntry).where(AuditEntry.seq == spoiled).values(person_id=99))
    session.commit()
    fault = verify_now(session, keeper, now=clock.now()).fault
    if fault is None or fault.seq != spoiled:
        raise RuntimeError(f"an altered entry was not found: {fault}")
