"""What a rep feels: weight of the first start, start with no network, answer to a tap, time to "saved", taps.

The phone is Chromium in a phone's size. Its processor is slowed down four times where the name's detail says so;
it is the machine's own otherwise, so figures of two machines do not compare.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import random
import re
import shutil
import sqlite3
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Locator

from tests.bench.figure import Figure, Wanted
from tests.browser import ROOT, Chromium, House, Phone, launch_options
from tests.e2e.rep import Entered, Rep

WEIGHT, START, TAP = "phone.first_load_brotli_kb", "phone.offline_start_ms", "phone.tap_to_paint_ms_p95"
SAVE, TAPS = "phone.save_ms_p95", "phone.visit_taps"
LIGHTHOUSE = {
    "phone.lighthouse_performance": "performance",
    "phone.lighthouse_accessibility": "accessibility",
    "phone.lighthouse_best_practices": "best-practices",
}
# 114 packages and 176 MB for three figures: measured where somebody has installed it (13.5), here or elsewhere.
LIGHTHOUSE_FOLDER = Path(
    os.environ.get("ROUTEBOOK_LIGHTHOUSE", ROOT / ".venv" / "lighthouse" / "node_modules" / "lighthouse")
)
NAMES = (
    WEIGHT,
    START,
    TAP,
    SAVE,
    TAPS,
    *(LIGHTHOUSE if (LIGHTHOUSE_FOLDER / "cli" / "index.js").is_file() else ()),
)
CPU = 4
STARTS, TAPPED, SAVED, DIFFERENT = 9, 64, 20, 15
# How long a finger stays on the glass. A touch that ends in the moment in which it begins, as tools send it, makes the
# browser work out the tap's end before it may draw the answer to its beginning.
FINGER_MS = 80


def measure(wanted: Wanted) -> Iterator[Figure]:
    built = Path(os.environ.get("ROUTEBOOK_PWA", ROOT / "pwa" / "dist"))
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder), pwa=built)
        with house.serving():
            pass
        count_forty_everywhere(house)
        with house.serving(), Chromium() as chromium:
            if wanted(WEIGHT):
                yield first_load(chromium, house)
            if wanted(TAPS):
                yield visit_taps(chromium, house)
            if wanted(TAP):
                yield tap_to_paint(chromium, house)
            if wanted(SAVE):
                yield save(chromium, house)
            if any(wanted(name) for name in LIGHTHOUSE):
                yield from lighthouse(house)
            if wanted(START):
                yield offline_start(chromium, house)


def count_forty_everywhere(house: House) -> None:
    """The last count of each store of rep1's Monday has all 40 SKUs: what was not sold there stands there too."""
    dice = random.Random(7)
    with contextlib.closing(sqlite3.connect(house.database)) as database:
        stops = database.execute(
            "select distinct stop.outlet_id from stop join assignment on assignment.route_id = stop.route_id"
            " join person on person.id = assignment.person_id where login = 'rep1' and stop.weekday = 0"
        ).fetchall()
        skus = [row[0] for row in database.execute("select id from sku")]
        for (outlet,) in stops:
            visit = database.execute(
                "select visit.id from visit join stock_count on visit_id = visit.id where outlet_id = ?"
                " order by checked_in_at desc limit 1", (outlet,),
            ).fetchone()  # fmt: skip
            if visit is None:
                continue
            database.executemany(
                "insert or ignore into stock_count (visit_id, sku_id, shelf, backroom, source)"
                " values (?, ?, ?, ?, 'typed')",
                [(visit[0], sku, dice.randint(4, 18), dice.choice((0, 6, 12, 24))) for sku in skus],
            )
        database.commit()


# --- weight ----------------------------------------------------------------------------------------------------------


def first_load(chromium: Chromium, house: House) -> Figure:
    """All that comes over the wire but the book's data, from an empty cache until a visit's first step is in use."""
    # The worker fetches the same files once more, and what else is used offline, behind the rep's back.
    phone = chromium.phone(house, service_workers="block")
    # What is fetched ahead in an idle moment is not needed for the first step: it is held back, and weighed apart.
    phone.page.add_init_script(
        "window.held = []; window.requestIdleCallback = (work) => window.held.push(work)"
    )
    cdp = phone.cdp()
    cdp.send("Network.enable")
    kinds: dict[str, tuple[str, str, dict[str, str]]] = {}
    wire: dict[str, float] = {}

    def hear(event: dict[str, Any]) -> None:
        answer = event["response"]
        headers = {name.lower(): value for name, value in answer["headers"].items()}
        kinds[event["requestId"]] = (event["type"], answer["url"], headers)

    cdp.on("Network.responseReceived", hear)
    cdp.on(
        "Network.loadingFinished", lambda event: wire.update({event["requestId"]: event["encodedDataLength"]})
    )
    phone.sign_in("rep1")
    stop = phone.page.locator('[href^="/card/"]').first.get_attribute("href") or ""
    # As a tap on "start visit" goes: without a new page.
    phone.page.evaluate(
        "(path) => { history.pushState({}, '', path); dispatchEvent(new PopStateEvent('popstate')); }",
        stop.replace("/card/", "/visit/"),
    )
    phone.page.wait_for_url(re.compile(r"/visit/\d+/\w+"))

    def weigh() -> tuple[dict[str, int], float]:
        files, total = {}, 0.0
        for request, (kind, url, headers) in kinds.items():
            if "/api/" in url or kind not in ("Document", "Script", "Stylesheet", "Fetch", "Font"):
                continue
            if headers.get("content-encoding") != "br":
                raise RuntimeError(f"{url} came without brotli")
            files[url.rsplit("/", 1)[-1]] = int(headers["content-length"])
            total += wire.get(request, 0)
        return files, total

    phone.button("visit.allInOrder").wait_for()
    files, total = weigh()
    phone.page.evaluate(
        "() => window.held.forEach((work) => work({ didTimeout: false, timeRemaining: () => 10 }))"
    )
    phone.page.wait_for_timeout(1_500)  # then it fetches what its later steps and the day's other rooms need
    ahead, _ = weigh()
    worker = (Path(os.environ.get("ROUTEBOOK_PWA", ROOT / "pwa" / "dist")) / "sw.js.br").stat().st_size
    detail = {
        "files": files,
        "with_headers_kb": round(total / 1000, 1),
        "with_what_is_fetched_ahead_kb": round(sum(ahead.values()) / 1000, 1),
        "service_worker_kb": round(worker / 1000, 1),
        "path": "sign-in, today, a visit with its first step in use; empty cache, one language; kB of 1000 bytes",
    }
    return Figure(WEIGHT, sum(files.values()) / 1000, "kB", detail)


# --- taps ------------------------------------------------------------------------------------------------------------


def visit_taps(chromium: Chromium, house: House) -> Figure:
    """One visit from the list to "saved": 40 SKUs, 15 of them sold a little, the order taken as suggested."""
    phone = chromium.phone(house)
    phone.sign_in("rep1")
    rep = Rep(phone)
    rep.start_day()
    phone.taps = 0
    visit = rep.open_next()
    walk_to_count(rep, visit)
    skus = rep.skus()
    if len(skus) != 40:
        raise RuntimeError(f"{len(skus)} SKUs are on the list")
    here = {card["id"]: card for card in phone.cards()}[visit.outlet_id]
    dice = random.Random(15)
    for sku in sorted(dice.sample(skus, DIFFERENT), key=skus.index):
        at = here["skus"].index(sku)
        shelf, backroom, came = (here["stock"][name][at] or 0 for name in ("shelf", "backroom", "delivered"))
        there = shelf + backroom + came
        left = max(backroom, there - max(1, round(there * dice.uniform(0.3, 0.6))))
        type_shelf(rep, sku, left - backroom, was=shelf)
    phone.tap(phone.button("visit.count.restSame"))
    questions = 0
    while phone.button("visit.count.right").count():
        phone.tap(phone.button("visit.count.right").first)
        questions += 1
    names = rep.names()
    rep.counted()
    rep.to_order()
    rep.order(visit, names)
    rep.is_at("thank")
    rep.finish()
    detail = {"skus": 40, "different": DIFFERENT, "order_lines": len(visit.lines), "jumps_confirmed": questions,
              "counted": "taps of a finger from the list back to the list"}  # fmt: skip
    return Figure(TAPS, phone.taps, "taps", detail)


def walk_to_count(rep: Rep, visit: Entered) -> None:
    for step in ("outdoor", "greet", "merchandise"):
        rep.is_at(step)
        if step == "greet":
            rep.greet(visit)
        else:
            rep.all_in_order()
    rep.is_at("count")


def type_shelf(rep: Rep, sku: int, pieces: int, *, was: int) -> None:
    """As a rep does it: one or two taps on − or +, a number by keypad when it is further away."""
    away = pieces - was
    if 0 < abs(away) <= 2:
        button = rep.row(sku).locator(".count-row-step").nth(0 if away < 0 else 1)
        for _ in range(abs(away)):
            rep.phone.tap(button)
    else:
        rep.type_into(sku, pieces)


# --- answer ----------------------------------------------------------------------------------------------------------


def tap_to_paint(chromium: Chromium, house: House) -> Figure:
    """From the finger's touch on + of the count list to the first message after the frame that shows it."""
    phone = chromium.phone(house)
    phone.sign_in("rep1")
    rep = Rep(phone)
    phone.page.locator('[href^="/card/"]').first.wait_for()
    visit = phone.page.locator('[href^="/card/"]').nth(3).get_attribute("href") or ""
    phone.open(visit.replace("/card/", "/visit/") + "/count")
    go_to_step(phone, 5)
    skus = rep.skus()
    phone.page.evaluate(TIME_TAPS)
    cdp = phone.slow_down(cpu=CPU)
    for number in range(TAPPED):
        press(phone, cdp, rep.row(skus[number % 24]).locator(".count-row-step").nth(1))
        phone.page.wait_for_timeout(60)
    cdp.detach()
    spans: list[float] = phone.page.evaluate("__spans")
    events: list[float] = phone.page.evaluate("__events")
    if len(spans) < TAPPED - 2:
        raise RuntimeError(f"{len(spans)} of {TAPPED} taps were seen")
    detail = {
        "skus": len(skus),
        "taps": len(spans),
        "median": round(statistics.median(spans), 1),
        "worst": round(max(spans), 1),
        "event_timing_p95": round(p95(events), 1) if events else "below 16 ms",
        "finger_ms": FINGER_MS,
        "cpu": f"{CPU} times slower",
    }
    return Figure(TAP, p95(spans), "ms", detail)


def press(phone: Phone, cdp: CDPSession, button: Locator) -> None:
    """A finger on a button, as the glass tells it.

    Playwright's own tap asks the page, at each of its events, whether the button was hit: that costs more than the
    answer that is measured.
    """
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    if box is None:
        raise RuntimeError("the button is not on the screen")
    where = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    cdp.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [where]})
    phone.page.wait_for_timeout(FINGER_MS)
    cdp.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def go_to_step(phone: Phone, number: int) -> None:
    steps = phone.page.get_by_role("navigation", name=phone.t("visit.steps"))
    steps.get_by_role("button").nth(number - 1).click()


def save(chromium: Chromium, house: House) -> Figure:
    """From the finger's touch on "finish" to the end of the strict transaction, with 40 counts and an order."""
    phone = chromium.phone(house)
    phone.context.add_init_script(TIME_SAVES)
    phone.sign_in("rep1")
    rep = Rep(phone)
    rep.start_day()
    stops = [
        link.get_attribute("href") or ""
        for link in phone.page.locator(".stop-row [href], .stop-row[href]").all()
    ]
    durable, shown = [], []
    for number in range(SAVED):
        phone.open(stops[number % len(stops)].replace("/card/", "/visit/"))
        again = phone.button("visit.visitAgain")
        if number >= len(stops):
            phone.tap(again)
        visit = rep.on_visit()
        walk_to_count(rep, visit)
        phone.tap(phone.button("visit.count.begin"))
        phone.tap(phone.button("visit.count.restSame"))
        rep.counted()
        rep.to_order()
        if phone.button("order.confirm").count():
            phone.tap(phone.button("order.confirm"))
        else:
            rep.no_order(visit, "enough_stock")
        rep.is_at("thank")
        phone.page.wait_for_timeout(400)
        cdp = phone.slow_down(cpu=CPU)
        phone.tap(phone.button("visit.finish"))
        phone.page.wait_for_url("**/today", wait_until="commit")
        phone.page.wait_for_function("() => window.__shown > 0")
        times = phone.page.evaluate("({ down: __down, durable: __durable, shown: __shown })")
        cdp.detach()
        durable.append(times["durable"] - times["down"])
        shown.append(times["shown"] - times["down"])
    detail = {
        "saves": len(durable),
        "median": round(statistics.median(durable), 1),
        "worst": round(max(durable), 1),
        "to_the_words_on_screen_p95": round(p95(shown), 1),
        "cpu": f"{CPU} times slower",
        "lines": 40,
    }
    return Figure(SAVE, p95(durable), "ms", detail)


def offline_start(chromium: Chromium, house: House) -> Figure:
    """Navigation to a list on which a visit can be begun; nobody listens, the worker is cold."""
    phone = chromium.phone(house)
    phone.context.add_init_script(TIME_LIST)
    phone.sign_in("rep1")
    Rep(phone).start_day()
    phone.installed()
    house.stop()
    spans = []
    for _ in range(STARTS):
        phone.page.close()
        phone.renew()
        cdp = phone.slow_down(cpu=CPU)
        cdp.send("ServiceWorker.enable")
        cdp.send("ServiceWorker.stopAllWorkers")
        phone.open("/today")
        phone.page.wait_for_function("() => window.__operable > 0")
        spans.append(float(phone.page.evaluate("__operable")))
        cdp.detach()
    house.start()
    detail = {
        "runs": [round(span) for span in spans],
        "p95": round(p95(spans)),
        "cpu": f"{CPU} times slower",
        "server": "stopped",
    }
    return Figure(START, statistics.median(spans), "ms", detail)


def p95(values: list[float]) -> float:
    """The smallest value that at least 95 of 100 do not exceed."""
    return sorted(values)[math.ceil(0.95 * len(values)) - 1]


# --- Lighthouse ------------------------------------------------------------------------------------------------------


def lighthouse(house: House) -> Iterator[Figure]:
    """The mobile run of Lighthouse on the first screen, with its own simulated phone and link."""
    script = LIGHTHOUSE_FOLDER / "cli" / "index.js"
    node = ROOT / ".venv" / "node" / "bin" / "node"
    chosen = launch_options()
    flags = ["--headless=new", *chosen["args"]]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        subprocess.run(
            [
                str(node) if node.exists() else shutil.which("node") or "node", str(script), f"{house.url}/signin",
                "--output=json", f"--output-path={report}", "--quiet", f"--chrome-flags={' '.join(flags)}",
                "--only-categories=performance,accessibility,best-practices",
            ],
            env={**os.environ, "CHROME_PATH": str(chosen["executable_path"])}, check=True, timeout=240,
        )  # fmt: skip
        found = json.loads(report.read_text())
    lost = [
        audit["id"] for audit in found["audits"].values()
        if audit["score"] is not None and audit["score"] < 0.9 and audit["scoreDisplayMode"] != "informative"
    ]  # fmt: skip
    for name, category in LIGHTHOUSE.items():
        score = round(found["categories"][category]["score"] * 100)
        yield Figure(name, score, "points", {"version": found["lighthouseVersion"], "lost_on": lost})


TIME_TAPS = """
() => {
  window.__spans = []; window.__events = [];
  addEventListener('pointerdown', (event) => {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => __spans.push(performance.now() - event.timeStamp);
      port2.postMessage(0);
    });
  }, true);
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (entry.name === 'pointerdown') __events.push(entry.duration);
  }).observe({ type: 'event', durationThreshold: 16 });
}
"""
TIME_SAVES = """
(() => {
  window.__down = 0; window.__durable = 0; window.__shown = 0;
  addEventListener('pointerdown', (event) => { __down = event.timeStamp; __durable = 0; __shown = 0; }, true);
  const begin = IDBDatabase.prototype.transaction;
  IDBDatabase.prototype.transaction = function (stores, mode, options) {
    const made = begin.call(this, stores, mode, options);
    if (mode === 'readwrite' && [stores].flat().includes('operations')) {
      made.addEventListener('complete', () => { if (!__durable) __durable = performance.now(); });
    }
    return made;
  };
  addEventListener('DOMContentLoaded', () => new MutationObserver(() => {
    const notice = document.querySelector('.ui-notice, .ui-notices li, .ui-notices > *');
    if (__durable && !__shown && notice) __shown = performance.now();
  }).observe(document.body, { childList: true, subtree: true }));
})();
"""
TIME_LIST = """
(() => {
  window.__operable = 0;
  const look = () => {
    if (document.querySelector('[href^="/visit/"]')) {
      requestAnimationFrame(() => { __operable = performance.now(); });
    } else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
"""
