"""Group B on the phone, second half: evicted storage, several tabs, and new versions of the app."""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import House, Phone
from tests.faults.phones import (
    DEAD,
    OPERATIONS,
    Middlebox,
    NewPhone,
    a_stop,
    ask,
    assert_once,
    at_a_visit,
    chromium,
    dead_way,
    delivered,
    device_of,
    front_end,
    new_house,
    new_phone,
    note,
    only,
    open_note,
    open_way,
    operations,
    save_note,
    street,
    times_noted,
    visits,
)

__all__ = ["chromium", "new_phone", "street"]

# A tab that waits for the lock of a frozen one has patience for 90 s; a test has for two.
IMPATIENT = """
const later = globalThis.setTimeout;
globalThis.setTimeout = (deed, ms, ...more) => later(deed, ms === 90000 ? 2000 : ms, ...more);
"""


@pytest.fixture
def box(street: House) -> Iterator[Middlebox]:
    with Middlebox(street.port) as middlebox:
        yield middlebox


def test_B8_an_evicted_storage_names_its_lost_numbers_to_the_rep_and_to_the_office(
    street: House, box: Middlebox, new_phone: NewPhone
) -> None:
    phone = new_phone(box.house(street), "rep2")
    outlet = a_stop(street, "rep2")
    note(phone, outlet, "这条到了")
    delivered(phone)
    lost = device_of(phone)
    for words in ("没到一", "没到二", "没到三"):
        open_note(phone, outlet, words)
        box.rule = dead_way
        save_note(phone)
        box.rule = only(OPERATIONS, DEAD)
    assert [row["seq"] for row in operations(phone) if row["state"] == "waiting"] == [2, 3, 4]

    phone.page.goto("about:blank")
    phone.cdp().send(
        "Storage.clearDataForOrigin",
        {
            "origin": phone.house.url,
            "storageTypes": "indexeddb,local_storage,cache_storage,service_workers,file_systems",
        },
    )
    box.rule = open_way
    phone.sign_in("rep2")
    assert device_of(phone) != lost
    phone.open("/queue")
    said = phone.page.get_by_text(re.compile(phone.t.starting("queue.lost").pattern.removeprefix("^"))).first
    said.wait_for()
    assert re.findall(r"\d+", said.inner_text())[:2] == ["2", "4"]
    troubled = ask(street, "supervisor", "/api/v1/devices?troubled=1")["devices"]
    assert [(one["id"], one["lost"]) for one in troubled] == [(lost, [{"from": 2, "to": 4}])]


def test_B10_two_tabs_that_save_at_once_have_gapless_numbers_and_one_pushes(
    street: House, box: Middlebox, new_phone: NewPhone
) -> None:
    phone = new_phone(box.house(street))
    outlet = a_stop(street)
    other = phone.context.new_page()
    pages = [open_note(phone, outlet, "左边"), open_note(phone, outlet, "右边", other)]
    saves = [page.get_by_role("button", name=phone.t("card.saveNote")) for page in pages]
    for page in pages:
        page.evaluate(
            "(words) => { const save = [...document.querySelectorAll('button')]"
            ".find((button) => button.textContent.trim() === words);"
            " setTimeout(() => save.click(), 1500 - (performance.timeOrigin + performance.now()) % 1500); }",
            phone.t.text("card.saveNote"),
        )
    for save in saves:
        save.wait_for(state="hidden")
    delivered(phone)
    assert [row["seq"] for row in operations(phone)] == [1, 2]
    assert_once(street, phone)
    assert not any(b'"duplicate"' in reply.body for reply in box.answers[f"POST {OPERATIONS}"])
    for page in pages:
        page.goto(phone.house.url + "/queue")
        rows = page.get_by_role("list", name=phone.t("queue.section.delivered")).get_by_role("listitem")
        rows.nth(1).wait_for()
        assert rows.count() == 2


def test_B11_a_tab_frozen_while_it_leads_is_overtaken_and_nothing_is_doubled(
    street: House, box: Middlebox, new_phone: NewPhone
) -> None:
    phone = new_phone(box.house(street))
    outlet = a_stop(street)
    delivered(phone)
    phone.context.add_init_script(IMPATIENT)
    other = phone.context.new_page()
    open_note(phone, outlet, "领头的一条")
    leader = phone.page
    box.hold(OPERATIONS)
    save_note(phone)
    phone.wait_until(lambda: len(box.tried(OPERATIONS)) == 1, words="the first tab sends")
    frozen = phone.context.new_cdp_session(leader)
    other.bring_to_front()
    frozen.send("Page.setWebLifecycleState", {"state": "frozen"})
    box.release()
    phone._page = other
    note(phone, outlet, "另一页的一条")
    delivered(phone)
    assert_once(street, phone)
    frozen.send("Page.setWebLifecycleState", {"state": "active"})
    leader.bring_to_front()
    leader.goto(phone.house.url + "/queue")
    leader.get_by_text(phone.t("queue.head.allDelivered")).first.wait_for()
    assert [row["state"] for row in operations(phone)] == ["delivered", "delivered"]
    assert_once(street, phone)


def test_B12_an_old_tab_keeps_its_draft_and_makes_room_for_a_newer_version(
    street: House, new_phone: NewPhone
) -> None:
    phone = new_phone(street)
    rep, entered = at_a_visit(phone)
    rep.all_in_order()
    rep.is_at("greet")
    phone.page.get_by_label(phone.t.starting("visit.note")).fill("升级之前写的")
    newer = phone.context.new_page()
    newer.goto(street.url + "/api/v1/health")
    took = newer.evaluate(
        "() => new Promise((done, failed) => { const began = performance.now();"
        " const asked = indexedDB.open('routebook-outbox', 2); asked.onerror = () => failed(asked.error);"
        " asked.onupgradeneeded = () => asked.result.createObjectStore('later');"
        " asked.onsuccess = () => { asked.result.close(); done(performance.now() - began); }; })"
    )
    assert took < 5_000, "the upgrade hung"
    newer.close()
    phone.page.bring_to_front()
    # The tab says that it can no longer save, and goes on after a reload: nothing of the visit is lost.
    phone.tap(phone.button("visit.greeted"))
    phone.page.get_by_text(re.compile(phone.t.text("visit.notKept.outdated")[:12])).first.wait_for()
    phone.open("/today")
    phone.page.locator(".today-head").wait_for()
    assert rep.go_on().outlet_id == entered.outlet_id
    rep.is_at("greet")
    assert phone.page.get_by_label(phone.t.starting("visit.note")).input_value() == "升级之前写的"
    rep.no_order(entered, "closed")
    rep.finish()
    delivered(phone)
    assert_once(street, phone)


# --- versions --------------------------------------------------------------------------------------------------------


class Versions:
    """A house whose front end is exchanged while phones are on their way."""

    def __init__(self, house: House, built: Path, link: Path) -> None:
        self.house, self.built, self.link = house, built, link
        self.serve("old")

    def serve(self, name: str) -> None:
        """From the next start on."""
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(self.built / name)

    def deploy(self, name: str) -> None:
        self.house.stop()
        self.serve(name)
        self.house.start()

    def chunk(self, name: str, room: str) -> Path:
        return next((self.built / name / "assets").glob(f"{room}-*.js"))

    def forget(self, chunk: Path) -> None:
        """The kept builds have lost it."""
        (self.house.folder / "data" / "builds" / "assets" / chunk.name).unlink()


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Versions]:
    """The build as it is, and a later one in which the camera's chunk and the build's mark have other names."""
    built = tmp_path_factory.mktemp("builds")
    shutil.copytree(front_end(), built / "old")
    shutil.copytree(front_end(), built / "new")
    renew(built / "new")
    link = built / "served"
    link.symlink_to(built / "old")
    house = new_house(tmp_path_factory, pwa=link)
    made = Versions(house, built, link)
    with house.serving():
        yield made


def renew(folder: Path) -> None:
    for packed in (*folder.rglob("*.br"), *folder.rglob("*.gz")):
        packed.unlink()
    files = [file for file in folder.rglob("*") if file.suffix in {".js", ".css", ".html", ".json"}]
    camera = next((folder / "assets").glob("CameraSheet-*.js"))
    entry = re.search(r"assets/(index-[\w-]+)\.js", (folder / "index.html").read_text())
    assert entry
    names = {camera.stem: camera.stem[:-2] + "zz", entry.group(1): entry.group(1)[:-2] + "zz"}
    for file in files:
        words = file.read_text()
        for old, new in names.items():
            words = words.replace(f"{old}.js", f"{new}.js")
        if file.name == f"{entry.group(1)}.js":
            words += "\nglobalThis.isNewVersion = true;\n"
        if file.name == "sw.js":
            words += "\n// a later build\n"
            words = re.sub(r'("?url"?:"index\.html","?revision"?:")\w+', r"\g<1>later", words)
            words = re.sub(r'("?revision"?:")\w+(","?url"?:"index\.html")', r"\g<1>later\g<2>", words)
        file.write_text(words)
    for file in files:
        for old, new in names.items():
            if file.name == f"{old}.js":
                file.rename(file.with_name(f"{new}.js"))


def is_new(phone: Phone) -> bool:
    return bool(phone.page.evaluate("globalThis.isNewVersion === true"))


def wipe_caches(phone: Phone) -> None:
    phone.page.evaluate(
        "caches.keys().then((names) => Promise.all(names.map((name) => caches.delete(name))))"
    )


def test_B13_a_new_version_in_mid_visit_changes_nothing_until_the_visit_is_saved(
    versions: Versions, new_phone: NewPhone
) -> None:
    versions.deploy("old")
    phone = new_phone(versions.house)
    phone.installed()
    rep, entered = at_a_visit(phone)
    rep.all_in_order()
    rep.is_at("greet")
    field = phone.page.get_by_label(phone.t.starting("visit.note"))
    field.fill("新版本来的时候")
    loads: list[str] = []
    phone.page.on("load", lambda page: loads.append(page.url))
    versions.deploy("new")
    phone.page.evaluate(
        "navigator.serviceWorker.getRegistration().then((found) => found.update()).then(() => 0)"
    )
    phone.page.wait_for_function(
        "async () => Boolean((await navigator.serviceWorker.getRegistration()).waiting)", timeout=20_000
    )
    phone.page.wait_for_timeout(300)
    assert phone.page.get_by_text(phone.t("shell.updateReady")).count() == 0, "offered in mid-visit"
    assert field.input_value() == "新版本来的时候"
    assert not is_new(phone)
    rep.no_order(entered, "closed")
    rep.finish()
    phone.page.get_by_text(phone.t("shell.updateReady")).wait_for()
    assert loads == []
    phone.button("shell.update").tap()
    phone.page.wait_for_function("() => globalThis.isNewVersion === true")
    phone.page.locator(".today-head").wait_for()
    assert len(visits(phone)) == 1
    delivered(phone)
    assert_once(versions.house, phone)


def test_B14_a_chunk_of_the_old_build_comes_from_the_kept_builds(
    versions: Versions, new_phone: NewPhone
) -> None:
    versions.deploy("old")
    phone = new_phone(versions.house)
    phone.installed()
    rep, entered = at_a_visit(phone)
    versions.deploy("new")
    wipe_caches(phone)
    rep.photograph(entered, "outdoor", "before")
    assert not is_new(phone)
    rep.no_order(entered, "closed")
    rep.finish()


def test_B14_a_chunk_that_is_gone_keeps_the_draft_and_reloads_once_never_in_a_loop(
    versions: Versions, new_phone: NewPhone
) -> None:
    versions.deploy("old")
    phone = new_phone(versions.house)
    phone.installed()
    rep, entered = at_a_visit(phone)
    rep.all_in_order()
    phone.page.get_by_label(phone.t.starting("visit.note")).fill("文件没了")
    phone.tap(phone.button("visit.greeted"))
    rep.is_at("merchandise")
    loads: list[str] = []
    versions.deploy("new")
    versions.forget(versions.chunk("old", "CameraSheet"))
    wipe_caches(phone)
    phone.page.on("load", lambda page: loads.append(page.url))
    phone.tap(phone.button("visit.photo.before"))
    phone.page.wait_for_function("() => globalThis.isNewVersion === true")
    rep.is_at("merchandise")
    rep.photograph(entered, "merchandise", "before")
    assert len(loads) == 1
    rep.no_order(entered, "closed")
    rep.finish()
    delivered(phone)
    assert times_noted(versions.house, "文件没了") == 1


def test_B14_a_build_that_lacks_its_own_chunk_is_reloaded_once_and_then_left_alone(
    versions: Versions, new_phone: NewPhone
) -> None:
    versions.deploy("old")
    phone = new_phone(versions.house)
    phone.installed()
    rep, _ = at_a_visit(phone)
    chunk = versions.chunk("old", "CameraSheet")
    aside = chunk.with_suffix(".aside")
    loads: list[str] = []
    with contextlib.ExitStack() as stack:
        for packed in (chunk, *chunk.parent.glob(f"{chunk.name}.*")):
            packed.rename(packed.with_name(packed.name + ".aside"))
            stack.callback(packed.with_name(packed.name + ".aside").rename, packed)
        with contextlib.suppress(FileNotFoundError):
            versions.forget(chunk)
        wipe_caches(phone)
        phone.page.on("load", lambda page: loads.append(page.url))
        phone.tap(phone.button("visit.photo.before"))
        phone.wait_until(lambda: len(loads) == 1, words="the page is loaded again")
        rep.is_at("outdoor")
        phone.tap(phone.button("visit.photo.before"))
        phone.page.wait_for_timeout(1_500)
        assert len(loads) == 1
        assert "/outdoor" in phone.page.url
    assert not aside.exists()
    rep.all_in_order()
    rep.is_at("greet")
