"""The main job, from the imported list to the database: one rep's Monday in a real browser, offline from the morning's
pull to the evening, with a tab killed in mid-count and a visit left and taken up again."""

from __future__ import annotations

import csv
import http.client
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest

from server.services.demo import PASSWORD
from tests.browser import ROOT, Chromium, House, Phone, founded_house, working_monday
from tests.conftest import shared_data  # noqa: F401 -- the fixture's own skip names the missing folder
from tests.e2e.rep import Entered, Pieces, Rep

CHAIN = "OK便利店"
REPS = ("walker1", "walker2")
# Full visits are long; the others end with one of the reasons for no order.
FULL_VISITS = 4
OUTCOMES = (("closed", ""), ("owner_away", ""), ("enough_stock", ""), ("no_cash", ""), ("competitor", ""),
            ("other", "盤點中，明天再來"))  # fmt: skip

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory, front_end: Path) -> Iterator[House]:
    with founded_house(tmp_path_factory, pwa=front_end).serving() as serving:
        yield serving


def test_the_monday_of_a_rep_on_the_imported_stores_loses_and_doubles_nothing(
    house: House, chromium: Chromium, request: pytest.FixtureRequest
) -> None:
    listed: Path = request.getfixturevalue("shared_data") / "outlets_hk.csv"
    with listed.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    answer = json.loads(house.command("import", "outlets", str(listed), "--json"))
    assert (answer["accepted"], answer["rejected"]) == (len(rows), 0)
    walk_a_monday(house, chromium, stores=sum(row["chain"] == CHAIN for row in rows))


def test_the_monday_of_a_rep_on_a_generated_list_loses_and_doubles_nothing(
    house: House, chromium: Chromium, tmp_path: Path
) -> None:
    """The same walk on a small list: it has something to say where the example data is not there."""
    if (ROOT.parent / "shared" / "data" / "outlets_hk.csv").is_file():
        pytest.skip("walked on the real list, which is here")
    lines = ["chain,address,longitude,latitude"]
    lines += [
        f"{CHAIN},東岸道{n}號地下,{114.15 + n % 12 / 900:.6f},{22.28 + n // 12 / 900:.6f}" for n in range(96)
    ]
    listed = tmp_path / "list.csv"
    listed.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert json.loads(house.command("import", "outlets", str(listed), "--json"))["accepted"] == 96
    walk_a_monday(house, chromium, stores=96)


def walk_a_monday(house: House, chromium: Chromium, *, stores: int) -> None:
    planned = give_routes_to_two_reps(house, stores)
    phone = chromium.phone(house)
    phone.sign_in(REPS[0])
    accept_the_agreement(phone)
    rep = Rep(phone)
    assert the_list(phone) == planned
    rep.start_day()
    phone.installed()
    phone.remembered()
    phone.wait_until(lambda: not waiting(phone), words="the start of the day is delivered")

    house.stop()
    entered = walk(rep, planned)
    end_the_day_offline(phone, entered)
    house.start()
    deliver(phone)

    compare(house, phone, entered, planned)
    assert phone.complaints.said == []


# --- the morning -----------------------------------------------------------------------------------------------------


def give_routes_to_two_reps(house: House, stores: int) -> list[int]:
    """The chain's stores on two routes, each with a rep. Returns the first rep's Monday, in order."""
    drafted = house.command(
        "plan", "draft", "--territory", "T1", "--chain", CHAIN, "--routes", "2", "--prefix", "OK", "--publish"
    )
    assert sum(int(found) for found in re.findall(r": (\d+) outlets", drafted)) == stores
    for number, login in enumerate(REPS, start=1):
        hire(house, login)
        house.command(
            "plan", "assign", f"OK{number}", "--rep", login, "--driver", "driver1", "--truck", "EB 001"
        )
    shared = house.rows("select outlet_id from stop group by outlet_id having count(distinct route_id) > 1")
    assert shared == [], "a store is on two routes"
    weekday = working_monday().weekday()
    return [
        row["outlet_id"]
        for row in house.rows(
            "select outlet_id from stop join route on route.id = stop.route_id where route.code = 'OK1'"
            " and weekday = ? order by sequence", weekday,
        )
    ]  # fmt: skip


def hire(house: House, login: str) -> None:
    connection = http.client.HTTPConnection("localhost", house.port, timeout=30)
    headers = {"Content-Type": "application/json"}
    connection.request(
        "POST", "/api/v1/session", json.dumps({"login": "admin", "password": PASSWORD}), headers
    )
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200
    headers["Cookie"] = str(answer.headers["Set-Cookie"]).split(";")[0]
    connection.request("POST", "/api/v1/session/step-up", json.dumps({"password": PASSWORD}), headers)
    connection.getresponse().read()
    person = {"login": login, "name": f"业代 {login}", "password": PASSWORD, "roles": ["rep"]}
    connection.request("POST", "/api/v1/people", json.dumps(person), headers)
    answer = connection.getresponse()
    assert answer.status == 201, answer.read()
    connection.close()


def accept_the_agreement(phone: Phone) -> None:
    """Whoever is new reads and accepts it before the first card opens."""
    phone.page.wait_for_url("**/agreement**")
    phone.page.get_by_role("checkbox").check()
    phone.tap(phone.button("agreement.accept"))
    phone.page.wait_for_url("**/today", wait_until="commit")


def the_list(phone: Phone) -> list[int]:
    """The outlets of today's list from top to bottom."""
    phone.page.locator(".stop-row").first.wait_for()
    links = phone.page.locator(".stop-row a, a.stop-row").all()
    found = [re.search(r"/card/(\d+)", link.get_attribute("href") or "") for link in links]
    return [int(one.group(1)) for one in found if one]


# --- the walk --------------------------------------------------------------------------------------------------------


def walk(rep: Rep, planned: Sequence[int]) -> list[Entered]:
    """All visits of the day with no server: full ones first, one of them killed, another one left."""
    entered: list[Entered] = []
    for number in range(len(planned)):
        if number == 1:
            visit = a_visit_whose_tab_is_killed(rep)
        elif number == 2:
            visit = a_visit_that_is_left_and_taken_up_again(rep)
        elif number < FULL_VISITS:
            visit = a_full_visit(rep, number)
        else:
            visit = rep.open_next()
            rep.no_order(visit, *OUTCOMES[number % len(OUTCOMES)])
            finish_what_is_open(rep, visit)
            rep.finish()
        entered.append(visit)
        # The figure at the head, not a number beside a store: until then the list offers the visit just made.
        done = re.compile(rf"^{len(entered)}$")
        rep.phone.page.locator(".today-figure").filter(has_text=done).wait_for()
    assert [visit.outlet_id for visit in entered] == list(planned)
    return entered


def pieces(number: int, how_many: int) -> list[Pieces]:
    """Believable counts, other ones in each visit; two SKUs are gone, so that something is suggested."""
    counts = [((7 * number + 5 * at) % 22 + 1, (3 * number + at) % 4 * 6 % 18) for at in range(how_many)]
    for gone in {number % how_many, (number + 2) % how_many}:
        counts[gone] = (0, 0)
    return counts


def a_full_visit(rep: Rep, number: int) -> Entered:
    visit = rep.open_next()
    rep.visit_fully(
        visit,
        partial(pieces, number),
        note=f"老板说第{number}季要换冰柜 <b>&amp;</b>",
        photos=[("outdoor", "before"), ("outdoor", "after"), ("merchandise", "after")] if number == 0 else [],
        changes="promotion" if number == 3 else "",
        signed=number == 0,
    )
    return visit


def a_visit_whose_tab_is_killed(rep: Rep) -> Entered:
    """In mid-count, with the keypad open and a photo taken; every number is there again."""
    phone = rep.phone
    visit = rep.open_next()
    rep.photograph(visit, "outdoor", "before")
    rep.all_in_order()
    rep.greet(visit, "会计星期五才在")
    rep.all_in_order()
    rep.is_at("count")
    skus = rep.skus()
    typed = pieces(1, len(skus))
    for sku, (shelf, _) in list(zip(skus, typed, strict=True))[:3]:
        rep.type_into(sku, shelf)
    phone.page.wait_for_timeout(
        700
    )  # a breath: what was tapped in the last moment may be on its way to the disk
    phone.kill_tab()

    phone.open("/today")
    assert rep.go_on().outlet_id == visit.outlet_id
    rep.is_at("count")
    for sku, (shelf, _) in list(zip(skus, typed, strict=True))[:3]:
        assert rep.row(sku).locator(".count-row-value").inner_text().strip() == str(shelf)
    rep.count(visit, dict(zip(skus, typed, strict=True)))
    rep.from_suggestion_on(visit)
    return visit


def a_visit_that_is_left_and_taken_up_again(rep: Rep) -> Entered:
    """The rep goes to the queue and back, and the browser itself is killed in between."""
    phone = rep.phone
    visit = rep.open_next()
    rep.skip(visit, "outdoor", "weather")
    rep.greet(visit, "先去别家，回头再来")
    rep.all_in_order()
    rep.is_at("count")
    phone.page.wait_for_timeout(700)
    phone.kill()
    phone.open("/today")
    assert rep.go_on().outlet_id == visit.outlet_id
    rep.is_at("count")
    skus = rep.skus()
    rep.count(visit, dict(zip(skus, pieces(2, len(skus)), strict=True)))
    rep.from_suggestion_on(visit)
    return visit


def finish_what_is_open(rep: Rep, visit: Entered) -> None:
    """An outcome does not excuse every step: what the screen still asks for is skipped with a reason."""
    reasons = {"outdoor": "no_time", "merchandise": "no_time", "count": "no_time", "present": "no_time"}
    while not rep.phone.button("visit.finish").count():
        rep.phone.tap(rep.phone.page.get_by_role("button", name=rep.t("visit.goTo")))
        rep.phone.page.wait_for_url(re.compile(r"/visit/\d+/(?!thank)\w+"))
        found = re.search(r"/visit/\d+/(\w+)", rep.phone.page.url)
        assert found, rep.phone.page.url
        step = found.group(1)
        rep.skip(visit, step, reasons[step])
        rep.phone.page.wait_for_timeout(50)
        if "/thank" not in rep.phone.page.url:
            rep.phone.tap(
                rep.phone.page.get_by_role("navigation").get_by_role("button", name=re.compile("^8"))
            )
        rep.is_at("thank")


# --- the evening -----------------------------------------------------------------------------------------------------


def waiting(phone: Phone) -> list[str]:
    """What the outbox still has to deliver: operations, and photos whose bytes are not there."""
    entries = [row["kind"] for row in phone.stored("operations") if row["state"] != "delivered"]
    return entries + ["bytes" for row in phone.stored("photos") if row["state"] != "delivered"]


def end_the_day_offline(phone: Phone, entered: Sequence[Entered]) -> None:
    """The end of the day says exactly what is not delivered, and the queue lists it."""
    photos = sum(len(visit.photos) for visit in entered)
    assert Counter(waiting(phone)) == Counter(
        {"visit.record": len(entered), "photo.attach": photos, "bytes": photos}
    )
    phone.tap(phone.link("today.endDay"))
    said = phone.page.get_by_text(phone.t("day.end.notDelivered"))
    said.wait_for()
    assert re.findall(r"\d+", said.inner_text()) == [str(len(entered) + photos)]
    phone.tap(phone.button("day.end.go"))
    phone.page.wait_for_url("**/today", wait_until="commit")
    phone.open("/queue")
    rows = phone.page.get_by_role("list", name=phone.t("queue.section.open")).get_by_role("listitem")
    rows.first.wait_for()
    assert rows.count() == len(entered) + photos + 1


def deliver(phone: Phone) -> None:
    phone.tap(phone.button("queue.sendNow"))
    phone.wait_until(lambda: not waiting(phone), seconds=120, words="the queue is empty")
    phone.page.get_by_text(phone.t("queue.head.allDelivered")).first.wait_for()
    attention = [row for row in phone.stored("operations") if row["state"] == "attention"]
    assert attention == []
    phone.open("/day/end")
    phone.page.get_by_text(phone.t("day.end.delivered")).wait_for()


# --- the database ----------------------------------------------------------------------------------------------------


def compare(house: House, phone: Phone, entered: Sequence[Entered], planned: Sequence[int]) -> None:
    """Everything that was entered is there, once, and nothing else of this rep is."""
    person = house.rows("select id from person where login = ?", REPS[0])[0]["id"]
    photos = sum(len(visit.photos) for visit in entered)
    operations = house.rows("select kind, state, seq from operation where person_id = ?", person)
    assert Counter(row["kind"] for row in operations) == Counter(
        {"day.start": 1, "visit.record": len(planned), "photo.attach": photos, "day.end": 1}
    )
    assert {row["state"] for row in operations} == {"applied"}
    assert sorted(row["seq"] for row in operations) == list(range(1, len(operations) + 1))

    days = house.rows("select day, started_at, ended_at, summary from work_day where person_id = ?", person)
    assert len(days) == 1
    assert days[0]["day"] == working_monday().date().isoformat()
    assert days[0]["ended_at"] is not None

    visits = house.rows("select * from visit where person_id = ? order by checked_in_at", person)
    assert [row["outlet_id"] for row in visits] == list(planned)
    for row, visit in zip(visits, entered, strict=True):
        assert row["planned"]
        outcome_note = house.unsealed(row["outcome_note"], "visit.outcome_note")
        assert (row["outcome"], outcome_note) == (visit.outcome, visit.outcome_note)
        assert "outside_assignment" not in json.loads(row["flags"])
        assert in_database(house, row["id"]) == as_entered(visit)
    mine = "visit_id in (select id from visit where person_id = ?)"
    for table, count in (
        ("stock_count", sum(len(visit.counts) for visit in entered)),
        ("customer_order", sum(1 for visit in entered if visit.lines)),
        ("photo", photos),
    ):
        assert house.rows(f"select count(*) as n from {table} where {mine}", person)[0]["n"] == count
    kept = house.rows(f"select stored_at, path from photo where {mine}", person)
    assert all(
        row["stored_at"] and list((house.folder / "data").rglob(Path(row["path"]).name)) for row in kept
    )


def as_entered(visit: Entered) -> dict[str, object]:
    return {
        "counts": visit.counts,
        "lines": visit.lines,
        "reasons": visit.reasons,
        "total_minor": visit.total_minor if visit.lines else None,
        "signed": visit.signed,
        "photos": sorted(visit.photos),
        "skipped": visit.skipped,
        "notes": [visit.note] if visit.note else [],
    }


def in_database(house: House, visit_id: str) -> dict[str, object]:
    counts = house.rows("select sku_id, shelf, backroom from stock_count where visit_id = ?", visit_id)
    orders = house.rows(
        "select id, total_minor, signature, status from customer_order where visit_id = ?", visit_id
    )
    assert len(orders) <= 1
    lines = house.rows(
        "select sku_id, quantity, reason from order_line join customer_order on customer_order.id = order_id"
        " where visit_id = ?", visit_id,
    )  # fmt: skip
    photos = house.rows("select step, kind from photo where visit_id = ?", visit_id)
    skipped = house.rows(
        "select step, reason from visit_step where visit_id = ? and state = 'skipped'", visit_id
    )
    notes = house.rows(
        "select text from outlet_note join visit on visit.outlet_id = outlet_note.outlet_id"
        " and visit.person_id = outlet_note.person_id where visit.id = ?", visit_id,
    )  # fmt: skip
    return {
        "counts": {row["sku_id"]: (row["shelf"], row["backroom"]) for row in counts},
        "lines": {row["sku_id"]: row["quantity"] for row in lines},
        "reasons": {row["sku_id"]: row["reason"] for row in lines if row["reason"]},
        "total_minor": orders[0]["total_minor"] if orders else None,
        "signed": bool(orders and orders[0]["signature"]),
        "photos": sorted((row["step"], row["kind"]) for row in photos),
        "skipped": {row["step"]: row["reason"] for row in skipped},
        "notes": [house.unsealed(row["text"], "outlet_note.text") for row in notes],
    }
