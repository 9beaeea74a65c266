"""One browser as a rep's phone or a desk."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import (
    BrowserContext,
    CDPSession,
    Locator,
    Page,
    Playwright,
)

from server.services.demo import PASSWORD
from tests.browser.house import ROOT, House
from tests.browser.inside import (
    OPEN_CARDS,
    OPEN_DRAFTS,
    OPEN_MANIFEST,
    READ_STORE,
    SHIFTED_CLOCK,
    TELL_REFUSALS,
)
from tests.browser.words import Complaints, Words

AXE = ROOT / "pwa" / "node_modules" / "axe-core" / "axe.min.js"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# What reps of the tests unlock their phones with.
PIN = "402817"


class Phone:
    """One browser with a profile of its own. `opened` is its page."""

    def __init__(
        self, playwright: Playwright, house: House, folder: Path, *, options: Mapping[str, Any], words: Words
    ) -> None:
        self._playwright, self.house, self.folder, self._options = playwright, house, folder, dict(options)
        self.t = words
        self.taps = 0
        self.complaints = Complaints()
        self._context: BrowserContext | None = None
        self._page: Page | None = None

    @property
    def context(self) -> BrowserContext:
        if self._context is None:
            self._context = self._launch()
        return self._context

    @property
    def page(self) -> Page:
        if self._page is None:
            self._page = self.context.new_page()
            self._page.set_default_timeout(20_000)
        return self._page

    def _launch(self) -> BrowserContext:
        context = self._playwright.chromium.launch_persistent_context(str(self.folder), **self._options)
        context.add_init_script(SHIFTED_CLOCK.replace("SHIFT_MS", str(self.house.shift_ms)))
        context.add_init_script(TELL_REFUSALS)
        context.on("console", self.complaints.hear)
        context.on("weberror", self.complaints.hear_error)
        self._page = context.pages[0] if context.pages else None
        if self._page:
            self._page.set_default_timeout(20_000)
        return context

    # --- going about ---

    def open(self, path: str) -> Page:
        self.page.goto(self.house.url + path, wait_until="domcontentloaded")
        return self.page

    def sign_in(
        self, login: str, password: str = PASSWORD, *, at: str = "/signin", passkey: bool = False
    ) -> None:
        """Type, send, and wait until the home of whoever it is stands there."""
        page = self.open(at)
        page.get_by_label(self.t("signin.login")).fill(login)
        page.get_by_label(self.t("signin.password")).fill(password)
        page.get_by_role("button", name=self.t("signin.submit")).click()
        page.wait_for_url(lambda url: "/signin" not in url, timeout=60_000)
        if "/unlock" in page.url and passkey:
            self.button("lock.setPasskey").click()
            page.wait_for_url(lambda url: "/unlock" not in url, timeout=60_000)
        elif "/unlock" in page.url:
            self.choose_pin()

    def choose_pin(self) -> None:
        """Whoever carries a book chooses how to unlock it, once: the same six digits twice."""
        self.page.get_by_role("group", name=self.t("lock.setPin")).wait_for()
        self.type_pin()
        self.page.get_by_role("group", name=self.t("lock.again")).wait_for()
        self.unlock()

    def unlock(self) -> None:
        """The PIN, and the page that was wanted."""
        self.type_pin()
        self.page.wait_for_url(lambda url: "/unlock" not in url, timeout=60_000)

    def unlock_where_asked(self, wanted: Locator) -> None:
        """Wait for what is wanted; a phone that lay in a pocket for too long asks for its PIN first."""
        pad = self.page.get_by_role("group", name=self.t("lock.enter"))
        wanted.or_(pad).first.wait_for()
        if pad.is_visible():
            self.unlock()

    def type_pin(self, pin: str = PIN) -> None:
        for digit in pin:
            self.page.get_by_role("button", name=digit, exact=True).click()

    def button(self, key: str, **more: Any) -> Locator:
        return self.page.get_by_role("button", name=self.t(key), **more)

    def link(self, key: str, **more: Any) -> Locator:
        return self.page.get_by_role("link", name=self.t(key), **more)

    def tap(self, target: Locator) -> None:
        """One real tap of a finger, counted."""
        target.tap()
        self.taps += 1

    def draw(self, target: Locator, strokes: int = 1) -> None:
        """Strokes of a pen across `target`, each counted as a tap.

        The pen is a mouse: after touches that a page has forbidden to become gestures, as a signature must, Chromium
        swallows the first tap that the driver makes.
        """
        target.scroll_into_view_if_needed()
        box = target.bounding_box()
        if box is None:
            raise RuntimeError("there is nothing to draw on")
        mouse = self.page.mouse
        for stroke in range(strokes):
            left, top = box["x"] + box["width"] * 0.2, box["y"] + box["height"] * (0.4 + 0.2 * stroke)
            mouse.move(left, top)
            mouse.down()
            for step in range(1, 10):
                mouse.move(left + box["width"] * 0.06 * step, top + 12 * (step % 3))
            mouse.up()
            self.taps += 1

    # --- bad days ---

    def kill_tab(self) -> None:
        """The tab's process ends at once, as when the system wants its memory. Nothing in the page hears of it."""
        page = self.page
        with page.expect_event("crash"), contextlib.suppress(Exception):
            page.goto("chrome://crash", timeout=2_000)
        with contextlib.suppress(Exception):
            page.close()
        self._page = None

    def kill(self) -> None:
        """The whole browser ends at once (SIGKILL)."""
        for pid in self._pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        context, self._context, self._page = self._context, None, None
        if context is not None:
            with contextlib.suppress(Exception):
                context.close()
        deadline = time.monotonic() + 10
        while self._pids() and time.monotonic() < deadline:
            time.sleep(0.05)

    def renew(self) -> None:
        """A new tab in the place of the one that was closed."""
        self._page = None

    def close(self) -> None:
        if self._context is not None:
            with contextlib.suppress(Exception):
                self._context.close()
        self._context = self._page = None

    def _pids(self) -> list[int]:
        """Of the browser that has this profile, and of nothing else."""
        mark = f"--user-data-dir={self.folder}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    words = (entry / "cmdline").read_bytes().split(b"\0")
                    if mark in words and int(entry.name) != os.getpid():
                        found.append(int(entry.name))
        return found

    def cdp(self) -> CDPSession:
        return self.context.new_cdp_session(self.page)

    def slow_down(self, *, cpu: float = 4, link: bool = False) -> CDPSession:
        """A cheap phone: `cpu` times slower; with `link` also 1.6 Mbit/s and 150 ms. Lasts as long as the session."""
        cdp = self.cdp()
        cdp.send("Emulation.setCPUThrottlingRate", {"rate": cpu})
        if link:
            speed = 1_600_000 / 8
            cdp.send("Network.enable")
            cdp.send(
                "Network.emulateNetworkConditions",
                {"offline": False, "latency": 150, "downloadThroughput": speed, "uploadThroughput": speed},
            )
        return cdp

    # --- what it keeps and shows ---

    def stored(self, store: str, database: str = "routebook-outbox") -> list[dict[str, Any]]:
        """All rows of a store, read beside the app; bytes are left out."""
        found: list[dict[str, Any]] = self.page.evaluate(READ_STORE, [database, store])
        return found

    def manifest(self) -> dict[str, Any]:
        """The lent book's first page, opened beside the app with the key that lies open on this phone."""
        found: dict[str, Any] = self.page.evaluate(OPEN_MANIFEST)
        return found

    def cards(self) -> list[dict[str, Any]]:
        """The lent book's cards, opened in the same way."""
        found: list[dict[str, Any]] = self.page.evaluate(OPEN_CARDS)
        return found

    def drafts(self) -> list[str]:
        """What is half entered, opened with this phone's own key."""
        found: list[str] = self.page.evaluate(OPEN_DRAFTS)
        return found

    def installed(self) -> None:
        """Wait until the service worker holds the app and serves this page, so that both do without a network."""
        self.page.evaluate("navigator.serviceWorker.ready.then(() => null)")
        self.page.wait_for_function("() => navigator.serviceWorker.controller !== null")

    def remembered(self) -> None:
        """Wait until the browser has written the sign-in to its disk, which it does every half a minute only.

        A browser that is killed before that wakes up signed out (seen in Chromium); what was saved is there either way.
        """
        self.wait_until(self._sign_in_is_on_disk, seconds=90, words="the sign-in is on the browser's disk")

    def _sign_in_is_on_disk(self) -> bool:
        for written in self.folder.glob("**/Cookies"):
            with (
                contextlib.suppress(sqlite3.Error),
                contextlib.closing(
                    sqlite3.connect(f"file:{written}?mode=ro&immutable=1", uri=True)
                ) as database,
            ):
                if database.execute("select 1 from cookies where name = 'routebook'").fetchone():
                    return True
        return False

    def violations(self, *only: str, **rules: bool) -> list[str]:
        """What axe finds on the page as it stands (WCAG 2.2, A and AA, or by the rules `only`), a line each."""
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE.read_text())
        options = {
            "runOnly": {"type": "rule", "values": only} if only else {"type": "tag", "values": WCAG},
            "resultTypes": ["violations"],
            "rules": {name: {"enabled": enabled} for name, enabled in rules.items()},
        }
        found = self.page.evaluate("(options) => axe.run(document, options)", options)["violations"]
        return [
            f"{fault['id']}: {node['target']} {node['failureSummary'][:300]}"
            for fault in found
            for node in fault["nodes"]
        ]

    def wait_until(self, what: Callable[[], bool], seconds: float = 30, words: str = "it") -> None:
        deadline = time.monotonic() + seconds
        while not what():
            if time.monotonic() > deadline:
                raise AssertionError(f"waited {seconds} s in vain until {words}")
            self.page.wait_for_timeout(100)
