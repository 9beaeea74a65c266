"""A territory of an imported list is planned, edited and published on the board, and walked by a phone the next day."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator

from tests.browser import Chromium, House, Phone, founded_house, working_monday
from tests.conftest import shared_data  # noqa: F401 -- the fixture's own skip names the missing folder
from tests.e2e.rep import Rep

CHAIN = "OK便利店"
REASON = "Shorter ways, and no store twice a week"
# The demo company's spare rep: no other route is in the way.
WALKER = "rep7"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory, front_end: Path) -> Iterator[House]:
    with founded_house(tmp_path_factory, pwa=front_end).serving() as serving:
        yield serving


def test_a_territory_is_planned_edited_published_and_walked_the_next_day(
    house: House, chromium: Chromium, request: pytest.FixtureRequest
) -> None:
    listed: Path = request.getfixturevalue("shared_data") / "outlets_hk.csv"
    make_territory(house, listed)
    tomorrow = working_monday() + timedelta(days=1)
    desk = chromium.desk(house, locale="en")
    desk.sign_in("supervisor")

    open_a_plan(desk, tomorrow)
    propose(desk)
    moved = drag_a_store_to_another_day(desk)
    undo_and_move_by_keyboard(desk, moved)
    assert desk.violations() == []
    publish(desk)
    # A browser without a graphics card says so of every map, whoever draws it.
    assert [words for words in desk.complaints.said if "GL Driver Message" not in words] == []

    planned = stops_of(house, tomorrow)
    assert moved in planned
    house.stop()
    with house.at(tomorrow).serving() as next_day:
        walk(chromium, next_day, planned)


def make_territory(house: House, listed: Path) -> None:
    """The list, as two routes of a territory of its own, the first held by the walker."""
    house.command("import", "outlets", str(listed), "--json")
    house.command("plan", "territory", "HK", "香港")
    house.command(
        "plan", "draft", "--territory", "HK", "--chain", CHAIN, "--routes", "2", "--prefix", "H", "--publish"
    )
    house.command("plan", "assign", "H1", "--rep", WALKER)


def open_a_plan(desk: Phone, first_day: datetime) -> None:
    page = desk.open("/desk/plans")
    territory = page.get_by_label(desk.t.starting("routes.territory"))
    desk.wait_until(lambda: territory.locator("option").count() > 1, words="the territories")
    territory.select_option(label="HK 香港")
    page.get_by_label(desk.t.starting("routes.name")).fill("Hong Kong")
    page.get_by_label(desk.t.starting("board.from")).fill(first_day.date().isoformat())
    desk.button("board.new").click()
    page.wait_for_url(re.compile(r"/desk/plans/\d+"))
    cells(desk).first.wait_for()
    assert page.locator(".week-grid tbody tr").count() == 2
    page.locator("canvas").first.wait_for()


def cells(desk: Phone) -> Locator:
    return desk.page.locator(".week-grid-cell")


def propose(desk: Phone) -> None:
    """The planner's journey plan, with its progress seen; it takes less time on the road than today's."""
    page = desk.page
    page.get_by_label(desk.t.starting("board.howLong")).select_option("10")
    desk.button("board.ask").click()
    page.get_by_role("progressbar").wait_for()
    page.get_by_text(desk.t("board.proposed")).first.wait_for(timeout=240_000)
    version = page.get_by_label(desk.t.starting("board.versionLabel"))
    desk.wait_until(lambda: "journey plan" in version.locator("option:checked").inner_text())
    desk.wait_until(lambda: 0 < figures(desk, "travel")[1] < figures(desk, "travel")[0], words="less travel")


def figures(desk: Phone, figure: str) -> tuple[float, float]:
    row = desk.page.locator(f'[data-figure="{figure}"]')
    before, after = row.locator("td").all()[:2]
    return float(before.inner_text().replace(",", "")), float(after.inner_text().replace(",", ""))


def rows_of(desk: Phone) -> list[int]:
    desk.page.locator(".day-list [data-outlet]").first.wait_for()
    rows = desk.page.locator(".day-list [data-outlet]").all()
    return [int(row.get_attribute("data-outlet") or 0) for row in rows]


def row_of(desk: Phone, store: int) -> Locator:
    """The store's row; a long list draws only what is in sight, so it is scrolled through."""
    row = desk.page.locator(f'.day-list [data-outlet="{store}"]')
    scroller = desk.page.locator(".day-list").first
    for top in range(0, 4_000, 300):
        scroller.evaluate("(list, top) => list.scrollTo(0, top)", top)
        desk.page.wait_for_timeout(100)
        if row.count():
            break
    return row


def open_cell(desk: Phone, row: int, weekday: int) -> Locator:
    cell = desk.page.locator(".week-grid tbody tr").nth(row).locator(".week-grid-cell").nth(weekday)
    cell.click()
    desk.wait_until(lambda: cell.get_attribute("aria-pressed") == "true")
    return cell


def calls_in(cell: Locator) -> int:
    return int(cell.locator(".figure").inner_text())


def drag_a_store_to_another_day(desk: Phone) -> int:
    """The first store of Wednesday goes to Tuesday, the day that is walked. Returns the store."""
    tuesday = desk.page.locator(".week-grid tbody tr").first.locator(".week-grid-cell").nth(1)
    open_cell(desk, 0, 2)
    store, before = rows_of(desk)[0], calls_in(tuesday)
    desk.page.locator(f'.day-list [data-outlet="{store}"]').drag_to(tuesday)
    desk.wait_until(lambda: calls_in(tuesday) == before + 1, words="Tuesday has one call more")
    desk.page.locator(".board-said").wait_for()
    return store


def undo_and_move_by_keyboard(desk: Phone, store: int) -> None:
    """The same without a mouse: undone, chosen, sent to Tuesday; a locked one stays."""
    page = desk.page
    tuesday = page.locator(".week-grid tbody tr").first.locator(".week-grid-cell").nth(1)
    with_it = calls_in(tuesday)
    desk.button("routes.undo").click()
    desk.wait_until(lambda: calls_in(tuesday) == with_it - 1, words="the move is undone")
    chosen = page.locator(f'.day-list [data-outlet="{store}"] input[type="checkbox"]')
    chosen.focus()
    page.keyboard.press("Space")
    page.get_by_label(desk.t.starting("board.toDay")).select_option("1")
    desk.button("board.move").focus()
    page.keyboard.press("Enter")
    desk.wait_until(lambda: calls_in(tuesday) == with_it, words="Tuesday has it again")
    open_cell(desk, 0, 1)
    row = row_of(desk, store)
    row.get_by_role("button", name=desk.t.starting("board.lock")).click()
    desk.wait_until(lambda: row.locator(".day-row-lock").get_attribute("aria-pressed") == "true")


def publish(desk: Phone) -> None:
    desk.button("board.publish").first.click()
    dialog = desk.page.get_by_role("dialog")
    dialog.get_by_label(desk.t.starting("board.reason")).fill(REASON)
    dialog.get_by_role("button", name=desk.t("board.publish")).click()
    dialog.wait_for(state="hidden", timeout=60_000)
    desk.page.locator(".board-bar").get_by_text(desk.t("board.state.published")).wait_for()


def stops_of(house: House, day: datetime) -> list[int]:
    """What the walker's first route has on a day of the first week of its cycle, in order."""
    rows = house.rows(
        "select outlet_id, weeks, phase from stop join route on route.id = stop.route_id"
        " where route.code = 'H1' and weekday = ? and valid_from <= ? and valid_to is null order by sequence",
        day.weekday(), day.date().isoformat(),
    )  # fmt: skip
    anchor = datetime.fromisoformat(str(house.rows("select cycle_anchor from company")[0]["cycle_anchor"]))
    week = (day.replace(tzinfo=None) - anchor).days // 7
    return [row["outlet_id"] for row in rows if week % row["weeks"] == row["phase"]]


def walk(chromium: Chromium, house: House, planned: list[int]) -> None:
    """The phone has the new day in its order, says what changed and why, and delivers a visit."""
    phone = chromium.phone(house)
    phone.sign_in(WALKER)
    phone.page.locator(".stop-row").first.wait_for()
    links = phone.page.locator(".stop-row a, a.stop-row").all()
    found = [re.search(r"/card/(\d+)", link.get_attribute("href") or "") for link in links]
    assert [int(one.group(1)) for one in found if one] == planned
    phone.page.locator(".route-changes").get_by_text(REASON).wait_for()
    rep = Rep(phone)
    rep.start_day()
    visit = rep.open_next()
    assert visit.outlet_id == planned[0]
    rep.no_order(visit, "closed")
    rep.finish()
    phone.wait_until(
        lambda: bool(house.rows("select 1 from visit where outlet_id = ? and planned", planned[0])),
        words="the visit is in the database",
    )
    assert phone.complaints.said == []
