"""Group E on the phone: leases that end, access that is stopped, keys that are lost, wrong or another's.

Each fault is done to a real browser on a real server; what is checked is what lies on the phone's disk and in the
server's database, not what the page says of itself.
"""

from __future__ import annotations

import http.client
import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from server.services.demo import PASSWORD
from tests.browser import OPEN_ROWS, House, Phone
from tests.faults.phones import (
    Middlebox,
    NewPhone,
    a_stop,
    arrived,
    chromium,
    dead_way,
    delivered,
    look_up,
    new_house,
    new_phone,
    note,
    operations,
    put_notes,
    set_clock,
    times_noted,
    waiting,
)
from tests.faults.test_phone_storage import says

__all__ = ["chromium", "new_phone"]

HOUR_MS = 3_600_000
HALF_AN_HOUR_MS = 1_860_000
DROPBOX, SESSION = "/api/v1/dropbox", "/api/v1/session"
VAULT, BOOK = "routebook-vault", "routebook-daybook"
# The transaction that takes the opening is kept open, as on a disk that stands still.
HOLD_OPEN = """
const add = IDBObjectStore.prototype.add;
IDBObjectStore.prototype.add = function (...values) {
  const request = add.apply(this, values);
  if (this.name === 'operations') {
    globalThis.hasPut = true;
    const stay = () => { this.get('nothing').onsuccess = stay; };
    stay();
  }
  return request;
};
0;
"""
DELETE_NOTHING = "IDBFactory.prototype.deleteDatabase = () => ({}); 0;"
CHANGE_LOCK = """
(change) => new Promise((done) => {
  const asked = indexedDB.open('routebook-vault');
  asked.onsuccess = () => {
    const tx = asked.result.transaction('lock', 'readwrite');
    const lock = tx.objectStore('lock');
    lock.get('now').onsuccess = ({ target }) => lock.put({ ...target.result, ...change }, 'now');
    tx.oncomplete = () => { asked.result.close(); done(); };
  };
})
"""
SWAP_CARDS = """
() => new Promise((done) => {
  const asked = indexedDB.open('routebook-daybook');
  asked.onsuccess = () => {
    const tx = asked.result.transaction('cards', 'readwrite');
    const cards = tx.objectStore('cards');
    cards.getAll().onsuccess = ({ target: { result: [one, two] } }) => {
      cards.put({ ...one, id: two.id, version: two.version });
      cards.put({ ...two, id: one.id, version: one.version });
    };
    tx.oncomplete = () => { asked.result.close(); done([]); };
  };
})
"""
GIVE_LEASE = (
    "async () => {"
    + OPEN_ROWS
    + """
  const [{ id, until, iv, data }] = await all('routebook-vault', 'wrapped');
  return { id, until, iv: [...iv], data: [...new Uint8Array(data)] };
}
"""
)
TAKE_LEASE = """
({ id, until, iv, data }) => new Promise((done) => {
  const asked = indexedDB.open('routebook-vault');
  asked.onsuccess = () => {
    const tx = asked.result.transaction(['wrapped', 'open'], 'readwrite');
    const row = { id, until, iv: new Uint8Array(iv), data: new Uint8Array(data).buffer };
    tx.objectStore('wrapped').put(row, 'now');
    tx.objectStore('open').clear();
    tx.oncomplete = () => { asked.result.close(); done(); };
  };
})
"""


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of its own: people are stopped in it for good."""
    with new_house(tmp_path_factory).serving() as made:
        yield made


@pytest.fixture
def box(house: House) -> Iterator[Middlebox]:
    with Middlebox(house.port) as between:
        yield between


class Office:
    """What a manager does at the desk."""

    def __init__(self, house: House, login: str = "manager") -> None:
        self._house = house
        self._headers = {"Content-Type": "application/json"}
        answer = self._ask("POST", "/session", {"login": login, "password": PASSWORD})
        assert answer.status == 200
        self._headers["Cookie"] = str(answer.headers["Set-Cookie"]).split(";")[0]
        answer = self._ask("POST", "/session/step-up", {"password": PASSWORD})
        assert answer.status == 200

    def _ask(self, method: str, path: str, body: object = None) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("localhost", self._house.port, timeout=30)
        connection.request(method, f"/api/v1{path}", json.dumps(body), self._headers)
        answer = connection.getresponse()
        self.said = answer.read()
        connection.close()
        return answer

    def freeze(self, login: str) -> None:
        (person,) = self._house.rows("select id from person where login = ?", login)
        answer = self._ask("POST", f"/people/{person['id']}/freeze", {"reason": "离职"})
        assert answer.status == 200, self.said


def kept(phone: Phone, *stores: str) -> dict[str, int]:
    return {store: len(phone.stored(store, VAULT)) for store in stores}


def nothing_is_left(phone: Phone) -> None:
    """No key of the person's, no book, no draft and no photo is on the phone."""
    assert kept(phone, "lock", "wrapped", "open") == {"lock": 0, "wrapped": 0, "open": 0}
    assert phone.stored("manifest", BOOK) == phone.stored("cards", BOOK) == phone.stored("own", BOOK) == []
    assert phone.stored("drafts") == phone.stored("photos") == []


def stopped(phone: Phone, seconds: float = 60) -> None:
    phone.page.wait_for_url("**/stopped", timeout=seconds * 1000)
    phone.page.get_by_role("heading", name=phone.t("lock.wiped.title")).wait_for()


def put_away(phone: Phone) -> None:
    """Half an hour in the pocket."""
    set_clock(phone, wrong_ms=HALF_AN_HOUR_MS)
    look_up(phone)
    phone.page.wait_for_url("**/unlock**")


def lease_keys(house: House) -> int:
    """How many keys were given, over all devices."""
    (row,) = house.rows("select coalesce(sum(times), 0) as times from lease_key")
    return int(row["times"])


# --- access that is stopped ------------------------------------------------------------------------------------------


def test_E1_a_rep_who_is_stopped_while_online_is_out_at_the_next_answer_and_the_phone_wipes_itself(
    house: House, new_phone: NewPhone
) -> None:
    phone = new_phone(house)
    assert len(phone.stored("cards", BOOK)) > 0
    Office(house).freeze("rep1")
    began = time.monotonic()
    status = phone.page.evaluate("fetch('/api/v1/daybook/manifest').then((answer) => answer.status)")
    assert (status, time.monotonic() - began < 1) == (401, True)
    look_up(phone)
    stopped(phone)
    assert time.monotonic() - began < 60
    nothing_is_left(phone)
    assert house.rows("select 1 from sign_in join person on person.id = person_id"
                      " where login = 'rep1' and ended_at is null") == []  # fmt: skip


def test_E3_a_stopped_phone_that_comes_back_hands_in_all_it_has_and_is_given_no_data(
    house: House, box: Middlebox, new_phone: NewPhone
) -> None:
    phone = new_phone(box.house(house))
    phone.installed()
    outlet = a_stop(house)
    before = notes_at(house, outlet)
    box.rule = dead_way
    note(phone, outlet, "停用之前写的")
    put_notes(phone, outlet, 11)
    assert len(waiting(phone)) == 12
    Office(house).freeze("rep1")
    box.answers.clear()
    box.rule = lambda _method, _path: None
    phone.open("/today")
    stopped(phone)
    assert waiting(phone) == []
    there = arrived(house, phone)
    assert [row["state"] for row in there] == ["applied"] * 12
    assert notes_at(house, outlet) == before + 12
    nothing_is_left(phone)
    told = {path: [one.json() for one in replies] for path, replies in box.answers.items()
            if "/api/" in path}  # fmt: skip
    receipts = told.pop(f"POST {DROPBOX}")
    assert {key for one in receipts for key in one} <= {
        "batch_id", "epoch", "server_time", "operations", "results", "missing", "server_seq", "checkpoint"
    }  # fmt: skip
    assert {one.get("code", one.get("status")) for replies in told.values() for one in replies} <= {
        "frozen", "ok",
    }  # fmt: skip


def notes_at(house: House, outlet: int) -> int:
    """How many notes an outlet has; their words are sealed in the database."""
    return len(house.rows("select id from outlet_note where outlet_id = ?", outlet))


def test_E5_a_wipe_that_is_cut_short_has_taken_the_key_and_goes_on_at_the_next_start(
    house: House, new_phone: NewPhone
) -> None:
    phone = new_phone(house)
    phone.installed()
    phone.page.evaluate(DELETE_NOTHING)
    Office(house).freeze("rep1")
    look_up(phone)
    phone.wait_until(
        lambda: kept(phone, "lock", "wrapped", "open") == {"lock": 0, "wrapped": 0, "open": 0},
        words="the keys are gone",
    )
    phone.page.wait_for_timeout(500)
    assert len(phone.stored("cards", BOOK)) > 0
    house.stop()
    phone.kill_tab()
    phone.open("/today")
    stopped(phone)
    nothing_is_left(phone)


def test_E15_a_rep_whose_route_was_given_away_has_none_of_its_cards_after_the_next_pull(
    house: House, new_phone: NewPhone
) -> None:
    phone = new_phone(house)
    assert len(phone.stored("cards", BOOK)) > 0
    routes = house.rows(
        "select code from route join assignment on route_id = route.id join person on person.id = person_id"
        " where login = 'rep1' and assignment.role = 'rep'"
    )
    for route in routes:
        house.command("plan", "assign", route["code"], "--rep", "rep2")
    look_up(phone)
    phone.wait_until(lambda: phone.stored("cards", BOOK) == [], words="the cards are gone")
    assert phone.manifest()["stops"] == []


# --- a lease that ends -----------------------------------------------------------------------------------------------


def test_E2_a_phone_without_a_network_cannot_read_its_book_after_the_lease(
    house: House, new_phone: NewPhone
) -> None:
    """07:30 and fourteen hours: 21:30, half an hour after the end."""
    phone = new_phone(house)
    phone.installed()
    assert kept(phone, "wrapped") == {"wrapped": 1}
    house.stop()
    set_clock(phone, wrong_ms=14 * HOUR_MS)
    look_up(phone)
    says(phone, "today.locked.ended")
    assert kept(phone, "wrapped") == {"wrapped": 0}
    assert [row for row in phone.stored("open", VAULT) if row["lease"]] == []
    # Also where the clock is set back and the right PIN is known.
    set_clock(phone, wrong_ms=-14 * HOUR_MS)
    phone.open("/today")
    words = [phone.t(f"today.locked.{state}") for state in ("none", "ended", "clock_behind")]
    phone.unlock_where_asked(phone.page.get_by_text(re.compile("|".join(one.pattern for one in words))))
    phone.page.get_by_text(re.compile("|".join(one.pattern for one in words))).first.wait_for()
    assert phone.page.locator(".stop-row").count() == 0


def test_a_phone_asks_for_its_pin_after_half_an_hour_in_the_pocket_and_not_before(
    house: House, new_phone: NewPhone
) -> None:
    phone = new_phone(house)
    phone.installed()
    set_clock(phone, wrong_ms=HALF_AN_HOUR_MS - 10 * 60_000)
    phone.kill_tab()
    phone.open("/today")
    phone.page.locator(".today-head").wait_for()
    set_clock(phone, wrong_ms=2 * HALF_AN_HOUR_MS)
    look_up(phone)
    phone.page.wait_for_url("**/unlock**")
    assert kept(phone, "open") == {"open": 0}
    house.stop()
    phone.unlock()
    phone.page.locator(".today-head").wait_for()


# --- what unlocks ----------------------------------------------------------------------------------------------------


def test_E6_wrong_pins_wait_longer_and_longer_and_then_only_a_new_sign_in_helps(
    house: House, new_phone: NewPhone
) -> None:
    phone = new_phone(house)
    outlet = a_stop(house)
    phone.installed()
    house.stop()
    note(phone, outlet, "试错解锁码之前")
    put_away(phone)
    for left in (4, 3, 2, 1):
        phone.type_pin("135791")
        phone.page.get_by_text(phone.t.text("lock.leftTries").replace("{count}", str(left))).wait_for()
    phone.type_pin("135791")
    says(phone, "lock.wait")
    assert phone.page.get_by_role("button", name="1", exact=True).is_disabled()
    # Whoever sets the counter back may go on guessing here; the server gives nothing for it.
    phone.page.evaluate(CHANGE_LOCK, {"wrong": 7, "notBefore": 0})
    phone.open("/unlock")
    phone.type_pin("135791")
    says(phone, "lock.over")
    assert kept(phone, "lock", "wrapped", "open") == {"lock": 0, "wrapped": 0, "open": 0}
    assert phone.stored("cards", BOOK) == []
    house.start()
    assert lease_keys(house) == 1
    phone.sign_in("rep1")
    phone.page.locator(".today-head").wait_for()
    assert lease_keys(house) == 2
    delivered(phone)
    assert [row["state"] for row in arrived(house, phone)] == ["applied"]


def with_a_passkey(phone: Phone, login: str = "rep1") -> tuple[Any, str]:
    """A phone whose owner unlocks it with a touch."""
    cdp = phone.cdp()
    cdp.send("WebAuthn.enable", {"enableUI": False})
    made = cdp.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal",
                "hasResidentKey": True, "hasUserVerification": True, "hasPrf": True,
                "isUserVerified": True, "automaticPresenceSimulation": True,
            }
        },
    )  # fmt: skip
    phone.sign_in(login, passkey=True)
    phone.page.locator(".today-head").wait_for()
    return cdp, str(made["authenticatorId"])


def test_E7_a_passkey_that_was_deleted_costs_the_book_and_no_work(house: House, new_phone: NewPhone) -> None:
    phone = new_phone(house, "")
    cdp, authenticator = with_a_passkey(phone)
    assert [row["kind"] for row in phone.stored("lock", VAULT)] == ["passkey"]
    outlet = a_stop(house)
    phone.installed()
    house.stop()
    note(phone, outlet, "通行密钥删掉之前")
    put_away(phone)
    # One touch, with no network.
    phone.page.wait_for_url(lambda url: "/unlock" not in url)
    cdp.send("WebAuthn.clearCredentials", {"authenticatorId": authenticator})
    set_clock(phone, wrong_ms=2 * HALF_AN_HOUR_MS)
    look_up(phone)
    phone.page.wait_for_url("**/unlock**")
    says(phone, "lock.passkeyFailed")
    phone.tap(phone.button("lock.useNew"))
    house.start()
    phone.choose_pin()
    phone.open("/today")
    phone.page.locator(".today-head").wait_for(timeout=60_000)
    assert [row["kind"] for row in phone.stored("lock", VAULT)] == ["pin"]
    assert lease_keys(house) == 2
    delivered(phone)
    assert [row["state"] for row in arrived(house, phone)] == ["applied"]


# --- what was tampered with ------------------------------------------------------------------------------------------


def test_E8_rows_that_were_swapped_are_refused_and_the_book_is_pulled_anew(
    house: House, new_phone: NewPhone
) -> None:
    phone = new_phone(house)
    stops = phone.page.locator(".stop-row, [data-outlet]").count()
    phone.page.evaluate(SWAP_CARDS)
    with phone.page.expect_response(lambda answer: "/daybook/pages?cards=" in answer.url):
        phone.open("/today")
    phone.page.locator(".today-head").wait_for()
    assert phone.page.locator(".stop-row, [data-outlet]").count() == stops


def test_E8_the_lease_of_another_phone_does_not_open_here(house: House, new_phone: NewPhone) -> None:
    """Both reps have the same PIN."""
    other, phone = new_phone(house, "rep2"), new_phone(house)
    phone.page.evaluate(TAKE_LEASE, other.page.evaluate(GIVE_LEASE))
    phone.open("/today")
    phone.page.wait_for_url("**/unlock**")
    before = lease_keys(house)
    phone.unlock()
    phone.page.locator(".today-head").wait_for()
    assert lease_keys(house) == before + 1
    assert phone.manifest()["person"]["name"] != other.manifest()["person"]["name"]


# --- numbers ---------------------------------------------------------------------------------------------------------


def a_number(house: House, phone: Phone) -> tuple[int, str, str]:
    """A contact of today's first card that has a number: outlet, name, number as this phone was lent it."""
    cards = phone.page.evaluate(
        "async () => {" + OPEN_ROWS + """
  const [{ lease }] = await all('routebook-vault', 'open');
  const rows = await all('routebook-daybook', 'cards');
  return Promise.all(rows.map((row) => opened(lease.key, [lease.id, 'cards', row.id, row.version].join('|'), row)));
}"""
    )  # fmt: skip
    for card in cards:
        for contact in card["contacts"]:
            if contact.get("number"):
                return card["id"], contact["name"], contact["number"]
    raise AssertionError("no number was lent")


def open_sheet(phone: Phone, outlet: int, name: str) -> None:
    phone.open(f"/card/{outlet}")
    phone.tap(
        phone.page.get_by_role("button", name=phone.t.text("reveal.open").replace("{name}", name)).first
    )
    phone.button("reveal.show").wait_for()


def shows(phone: Phone, number: str) -> bool:
    """Whether the number stands anywhere in the page, its values and addresses, or in what a screen reader is told."""
    tree = phone.cdp().send("Accessibility.getFullAXTree")
    return number in phone.page.content() or number in json.dumps(tree, ensure_ascii=False)


def test_E10_no_number_lies_in_the_clear_on_the_disk_of_a_locked_phone(
    house: House, new_phone: NewPhone
) -> None:
    phone = new_phone(house, "")
    with_a_passkey(phone)
    outlet, name, number = a_number(house, phone)
    open_sheet(phone, outlet, name)
    phone.tap(phone.button("reveal.show"))
    phone.page.locator(".reveal-number").wait_for()
    assert shows(phone, number)
    control = "13800009999"
    phone.page.evaluate(
        "(words) => caches.open('control').then((cache) => cache.put('/control', new Response(words)))",
        control,
    )
    phone.page.wait_for_timeout(1_000)
    phone.page.evaluate("new Promise((done) => { const asked = indexedDB.open('routebook-vault');"
        " asked.onsuccess = () => { const tx = asked.result.transaction('open', 'readwrite');"
        " tx.objectStore('open').clear(); tx.oncomplete = () => { asked.result.close(); done(); } } })")  # fmt: skip
    phone.close()
    assert found_on_disk(phone, control), "what lies in the clear would be found"
    assert found_on_disk(phone, number) == []


def found_on_disk(phone: Phone, number: str) -> list[str]:
    """The files of the browser's profile in which a number stands, in either of the ways a browser writes text."""
    spellings = (number.encode(), number.encode("utf-16-le"))
    return [
        str(file.relative_to(phone.folder))
        for file in phone.folder.rglob("*")
        if file.is_file()
        and not file.is_symlink()
        and any(spelling in file.read_bytes() for spelling in spellings)
    ]


def test_E13_a_number_is_written_down_before_it_is_shown_also_when_the_tab_dies_in_between(
    house: House, new_phone: NewPhone
) -> None:
    phone = new_phone(house, "")
    with_a_passkey(phone)
    outlet, name, number = a_number(house, phone)
    open_sheet(phone, outlet, name)
    phone.page.evaluate(HOLD_OPEN)
    phone.tap(phone.button("reveal.show"))
    phone.page.wait_for_function("() => globalThis.hasPut")
    phone.page.wait_for_timeout(500)
    assert not shows(phone, number)
    phone.kill_tab()
    phone.open("/today")
    assert operations(phone) == []

    open_sheet(phone, outlet, name)
    phone.tap(phone.button("reveal.show"))
    phone.page.locator(".reveal-number").wait_for()
    assert [row["kind"] for row in operations(phone)] == ["contact.reveal"]
    phone.kill_tab()
    phone.open("/queue")
    delivered(phone)
    assert [row["state"] for row in arrived(house, phone)] == ["applied"]
    assert len(house.rows("select id from reveal")) == 1


def test_E13_a_phone_with_a_pin_sees_the_number_only_with_the_servers_record_of_it(
    house: House, box: Middlebox, new_phone: NewPhone
) -> None:
    phone = new_phone(box.house(house))
    phone.installed()
    outlet = a_stop(house)
    contact = contacts(phone, outlet)[0]
    assert not contact.get("number")
    open_sheet(phone, outlet, contact["name"])
    box.hold("/api/v1/reveals")
    phone.tap(phone.button("reveal.show"))
    phone.wait_until(lambda: len(house.rows("select id from reveal")) == 1, words="it is written down")
    assert phone.page.locator(".reveal-number").count() == 0
    box.release()
    phone.page.locator(".reveal-number").wait_for()
    number = phone.page.locator(".reveal-number").inner_text()
    assert "*" not in number
    assert len(number) >= 8
    box.rule = dead_way
    open_sheet(phone, outlet, contact["name"])
    phone.tap(phone.button("reveal.show"))
    says(phone, "reveal.problem.offline")
    assert not shows(phone, number)


def contacts(phone: Phone, outlet: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = phone.page.evaluate(
        "async (outlet) => {" + OPEN_ROWS + """
  const [{ lease }] = await all('routebook-vault', 'open');
  const row = (await all('routebook-daybook', 'cards')).find(({ id }) => id === outlet);
  return (await opened(lease.key, [lease.id, 'cards', row.id, row.version].join('|'), row)).contacts;
}""",
        outlet,
    )  # fmt: skip
    return found


def tel(number: str) -> str:
    """What a phone dials."""
    return "tel:" + re.sub(r"[^+\d]", "", number)


def test_E14_before_and_after_the_reveal_the_page_holds_the_mask_and_nothing_else(
    house: House, new_phone: NewPhone
) -> None:
    phone = new_phone(house, "")
    with_a_passkey(phone)
    outlet, name, number = a_number(house, phone)
    open_sheet(phone, outlet, name)
    assert not shows(phone, number)
    assert number not in phone.page.evaluate(
        "() => { getSelection().selectAllChildren(document.body); return String(getSelection()); }"
    )
    phone.tap(phone.button("reveal.show"))
    phone.page.locator(".reveal-number").wait_for()
    assert phone.page.get_by_role("link", name=phone.t("reveal.call")).get_attribute("href") == tel(number)
    selected = "() => { getSelection().selectAllChildren(document.body); return String(getSelection()); }"
    assert number not in phone.page.evaluate(selected)
    phone.page.emulate_media(media="print")
    assert not phone.page.locator(".reveal-number").is_visible()
    phone.page.emulate_media(media="screen")
    set_clock(phone, wrong_ms=31_000)
    phone.page.locator(".reveal-number").wait_for(state="detached")
    assert not shows(phone, number)


def test_what_is_saved_cannot_be_read_on_the_phone_and_can_on_the_server(
    house: House, new_phone: NewPhone
) -> None:
    """A stolen phone gives nothing of what waits, with its PIN or without."""
    phone = new_phone(house)
    outlet = a_stop(house)
    phone.installed()
    phone.wait_until(
        lambda: any(row["key"] == "inboxKey" for row in phone.stored("meta")), words="a key is known"
    )
    house.stop()
    note(phone, outlet, "只有公司能读")
    (entry,) = operations(phone)
    assert entry["keyId"]
    readable = phone.page.evaluate(
        "async () => {" + OPEN_ROWS + """
  const [{ body }] = await all('routebook-outbox', 'operations');
  try {
    return await new Response(new Blob([body]).stream().pipeThrough(new DecompressionStream('deflate-raw'))).text();
  } catch { return null; }
}"""
    )  # fmt: skip
    assert readable is None
    house.start()
    delivered(phone)
    assert [row["state"] for row in arrived(house, phone)] == ["applied"]
    assert times_noted(house, "只有公司能读") == 1


def test_a_stolen_cookie_is_worth_nothing_without_the_phones_key(house: House, new_phone: NewPhone) -> None:
    phone = new_phone(house)
    cookies = {one["name"]: one["value"] for one in phone.context.cookies() if one["name"] != "rb_seq"}
    connection = http.client.HTTPConnection("localhost", house.port, timeout=30)
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    connection.request("GET", "/api/v1/daybook/manifest", headers={"Cookie": header})
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["code"]) == (401, "proof_needed")
    connection.close()
