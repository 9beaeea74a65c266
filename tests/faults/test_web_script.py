"""G2 and G3 in a real browser: script in everything that people write is text, on the phone and at the desk."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page
from sqlalchemy import select

from server.app import create_app
from server.config import Settings
from server.extensions import db
from server.models import AuditEntry, Outlet, OutletNote, Person, Promise
from server.services import audit
from tests.browser import House, Phone
from tests.faults.phones import (
    NewPhone,
    a_stop,
    chromium,
    delivered,
    front_end,
    new_house,
    new_phone,
    note,
)

__all__ = ["chromium", "front_end", "new_phone"]
pytestmark = pytest.mark.timeout(400)

STRIKE = "window.struck=1"
SCRIPT = f"<script>{STRIKE}</script>"
IMAGE = f"<img src=x onerror={STRIKE}>"
DRAWING = f'"><svg onload={STRIKE}><circle r=9>'
TEMPLATE = "{{constructor.constructor('window.struck=1')()}}"
ADDRESS = f"javascript:{STRIKE}"
DATA = "data:text/html;base64,PHNjcmlwdD5wYXJlbnQuc3RydWNrPTE8L3NjcmlwdD4="
FRAME = f"<iframe srcdoc='<script>top.{STRIKE.removeprefix('window.')}</script>'></iframe>"
ROWS = (
    ("编号", "店名", "地址", "联系人", "经度", "纬度"),
    ("X1", IMAGE, ADDRESS, SCRIPT, "114.15", "22.28"),
    ("X2", "", FRAME, DRAWING, "1", "999"),
)
# Where a link of ours may lead: within the house, to the dialler, to a map.
OWN_WAYS = (
    "tel:",
    "geo:",
    "https://maps.apple.com/",
    "https://www.google.com/maps/",
    "https://uri.amap.com/",
)


class Street(NamedTuple):
    """A house in whose book every field holds script. `outlet` is a stop of rep1's day."""

    house: House
    outlet: int


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    house = new_house(tmp_path_factory)
    outlet = a_stop(house)
    poison(house, outlet)
    with house.serving():
        yield Street(house, outlet)


def poison(house: House, outlet_id: int) -> None:
    """What an importer, a rep, an owner or an administrator might type, put into the book before the day begins."""
    data = house.folder / "data"
    app = create_app(Settings.from_environment({"ROUTEBOOK_DATA": str(data), "ROUTEBOOK_PWA": str(data)}))
    with app.app_context():
        session = db.session()
        outlet = session.get_one(Outlet, outlet_id)
        outlet.name, outlet.name_en, outlet.address, outlet.chain = IMAGE, SCRIPT, ADDRESS, DRAWING
        outlet.channel, outlet.card_version = TEMPLATE[:40], outlet.card_version + 1
        contact = outlet.contacts[0]
        contact.name, contact.preferences, contact.notes = SCRIPT, DATA, TEMPLATE
        rep = session.scalars(select(Person).where(Person.login == "rep2")).one()
        rep.name, rep.name_en = FRAME, FRAME
        rep_id = rep.id
        session.add(OutletNote(outlet_id=outlet_id, person_id=rep_id, noted_at=house.now(), text=DRAWING))
        for promise in session.scalars(select(Promise).where(Promise.outlet_id == outlet_id)):
            promise.text = ADDRESS
        audit.record(
            session, at=house.now(), person_id=rep_id, deed="test.poison", subject=f"outlet:{outlet_id}",
            detail={"words": SCRIPT, IMAGE: DRAWING},
        )  # fmt: skip
        session.commit()
        assert session.scalars(select(AuditEntry).where(AuditEntry.deed == "test.poison")).one()
        db.session.remove()
        db.engine.dispose()


LOOK = """
() => {
  const live = 'script:not([src]), iframe, object, embed, base, [onerror], [onload], img[src="x"]';
  const ways = ['href', 'src', 'action', 'formaction'];
  return {
    text: document.body.innerText,
    struck: 'struck' in window,
    alive: [...document.querySelectorAll(live)].map((one) => one.outerHTML),
    ways: [...document.querySelectorAll(ways.map((name) => `[${name}]`).join())]
      .flatMap((one) => ways.map((name) => one.getAttribute(name)))
      .filter((way) => way !== null),
  };
}
"""


def shown(page: Page, *words: str) -> None:
    """Each of these stands on the page as text, letter by letter, and nothing of it came alive."""
    for one in words:
        page.get_by_text(one, exact=False).filter(visible=True).first.wait_for()
    found = page.evaluate(LOOK)
    assert [one for one in words if one not in found["text"]] == []
    assert not found["struck"]
    assert found["alive"] == []
    assert [way for way in found["ways"] if not is_own(way, page.url)] == [], "a way out that nobody meant"


def is_own(way: str, here: str) -> bool:
    if way.startswith(("#", "/")) and not way.startswith("//"):
        return True
    parts = urlsplit(way)
    return way.startswith(OWN_WAYS) or (parts.scheme, parts.netloc) == urlsplit(here)[:2]


def as_csv(rows: Iterable[Iterable[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def watch_dialogs(phone: Phone) -> list[str]:
    opened: list[str] = []
    phone.context.on("dialog", lambda dialog: (opened.append(dialog.message), dialog.dismiss()))
    return opened


def test_G2_G3_script_in_the_book_is_text_on_the_phone(street: Street, new_phone: NewPhone) -> None:
    phone = new_phone(street.house, "rep1")
    opened = watch_dialogs(phone)
    phone.open("/today")
    shown(phone.page, IMAGE)
    phone.open(f"/card/{street.outlet}")
    phone.page.get_by_role("heading", name=IMAGE).first.wait_for()
    shown(phone.page, IMAGE, ADDRESS)
    phone.page.get_by_role("tab", name=phone.t("card.tab.people")).tap()
    shown(phone.page, SCRIPT, DATA, TEMPLATE, DRAWING)
    phone.open(f"/visit/{street.outlet}")
    shown(phone.page, IMAGE)
    phone.open("/propose")
    shown(phone.page)
    assert opened == []
    assert phone.complaints.refused == []


def test_G2_a_note_that_a_rep_types_is_text_on_the_phone_and_in_the_book(
    street: Street, new_phone: NewPhone
) -> None:
    phone = new_phone(street.house, "rep1")
    words = f"{SCRIPT}{IMAGE}{FRAME}"
    note(phone, street.outlet, words)
    shown(phone.page, words)
    delivered(phone)
    phone.open("/queue")
    shown(phone.page)
    phone.open(f"/card/{street.outlet}")
    phone.page.get_by_role("tab", name=phone.t("card.tab.people")).tap()
    shown(phone.page, words)
    assert phone.complaints.refused == []


def test_G2_G3_script_in_the_book_is_text_at_the_desk(street: Street, new_phone: NewPhone) -> None:
    desk = at_desk(new_phone, street.house, "admin")
    opened = watch_dialogs(desk)
    desk.open("/desk/imports")
    desk.page.locator('input[type="file"]').set_input_files(
        {"name": f"{IMAGE}.csv", "mimeType": "text/csv", "buffer": as_csv(ROWS)}
    )
    desk.page.wait_for_url("**/desk/imports/*")
    shown(desk.page, IMAGE)
    desk.open("/desk/imports")
    shown(desk.page, f"{IMAGE}.csv")
    desk.open("/desk/people")
    shown(desk.page, FRAME)
    desk.open("/desk/routes/1")
    shown(desk.page, IMAGE)
    for path in ("routes", "inbox", "proposals", "alerts", "load-sheets"):
        desk.open(f"/desk/{path}")
        desk.page.locator("h1").first.wait_for()
        shown(desk.page)
    assert opened == []
    assert desk.complaints.refused == []


def test_G2_a_drawing_with_script_is_no_list_and_is_never_served(street: Street, new_phone: NewPhone) -> None:
    desk = at_desk(new_phone, street.house, "admin")
    desk.open("/desk/imports")
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg" onload="top.{STRIKE}"><script>{STRIKE}</script></svg>'
    desk.page.locator('input[type="file"]').set_input_files(
        {"name": "list.svg", "mimeType": "image/svg+xml", "buffer": drawing.encode()}
    )
    desk.page.locator(".ui-file-drop-error").wait_for()
    shown(desk.page)
    assert "/desk/imports/" not in desk.page.url
    assert not list((street.house.folder / "data").glob("**/*.svg"))


def test_G2_script_in_the_audit_is_text_to_the_auditor(street: Street, new_phone: NewPhone) -> None:
    desk = at_desk(new_phone, street.house, "auditor")
    desk.open("/desk/audit")
    code = street.house.rows("select code from outlet where id = ?", street.outlet)[0]["code"]
    desk.page.get_by_label(desk.t("audit.outlet")).fill(code)
    desk.button("audit.search").click()
    shown(desk.page, FRAME)
    desk.page.get_by_role("row").filter(has_text="test.poison").first.click()
    shown(desk.page, SCRIPT, DRAWING)
    assert desk.complaints.refused == []


def at_desk(new_phone: NewPhone, house: House, login: str) -> Phone:
    desk = new_phone(house, "", viewport={"width": 1280, "height": 800}, has_touch=False, is_mobile=False)
    desk.sign_in(login)
    return desk


def test_what_the_policy_refuses_in_a_page_is_heard(street: Street, new_phone: NewPhone) -> None:
    """That the tests above can fail: Trusted Types and a foreign image are refused, and each refusal is told."""
    phone = new_phone(street.house, "")
    phone.open("/signin")
    phone.page.locator("h1").wait_for()
    thrown = phone.page.evaluate(
        "() => { try { document.body.innerHTML = '<b>x</b>'; return ''; } catch (error) { return error.name; } }"
    )
    assert thrown == "TypeError"
    phone.page.evaluate(
        "() => { const one = new Image(); one.src = 'http://127.0.0.1:9/x.png'; document.body.append(one); }"
    )
    phone.wait_until(
        lambda: any("img-src" in one for one in phone.complaints.refused), words="the image is told"
    )
    assert any("require-trusted-types-for" in one for one in phone.complaints.refused)
    phone.complaints.refused.clear()
