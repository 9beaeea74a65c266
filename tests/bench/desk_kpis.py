"""`desk.kpi_page_ms_p95`: the figures' page over twelve months of a thousand generated routes, on SQLite.

The roll-ups are generated as the product keeps them: for every route, day and class what 25 calls leave behind, for
weeks and months what the days add up to, in the product's own table and form. A page is one request over HTTP against
the application, answered and parsed: totals, trend, comparison with the spans before, and the table. All groupings and
periods take turns, whole company and one territory.
"""

from __future__ import annotations

import json
import random
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from server import create_app
from server.config import Settings
from server.domain.kpi_tallies import SPANS, Lens, Span, Tally, fold, span_start
from server.extensions import clock, db
from server.models import Base, Brand, Outlet, Person, PersonRole, Route, Territory
from server.run import set_aside
from server.services.company import found_company
from server.services.kpis.rollups import Key, row_of
from server.services.passwords import hash_password
from tests.bench.figure import Figure

NAME = "desk.kpi_page_ms_p95"
ROUTES, TERRITORIES, STORES, CALLS, BRANDS, SKUS, ROUNDS = 1_000, 20, 150, 25, 6, 40, 3
# Years that differ; each route has one of them, with stores of its own.
PATTERNS = 2
FIRST, LAST = date(2025, 11, 24), date(2026, 11, 22)
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
PASSWORD = "x" * 12
# What somebody may look at: months of the year, weeks of a quarter, the days of a month; the longest that fits.
PAGES = [
    f"/api/v1/kpis?group={group}&period={period}&from={first}&to={LAST}{more}"
    for period, first in (("month", "2025-12-01"), ("week", "2026-08-31"), ("day", "2026-10-23"))
    for group in ("route", "rep", "territory", "brand", "class")
    for more in ("", "&territory_id=3")
]


def page(folder: Path) -> Figure:
    """Generate the year, then look at it."""
    settings = Settings(
        data=folder,
        database_url=f"sqlite:///{folder / 'kpis.sqlite3'}",
        secret_key="bench",
        device_approval="none",
        testing=True,
    )
    app = create_app(settings)
    clock.start_at(NOW)
    began = time.perf_counter()
    with app.app_context():
        Base.metadata.create_all(db.engine)
        rows = _year()
        db.session.remove()
    generated = time.perf_counter() - began
    set_aside()
    client = app.test_client()
    signed = client.post("/api/v1/session", json={"login": "manager", "password": PASSWORD})
    assert signed.status_code == 200, signed.data
    spans: dict[str, list[float]] = {}
    worked: list[float] = []
    for _ in range(ROUNDS):
        for address in PAGES:
            busy = time.process_time()
            spans.setdefault(address, []).append(_look(client, address))
            worked.append(time.process_time() - busy)
    every = [one for each in spans.values() for one in each]
    slowest = max(spans, key=lambda address: statistics.median(spans[address]))
    clock.start_at(None)
    return Figure(
        NAME,
        round(statistics.quantiles(every, n=20)[18] * 1000, 1),
        "ms",
        {
            "limit": 1000, "routes": ROUTES, "stores": ROUTES * STORES, "visits": ROUTES * CALLS * _work_days(),
            "rows": rows, "pages": len(every), "median_ms": round(statistics.median(every) * 1000, 1),
            "cpu_ms_p95": round(statistics.quantiles(worked, n=20)[18] * 1000, 1),
            "slowest_page": slowest.removeprefix("/api/v1"),
            "slowest_page_ms": round(statistics.median(spans[slowest]) * 1000, 1),
            "generated_s": round(generated),
        },
    )  # fmt: skip


def _look(client: Any, address: str) -> float:
    began = time.perf_counter()
    answer = client.get(address)
    told = answer.json
    span = time.perf_counter() - began
    assert answer.status_code == 200, answer.data
    assert told["lines"], address
    assert told["totals"][0]["whole"] > 0, address
    return span


def _days() -> Iterator[date]:
    day = FIRST
    while day <= LAST:
        if day.weekday() < 6:
            yield day
        day += timedelta(days=1)


def _work_days() -> int:
    return sum(1 for _ in _days())


def _year() -> int:
    session = db.session()
    found_company(
        name="量", name_en="Bench", timezone="Asia/Hong_Kong", currency="HKD", now=NOW, demo="bench@1"
    )
    people = [Person(id=1, login="manager", name="M", password_hash=hash_password(PASSWORD), created_at=NOW)]
    people += [
        Person(id=n + 2, login=f"rep{n}", name=f"Rep {n}", password_hash="x", created_at=NOW)
        for n in range(ROUTES)
    ]
    session.add_all(people)
    session.add_all(Territory(id=n + 1, code=f"T{n}", name=f"T{n}") for n in range(TERRITORIES))
    session.add_all(Brand(id=n + 1, name=f"B{n}", position=n) for n in range(BRANDS))
    session.flush()
    session.add(PersonRole(person_id=1, role="manager", valid_from=date(2025, 1, 1)))
    session.execute(
        insert(Route),
        [
            {"id": n + 1, "code": f"R{n:04}", "name": f"R{n}", "territory_id": n % TERRITORIES + 1}
            for n in range(ROUTES)
        ],
    )
    session.execute(
        insert(Outlet),
        [
            {
                "id": one, "code": str(one), "name": str(one), "outlet_class": "ABCD"[one % 4],
                "territory_id": (one - 1) // STORES % TERRITORIES + 1, "created_at": NOW,
            }
            for one in range(1, ROUTES * STORES + 1)
        ],
    )  # fmt: skip
    session.commit()
    return _fill(session, random.Random(3))


def _fill(session: Any, rng: random.Random) -> int:
    """Write the roll-ups in the order of their key, as years of counting leave them."""
    by_span: dict[tuple[Any, ...], list[list[dict[str, Any]]]] = {}
    for pattern in range(PATTERNS):
        for row in _rows(rng):
            row["start"], row["found"] = row["start"].isoformat(), json.dumps(row["found"])
            key = (row["lens"], row["span"], row["start"])
            by_span.setdefault(key, [[] for _ in range(PATTERNS)])[pattern].append(row)
    names = list(next(iter(by_span.values()))[0][0])
    words = f"INSERT INTO kpi_span ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    connection, rows = session.connection(), 0
    for _, patterns in sorted(by_span.items()):
        made = [tuple(_moved(row, n).values()) for n in range(ROUTES) for row in patterns[n % PATTERNS]]
        connection.exec_driver_sql(words, made)
        rows += len(made)
    session.commit()
    return rows


def _moved(row: dict[str, Any], number: int) -> dict[str, Any]:
    """A pattern's row as that of another route: its stores, its rep, its territory."""
    moved = {**row, "route_id": number + 1, "person_id": number + 2, "territory_id": number % TERRITORIES + 1}
    for name in ("ordered", "known"):
        if row[name]:
            moved[name] = ",".join([str(number * STORES + 1 + int(one)) for one in row[name].split(",")])
    return moved


def _rows(rng: random.Random) -> Iterator[dict[str, Any]]:
    """A route's year: its days, and the weeks and months that they add up to. Stores are numbered from 0."""
    stores = range(STORES)
    spans: dict[tuple[Span, date], dict[Key, list[Tally]]] = {}
    for day in _days():
        called = stores[day.weekday() * CALLS : (day.weekday() + 1) * CALLS]
        for (lens, part), tally in _day(rng, called).items():
            for span in SPANS:
                key: Key = (lens, 0, 0, part)
                spans.setdefault((span, span_start(span, day)), {}).setdefault(key, []).append(tally)
    for (span, start), found in sorted(spans.items()):
        for key, tallies in found.items():
            yield row_of(span, start, 0, key, tallies[0] if span == "d" else fold(tallies))


def _day(rng: random.Random, called: Sequence[int]) -> dict[tuple[Lens, str], Tally]:
    found: dict[tuple[Lens, str], Tally] = {}
    for outlet in called:
        sold, lines = rng.random() < 0.7, rng.randrange(3, 14)
        found.setdefault(("c", "ABCD"[outlet % 4]), Tally())
        parts: list[tuple[Lens, str, int]] = [("c", "ABCD"[outlet % 4], 1)]
        parts += [("b", str(brand + 1), BRANDS) for brand in range(BRANDS)]
        for lens, part, share in parts:
            tally = found.setdefault((lens, part), Tally())
            tally.counts.update(_call(rng, sold=sold, lines=max(1, lines // share), skus=SKUS // share))
            tally.shelves[outlet] = (rng.randrange(SKUS // share + 1), SKUS // share)
            if lens == "c":
                tally.known.add(outlet)
                if sold:
                    tally.ordered.add(outlet)
    return found


def _call(rng: random.Random, *, sold: bool, lines: int, skus: int) -> Counter[str]:
    zero = rng.randrange(skus // 3 + 1)
    return Counter(
        planned=1, planned_visited=1, in_order=1, timed=1, in_window=int(rng.random() < 0.8), completed=1, calls=1,
        unplanned=0, productive=int(sold), order_lines=lines if sold else 0, order_minor=lines * 8_000 if sold else 0,
        skus_counted=skus, skus_zero=zero, msl_required=skus // 4, msl_present=skus // 5,
    )  # fmt: skip
