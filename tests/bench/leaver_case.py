"""How long a manager needs for a leaver's case at the desk.

leaver.case_minutes: a leaver with 200 stores among four colleagues with 200 each, in a real browser against a real
server: from opening the page of cases, by way of freezing access and three proposals from the planner, to the accepted
one. The manager takes 1 s for each click and 3 s for each decision (who, how, sure?, one for each of the three
proposals); typing is free. Minutes of the clock.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figure import Figure, Wanted
from tests.browser import ROOT, Chromium, House
from tests.e2e.leaver import WAYS, Desk, Pace

NAMES = ("leaver.case_minutes",)
STORES, REPS = 200, ("rep7", "rep1", "rep2", "rep3", "rep4")
LEAVERS_NAME = "Ng Wing Hong"
PACE = Pace(click=1_000, decision=3_000)


def measure(wanted: Wanted) -> Iterator[Figure]:
    if not wanted(NAMES[0]):
        return
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder), pwa=ROOT / "pwa" / "dist")
        with house.serving(), Chromium() as chromium:
            district(house, Path(folder) / "stores.csv")
            desk = Desk(chromium.desk(house, locale="en"), PACE)
            desk.screen.sign_in("manager")
            began = time.perf_counter()
            desk.begins_case(LEAVERS_NAME, house.now().date())
            case = desk.opens_case()
            opened = time.perf_counter()
            if desk.asks_for_proposals() != [desk.t.text(f"departures.way.{way}") for way in WAYS]:
                raise AssertionError("three ways are offered")
            proposed = time.perf_counter()
            desk.takes("spread")
            ended = time.perf_counter()
            moved = house.rows(
                "SELECT count(*) AS n, count(receiver_id) AS taken, count(DISTINCT receiver_id) AS receivers"
                " FROM departure_store WHERE departure_id = ?",
                case,
            )[0]
    if moved["n"] < 0.95 * STORES or moved["taken"] != moved["n"]:
        raise AssertionError(f"not every store has found its next person: {moved}")
    yield Figure(
        NAMES[0],
        (ended - began) / 60,
        "min",
        {
            "stores": moved["n"],
            "receivers": moved["receivers"],
            "clicks": desk.clicks,
            "decisions": desk.decisions,
            "seconds": {
                "opening": round(opened - began, 1),
                "proposals": round(proposed - opened, 1),
                "accepting": round(ended - proposed, 1),
            },
        },
    )


def district(house: House, listed: Path) -> None:
    """A territory of its own with a route for each of REPS, 200 stores each; the first one leaves."""
    dice = random.Random(6)
    rows = ["code,name,address,longitude,latitude,class"]
    for number in range(STORES * len(REPS)):
        east, north = dice.uniform(114.10, 114.24), dice.uniform(22.36, 22.46)
        rows.append(
            f"Q{number:04},Store {number:04},{number} High Street,{east:.6f},{north:.6f},{'ABCD'[number % 4]}"
        )
    listed.write_text("\n".join(rows) + "\n", encoding="utf-8")
    house.command("plan", "territory", "Q", "新区")
    house.command("import", "outlets", str(listed), "--json")
    house.command(
        "plan", "draft", "--territory", "Q", "--routes", str(len(REPS)), "--prefix", "Q", "--publish"
    )
    for number, login in enumerate(REPS, start=1):
        house.command("plan", "assign", f"Q{number}", "--rep", login)
