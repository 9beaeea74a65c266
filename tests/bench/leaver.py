"""What a leaver costs: how fast access stops, how near a proposal is to the best, and what the watch finds.

leaver.freeze_ms: from the opening of a case with `freeze_now` until the last answer that still gave something has come,
counted as custody.freeze_ms is (tests/bench/freezing.py).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.bench.figure import Figure, Wanted
from tests.bench.freezing import freeze_once
from tests.bench.sync import founded
from tests.server.fake_phone import Answer, FakePhone
from tests.server.field import Who
from tests.server_process import ServerProcess

NAMES = ("leaver.freeze_ms",)


def measure(wanted: Wanted) -> Iterator[Figure]:
    if wanted("leaver.freeze_ms"):
        yield freeze_ms()


def by_a_case(manager: FakePhone, who: Who) -> tuple[Answer, str]:
    """Open a case with `freeze_now`."""
    last = (datetime.now(UTC).date() + timedelta(days=7)).isoformat()
    wish = {"person_id": who.id, "reason": "resigned", "last_day": last, "mode": "freeze_now"}
    answer = manager.request("POST", "/departures", wish)
    return answer, answer.json.get("case", {}).get("opened_at", "")


def freeze_ms() -> Figure:
    with tempfile.TemporaryDirectory(prefix="routebook-leaver-") as name:
        folder = Path(name)
        field = founded(folder, f"sqlite:///{folder / 'data' / 'routebook.sqlite3'}")
        with ServerProcess(folder) as server:
            # Another person each time: wrong tries of the round before would slow down their sign-in.
            people = (field.rep, field.other_rep, field.far_rep, field.substitute, field.driver)
            rounds = [freeze_once(server, field, who, by_a_case) for who in people]
    slowest = max(rounds, key=lambda one: max(one.given.values()))
    return Figure(
        "leaver.freeze_ms",
        round(max(slowest.given.values()), 1),
        "ms",
        {
            "rounds": [round(max(one.given.values()), 1) for one in rounds],
            "ways": {way: round(ms, 1) for way, ms in slowest.given.items()},
            "refused_ms": round(max(one.refused_ms for one in rounds), 1),
            "database": "sqlite",
        },
    )
