"""A real browser as a rep's phone or a desk, against a real server, both on one clock.

    house = House(folder)                       the server, its data and its clock; a working Monday morning
    with house.serving(), Chromium() as chromium:
        phone = chromium.phone(house, folder / "phone")        installed: what it keeps survives a kill
        phone.sign_in("rep1")
        house.stop()                            out of reach: nobody listens any more
        phone.kill_tab(); phone.kill(); phone.open("/today")
        house.start()                           the same port, data and time of day

Things on screen are found by role and name; the names come from the product's own texts (`Words`).
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import (
    BrowserContext,
    CDPSession,
    ConsoleMessage,
    Locator,
    Page,
    Playwright,
    WebError,
    sync_playwright,
)

from server.keyring import FILE, Keeper
from server.services.demo import PASSWORD
from tests.server_process import ServerProcess, free_port

ROOT = Path(__file__).resolve().parent.parent
BROWSER_NOTE = ROOT / ".venv" / "stamps" / "browser"
TEXTS = ROOT / "pwa" / "src" / "i18n" / "locales"
AXE = ROOT / "pwa" / "node_modules" / "axe-core" / "axe.min.js"
TIMEZONE = "Asia/Hong_Kong"
CENTRAL = {"latitude": 22.2819, "longitude": 114.1581, "accuracy": 12}
# What reps of the tests unlock their phones with.
PIN = "402817"
PHONE_SIZE, DESK_SIZE = (390, 844), (1280, 800)
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
Theme = Literal["light", "dark"]
# Days on which the demo company does not walk: a test must not fall on one.
HOLIDAYS = {(1, 1), (5, 1), (10, 1), (12, 25), (12, 26)}


def working_monday(real: datetime | None = None) -> datetime:
    """07:30 of a Monday on which people work: this one or the next.

    Never more than a day before the real time: the app does not believe in a date before it was built.
    """
    here = (real or datetime.now(ZoneInfo(TIMEZONE))).astimezone(ZoneInfo(TIMEZONE))
    day = here + timedelta(days=-here.weekday() % 7)
    while (day.month, day.day) in HOLIDAYS:
        day += timedelta(weeks=1)
    return day.replace(hour=7, minute=30, second=0, microsecond=0)


class House:
    """A server with data of its own. Its clock began at `morning` and goes on while it is stopped."""

    def __init__(self, folder: Path, *, morning: datetime | None = None, pwa: Path | None = None) -> None:
        self.folder, self.port = folder, free_port()
        self._shift = (morning or working_monday()).timestamp() - time.time()
        self._env = {"ROUTEBOOK_PWA": str(pwa)} if pwa else {}
        self._server: ServerProcess | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def shift_ms(self) -> int:
        """How far this clock is ahead of the machine's."""
        return round(self._shift * 1000)

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time() + self._shift, ZoneInfo(TIMEZONE))

    @property
    def database(self) -> Path:
        return self.folder / "data" / "routebook.sqlite3"

    def start(self) -> None:
        clock = self.now().isoformat()
        self._server = ServerProcess(self.folder, clock=clock, port=self.port, env=self._env)
        self._server.start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None

    def kill(self) -> None:
        if self._server is not None:
            self._server.kill()
            self._server = None

    @contextlib.contextmanager
    def serving(self) -> Iterator[House]:
        self.start()
        try:
            yield self
        finally:
            self.stop()

    def command(self, *words: str) -> str:
        """`flask --app server …` on this house's data and time; returns what it prints."""
        environment = {
            **os.environ,
            **self._env,
            "ROUTEBOOK_DATA": str(self.folder / "data"),
            "ROUTEBOOK_CLOCK": self.now().isoformat(),
        }
        environment.pop("ROUTEBOOK_DATABASE_URL", None)
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "server", *words],
            cwd=ROOT, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(
                f"flask {' '.join(words)} ended with {done.returncode}:\n{done.stderr[-3000:]}"
            )
        return done.stdout

    def rows(self, question: str, *values: object) -> list[dict[str, Any]]:
        """What the database holds, read apart from the server."""
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(question, values)]

    def unsealed(self, sealed: bytes, context: str) -> str:
        """A sealed text as its own key ring opens it. `context` is "table.column"."""
        keeper = Keeper.of_file(self.folder / "data" / FILE)
        return keeper.unseal(sealed, context).decode()


def founded_house(factory: pytest.TempPathFactory, *, pwa: Path, morning: datetime | None = None) -> House:
    """A house with a copy of the demo company, which is founded once a run, whichever process comes first."""
    base = factory.getbasetemp()
    run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    founded = run / "founded"
    with (run / "founded.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (founded / "is-founded").exists():
            with House(founded, pwa=pwa).serving():
                pass
            (founded / "is-founded").touch()
    house = House(factory.mktemp("house"), morning=morning, pwa=pwa)
    shutil.copytree(founded / "data", house.folder / "data")
    return house


class Words:
    """The product's own texts in one language: what a button is called."""

    def __init__(self, locale: str = "zh-CN") -> None:
        self.locale = locale

    def text(self, key: str) -> str:
        return _texts(self.locale)[key]

    def __call__(self, key: str) -> re.Pattern[str]:
        """The whole text of `key`, with anything in the place of its {figures} and in any of its plural forms."""
        forms = [re.sub(r"\\\{\w+\\\}", ".+?", re.escape(form.strip())) for form in self.text(key).split("|")]
        return re.compile(rf"^\s*(?:{'|'.join(forms)})\s*$")

    def starting(self, key: str) -> re.Pattern[str]:
        """As `__call__`, with more words after it."""
        return re.compile(self(key).pattern.removesuffix(r"\s*$"))


@cache
def _texts(locale: str) -> dict[str, str]:
    """All texts of a language under their whole keys; a file `day.end.json` holds what is below `day.end`."""
    found: dict[str, str] = {}

    def gather(key: str, value: Any) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                gather(f"{key}.{name}", inner)
        else:
            found[key] = str(value)

    for file in sorted((TEXTS / locale).glob("*.json")):
        gather(file.stem, json.loads(file.read_text()))
    return found


@dataclass
class Complaints:
    """What a browser complained about: errors on its console, broken promises, the content security policy."""

    said: list[str] = field(default_factory=list)
    # What the content security policy refused, Trusted Types among it. One fails the test it happened in (conftest.py).
    refused: list[str] = field(default_factory=list)
    # A server that was stopped on purpose is no fault of the page.
    forgives: re.Pattern[str] = re.compile(r"net::ERR_|Failed to load resource|ERR_CONNECTION")

    def hear(self, message: ConsoleMessage) -> None:
        if OF_POLICY.search(message.text):
            self.refused.append(message.text)
        if message.type in ("error", "warning") and not self.forgives.search(message.text):
            self.said.append(f"{message.type}: {message.text}")

    def hear_error(self, fault: WebError) -> None:
        self.said.append(f"thrown: {fault.error}")


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


class Chromium:
    """Starts phones and desks; ends them all."""

    def __init__(self, playwright: Playwright | None = None) -> None:
        self._own = None if playwright else sync_playwright()
        self._playwright = playwright
        self.phones: list[Phone] = []
        self._folders: list[str] = []

    def take_refused(self) -> list[str]:
        """What any page was refused by the content security policy since this was asked last."""
        found = [words for phone in self.phones for words in phone.complaints.refused]
        for phone in self.phones:
            phone.complaints.refused.clear()
        return found

    def __enter__(self) -> Chromium:
        if self._own is not None:
            self._playwright = self._own.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        for phone in self.phones:
            phone.close()
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)
        if self._own is not None and self._playwright is not None:
            self._playwright.stop()

    def phone(
        self, house: House, *, locale: str = "zh-CN", theme: Theme = "light", scale: float = 1, **more: Any
    ) -> Phone:
        return self._start(house, locale, theme, PHONE_SIZE, touch=True, scale=scale, **more)

    def desk(
        self, house: House, *, locale: str = "zh-CN", theme: Theme = "light", scale: float = 1, **more: Any
    ) -> Phone:
        return self._start(house, locale, theme, DESK_SIZE, touch=False, scale=scale, **more)

    def _start(
        self, house: House, locale: str, theme: Theme, size: tuple[int, int], *, touch: bool, scale: float,
        **more: Any,
    ) -> Phone:  # fmt: skip
        if self._playwright is None:
            raise RuntimeError("enter Chromium first")
        folder = Path(tempfile.mkdtemp(prefix="routebook-phone-"))
        self._folders.append(str(folder))
        options = {
            **launch_options(),
            "viewport": {"width": size[0], "height": size[1]},
            "device_scale_factor": scale,
            "has_touch": touch,
            "is_mobile": touch,
            "locale": locale,
            "timezone_id": TIMEZONE,
            "color_scheme": theme,
            "geolocation": CENTRAL,
            "permissions": ["geolocation", "camera"],
            "reduced_motion": "reduce",
            **more,
        }
        phone = Phone(self._playwright, house, folder, options=options, words=Words(locale))
        self.phones.append(phone)
        return phone


def launch_options() -> dict[str, Any]:
    """The machine's own Chromium, with everything off that would talk to its maker, and a camera that is none."""
    found = BROWSER_NOTE.read_text().strip() if BROWSER_NOTE.is_file() else shutil.which("chromium")
    arguments = [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
        "--no-first-run",
        "--disable-gpu",
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium's sandbox does not start for root
    return {"executable_path": found or None, "args": arguments}


# The page's clock, moved and running. Timers and performance.now stay real, so that figures stay true.
SHIFTED_CLOCK = """
(() => {
  const Real = Date;
  const now = () => Real.now() + SHIFT_MS;
  globalThis.Date = new Proxy(Real, {
    construct: (target, values, made) => Reflect.construct(target, values.length ? values : [now()], made),
    apply: () => new Real(now()).toString(),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  });
})();
"""

# Each refusal is told with its directive and place; the browser's own words for it come as well.
TELL_REFUSALS = """
document.addEventListener('securitypolicyviolation', (event) => console.error(
  `securitypolicyviolation ${event.effectiveDirective} ${event.blockedURI} ${event.sample} at ${event.sourceFile}`));
"""
OF_POLICY = re.compile(r"securitypolicyviolation|Content Security Policy|Trusted ?(?:Type|HTML|Script)")

READ_STORE = """
([name, store]) => new Promise((resolve, reject) => {
  const asked = indexedDB.open(name);
  asked.onerror = () => reject(asked.error);
  asked.onsuccess = () => {
    const db = asked.result;
    if (!db.objectStoreNames.contains(store)) { db.close(); resolve([]); return; }
    const rows = db.transaction(store).objectStore(store).getAll();
    rows.onerror = () => reject(rows.error);
    rows.onsuccess = () => { db.close(); resolve(JSON.parse(JSON.stringify(rows.result))); };
  };
})
"""

# What the app itself keeps sealed, opened with the phone's own keys, which cannot be read out.
OPEN_ROWS = """
const all = (name, store) => new Promise((resolve, reject) => {
  const asked = indexedDB.open(name);
  asked.onerror = () => reject(asked.error);
  asked.onsuccess = () => {
    const db = asked.result;
    if (!db.objectStoreNames.contains(store)) { db.close(); resolve([]); return; }
    const rows = db.transaction(store).objectStore(store).getAll();
    rows.onerror = () => reject(rows.error);
    rows.onsuccess = () => { db.close(); resolve(rows.result); };
  };
});
const opened = async (key, place, { iv, data }) => JSON.parse(new TextDecoder().decode(
  await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(place) }, key, data)));
"""
OPEN_MANIFEST = (
    "async () => {"
    + OPEN_ROWS
    + """
  const [{ lease }] = await all('routebook-vault', 'open');
  const [head] = await all('routebook-daybook', 'manifest');
  const place = [lease.id, 'manifest', 'now', head.lease.from, head.lease.until, head.personId, head.etag].join('|');
  return opened(lease.key, place, head);
}
"""
)
OPEN_CARDS = (
    "async () => {"
    + OPEN_ROWS
    + """
  const [{ lease }] = await all('routebook-vault', 'open');
  const cards = await all('routebook-daybook', 'cards');
  const place = (card) => [lease.id, 'cards', card.id, card.version].join('|');
  return Promise.all(cards.map((card) => opened(lease.key, place(card), card)));
}
"""
)
OPEN_DRAFTS = (
    "async () => {"
    + OPEN_ROWS
    + """
  const [key] = await all('routebook-vault', 'own');
  const drafts = await all('routebook-outbox', 'drafts');
  return Promise.all(drafts.map((draft) => opened(key, `draft|${draft.key}`, draft.sealed)));
}
"""
)
