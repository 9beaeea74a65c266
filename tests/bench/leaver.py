"""What a leaver costs: how fast access stops, how near a proposal is to the best, and what the watch finds.

leaver.freeze_ms: from the opening of a case with `freeze_now` until the last answer that still gave something has come,
counted as custody.freeze_ms is (tests/bench/freezing.py).
leaver.watch_recall, leaver.watch_false_alarms: made-up districts of 200 stores with the seasons and noise of
weekly_sales.csv (tests/sales_histories.py). 60 stores change hands, a fifth of them lose 60 % of their volume. Recall
is the share of these with an alarm within three of their order cycles; false alarms the share of the others that raise
one at any time in 13 weeks. The districts' seeds (1-20) were not used to choose the watch's terms (1000-1001 were).
leaver.warning_precision, leaver.warning_recall: of made-up crews of 40 reps, six of whom collect numbers, withdraw, or
take lists out in the last four weeks (tests/leak_patterns.py), those that early warning names.
leaver.proposal_gap_5s: how far above the proven least cost a spread is at most, after five seconds: a leaver with about
200 stores among ten colleagues with as many each, five such districts; the worst counts.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from routes_planner.bench.generate import departure
from server.domain.retention import watch
from server.domain.warnings import person_warning
from server.services.departures.question import LEAVER, Holding, Question
from server.services.departures.reassigning import answer
from tests.bench.figure import Figure, Wanted
from tests.bench.freezing import freeze_figure
from tests.leak_patterns import crew
from tests.sales_histories import BEFORE, noise_of, town
from tests.server.fake_phone import Answer, FakePhone
from tests.server.field import Who

NAMES = (
    "leaver.freeze_ms",
    "leaver.watch_recall",
    "leaver.watch_false_alarms",
    "leaver.warning_precision",
    "leaver.warning_recall",
    "leaver.proposal_gap_5s",
)
TOWNS, CYCLES = range(1, 21), 3


def measure(wanted: Wanted) -> Iterator[Figure]:
    if wanted("leaver.freeze_ms"):
        yield freeze_figure("leaver.freeze_ms", by_a_case)
    if wanted("leaver.watch_recall") or wanted("leaver.watch_false_alarms"):
        yield from retention_watch()
    if wanted("leaver.warning_precision") or wanted("leaver.warning_recall"):
        yield from early_warning()
    if wanted("leaver.proposal_gap_5s"):
        yield proposal_gap()


def by_a_case(manager: FakePhone, who: Who) -> tuple[Answer, str]:
    """Open a case with `freeze_now`."""
    last = (datetime.now(UTC).date() + timedelta(days=7)).isoformat()
    wish = {"person_id": who.id, "reason": "resigned", "last_day": last, "mode": "freeze_now"}
    answer = manager.request("POST", "/departures", wish)
    return answer, answer.json.get("case", {}).get("opened_at", "")


def retention_watch() -> Iterator[Figure]:
    noise = noise_of(shared_data() / "weekly_sales.csv")
    found = early = planted = false = quiet = 0
    for seed in TOWNS:
        made = town(noise, seed)
        peers = [tuple(row) for row in made.orders[~made.handed]]
        for store in np.flatnonzero(made.handed):
            verdict = watch(tuple(made.orders[store]), BEFORE, peers)
            in_time = verdict.alarm_cycle is not None and verdict.alarm_cycle <= CYCLES
            if made.defected[store]:
                planted, found, early = planted + 1, found + verdict.alarm, early + in_time
            else:
                quiet, false = quiet + 1, false + verdict.alarm
    detail = {"districts": len(TOWNS), "defected": planted, "others": quiet, "real_noise": noise.real}
    yield Figure(
        "leaver.watch_recall",
        early / planted,
        "share",
        {**detail, "cycles": CYCLES, "in_13_weeks": found / planted},
    )
    yield Figure("leaver.watch_false_alarms", false / quiet, "share", {**detail, "weeks": 13})


def shared_data() -> Path:
    """The folder of example data beside the tree; without it the noise has the same figures, made up."""
    return Path(os.environ.get("ROUTEBOOK_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "data"


def early_warning() -> Iterator[Figure]:
    named = right = planted = people = 0
    missed: dict[str, int] = {}
    for seed in TOWNS:
        weeks, leaking = crew(seed)
        people, planted = people + len(weeks), planted + len(leaking)
        for one in weeks:
            look = person_warning(one, [peer for peer in weeks if peer is not one]).look
            named, right = named + look, right + (look and one.person_id in leaking)
            if one.person_id in leaking and not look:
                missed[leaking[one.person_id]] = missed.get(leaking[one.person_id], 0) + 1
    detail = {"crews": len(TOWNS), "people": people, "leaking": planted, "named": named, "missed": missed}
    yield Figure("leaver.warning_precision", right / max(named, 1), "share", detail)
    yield Figure("leaver.warning_recall", right / planted, "share", detail)


def proposal_gap() -> Figure:
    """The question as a case asks it, answered by what the planner's process runs."""
    found = []
    for seed in range(1, 6):
        made = departure(seed, 0.1)
        stores = [
            Holding(
                number, 114.0 + one.x / 103_000, 22.2 + one.y / 110_700, one.minutes,
                LEAVER if one.holder == made.leaver else one.holder[1:],
                {rep[1:]: share for rep, share in one.familiarity.items() if rep != made.leaver}, (),
            )
            for number, one in enumerate(made.stores)
        ]  # fmt: skip
        room = {one.id[1:]: one.capacity for one in made.receivers}
        began = time.perf_counter()
        told = answer(Question(stores, room, cascade=False, seconds=5.0))
        found.append((told.gap, time.perf_counter() - began, len(told.taken)))
    return Figure(
        "leaver.proposal_gap_5s",
        max(gap for gap, _, _ in found),
        "share",
        {
            "gaps": [round(gap, 5) for gap, _, _ in found],
            "seconds": [round(seconds, 1) for _, seconds, _ in found],
            "stores": [stores for _, _, stores in found],
        },
    )
