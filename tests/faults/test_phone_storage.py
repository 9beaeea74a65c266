"""Group B on the phone: storage that fails, fills up, is killed or was never to be trusted."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from playwright.sync_api import Playwright

from server.services.demo import PASSWORD
from tests.browser import PIN, SHIFTED_CLOCK, House, Phone, Words, launch_options
from tests.faults.phones import (
    NewPhone,
    a_stop,
    assert_once,
    at_a_visit,
    at_the_end_of_a_visit,
    chromium,
    delivered,
    device_of,
    new_phone,
    note,
    open_note,
    operations,
    street,
    times_noted,
    visits,
)

__all__ = ["chromium", "new_phone", "street"]

IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/18.4 Mobile/15E148 Safari/604.1"
)
WEBVIEW = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 6 Build/AP1A; wv) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Version/4.0 Chrome/130.0.0.0 Mobile Safari/537.36"
)
# The transaction that takes the operation is kept open after its put, as on a disk that stands still.
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
# Tells the instant of `complete`, before the app hears of it.
TELL_COMPLETE = """
const begin = IDBDatabase.prototype.transaction;
IDBDatabase.prototype.transaction = function (...values) {
  const tx = begin.apply(this, values);
  if (tx.mode === 'readwrite' && [...tx.objectStoreNames].length === 5)
    tx.addEventListener('complete', () => { globalThis.isComplete = true; });
  return tx;
};
0;
"""
# Knows every connection, so that a test can kill them as iOS does in the background.
KNOW_CONNECTIONS = """
globalThis.connections = [];
const open = IDBFactory.prototype.open;
IDBFactory.prototype.open = function (name, ...more) {
  const request = open.call(this, name, ...more);
  request.addEventListener('success', () => {
    if (name !== 'routebook-outbox') return;
    globalThis.connections.push(request.result);
    if (globalThis.killsEach) request.result.close();
  });
  return request;
};
0;
"""


def says(phone: Phone, key: str) -> None:
    """The text of `key` stands somewhere on the page."""
    words = phone.t.starting(key).pattern.removeprefix("^")
    phone.page.get_by_text(re.compile(words)).first.wait_for()


def say_not(phone: Phone, key: str) -> bool:
    words = phone.t.starting(key).pattern.removeprefix("^")
    return phone.page.get_by_text(re.compile(words)).count() == 0


def set_quota(phone: Phone, bytes_: float | None) -> None:
    """The room that this origin has, used and free; None gives back what the disk has."""
    phone.cdp().send(
        "Storage.overrideQuotaForOrigin",
        {"origin": phone.house.url} | ({} if bytes_ is None else {"quotaSize": bytes_}),
    )


def kept_at(phone: Phone, step: str) -> None:
    """The draft is on the disk as it stands at this step."""
    phone.wait_until(
        lambda: [f'"step":"{step}"' in text for text in phone.drafts()] == [True],
        words="the draft is kept",
    )


def fill(phone: Phone, quota: float) -> None:
    """The phone is full from now on. Chromium remembers free room for half a minute, unless nobody holds a database."""
    path = phone.page.url
    phone.page.goto("about:blank")
    phone.page.wait_for_timeout(3_000)
    set_quota(phone, quota)
    phone.page.goto(path, wait_until="domcontentloaded")


def used(phone: Phone) -> int:
    return int(phone.page.evaluate("navigator.storage.estimate().then(({ usage }) => usage)"))


def test_B1_a_tab_killed_between_put_and_complete_leaves_no_entry_and_the_draft(
    street: House, new_phone: NewPhone
) -> None:
    phone = new_phone(street)
    rep, entered = at_the_end_of_a_visit(phone, "老板想要新海报")
    kept_at(phone, "thank")
    phone.page.evaluate(HOLD_OPEN)
    phone.tap(phone.button("visit.finish"))
    phone.page.wait_for_function("() => globalThis.hasPut")
    phone.page.wait_for_timeout(300)
    assert "/thank" in phone.page.url
    assert say_not(phone, "visit.saved")
    assert say_not(phone, "visit.savedNext")
    phone.kill_tab()

    phone.open("/today")
    assert rep.go_on().outlet_id == entered.outlet_id
    rep.is_at("thank")
    assert visits(phone) == []
    rep.finish()
    delivered(phone)
    assert_once(street, phone)
    assert times_noted(street, entered.note) == 1


def test_B2_a_tab_killed_right_after_complete_keeps_the_entry(street: House, new_phone: NewPhone) -> None:
    phone = new_phone(street)
    phone.installed()
    street.stop()
    try:
        at_the_end_of_a_visit(phone)
        phone.page.evaluate(TELL_COMPLETE)
        phone.tap(phone.button("visit.finish"))
        phone.page.wait_for_function("() => globalThis.isComplete")
        phone.kill_tab()
    finally:
        street.start()
    phone.open("/today")
    phone.page.locator(".today-head").wait_for()
    assert len(visits(phone)) == 1
    assert phone.stored("drafts") == []
    delivered(phone)
    assert_once(street, phone)


def test_B3_what_was_called_saved_outlives_the_kill_of_the_browser(
    street: House, new_phone: NewPhone
) -> None:
    """SIGKILL to every process of the browser; ROUTEBOOK_KILLS repeats it more often."""
    phone = new_phone(street)
    phone.installed()
    outlet = a_stop(street)
    street.stop()
    kills = int(os.environ.get("ROUTEBOOK_KILLS", "3"))
    try:
        for number in range(kills):
            note(phone, outlet, f"第{number}次断电之前")
            phone.kill()
            phone.open("/queue")
            phone.page.locator(".queue-state").wait_for()
            assert [row["seq"] for row in operations(phone)] == list(range(1, number + 2))
    finally:
        street.start()
    # The browser had not yet written its cookies to the disk: the sign-in is gone, the work is not.
    phone.sign_in("rep1", at="/signin?next=/queue")
    delivered(phone)
    assert_once(street, phone)


def test_B4_a_full_phone_frees_its_caches_and_else_says_not_saved(street: House, new_phone: NewPhone) -> None:
    phone = new_phone(street)
    at_the_end_of_a_visit(phone, "满了")
    kept_at(phone, "thank")
    phone.page.evaluate(
        "caches.open('pictures').then((cache) => cache.put('/pictures', new Response(new Uint8Array(9_000_000))))"
    )
    fill(phone, 1)
    phone.tap(phone.button("visit.finish"))
    says(phone, "visit.notSavedTitle")
    says(phone, "visit.notSaved.quota")
    assert "/thank" in phone.page.url
    assert visits(phone) == []
    assert len(phone.stored("drafts")) == 1
    assert phone.page.evaluate("caches.has('pictures')") is False

    set_quota(phone, None)
    phone.tap(phone.button("visit.saveAgain"))
    phone.page.wait_for_url("**/today", wait_until="commit")
    delivered(phone)
    assert_once(street, phone)


def test_B5_a_full_phone_leaves_the_photo_out_and_saves_the_visit(street: House, new_phone: NewPhone) -> None:
    phone = new_phone(street)
    rep, entered = at_a_visit(phone)
    phone.wait_until(lambda: len(phone.stored("drafts")) == 1, words="the draft is kept")
    fill(phone, 1)
    phone.tap(phone.button("visit.photo.before"))
    phone.tap(phone.button("visit.shoot"))
    says(phone, "visit.photoNotSaved")
    set_quota(phone, None)
    rep.no_order(entered, "closed")
    rep.finish()
    assert phone.stored("photos") == []
    assert len(visits(phone)) == 1
    delivered(phone)
    assert_once(street, phone)


def test_B6_a_killed_connection_is_opened_again_once_and_then_it_is_said(
    street: House, new_phone: NewPhone
) -> None:
    phone = new_phone(street)
    phone.context.add_init_script(KNOW_CONNECTIONS)
    phone.open("/today")
    rep, _ = at_the_end_of_a_visit(phone, "切到后台")
    kill = "() => { for (const db of globalThis.connections) db.close(); }"
    phone.page.wait_for_timeout(300)
    phone.page.evaluate(kill)
    rep.finish()
    assert len(visits(phone)) == 1

    rep, _ = at_the_end_of_a_visit(phone, "第二次")
    phone.page.wait_for_timeout(300)
    phone.page.evaluate("globalThis.killsEach = true")
    phone.page.evaluate(kill)
    phone.tap(phone.button("visit.finish"))
    says(phone, "visit.notSavedTitle")
    says(phone, "visit.notSaved.connection")
    phone.page.evaluate("globalThis.killsEach = false")
    phone.tap(phone.button("visit.saveAgain"))
    phone.page.wait_for_url("**/today")
    assert len(visits(phone)) == 2
    delivered(phone)
    assert_once(street, phone)


def test_B7_storage_that_the_browser_will_not_promise_is_said_here_and_in_the_office(
    street: House, new_phone: NewPhone
) -> None:
    phone = new_phone(street)
    assert phone.page.evaluate("navigator.storage.persisted()") is False
    says(phone, "signin.health.not_persisted")
    telemetry = street.rows(
        "select telemetry from device where replace(id, '-', '') = ?", device_of(phone).replace("-", "")
    )
    assert json.loads(telemetry[0]["telemetry"])["persisted"] is False


def test_B7_an_iphone_without_the_app_on_its_home_screen_cannot_start_a_day(
    street: House, new_phone: NewPhone
) -> None:
    phone = new_phone(street, user_agent=IPHONE)
    cannot_start(phone, "not_installed")


def test_B24_a_web_view_cannot_start_a_day(street: House, new_phone: NewPhone) -> None:
    phone = new_phone(street, user_agent=WEBVIEW)
    cannot_start(phone, "in_app")


def cannot_start(phone: Phone, reason: str) -> None:
    phone.open("/day/start")
    says(phone, f"signin.health.{reason}")
    phone.wait_until(lambda: phone.button("day.start.go").is_disabled(), words="no day can be started")


def test_B20_a_private_window_is_warned_that_its_data_may_go(street: House, playwright: Playwright) -> None:
    """Chromium hides its private windows since it tells everybody the same quota: what is left is the warning."""
    words = Words()
    browser = playwright.chromium.launch(**launch_options())
    try:
        # A context beside a browser's own profile lives in memory: that is what a private window is.
        page = browser.new_context(locale="zh-CN", has_touch=True, is_mobile=True).new_page()
        page.add_init_script(SHIFTED_CLOCK.replace("SHIFT_MS", str(street.shift_ms)))
        page.goto(street.url + "/signin")
        page.get_by_label(words("signin.login")).fill("rep1")
        page.get_by_label(words("signin.password")).fill(PASSWORD)
        page.get_by_role("button", name=words("signin.submit")).click()
        page.get_by_role("group", name=words("lock.setPin")).wait_for()
        for digit in PIN:
            page.get_by_role("button", name=digit, exact=True).click()
        page.get_by_role("group", name=words("lock.again")).wait_for()
        for digit in PIN:
            page.get_by_role("button", name=digit, exact=True).click()
        either = words("signin.health.private").pattern + "|" + words("signin.health.not_persisted").pattern
        page.get_by_text(re.compile(either)).first.wait_for()
    finally:
        browser.close()


def test_B17_a_corrupt_book_is_dropped_and_pulled_again_and_the_outbox_stays(
    street: House, new_phone: NewPhone
) -> None:
    phone = new_phone(street)
    outlet = a_stop(street)
    stops = phone.page.locator(".stop-row, [data-outlet]").count()
    note(phone, outlet, "书坏了也在")
    delivered(phone)
    spoil = phone.context.new_page()
    spoil.goto(street.url + "/api/v1/health")
    phone.page.goto("about:blank")
    spoil.evaluate(
        "() => new Promise((done) => { const asked = indexedDB.open('routebook-daybook', 99);"
        " asked.onupgradeneeded = () => { for (const name of asked.result.objectStoreNames)"
        " asked.result.deleteObjectStore(name); };"
        " asked.onsuccess = () => { asked.result.close(); done(); }; })"
    )
    spoil.close()
    phone.open("/today")
    phone.page.locator(".today-head").wait_for()
    assert phone.page.locator(".stop-row, [data-outlet]").count() == stops
    assert len(phone.stored("cards", "routebook-daybook")) > 0
    assert len(operations(phone)) == 1


def test_B18_an_outbox_that_does_not_open_refuses_loudly_and_gives_its_raw_content(
    street: House, new_phone: NewPhone, tmp_path: Path
) -> None:
    phone = new_phone(street)
    note(phone, a_stop(street), "导出要有这条")
    delivered(phone)
    phone.context.add_init_script(
        "const open = IDBFactory.prototype.open;"
        "IDBFactory.prototype.open = function (name, version) {"
        "  if (name === 'routebook-outbox' && version !== undefined)"
        "    throw new DOMException('Internal error opening backing store', 'UnknownError');"
        "  return open.call(this, ...arguments); };"
    )
    phone.open("/signin")
    says(phone, "signin.health.outbox")
    phone.page.get_by_text(re.compile(r"RB-\w+")).wait_for()
    with phone.page.expect_download() as download:
        phone.button("signin.health.export").tap()
    saved = tmp_path / "outbox.json"
    download.value.save_as(saved)
    rows = json.loads(saved.read_text())["stores"]["operations"]
    assert [row["value"]["kind"] for row in rows] == ["outlet.note"]
    assert rows[0]["value"]["body"]["base64"]


def test_B18_what_cannot_be_saved_is_refused_on_the_spot(street: House, new_phone: NewPhone) -> None:
    phone = new_phone(street)
    page = open_note(phone, a_stop(street), "存不进去")
    phone.page.evaluate(KNOW_CONNECTIONS)
    phone.page.evaluate(
        "() => { const begin = IDBDatabase.prototype.transaction;"
        " IDBDatabase.prototype.transaction = function (...values) {"
        "   if (this.name === 'routebook-outbox') throw new DOMException('broken', 'UnknownError');"
        "   return begin.apply(this, values); }; }"
    )
    page.get_by_role("button", name=phone.t("card.saveNote")).tap()
    says(phone, "day.notSaved.connection")
    assert page.get_by_label(phone.t.starting("card.note")).last.input_value() == "存不进去"


def test_B19_a_page_that_the_camera_app_kills_comes_back_with_all_fields_at_the_photo(
    street: House, new_phone: NewPhone
) -> None:
    phone = new_phone(street)
    rep, entered = at_a_visit(phone)
    rep.photograph(entered, "outdoor", "before")
    rep.all_in_order()
    phone.page.get_by_label(phone.t.starting("visit.note")).fill("相机打开之前")
    phone.tap(phone.button("visit.greeted"))
    rep.is_at("merchandise")
    phone.tap(phone.button("visit.photo.before"))
    phone.button("visit.shoot").wait_for()
    phone.kill_tab()

    phone.open("/today")
    assert rep.go_on().outlet_id == entered.outlet_id
    rep.is_at("merchandise")
    rep.photograph(entered, "merchandise", "before")
    rep.no_order(entered, "closed")
    rep.finish()
    delivered(phone)
    assert_once(street, phone)
    assert len(phone.stored("photos")) == 2
    assert times_noted(street, "相机打开之前") == 1


def test_B23_a_phone_that_is_nearly_full_is_told_before_the_first_visit(
    street: House, new_phone: NewPhone
) -> None:
    phone = new_phone(street, "")
    phone.open("/signin")
    phone.page.get_by_label(phone.t("signin.login")).wait_for()
    phone.installed()  # what the app itself keeps is there: from now on nothing is added
    fill(phone, used(phone) * 1.003)
    says(phone, "signin.health.room")
