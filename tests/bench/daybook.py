"""What the pull costs: fifty cards with twelve weeks of counts over a slow link, and fifty phones at once.

The company is the demo's (names, contacts, catalogue); its history is made here, so that every card has exactly twelve
weekly visits of forty count lines with an order: a stock with daily sales, and orders by the suggestion rule.
"""

from __future__ import annotations

import http.client
import json
import math
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import brotli
import sqlalchemy as sa
from flask_migrate import upgrade

from server import create_app
from server.config import Settings
from server.domain.journey_plan import zone
from server.domain.suggested_order import suggest
from server.extensions import clock, db
from server.models import Device, Outlet, Stop
from server.services.demo import PASSWORD, DemoSize, create_demo
from server.services.demo.catalogue import Catalogue, build_catalogue
from server.services.demo.district import Shop, build_shops
from server.services.demo.founding import SEED, TIMEZONE, write_history
from server.services.demo.history import Call, Line
from server.services.demo.rows import Calendar, FieldRows
from server.services.demo.staff import build_staff
from tests.bench.figure import Figure, Wanted
from tests.postgres import Postgres
from tests.server_process import ServerProcess
from tests.throttled_proxy import BITS_PER_S, ROUND_TRIP_MS, ThrottledProxy

PULL = (
    "sync.daybook_kb",
    "sync.first_pull_requests",
    "sync.first_pull_slow_ms",
    "sync.unchanged_requests",
    "sync.unchanged_slow_ms",
)
CROWD = "sync.manifest_ms_p95"
NAMES = (*PULL, CROWD)

MORNING = "2026-11-23T08:00:00+08:00"
MONDAY = date(2026, 11, 23)
CARDS, WEEKS, PHONES, ASKED, RUNS = 50, 12, 50, 10, 5
LINK = {"round_trip_ms": ROUND_TRIP_MS, "bits_per_s": BITS_PER_S}


def measure(wanted: Wanted) -> Iterator[Figure]:
    if any(wanted(name) for name in PULL):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            found_company(folder)
            server = stack.enter_context(ServerProcess(folder, clock=MORNING))
            yield from pulls(server.port)
    if wanted(CROWD):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            found_company(folder)
            server = stack.enter_context(ServerProcess(folder, clock=MORNING))
            yield crowd(server.port, "sqlite")
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            cluster = stack.enter_context(Postgres.start())
            url = cluster.url(cluster.new_database())
            found_company(folder, url)
            server = stack.enter_context(ServerProcess(folder, database_url=url, clock=MORNING))
            yield crowd(server.port, "postgresql")


# --- the company ---------------------------------------------------------------------------------------------------


def found_company(folder: Path, database_url: str = "") -> None:
    """One route of fifty outlets, all due today, with twelve weekly visits each."""
    environment = {"ROUTEBOOK_DATA": str(folder / "data"), "ROUTEBOOK_CLOCK": MORNING}
    app = create_app(Settings.from_environment({**environment, "ROUTEBOOK_DATABASE_URL": database_url}))
    with app.app_context():
        upgrade()
        create_demo(now=clock.now(), size=DemoSize(routes=1, outlets_per_route=CARDS, weeks=0))
        session = db.session()
        since = MONDAY - timedelta(weeks=WEEKS)
        shops = [shop for shop in build_shops(SEED, 1, CARDS, MONDAY) if shop.area == 0]
        session.execute(sa.delete(Stop))
        session.execute(
            sa.insert(Stop),
            [
                {"route_id": 1, "outlet_id": shop.id, "weekday": 0, "sequence": n + 1, "planned_minute": 540 + 8 * n,
                 "valid_from": since}
                for n, shop in enumerate(shops)
            ],
        )  # fmt: skip
        session.execute(sa.update(Outlet).where(Outlet.status == "closed").values(status="active"))
        calendar = Calendar(zone(TIMEZONE), since, MONDAY, MONDAY)
        catalogue = build_catalogue(MONDAY)
        history = FieldRows("bench", calendar, build_staff(1), catalogue.prices)
        # The demo has made the phones already.
        history.device_rows = lambda: iter(())  # type: ignore[method-assign]
        history.devices = {
            row.person_id: row.id for row in session.execute(sa.select(Device.person_id, Device.id))
        }
        history.add(calls(shops, catalogue, since))
        write_history(session, history)
        session.commit()
        db.session.remove()
        db.engine.dispose()
    clock.start_at(None)


def calls(shops: list[Shop], catalogue: Catalogue, since: date) -> list[Call]:
    """Twelve weekly calls a shop with all SKUs counted and what the rule suggests ordered and delivered."""
    made = []
    for shop in shops:
        rng = Random(f"bench:{shop.id}")
        rate = {
            good.id: shop.size * good.pull * 1.6 * 7 * rng.lognormvariate(0, 0.35) for good in catalogue.goods
        }
        stock = {sku: round(mean * rng.uniform(0.3, 0.9)) for sku, mean in rate.items()}
        last: dict[int, int] = {}
        came: dict[int, int] = {}
        for week in range(WEEKS):
            call = Call(shop, since + timedelta(weeks=week), 540 + shop.id, 12, planned=True)
            call.delivery_day = call.day + timedelta(days=1)
            ordered: dict[int, int] = {}
            for good in catalogue.goods:
                sku, room = good.id, max(6, round(rate[good.id] / 2 / 6) * 6)
                sold = max(0, round(rng.gauss(rate[sku], 0.2 * rate[sku] + math.sqrt(rate[sku]))))
                stock[sku] = max(0, stock[sku] + came.get(sku, 0) - sold)
                front = min(stock[sku], room)
                call.counts.append(
                    (sku, front, stock[sku] - front, "same" if stock[sku] == last.get(sku) else "typed")
                )
                wanted = suggest(last.get(sku), came.get(sku, 0), stock[sku], good.pack)
                wanted = wanted or (good.pack if stock[sku] == 0 and rng.random() < 0.5 else 0)
                if wanted:
                    call.lines.append(Line(sku, wanted, wanted, good.piece_minor, "", wanted, ""))
                    ordered[sku] = wanted
                last[sku] = stock[sku]
            came = ordered
            made.append(call)
    made.sort(key=lambda call: (call.day, call.minute))
    return made


# --- the phone -------------------------------------------------------------------------------------------------------


@dataclass
class Phone:
    """A connection that is kept alive, as a browser keeps its own."""

    connection: http.client.HTTPConnection
    cookie: str = ""
    requests: int = 0

    @staticmethod
    def signed_in(port: int, login: str = "rep1") -> Phone:
        phone = Phone(http.client.HTTPConnection("localhost", port, timeout=60))
        body = json.dumps({"login": login, "password": PASSWORD}).encode()
        status, headers, data = phone.ask("POST", "/session", body)
        if status != 200:
            raise RuntimeError(f"sign-in answered {status}: {data!r}")
        phone.cookie = headers["set-cookie"].split(";")[0]
        phone.requests = 0
        return phone

    def ask(
        self, method: str, path: str, body: bytes = b"", more: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        headers = {
            "Accept-Encoding": "gzip, deflate, br",
            "Content-Type": "application/json",
            "Cookie": self.cookie,
        }
        self.connection.request(method, "/api/v1" + path, body or None, {**headers, **(more or {})})
        answer = self.connection.getresponse()
        data = answer.read()
        self.requests += 1
        found = {name.lower(): value for name, value in answer.getheaders()}
        return (
            answer.status,
            found,
            brotli.decompress(data) if found.get("content-encoding") == "br" else data,
        )

    def pull(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """A first pull: the manifest, then everything that it lists."""
        _, _, data = self.ask("GET", "/daybook/manifest")
        manifest = json.loads(data)
        ids = ",".join(str(outlet_id) for outlet_id, _ in manifest["cards"])
        _, _, data = self.ask("GET", f"/daybook/pages?cards={ids}&catalogue=1&index=1")
        return manifest, json.loads(data)


def pulls(port: int) -> Iterator[Figure]:
    Phone.signed_in(port).pull()  # a server that has just started compiles its questions once
    with ThrottledProxy(port) as link:
        first, unchanged, moved = [], [], 0
        for _ in range(RUNS):
            phone = Phone.signed_in(link.port)
            before, began = link.moved.up + link.moved.down, time.monotonic()
            manifest, pages = phone.pull()
            first.append((time.monotonic() - began) * 1000)
            moved, first_requests = link.moved.up + link.moved.down - before, phone.requests
            check(manifest, pages)
            phone.requests, began = 0, time.monotonic()
            status, _, _ = phone.ask(
                "GET", "/daybook/manifest", more={"If-None-Match": f'"{manifest["version"]}"'}
            )
            unchanged.append((time.monotonic() - began) * 1000)
            if status != 304:
                raise RuntimeError(f"nothing changed, and the server answered {status}")
            unchanged_requests = phone.requests
            phone.connection.close()
    what = {"cards": CARDS, "visits_a_card": WEEKS, "lines_a_visit": 40, "orders_a_card": WEEKS, "skus": 40}
    yield Figure("sync.daybook_kb", moved / 1000, "kB", {**what, "counted": "bytes both ways with headers"})
    yield Figure("sync.first_pull_requests", first_requests, "requests")
    yield Figure("sync.first_pull_slow_ms", statistics.median(first), "ms", {**LINK, "runs": rounded(first)})
    yield Figure("sync.unchanged_requests", unchanged_requests, "requests")
    yield Figure(
        "sync.unchanged_slow_ms", statistics.median(unchanged), "ms", {**LINK, "runs": rounded(unchanged)}
    )


def check(manifest: dict[str, Any], pages: dict[str, Any]) -> None:
    """A figure for half a book would be worth nothing."""
    cards = pages["cards"]
    if len(manifest["cards"]) != CARDS or len(cards) != CARDS or len(pages["catalogue"]["skus"]) != 40:
        raise RuntimeError(f"{len(cards)} cards came")
    for card in cards:
        counted = [sum(one is not None for one in visit[4]) for visit in card["visits"]]
        if counted != [40] * WEEKS or len(card["orders"]) != WEEKS:
            raise RuntimeError(f"card {card['id']} has counts {counted} and {len(card['orders'])} orders")


def rounded(spans: list[float]) -> list[int]:
    return [round(span) for span in spans]


# --- many phones -----------------------------------------------------------------------------------------------------


def crowd(port: int, database: str) -> Figure:
    """Fifty phones ask for their manifest at once, again and again."""
    phones = [Phone.signed_in(port) for _ in range(PHONES)]
    spans: list[float] = []
    unchanged: list[float] = []
    faults: list[str] = []
    together = threading.Barrier(PHONES)

    def ask(phone: Phone, into: list[float], wanted: int, more: Mapping[str, str] | None = None) -> None:
        began = time.monotonic()
        status, _, data = phone.ask("GET", "/daybook/manifest", more=more)
        into.append((time.monotonic() - began) * 1000)
        if status != wanted:
            faults.append(f"{status} {data[:200]!r}")

    def work(phone: Phone) -> None:
        try:
            ask_again_and_again(phone)
        except Exception as fault:
            faults.append(repr(fault))
            together.abort()

    def ask_again_and_again(phone: Phone) -> None:
        _, found, _ = phone.ask("GET", "/daybook/manifest")
        together.wait()
        for _ in range(ASKED):
            ask(phone, spans, 200)
        together.wait()
        for _ in range(ASKED):
            ask(phone, unchanged, 304, {"If-None-Match": found["etag"]})

    threads = [threading.Thread(target=work, args=(phone,)) for phone in phones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise RuntimeError(f"{len(faults)} of the answers were wrong: {faults[0]}")
    return Figure(
        CROWD,
        percentile(spans),
        "ms",
        {
            "database": database,
            "phones": PHONES,
            "requests": len(spans),
            "errors": 0,
            "median": round(statistics.median(spans), 1),
            "unchanged_p95": round(percentile(unchanged), 1),
        },
    )


def percentile(spans: list[float], share: float = 0.95) -> float:
    return sorted(spans)[min(len(spans) - 1, math.ceil(len(spans) * share) - 1)]
