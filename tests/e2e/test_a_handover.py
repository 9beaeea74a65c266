"""A leaver's store is handed over in the store without a network, and its owner answers on a phone of their own."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import Chromium, House, founded_house
from tests.e2e.leaver import Receiver

GIVER, RECEIVER = "rep2", "rep1"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory, front_end: Path) -> Iterator[House]:
    house = founded_house(tmp_path_factory, pwa=front_end)
    somebody_left(house)
    with house.serving() as serving:
        yield serving


def somebody_left(house: House, stores: int = 3) -> None:
    """A case that was accepted: some of today's stores of RECEIVER were GIVER's. The first is of class A."""
    today = house.now().date()
    with contextlib.closing(sqlite3.connect(house.database)) as database:

        def person(login: str) -> int:
            return int(database.execute("SELECT id FROM person WHERE login = ?", (login,)).fetchone()[0])

        at = house.now().isoformat(sep=" ")
        giver, receiver = person(GIVER), person(RECEIVER)
        database.execute(
            "INSERT INTO departure (id, person_id, reason, words, last_day, mode, state, open_key, status_before,"
            " froze, opened_by, opened_at, held, activity)"
            " VALUES (1, ?, 'resigned', '', ?, 'serving_notice', 'planned', ?, 'active', 0, ?, ?, '{}', '[]')",
            (giver, today.isoformat(), giver, person("manager"), at),
        )
        due = database.execute(
            "SELECT stop.outlet_id, stop.route_id FROM stop JOIN assignment ON assignment.route_id = stop.route_id"
            " WHERE assignment.person_id = ? AND assignment.role = 'rep' AND stop.weekday = ? AND stop.weeks = 1"
            " ORDER BY stop.sequence LIMIT ?",
            (receiver, today.weekday(), stores),
        ).fetchall()
        for place, (outlet, route) in enumerate(due, 1):
            database.execute(
                "INSERT INTO departure_store (departure_id, outlet_id, place, route_id, outlet_class, value_minor,"
                " open_orders, deliveries, promises, assets, contacts, known_by, receiver_id, due, state, steps,"
                " signature, skipped, giver_present, answered_way, supervised)"
                " VALUES (1, ?, ?, ?, ?, 0, 1, 0, 1, 1, 1, 0, ?, ?, 'waiting', '[]', '', '[]', 0, '', 0)",
                (outlet, place, route, "A" if place == 1 else "C", receiver, today.isoformat()),
            )
        database.commit()


def states(house: House) -> list[str]:
    return [one["state"] for one in house.rows("SELECT state FROM departure_store ORDER BY place")]


def test_a_store_is_handed_over_without_a_network_and_its_owner_says_no_on_their_own_phone(
    house: House, chromium: Chromium
) -> None:
    phone = chromium.phone(house)
    phone.sign_in(RECEIVER)
    phone.page.locator(".handovers-due a").nth(2).wait_for()
    phone.installed()

    house.stop()
    receiver = Receiver(phone)
    phone.open("/today")
    receiver.opens(phone.page.locator(".handovers-due a").nth(2))
    receiver.walks()
    # What is entered is on the disk within 150 ms.
    phone.page.wait_for_timeout(600)
    phone.page.reload(wait_until="domcontentloaded")
    phone.unlock_where_asked(phone.button("handover.save"))
    link = receiver.shows_code()
    assert phone.violations() == []
    receiver.saves()
    assert states(house) == ["waiting"] * 3, "there is no network"

    house.start()
    phone.open("/queue")
    phone.wait_until(lambda: states(house) == ["waiting", "waiting", "handed"], words="the handover arrives")

    owner = chromium.phone(house, locale="en", java_script_enabled=False)
    page = owner.open(link.removeprefix(house.url))
    page.get_by_role("heading", name="What is still open with you").wait_for()
    page.get_by_role("button", name="No, nobody was here").tap()
    page.get_by_role("heading", name="Thank you for telling us").wait_for()
    assert states(house) == ["waiting", "waiting", "denied"]
    assert [one["kind"] for one in house.rows("SELECT kind FROM alert WHERE kind LIKE 'handover.%'")] == [
        "handover.denied"
    ]
    owner.open(link.removeprefix(house.url)).get_by_role(
        "heading", name="This page is no longer open"
    ).wait_for()
