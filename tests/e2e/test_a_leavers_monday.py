"""A rep leaves on a Monday: the leaver's, the manager's, a receiver's and an owner's screens, to the closed case and
the first report of the watch."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser import Chromium, House, Phone, founded_house
from tests.e2e.leavers_case import the_case

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory, front_end: Path) -> House:
    return founded_house(tmp_path_factory, pwa=front_end)


def nothing(_phone: Phone, _name: str) -> None:
    """The test takes no pictures."""


def test_a_rep_leaves_on_a_monday_and_no_store_is_lost(house: House, chromium: Chromium) -> None:
    the_case(house, chromium, nothing)
    assert [one for phone in chromium.phones for one in phone.complaints.said] == []
