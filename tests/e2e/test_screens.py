"""Every screen, on the phone and at the desk, in both languages and both themes: no barrier that axe finds
(WCAG 2.2, A and AA), nothing that breaks the content security policy, nothing on the console."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import PHONE_SIZE, ROOT, Chromium, House, Phone, founded_house

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

LOCALES = ("zh-CN", "en")
STEPS = ("prepare", "outdoor", "greet", "merchandise", "count", "present", "order", "thank")
DESK = (
    "routes", "routes/1", "routes/draft", "imports", "people", "inbox", "proposals", "load-sheets", "devices", "rights",
    "openings",
)  # fmt: skip
# Who sees which rooms of the desk. A manager sees most.
ROOMS = {
    "auditor": ("audit", "audit/people/1", "alerts"),
    "manager": (
        "plans", "live", "live/people/1", "kpis", "roster", "cases", "tasks", "announcements", "notices",
        "departures", "retention", "warnings", "exports",
    ),
    "custodian": ("requests", "secrecy", "agreements"),
}  # fmt: skip
IN_THE_FIELD = ("tasks", "joint", "approvals", "notices")
LIST = "编号,店名,地址,经度,纬度\nX1,新店一,东岸道1号,114.15,22.28\nX2,,东岸道2号,114.15,999\n"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, front_end: Path) -> Iterator[House]:
    with founded_house(tmp_path_factory, pwa=front_end).serving() as serving:
        yield serving


COLOURS_HAVE_TURNED = """() => Promise.allSettled(
  document.getAnimations().filter((one) => one instanceof CSSTransition).map((one) => one.finished))"""


def look_at(phone: Phone, screen: str) -> list[str]:
    """What is wrong with the screen, laid open in full so that nothing lies half below a bar."""
    page = phone.page
    page.locator("h1").first.wait_for()
    page.wait_for_timeout(250)
    height = page.evaluate("document.documentElement.scrollHeight")
    size = page.viewport_size or {"width": PHONE_SIZE[0], "height": PHONE_SIZE[1]}
    page.set_viewport_size({"width": size["width"], "height": max(size["height"], min(height + 400, 8_000))})
    found = [f"{screen}: {fault}" for fault in phone.violations()]
    # Everything but its colours is the same in the other theme.
    page.emulate_media(color_scheme="dark")
    page.evaluate(COLOURS_HAVE_TURNED)
    found += [f"{screen} in the dark: {fault}" for fault in phone.violations("color-contrast")]
    page.emulate_media(color_scheme="light")
    page.evaluate(COLOURS_HAVE_TURNED)
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide > 1:
        found.append(f"{screen}: {wide} px wider than the screen")
    page.set_viewport_size(size)
    return found


@pytest.mark.parametrize("locale", LOCALES)
def test_no_screen_of_the_phone_has_a_barrier_or_a_complaint(
    house: House, chromium: Chromium, locale: str
) -> None:
    phone = chromium.phone(house, locale=locale)
    phone.open("/signin")
    found = look_at(phone, "sign-in")
    phone.sign_in("rep2")
    phone.page.locator(".stop-row").first.wait_for()
    found += look_at(phone, "today")
    stop = re.search(r"/card/(\d+)", phone.page.locator('[href^="/card/"]').first.get_attribute("href") or "")
    assert stop
    for path in ("day/start", "day/end", "queue", "more", "propose", f"card/{stop.group(1)}", "no-such-page"):
        phone.open(f"/{path}")
        found += look_at(phone, path)
    phone.open(f"/visit/{stop.group(1)}")
    phone.page.wait_for_url(re.compile(r"/visit/\d+/\w+"))
    for number, step in enumerate(STEPS, start=1):
        steps = phone.page.get_by_role("navigation", name=phone.t("visit.steps"))
        steps.get_by_role("button", name=re.compile(f"^{number}\\.")).click()
        phone.page.wait_for_url(re.compile(rf"/visit/\d+/{step}"))
        if step == "count":
            phone.button("visit.count.begin").click()
            found += look_at(phone, "visit/count with the keypad")
            phone.button("visit.count.restSame").click()
        found += look_at(phone, f"visit/{step}")
    assert found == []
    assert phone.complaints.said == []


@pytest.mark.parametrize("locale", LOCALES)
def test_no_screen_of_the_driver_has_a_barrier_or_a_complaint(
    house: House, chromium: Chromium, locale: str
) -> None:
    phone = chromium.phone(house, locale=locale)
    phone.sign_in("driver1")
    found = look_at(phone, "load")
    delivery = phone.page.locator('a[href^="/load/"]').first
    if delivery.count():
        delivery.click()
        found += look_at(phone, "delivery")
    assert found == []
    assert phone.complaints.said == []


@pytest.mark.parametrize("locale", LOCALES)
def test_no_screen_of_the_desk_has_a_barrier_or_a_complaint(
    house: House, chromium: Chromium, locale: str
) -> None:
    desk = chromium.desk(house, locale=locale)
    desk.sign_in("admin")
    found = []
    for path in (*DESK, f"imports/{staged_list(desk)}"):
        desk.open(f"/desk/{path}")
        found += look_at(desk, path)
    assert found == []
    assert desk.complaints.said == []


@pytest.mark.parametrize("locale", LOCALES)
def test_no_room_of_who_watches_plans_or_keeps_has_a_barrier_or_a_complaint(
    house: House, chromium: Chromium, locale: str
) -> None:
    for login, rooms in ROOMS.items():
        desk = chromium.desk(house, locale=locale)
        desk.sign_in(login)
        found = []
        for path in rooms:
            desk.open(f"/desk/{path}")
            found += look_at(desk, path)
        assert found == []
        assert desk.complaints.said == []


@pytest.mark.parametrize("locale", LOCALES)
def test_no_screen_of_a_supervisor_in_the_field_has_a_barrier_or_a_complaint(
    house: House, chromium: Chromium, locale: str
) -> None:
    phone = chromium.phone(house, locale=locale)
    phone.sign_in("supervisor", at="/signin?next=/tasks")
    found = []
    for path in IN_THE_FIELD:
        phone.open(f"/{path}")
        found += look_at(phone, path)
    assert found == []
    assert phone.complaints.said == []


def staged_list(desk: Phone) -> int:
    """A list with a good row and a faulty one, waiting to be confirmed. Returns the import's number."""
    desk.open("/desk/imports")
    desk.page.locator('input[type="file"]').set_input_files(
        {"name": "list.csv", "mimeType": "text/csv", "buffer": LIST.encode()}
    )
    desk.page.wait_for_url(re.compile(r"/desk/imports/\d+"))
    return int(desk.page.url.rsplit("/", 1)[1])


def test_the_app_can_be_installed(house: House, chromium: Chromium) -> None:
    phone = chromium.phone(house)
    phone.open("/signin")
    cdp = phone.cdp()
    assert cdp.send("Page.getAppManifest")["errors"] == []
    faults = cdp.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # A browser that is driven has a profile like a private window's.
    assert [fault for fault in faults if fault["errorId"] != "in-incognito"] == []
    manifest = json.loads((ROOT / "pwa" / "public" / "app.webmanifest").read_text())
    assert manifest["display"] == "standalone"
