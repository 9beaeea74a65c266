"""`make screenshots`: pictures for the README and docs/leaver.md, of the running product with its demo company.

A phone (390 × 844) and a desk (1280 × 800) walk through the day; each picture is saved with a palette, so that it stays
below 120 KB. Names are stable: the README and docs/leaver.md point at them.
"""

from __future__ import annotations

import io
import os
import re
import sys
import tempfile
from pathlib import Path

from PIL import Image

from tests.browser import ROOT, Chromium, House, Phone
from tests.e2e.leavers_case import the_case
from tests.e2e.rep import Rep

FOLDER = ROOT / "docs" / "screenshots"
MOST_BYTES = 120_000
LIST = (
    "店名,英文名,地址,经度,纬度,等级\n"
    "新兴茶餐厅,Sun Hing Cafe,东岸区新月街12号地下,114.2201,22.2819,B\n"
    "明记士多,Ming Kee Store,东岸区新月街30号地下,22.2822,114.2212,C\n"
    ",Harbour Mart,东岸区海旁道8号,114.2230,22.2807,A\n"
    "利民超市,Lee Man Supermarket,东岸区海旁道66号,114.2241,22.2801,A\n"
    "利民超市,Lee Man Supermarket,东岸区海旁道66号地下,114.2241,22.2801,A\n"
)


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder), pwa=Path(os.environ.get("ROUTEBOOK_PWA", ROOT / "pwa" / "dist")))
        with house.serving(), Chromium() as chromium:
            a_day(chromium.phone(house, scale=2), house)
            a_look(chromium.phone(house, locale="en", theme="dark", scale=2))
            a_driver(chromium.phone(house, scale=2))
            a_desk(chromium.desk(house, locale="en"))
    a_leaver()
    heavy = [path.name for path in FOLDER.glob("*.png") if path.stat().st_size > MOST_BYTES]
    if heavy:
        print(f"too heavy: {', '.join(heavy)}", file=sys.stderr)
    return 1 if heavy else 0


def a_day(phone: Phone, house: House) -> None:
    """The rep's own screens in Chinese, from the list to the end of the day."""
    phone.sign_in("rep1")
    rep = Rep(phone)
    rep.start_day()
    take(phone, "today-zh")
    visit = rep.open_next()
    rep.all_in_order()
    rep.greet(visit, "周末想办试饮")
    rep.all_in_order()
    rep.is_at("count")
    skus = rep.skus()
    for sku, shelf in zip(skus, (3, 14, 0, 7), strict=False):
        rep.type_into(sku, shelf)
    take(phone, "count-zh")
    phone.tap(phone.button("visit.count.restSame"))
    rep.close_keypad()
    while phone.button("visit.count.right").count():
        phone.tap(phone.button("visit.count.right").first)
    names = rep.names()
    rep.counted()
    rep.is_at("present")
    take(phone, "suggested-zh")
    rep.to_order()
    phone.tap(phone.button("order.sign"))
    phone.draw(phone.page.get_by_role("img", name=phone.t("order.signature")), strokes=2)
    phone.page.evaluate("window.scrollTo(0, 0)")
    take(phone, "order-zh")
    rep.order(visit, names, signed=False) if not phone.button("order.confirmSigned").count() else phone.tap(
        phone.button("order.confirmSigned")
    )
    rep.is_at("thank")
    take(phone, "thank-zh")
    rep.finish()
    phone.open(f"/card/{visit.outlet_id}")
    take(phone, "card-zh")
    house.stop()
    phone.open("/today")
    closed = rep.open_next()
    rep.no_order(closed, "closed")
    rep.finish()
    phone.open("/queue")
    take(phone, "queue-zh")
    phone.open("/day/end")
    take(phone, "end-day-zh")
    house.start()


def a_look(phone: Phone) -> None:
    """The list in English and in the dark."""
    phone.sign_in("rep2")
    Rep(phone).start_day()
    take(phone, "today-en-dark")


def a_driver(phone: Phone) -> None:
    phone.sign_in("driver1")
    take(phone, "driver-zh")


def a_desk(desk: Phone) -> None:
    desk.sign_in("supervisor")
    desk.open("/desk/routes/1")
    take(desk, "routes-en")
    desk.context.clear_cookies()
    desk.page.evaluate(
        "indexedDB.databases().then((all) => all.forEach(({ name }) => indexedDB.deleteDatabase(name)))"
    )
    desk.sign_in("custodian")
    desk.open("/desk/imports")
    desk.page.locator('input[type="file"]').set_input_files(
        {"name": "new-stores.csv", "mimeType": "text/csv", "buffer": LIST.encode()}
    )
    desk.page.wait_for_url(re.compile(r"/desk/imports/\d+"))
    take(desk, "import-en")


def a_leaver() -> None:
    """The case of docs/leaver.md, from Monday to the first report of the watch."""
    pwa = Path(os.environ.get("ROUTEBOOK_PWA", ROOT / "pwa" / "dist"))
    with tempfile.TemporaryDirectory() as folder, Chromium() as chromium:
        the_case(House(Path(folder), pwa=pwa), chromium, take)


def take(phone: Phone, name: str) -> None:
    """One picture: what stands on the screen once it has come to rest."""
    page = phone.page
    page.locator("h1").first.wait_for()
    page.wait_for_timeout(900)
    dismiss = page.locator(".ui-notice").get_by_role("button", name=phone.t("ui.close"))
    for _ in range(dismiss.count()):
        dismiss.first.click()
    page.wait_for_timeout(200)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    if picture.width > 780 and phone.page.viewport_size and phone.page.viewport_size["width"] < 500:
        picture = picture.resize((780, picture.height * 780 // picture.width), Image.Resampling.LANCZOS)
    picture.quantize(64, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
        FOLDER / f"{name}.png", optimize=True
    )
    print(f"{name}.png  {(FOLDER / f'{name}.png').stat().st_size // 1000} KB", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
