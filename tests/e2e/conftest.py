"""Browsers for the tests: one Playwright a run, phones and servers as each test asks for them."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright

from tests.browser import ROOT, Chromium

FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture
def chromium(playwright: Playwright, request: pytest.FixtureRequest) -> Iterator[Chromium]:
    """Phones and desks; all are closed when the test ends, with a picture of each when it failed."""
    with Chromium(playwright) as browsers:
        yield browsers
        if request.node.stash.get(FAILED, False):
            name = re.sub(r"\W+", "-", request.node.name)
            for number, phone in enumerate(browsers.phones):
                with contextlib.suppress(Exception):
                    phone.page.screenshot(path=ROOT / "test-results" / f"{name}-{number}.png")


@pytest.fixture(scope="session")
def front_end() -> Path:
    """The built front end; `make browser` builds it. ROUTEBOOK_PWA names another."""
    built = Path(os.environ.get("ROUTEBOOK_PWA", ROOT / "pwa" / "dist"))
    assert (built / "index.html").is_file(), f"no front end in {built}: run `make front`"
    return built
