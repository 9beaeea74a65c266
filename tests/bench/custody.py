"""What custody costs, and that nothing leaks.

custody.push_overhead: the share of push throughput that is lost to sealed bodies and sealed columns.
custody.pull_overhead: the share of pull throughput that is lost to sealed columns. Both against the same code with a
ring that seals nothing, both servers side by side in one run, taking turns, so that they meet the same machine; the
median of the turns counts.
custody.canary_hits: where the demo's canary number is found in the clear (tests/canary.py), on both databases.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import canary
from tests.bench._open_ring import encryption_off
from tests.bench.daybook import MORNING, Phone, found_company
from tests.bench.figure import Figure, Wanted
from tests.bench.sync import SKUS, founded, full_visit, signed_in
from tests.postgres import Postgres
from tests.server.fake_phone import FakePhone
from tests.server.field import Field
from tests.server_process import ServerProcess

NAMES = ("custody.push_overhead", "custody.pull_overhead", "custody.canary_hits")
OPEN = (sys.executable, "-m", "tests.bench._open_ring")
TURNS = 15
PHONES, VISITS = 5, 12
PULLS, PULLERS = 8, 2


def measure(wanted: Wanted) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="routebook-custody-") as name:
        folder = Path(name)
        if wanted("custody.push_overhead"):
            yield push_overhead(folder / "push")
        if wanted("custody.pull_overhead"):
            yield pull_overhead(folder / "pull")
        if wanted("custody.canary_hits"):
            yield canary_hits(folder / "canary")


@dataclass(frozen=True)
class Turn:
    """What one turn reached: things a second by the clock, and a second of the server's own work, which says the same
    on a machine that is busy with something else."""

    per_s: float
    per_cpu_s: float


def overhead(
    name: str, sealed: Callable[[], Turn], bare: Callable[[], Turn], what: dict[str, object]
) -> Figure:
    """`sealed` and `bare` each take a turn and give their throughput. The first turn warms up and is not counted."""
    turns = []
    for turn in range(TURNS + 1):
        # Who goes first changes, so that neither always meets the other's dirty pages.
        pair = (sealed(), bare()) if turn % 2 else tuple(reversed((bare(), sealed())))
        turns.append(pair)
    counted = turns[1:]
    shares = [1 - one.per_s / other.per_s for one, other in counted]
    work = [1 - one.per_cpu_s / other.per_cpu_s for one, other in counted]
    return Figure(
        name,
        round(statistics.median(shares), 3),
        "share",
        {
            **what,
            "turns": TURNS,
            "sealed_per_s": round(statistics.median(one.per_s for one, _ in counted), 1),
            "bare_per_s": round(statistics.median(one.per_s for _, one in counted), 1),
            "share_of_cpu_time": round(statistics.median(work), 3),
            "shares": [round(share, 3) for share in shares],
        },
    )


@contextlib.contextmanager
def both(
    folder: Path, found: Callable[[Path], Any], clock: str | None = None
) -> Iterator[tuple[ServerProcess, ServerProcess, Any]]:
    """A server that seals and one that does not, each with a company of its own."""
    made = found(folder / "sealed")
    with encryption_off():
        found(folder / "bare")
    with (
        ServerProcess(folder / "sealed", clock=clock) as sealed,
        ServerProcess(folder / "bare", clock=clock, command=OPEN) as bare,
    ):
        yield sealed, bare, made


# --- push ----------------------------------------------------------------------------------------------------------


def push_overhead(folder: Path) -> Figure:
    def found(place: Path) -> Field:
        return founded(place, f"sqlite:///{place / 'data' / 'routebook.sqlite3'}")

    with both(folder, found) as (sealed, bare, field):
        crowd = [signed_in(sealed.url, field) for _ in range(PHONES)]
        others = [signed_in(bare.url, field) for _ in range(PHONES)]
        return overhead(
            "custody.push_overhead",
            lambda: pushed(sealed, crowd, field, seal=True),
            lambda: pushed(bare, others, field, seal=False),
            {"phones": PHONES, "operations_a_phone": VISITS, "skus": SKUS, "database": "sqlite"},
        )


def pushed(server: ServerProcess, phones: list[FakePhone], field: Field, *, seal: bool) -> Turn:
    """Phones that push at once, their bodies made and sealed beforehand."""
    requests = []
    for phone in phones:
        key = phone.request("GET", "/session").json["inbox_key"] if seal else None
        for number in range(VISITS):
            phone.save("visit.record", full_visit(phone, field, number), inbox_key=key)
        envelope = phone.envelope()
        requests.append((phone, envelope, gzip.compress(json.dumps(envelope).encode(), 6)))
    faults: list[object] = []

    def push(phone: FakePhone, envelope: dict[str, Any], data: bytes) -> None:
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        while phone.queue and not faults:
            answer = phone.request("POST", "/operations", data, headers=headers)
            if answer.status != 200:
                faults.append((answer.status, answer.data))
                return
            phone.believe(envelope, answer.json)

    turn = timed(server, PHONES * VISITS, [lambda one=one: push(*one) for one in requests])  # type: ignore[misc]
    statuses = {one[-1]["status"] for phone, _, _ in requests for one in phone.results.values()}
    if faults or statuses != {"applied"}:
        raise RuntimeError(f"the operations were answered {statuses} {faults[:1]}")
    return turn


def timed(server: ServerProcess, things: int, work: list[Callable[[], None]]) -> Turn:
    threads = [threading.Thread(target=one) for one in work]
    worked, began = cpu_seconds(server.pid), time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds, worked = time.perf_counter() - began, cpu_seconds(server.pid) - worked
    return Turn(things / seconds, things / max(worked, 0.01))


def cpu_seconds(pid: int) -> float:
    """What a server and its workers have computed so far."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            words = stat.read_text().rpartition(")")[2].split()
            if pid in (int(stat.parent.name), int(words[1])):
                ticks += int(words[11]) + int(words[12])
    return ticks / os.sysconf("SC_CLK_TCK")


# --- pull ----------------------------------------------------------------------------------------------------------


def pull_overhead(folder: Path) -> Figure:
    with both(folder, found_company, MORNING) as (sealed, bare, _):
        return overhead(
            "custody.pull_overhead",
            lambda: pulled(sealed),
            lambda: pulled(bare),
            {"cards": 50, "weeks": 12, "pulls": PULLS, "phones": PULLERS, "database": "sqlite"},
        )


def pulled(server: ServerProcess) -> Turn:
    """Whole first pulls: the manifest, and everything that it lists."""
    phones = [Phone.signed_in(server.port) for _ in range(PULLERS)]
    cards: list[int] = []

    def pull(phone: Phone) -> None:
        for _ in range(PULLS // PULLERS):
            _, pages = phone.pull()
            cards.append(len(pages["cards"]))

    turn = timed(server, PULLS, [lambda phone=phone: pull(phone) for phone in phones])  # type: ignore[misc]
    if cards != [50] * PULLS:
        raise RuntimeError(f"cards that came: {cards}")
    return turn


# --- the canary ----------------------------------------------------------------------------------------------------


def canary_hits(folder: Path) -> Figure:
    hits = {"sqlite": canary.walk(folder / "sqlite")}
    with Postgres.start() as postgres:
        hits["postgresql"] = canary.walk(folder / "postgresql", postgres)
    total = sum(sum(places.values()) for places in hits.values())
    return Figure(
        "custody.canary_hits", total, "hits", {"found": {kind: list(at)[:20] for kind, at in hits.items()}}
    )
