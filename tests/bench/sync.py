"""The push figures: what a visit weighs, how long 50 take on a slow link, and how many operations a second the server
applies with 50 phones at once, beside the same rows written as bare SQLAlchemy inserts in the same transactions.

The server is the product as `make run` serves it, on a database of its own; the phones are simulated, signed in once,
with bodies made beforehand. Afterwards the rows are counted: an operation lost or doubled fails the benchmark.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import statistics
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from server import create_app
from server.config import Settings
from server.domain.keyring import new_ring
from server.extensions import clock, db, tune_engine
from server.keyring import FILE, Keeper
from server.models import Base
from server.models.sealed import use_keys
from tests.bench._link import SlowLink
from tests.bench._open_ring import OpenRing
from tests.bench.figure import Figure, Wanted
from tests.databases import make_tables
from tests.postgres import Postgres
from tests.server.fake_phone import FakePhone, HttpWire
from tests.server.field import Field, build_field
from tests.server_process import ServerProcess

NAMES = ("sync.visit_kb", "sync.push50_slow_ms", "sync.push_ops_per_s")
PHONES = 50
VISITS = 10
ROUNDS = 3
SKUS = 40
ORDERED = 15
ROUND_TRIP_S = 0.150
BITS_PER_S = 1_600_000
TRIES = 5


def measure(wanted: Wanted) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="routebook-sync-") as name:
        folder = Path(name)
        if wanted("sync.visit_kb") or wanted("sync.push50_slow_ms"):
            url = f"sqlite:///{folder / 'link.sqlite3'}"
            with served(folder / "link", url) as (server, field):
                if wanted("sync.visit_kb"):
                    yield visit_kb(server, field)
                if wanted("sync.push50_slow_ms"):
                    yield push50_slow_ms(server, field)
        if wanted("sync.push_ops_per_s"):
            yield push_ops_per_s(folder)


@contextlib.contextmanager
def served(folder: Path, url: str) -> Iterator[tuple[ServerProcess, Field]]:
    """A real server on a database with the company of the tests in it."""
    folder.mkdir(parents=True, exist_ok=True)
    field = founded(folder, url)
    with ServerProcess(folder, database_url=url, env={"ROUTEBOOK_DEMO": "none"}) as server:
        yield server, field


def founded(folder: Path, url: str) -> Field:
    """Migrate an empty database and found the company in it."""
    settings = Settings(data=folder / "data", database_url=url, secret_key="only for figures", testing=True)
    settings.data.mkdir(parents=True, exist_ok=True)
    make_migrated(url)
    app = create_app(settings)
    with app.app_context():
        field = build_field(db.session(), outlets=20, skus=SKUS)
        db.session.remove()
        db.engine.dispose()
    return field


def make_migrated(url: str) -> None:
    """All tables, with the mark of the newest migration, so that the server finds nothing to do."""
    make_tables(url)
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{newest_migration()}')")
    engine.dispose()


def newest_migration() -> str:
    folder = Path(__file__).resolve().parents[2] / "server" / "migrations" / "versions"
    newest = max(folder.glob("[0-9]*.py"))
    line = next(line for line in newest.read_text().splitlines() if line.startswith("revision"))
    return line.split("=")[1].strip().strip("\"'")


def full_visit(phone: FakePhone, field: Field, number: int) -> dict[str, Any]:
    """40 SKUs counted, 15 ordered, quantities that differ as real ones do."""
    counts = {sku: ((number * 7 + sku * 5) % 37, (number * 3 + sku * 11) % 61) for sku in field.skus}
    lines = [
        (sku, 12 * (1 + (sku + number) % 4), 12 * (1 + (sku + number) % 4), field.prices[sku])
        for sku in field.skus[:ORDERED]
    ]
    outlet = field.outlets[number % len(field.outlets)]
    return phone.visit(outlet, counts=counts, lines=lines)


def signed_in(url: str, field: Field) -> FakePhone:
    phone = FakePhone(HttpWire(url))
    answer = phone.sign_in(field.rep)
    if answer.status != 200:
        raise RuntimeError(f"a phone could not sign in: {answer.data!r}")
    return phone


def visit_kb(server: ServerProcess, field: Field) -> Figure:
    """The compressed request body of one visit, as it crosses the wire."""
    phone = signed_in(server.url, field)
    sizes = []
    for number in range(20):
        phone.save("visit.record", full_visit(phone, field, number))
        envelope = phone.envelope([phone.queue[-1]])
        sizes.append(len(gzip.compress(json.dumps(envelope, separators=(",", ":")).encode(), 6)))
    phone.push_all()
    if phone.queue:
        raise RuntimeError("not every visit was received")
    return Figure(
        "sync.visit_kb",
        statistics.median(sizes) / 1024,
        "KB",
        {
            "count_lines": SKUS,
            "order_lines": ORDERED,
            "what": "gzipped request body of one visit, median of 20",
        },
    )


def push50_slow_ms(server: ServerProcess, field: Field) -> Figure:
    """50 visits in one batch over 150 ms and 1.6 Mbit/s, from opening the connection to the last receipt."""
    times, sizes = [], []
    for _ in range(TRIES):
        phone = signed_in(server.url, field)
        for number in range(50):
            phone.save("visit.record", full_visit(phone, field, number))
        with SlowLink(server.port, round_trip_s=ROUND_TRIP_S, bits_per_s=BITS_PER_S) as link:
            slow = HttpWire(f"http://localhost:{link.port}")
            slow.take_cookies(phone.wire)
            phone.wire = slow
            started = time.perf_counter()
            phone.push_all()
            times.append((time.perf_counter() - started) * 1000)
            slow.close()
        sizes.append(link.bytes_up)
        if phone.queue or any(one[-1]["status"] != "applied" for one in phone.results.values()):
            raise RuntimeError("50 visits were not applied")
    return Figure(
        "sync.push50_slow_ms",
        statistics.median(times),
        "ms",
        {
            "requests": 1,
            "kb": round(statistics.median(sizes) / 1024, 1),
            "round_trip_ms": ROUND_TRIP_S * 1000,
            "mbit_per_s": BITS_PER_S / 1e6,
            "all_ms": [round(one) for one in times],
        },
    )


# --- operations a second ---------------------------------------------------------------------------------------


@dataclass
class Pushed:
    """What one run of 50 phones measured."""

    seconds: float
    errors: int
    lost: int
    doubled: int
    latencies: list[float]

    @property
    def ops_per_s(self) -> float:
        return PHONES * VISITS / self.seconds


def push_ops_per_s(folder: Path) -> Figure:
    """Rounds of pushing and of bare inserts take turns, so that both meet the same disk; medians count."""
    rounds = [
        pushed_beside_bare(
            folder / f"sqlite{number}",
            f"sqlite:///{folder / f'push{number}.sqlite3'}",
            f"sqlite:///{folder / f'bare{number}.sqlite3'}",
        )
        for number in range(ROUNDS)
    ]
    figures = {"sqlite": of_rounds(rounds)}
    with Postgres.start(durable=True) as postgres:
        rounds = [
            pushed_beside_bare(
                folder / f"postgresql{number}",
                postgres.url(postgres.new_database()),
                postgres.url(postgres.new_database()),
            )
            for number in range(ROUNDS)
        ]
    figures["postgresql"] = of_rounds(rounds)
    return Figure(
        "sync.push_ops_per_s",
        float(str(figures["sqlite"]["ops_per_s"])),
        "ops/s",
        {"phones": PHONES, "operations": PHONES * VISITS, "batch": VISITS, "rounds": ROUNDS, **figures},
    )


def of_rounds(rounds: list[tuple[Pushed, float]]) -> dict[str, object]:
    """The medians of the rounds, and the sums of what must be none."""
    slowest = [sorted(one.latencies)[int(len(one.latencies) * 0.95)] * 1000 for one, _ in rounds]
    return {
        "ops_per_s": round(statistics.median(one.ops_per_s for one, _ in rounds), 1),
        "bare_inserts_ops_per_s": round(statistics.median(bare for _, bare in rounds), 1),
        "share_of_bare": round(statistics.median(one.ops_per_s / bare for one, bare in rounds), 3),
        "shares": [round(one.ops_per_s / bare, 2) for one, bare in rounds],
        "errors": sum(one.errors for one, _ in rounds),
        "lost": sum(one.lost for one, _ in rounds),
        "doubled": sum(one.doubled for one, _ in rounds),
        "batch_ms_p95": round(statistics.median(slowest)),
    }


def pushed_beside_bare(folder: Path, url: str, bare_url: str) -> tuple[Pushed, float]:
    """One round: what the phones reached, and operations a second of bare inserts of what they pushed."""
    with served(folder, url) as (server, field):
        pushed = push_at_once(server, field, url)
    if pushed.errors or pushed.lost or pushed.doubled:
        raise RuntimeError(f"errors {pushed.errors}, lost {pushed.lost}, doubled {pushed.doubled}")
    ring = Keeper.of_file(folder / "data" / FILE)
    rows = rows_by_transaction(url, ring)
    founded(folder / "bare", bare_url)
    return pushed, bare_inserts(bare_url, rows)


def push_at_once(server: ServerProcess, field: Field, url: str) -> Pushed:
    """50 phones, each with visits in its outbox, begin at the same instant. All are the same rep's: what is measured is
    pushing, not who pushes."""
    phones = [signed_in(server.url, field) for _ in range(PHONES)]
    requests: list[tuple[FakePhone, dict[str, Any], bytes]] = []
    for phone in phones:
        for number in range(VISITS):
            phone.save("visit.record", full_visit(phone, field, number))
        envelope = phone.envelope()
        requests.append((phone, envelope, gzip.compress(json.dumps(envelope).encode(), 6)))
    gate = threading.Barrier(PHONES + 1)
    latencies: list[float] = []
    errors: list[object] = []

    def push(phone: FakePhone, envelope: dict[str, Any], data: bytes) -> None:
        gate.wait()
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        began = time.perf_counter()
        while True:
            answer = phone.request("POST", "/operations", data, headers=headers)
            if answer.status != 200:
                errors.append(answer.status)
                return
            phone.believe(envelope, answer.json)
            if not phone.queue:
                break
        latencies.append(time.perf_counter() - began)

    threads = [threading.Thread(target=push, args=one) for one in requests]
    for thread in threads:
        thread.start()
    gate.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    applied = sum(1 for phone in phones for one in phone.results.values() if one[-1]["status"] == "applied")
    in_database = count_visits(url)
    return Pushed(
        seconds,
        errors=len(errors) + (PHONES * VISITS - applied),
        lost=max(0, PHONES * VISITS - in_database),
        doubled=max(0, in_database - PHONES * VISITS),
        latencies=latencies,
    )


def count_visits(url: str) -> int:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT count(*) FROM visit").scalar() or 0
    engine.dispose()
    return int(found)


# The tables that one operation fills, in the order in which rows need each other.
WRITTEN = (
    "visit",
    "visit_step",
    "stock_count",
    "customer_order",
    "order_line",
    "delivery",
    "delivery_line",
    "audit_entry",
)
Transaction = list[tuple[sa.Table, list[dict[str, Any]]]]


@dataclass
class Rows:
    """What the server wrote, as it has to be written again: one transaction a batch for the inbox, one an operation."""

    devices: list[dict[str, Any]]
    inbox: list[Transaction]
    operations: list[Transaction]


def rows_by_transaction(url: str, keeper: Keeper) -> Rows:
    """Read back every row that the pushes wrote and sort them into the transactions in which they were written."""
    engine = sa.create_engine(url)
    use_keys(engine, keeper)
    tables = Base.metadata.tables
    with engine.connect() as connection:
        read = {
            name: [dict(row._mapping) for row in connection.execute(sa.select(tables[name]))]
            for name in ("device", "operation", *WRITTEN)
        }
    engine.dispose()
    by_operation: dict[uuid.UUID, dict[str, list[dict[str, Any]]]] = {}
    visit_of, order_of = {}, {}
    for visit in read["visit"]:
        by_operation[visit["operation_id"]] = {name: [] for name in WRITTEN}
        by_operation[visit["operation_id"]]["visit"] = [visit]
        visit_of[visit["id"]] = visit["operation_id"]
    for order in read["customer_order"]:
        order_of[order["id"]] = visit_of[order["visit_id"]]
    owners: dict[str, Callable[[dict[str, Any]], Any]] = {
        "visit_step": lambda row: visit_of[row["visit_id"]],
        "stock_count": lambda row: visit_of[row["visit_id"]],
        "customer_order": lambda row: order_of[row["id"]],
        "order_line": lambda row: order_of[row["order_id"]],
        "delivery": lambda row: order_of[row["id"]],
        "delivery_line": lambda row: order_of[row["delivery_id"]],
    }
    for name, owner in owners.items():
        for row in read[name]:
            by_operation[owner(row)][name].append(row)
    entries = {row["seq"]: row for row in read["audit_entry"]}
    inbox: dict[uuid.UUID, list[dict[str, Any]]] = {}
    for operation in read["operation"]:
        inbox.setdefault(operation["device_id"], []).append(operation)
        by_operation[operation["id"]]["audit_entry"] = [entries[operation["server_seq"]]]
    return Rows(
        devices=read["device"],
        inbox=[[(tables["operation"], rows)] for rows in inbox.values()],
        operations=[
            [(tables[name], rows) for name, rows in filled.items() if rows]
            for filled in by_operation.values()
        ],
    )


def bare_inserts(url: str, rows: Rows) -> float:
    """Operations a second when the same rows are only inserted, in the same transactions, by SQLAlchemy alone."""
    engine = sa.create_engine(url)
    # Nothing is sealed here: sealing is part of what the product's own figure pays for.
    use_keys(engine, Keeper(OpenRing(new_ring(clock.now()).keys), None))
    tune_engine(engine)
    tables = Base.metadata.tables
    with engine.begin() as connection:
        connection.execute(sa.insert(tables["device"]), rows.devices)
        # The chain begins anew: its first entries are those of signing in, which are not measured.
    inserts = {name: sa.insert(tables[name]) for name in ("operation", *WRITTEN)}
    started = time.perf_counter()
    for transaction in [*rows.inbox, *rows.operations]:
        with engine.connect().execution_options(routebook_write=True) as connection, connection.begin():
            for table, values in transaction:
                connection.execute(inserts[table.name], values)
    seconds = time.perf_counter() - started
    engine.dispose()
    return len(rows.operations) / seconds
