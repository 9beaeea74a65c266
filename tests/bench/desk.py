"""The desk's figures: what its first page weighs, and how soon the planning board says what a drag costs.

`desk.first_load_brotli_kb`: the files of the planning board's page beyond the shell (what the entry loads), the board's
own texts with them. The map comes after the board can be used, and is named in the detail: with it, or without.

`desk.drag_recheck_ms_p95`: 2,000 stores on 50 routes, one store a drag to another day or route, over HTTP against the
application: checked, priced, written down and answered. The wire itself is not in it. `cpu_ms_p95` is the processor's
own time, which a busy machine does not lengthen as much.

`desk.live_board_ms_p95`: 500 routes with 25,000 calls today on PostgreSQL, a week of calls before and a million count
lines a day; each panel of the live board over HTTP against the application, in full. The slowest panel is the figure,
the others and an unchanged answer (304) stand in the detail.

`desk.kpi_page_ms_p95`: tests/bench/desk_kpis.py.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import brotli

from server import create_app
from server.config import Settings
from server.extensions import clock, db
from server.models import Base, Outlet, Person, PersonRole, Route, Stop, Territory
from server.run import set_aside
from server.services.company import found_company
from server.services.passwords import hash_password
from tests.bench import _live_day, desk_kpis
from tests.bench._live_day import write_day
from tests.bench.figure import Figure, Wanted
from tests.databases import make_tables
from tests.postgres import Postgres

NAMES = ("desk.first_load_brotli_kb", "desk.drag_recheck_ms_p95", "desk.live_board_ms_p95", desk_kpis.NAME)
ROOT = Path(__file__).resolve().parents[2]
STORES, ROUTES, DRAGS, WARM = 2_000, 50, 120, 10
LOOKS = 40
DAY, NOW = date(2026, 11, 30), datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
PAGE = "src/features/board/BoardPage.vue"
DOOR = ("src/features/shell/DeskLayout.vue", "src/features/desk/access.ts")


def measure(wanted: Wanted) -> Iterator[Figure]:
    """Yield the figures asked for."""
    if wanted("desk.first_load_brotli_kb"):
        yield first_load()
    if wanted("desk.drag_recheck_ms_p95"):
        yield drag_recheck()
    if wanted("desk.live_board_ms_p95"):
        yield live_board()
    if wanted(desk_kpis.NAME):
        with tempfile.TemporaryDirectory() as folder:
            yield desk_kpis.page(Path(folder))


def first_load() -> Figure:
    """Sum of the files that the page needs and the entry has not loaded, the worse language."""
    dist = Path(os.environ.get("ROUTEBOOK_PWA", ROOT / "pwa" / "dist"))
    chunks: dict[str, dict[str, Any]] = json.loads((dist / ".vite" / "manifest.json").read_text())
    entry = next(key for key, chunk in chunks.items() if chunk.get("isEntry"))
    shell = _files(chunks, entry)
    weights: dict[str, int] = {}
    for locale in ("zh-CN", "en"):
        texts = f"src/i18n/messages/desk.{locale}.ts"
        wanted = set().union(*(_files(chunks, key) for key in (PAGE, texts, *DOOR) if key in chunks))
        weights[locale] = sum(_weight(dist, file) for file in wanted - shell)
    drawn = set().union(*(_files(chunks, key) for key in chunks if key.endswith("map/drawn-map.ts")))
    worker = [file.name for file in (dist / "assets").glob("maplibre-gl-worker-*.js")]
    map_kb = sum(_weight(dist, file) for file in drawn - shell) / 1000
    worker_kb = sum(_weight(dist, f"assets/{name}") for name in worker) / 1000
    return Figure(
        "desk.first_load_brotli_kb", round(max(weights.values()) / 1000, 1), "KB",
        {"limit": 250, "page": PAGE, "map_kb_later": round(map_kb, 1), "map_worker_kb_later": round(worker_kb, 1)},
    )  # fmt: skip


def _files(chunks: dict[str, dict[str, Any]], key: str) -> set[str]:
    """A chunk's file, its styles, and those of everything that it imports statically."""
    found: set[str] = set()
    seen: set[str] = set()
    next_ = [key]
    while next_:
        key = next_.pop()
        if key in seen:
            continue
        seen.add(key)
        found |= {chunks[key]["file"], *chunks[key].get("css", ())}
        next_ += chunks[key].get("imports", ())
    return found


def _weight(dist: Path, file: str) -> int:
    return len(brotli.compress((dist / file).read_bytes(), quality=11))


def drag_recheck() -> Figure:
    """Drags on a full board over the test client, on SQLite as the product writes it."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        settings = Settings(
            data=data, database_url=f"sqlite:///{data / 'bench.sqlite3'}", secret_key="bench",
            device_approval="none", testing=True,
        )  # fmt: skip
        app = create_app(settings)
        with app.app_context():
            Base.metadata.create_all(db.engine)
            territory = _territory()
            db.session.remove()
        client = app.test_client()
        assert (
            client.post("/api/v1/session", json={"login": "planner", "password": "x" * 12}).status_code == 200
        )
        body = {"territory_id": territory, "name": "bench", "starts_on": DAY.isoformat()}
        made = client.post("/api/v1/plans", json=body)
        assert made.status_code == 201, made.data
        version = json.loads(made.data)["versions"][0]["id"]
        began = time.perf_counter()
        board = json.loads(client.get(f"/api/v1/plans/versions/{version}/board").data)
        opened = time.perf_counter() - began
        drags = _drags(client, version, board)
        spans, worked = [wall for wall, _ in drags], [cpu for _, cpu in drags]
        clock.start_at(None)
    return Figure(
        "desk.drag_recheck_ms_p95", round(statistics.quantiles(spans, n=20)[18] * 1000, 1), "ms",
        {
            "limit": 100, "stores": STORES, "routes": ROUTES, "drags": len(spans),
            "median_ms": round(statistics.median(spans) * 1000, 1),
            "cpu_ms_p95": round(statistics.quantiles(worked, n=20)[18] * 1000, 1),
            "slowest_ms": round(max(spans) * 1000, 1), "open_board_ms": round(opened * 1000),
        },
    )  # fmt: skip


def live_board() -> Figure:
    """The panels in turn, as a supervisor's page asks for them, each time read anew."""
    with tempfile.TemporaryDirectory() as folder, Postgres.start() as postgres:
        url = postgres.url(postgres.new_database())
        make_tables(url)
        settings = Settings(
            data=Path(folder), database_url=url, secret_key="bench", device_approval="none", testing=True
        )
        app = create_app(settings)
        with app.app_context():
            _found()
            _planner()
            db.session.commit()
            write_day(db.session())
            db.session.remove()
        clock.start_at(_live_day.NOW)
        set_aside()
        client = app.test_client()
        assert (
            client.post("/api/v1/session", json={"login": "planner", "password": "x" * 12}).status_code == 200
        )
        panels = {name: _spans(client, f"/api/v1/live{path}") for name, path in PANELS.items()}
        tag = client.get("/api/v1/live").headers["ETag"]
        unchanged = _spans(client, "/api/v1/live", {"If-None-Match": tag}, status=304)
        clock.start_at(None)
        with app.app_context():
            db.engine.dispose()
    figures = {f"{name}_ms_p95": _p95(spans) for name, spans in panels.items()}
    return Figure(
        "desk.live_board_ms_p95", max(figures.values()), "ms",
        {
            "limit": 300, "routes": _live_day.ROUTES, "calls_today": _live_day.ROUTES * _live_day.CALLS,
            "rounds": LOOKS, **figures, "unchanged_ms_p95": _p95(unchanged),
            "median_ms": {name: _median(spans, 0) for name, spans in panels.items()},
            "web_process_cpu_ms": {name: _median(spans, 1) for name, spans in panels.items()},
        },
    )  # fmt: skip


PANELS = {"routes": "", "exceptions": "/exceptions", "calls": "/calls", "person": "/people/1001"}


def _spans(
    client: Any, path: str, headers: dict[str, str] | None = None, *, status: int = 200
) -> list[tuple[float, float]]:
    """Looks at one address: (seconds by the clock, seconds of this process's own work), the first three not counted."""
    spans = []
    for number in range(LOOKS + 3):
        began, worked = time.perf_counter(), time.process_time()
        answer = client.get(path, headers=headers)
        span = (time.perf_counter() - began, time.process_time() - worked)
        assert answer.status_code == status, answer.data[:300]
        if number >= 3:
            spans.append(span)
    return spans


def _p95(spans: list[tuple[float, float]]) -> float:
    return round(statistics.quantiles([wall for wall, _ in spans], n=20)[18] * 1000, 1)


def _median(spans: list[tuple[float, float]], which: int) -> float:
    return round(statistics.median(span[which] for span in spans) * 1000, 1)


def _drags(client: Any, version: int, board: dict[str, Any]) -> list[tuple[float, float]]:
    rng = random.Random(1)
    routes = [route["id"] for route in board["routes"]]
    held = {line[0]: (line[1], line[2]) for line in board["lines"]}
    revision, spans = board["revision"], []
    for number in range(WARM + DRAGS):
        outlet = rng.choice(list(held))
        route, weekday = held[outlet]
        target = rng.choice(routes) if number % 2 else route
        day = (weekday + 1 + rng.randrange(5)) % 6
        body = {
            "revision": revision, "kind": "move", "outlet_ids": [outlet], "from_weekday": weekday,
            "route_id": target, "weekday": day,
        }  # fmt: skip
        began, worked = time.perf_counter(), time.process_time()
        answer = client.post(f"/api/v1/plans/versions/{version}/edits", json=body)
        span = (time.perf_counter() - began, time.process_time() - worked)
        assert answer.status_code == 200, answer.data
        revision, held[outlet] = answer.json["revision"], (target, day)
        if number >= WARM:
            spans.append(span)
    return spans


def _territory() -> int:
    """2,000 stores in 50 quarters, each a route of 40 stores over six days, with opening hours."""
    session = db.session()
    _found()
    rng = random.Random(7)
    _planner()
    territory = Territory(code="B", name="B")
    session.add(territory)
    session.flush()
    for quarter in range(ROUTES):
        route = Route(code=f"B{quarter}", name=f"B{quarter}", territory_id=territory.id)
        session.add(route)
        session.flush()
        _quarter(session, rng, territory.id, route.id, quarter)
    session.commit()
    return territory.id


def _found() -> None:
    found_company(
        name="量", name_en="Bench", timezone="Asia/Hong_Kong", currency="HKD", now=NOW, demo="bench@1"
    )


def _planner() -> None:
    person = Person(login="planner", name="P", password_hash=hash_password("x" * 12), created_at=NOW)
    person.roles = [PersonRole(role="supervisor", valid_from=date(2026, 1, 1))]
    db.session.add(person)


def _quarter(session: Any, rng: random.Random, territory: int, route: int, quarter: int) -> None:
    x, y = 114.0 + (quarter % 10) * 0.03, 22.2 + (quarter // 10) * 0.03
    stores = [
        Outlet(
            code=f"{quarter}-{n}", name=f"Store {quarter} {n}", latitude=y + rng.gauss(0, 0.006),
            longitude=x + rng.gauss(0, 0.006), territory_id=territory, created_at=NOW, service_minutes=8,
            hours=[[day, 480, 1320] for day in range(7)],
        )
        for n in range(STORES // ROUTES)
    ]  # fmt: skip
    session.add_all(stores)
    session.flush()
    session.add_all(
        Stop(
            route_id=route, outlet_id=store.id, weekday=n % 6, weeks=2 if n % 5 == 0 else 1,
            phase=n % 2 if n % 5 == 0 else 0, sequence=n // 6 + 1, valid_from=date(2026, 1, 5),
        )
        for n, store in enumerate(stores)
    )  # fmt: skip
