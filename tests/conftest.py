"""What all tests share: the databases, the data folder beside the tree, the browser."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

pytest_plugins = ["tests.databases"]

ROOT = Path(__file__).resolve().parent.parent
BROWSER_FIXTURES = {"browser", "page", "context", "playwright", "browser_type", "chromium"}
BROWSER_NOTE = ROOT / ".venv" / "stamps" / "browser"

# Two busy cores make any deadline a coin toss; `derandomize` makes a failure on one machine a failure on all.
hypothesis.settings.register_profile("routebook", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.load_profile("routebook")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that uses a browser, so that `-m 'not browser'` is always right."""
    for item in items:
        if BROWSER_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("browser")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """A test in whose pages the content security policy refused something has failed, whatever it was about (G2)."""
    result = yield
    for thing in getattr(item, "funcargs", {}).values():
        refused = thing.take_refused() if hasattr(thing, "take_refused") else []
        assert refused == [], "the content security policy refused something"
    return result


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of example data that lies beside the tree (ROUTEBOOK_SHARED names another place)."""
    folder = Path(os.environ.get("ROUTEBOOK_SHARED", ROOT.parent / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip(f"the example data is not there: {folder}")
    return folder


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The machine's own Chromium, with everything off that would talk to its maker."""
    found = BROWSER_NOTE.read_text().strip() if BROWSER_NOTE.is_file() else ""
    arguments = [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
        "--no-first-run",
        "--disable-gpu",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium's sandbox does not start for root
    return {**browser_type_launch_args, "executable_path": found or None, "args": arguments}
