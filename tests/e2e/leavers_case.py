"""The story of one leaver's case on the screens of those whom it touches, from Monday to the first report of the watch.

Each step checks what it leads to. The browser test walks it, and `make screenshots` takes the pictures of
docs/leaver.md on the way.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta

from tests.browser import Chromium, House, Phone
from tests.e2e.leaver import WAYS, Desk, Receiver
from tests.e2e.rep import Rep

LEAVER, LEAVERS_NAME = "rep2", "Ho Yuen Yee"
WATCHED_AFTER = timedelta(weeks=3)
EVIDENCE = {"report.pdf", "manifest.json", "VERIFY.txt", "checkpoints.jsonl", "access.csv"}
Look = Callable[[Phone, str], None]


def the_case(house: House, chromium: Chromium, look: Look) -> None:
    """The whole of it; `look` is shown each screen that a manager's guide tells of."""
    monday = house.now()
    with house.serving():
        case = the_monday(house, chromium, look)
    with house.at(monday + timedelta(days=1)).serving() as tuesday:
        the_tuesday(tuesday, chromium, case, look)
    with house.at(monday + WATCHED_AFTER).serving() as later:
        the_watch(later, chromium, case, look)


# --- Monday ----------------------------------------------------------------------------------------------------------


def the_monday(house: House, chromium: Chromium, look: Look) -> int:
    """The leaver is out with a visit not sent; the case is opened, access stops, the visit arrives, heirs are found."""
    phone = chromium.phone(house, locale="en")
    visited = a_visit_without_a_network(phone)
    desk = Desk(chromium.desk(house, locale="en"))
    desk.screen.sign_in("manager")
    desk.begins_case(LEAVERS_NAME, house.now().date())
    look(desk.screen, "leaver-open-en")
    case = desk.opens_case()
    desk.sees_case(case)
    assert desk.screen.violations() == []
    look(desk.screen, "leaver-case-en")

    loses_the_book(house, phone, visited)
    look(phone, "leaver-phone-en")
    held = stores_of(house, case)
    assert len(held) > 20
    assert desk.asks_for_proposals() == [desk.t.text(f"departures.way.{way}") for way in WAYS]
    look(desk.screen, "leaver-proposals-en")
    desk.takes("spread")
    assert all(one["receiver_id"] for one in stores_of(house, case))
    return case


def a_visit_without_a_network(phone: Phone) -> int:
    """The leaver's last visit lies on the phone. Returns the store."""
    phone.sign_in(LEAVER)
    rep = Rep(phone)
    rep.start_day()
    phone.installed()
    phone.wait_until(lambda: not waiting(phone), words="the start of the day is delivered")
    phone.context.set_offline(True)
    visit = rep.open_next()
    rep.no_order(visit, "closed")
    rep.finish()
    assert waiting(phone)
    return visit.outlet_id


def waiting(phone: Phone) -> bool:
    return any(row["state"] in ("waiting", "sending") for row in phone.stored("operations"))


def loses_the_book(house: House, phone: Phone, visited: int) -> None:
    """Back in the network: what was done is handed in through the drop-box and credited; book and keys are gone."""
    phone.context.set_offline(False)
    phone.open("/today")
    phone.page.get_by_text(phone.t("lock.wiped.title")).wait_for()
    phone.page.get_by_text(phone.t("lock.wiped.done")).wait_for()
    kept = house.rows(
        "SELECT login FROM visit JOIN person ON person.id = visit.person_id WHERE outlet_id = ? ORDER BY visit.id DESC",
        visited,
    )
    assert kept[0]["login"] == LEAVER
    assert phone.stored("cards", "routebook-daybook") == []
    assert phone.stored("open", "routebook-vault") == []


def stores_of(house: House, case: int) -> list[dict[str, object]]:
    return house.rows("SELECT * FROM departure_store WHERE departure_id = ? ORDER BY place", case)


# --- Tuesday ---------------------------------------------------------------------------------------------------------


def the_tuesday(house: House, chromium: Chromium, case: int, look: Look) -> None:
    """Two stores are handed over in person, one owner answers on a phone of their own; the case is closed."""
    login = heir_with_handovers_today(house)
    phone = chromium.phone(house, locale="en")
    phone.sign_in(login)
    hands_over(house, phone, chromium, case, look)

    supervisor = Desk(chromium.desk(house, locale="en"))
    supervisor.screen.sign_in("supervisor")
    supervisor.sees_case(case)
    supervisor.calls_back()
    look(supervisor.screen, "leaver-callbacks-en")

    manager = Desk(chromium.desk(house, locale="en"))
    manager.screen.sign_in("manager")
    manager.sees_case(case)
    manager.finds_property()
    manager.ticks("accounts_settled", "Advances and samples squared with the cashier")
    manager.ticks("duties_acknowledged", "Told that confidence goes on for two years")
    manager.signs_certificate()
    assert manager.screen.button("closing.close").is_disabled()

    second = Desk(chromium.desk(house, locale="en"))
    second.screen.sign_in("admin")
    second.sees_case(case)
    second.waives("stores_confirmed", "The others are handed over on their next visit day")
    second.waives("callbacks_done", "Done with those handovers")

    manager.sees_case(case)
    manager.shows("closing.title")
    look(manager.screen, "leaver-closing-en")
    manager.closes()
    assert manager.screen.violations() == []
    assert house.rows("SELECT state FROM departure WHERE id = ?", case) == [{"state": "closed"}]
    supervisor.sees_case(case)
    supervisor.asks_for_evidence("The owner of a store disputes the handover")
    manager.signs_evidence()
    has_the_evidence(supervisor.fetches_evidence())


def heir_with_handovers_today(house: House) -> str:
    """Who has the most of the leaver's stores on today's list."""
    found = house.rows(
        "SELECT person.login, count(*) AS n FROM departure_store AS held"
        " JOIN person ON person.id = held.receiver_id"
        " JOIN stop ON stop.outlet_id = held.outlet_id AND stop.weekday = ? AND stop.valid_to IS NULL"
        " GROUP BY person.login ORDER BY n DESC, person.login",
        house.now().weekday(),
    )
    assert found[0]["n"] >= 2, "nobody has two of the leaver's stores today"
    return str(found[0]["login"])


def hands_over(house: House, phone: Phone, chromium: Chromium, case: int, look: Look) -> None:
    receiver = Receiver(phone)
    rows = phone.page.locator(".handovers-due a")
    rows.nth(1).wait_for()
    look(phone, "leaver-today-en")
    receiver.opens(rows.nth(0))
    receiver.walks(witness=True)
    receiver.lets_owner_sign()
    look(phone, "leaver-sign-en")
    receiver.saves()
    phone.wait_until(lambda: states(house, case).count("confirmed") == 1, words="the first handover arrives")

    phone.open("/today")
    receiver.opens(rows.nth(1))
    receiver.walks(witness=True)
    link = receiver.shows_code()
    look(phone, "leaver-code-en")
    receiver.saves()
    phone.wait_until(lambda: "handed" in states(house, case), words="the second handover arrives")
    owner = chromium.phone(house, locale="en", java_script_enabled=False)
    page = owner.open(link.removeprefix(house.url))
    page.get_by_role("heading", name="What is still open with you").wait_for()
    look(owner, "leaver-owner-en")
    page.get_by_role("button", name="Yes, that is right").tap()
    page.get_by_role("heading", name="Thank you").wait_for()
    assert states(house, case).count("confirmed") == 2


def states(house: House, case: int) -> list[str]:
    return [str(one["state"]) for one in stores_of(house, case)]


def has_the_evidence(packed: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(packed)) as pack:
        names = {name.rsplit("/", 1)[-1] for name in pack.namelist()}
        assert names >= EVIDENCE
        assert pack.read("report.pdf")[:5] == b"%PDF-"
        assert json.loads(pack.read("manifest.json"))


# --- weeks later -----------------------------------------------------------------------------------------------------


def the_watch(house: House, chromium: Chromium, case: int, look: Look) -> None:
    """The first report: each store beside similar ones, in words and with a figure."""
    desk = Desk(chromium.desk(house, locale="en"))
    desk.screen.sign_in("manager")
    stores = desk.looks_at_watch(case)
    assert stores.count() == len(stores_of(house, case))
    look(desk.screen, "leaver-watch-en")
    assert desk.screen.violations() == []
    judged = house.rows("SELECT outlet_id FROM retention_watch")
    assert {one["outlet_id"] for one in judged} == {one["outlet_id"] for one in stores_of(house, case)}
