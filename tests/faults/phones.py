"""Phones of the demo company's reps, for the tests of what goes wrong on a phone and on its way to the server.

street                              a running house, founded once a run and copied for each module
phone = new_phone(street, "rep1")   signed in, the list of the day open; closed when the test ends
with Middlebox(street.port) as box: a box on the way that answers, refuses or loses requests as it is told
    phone = new_phone(box.house(street), "rep1")
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import shutil
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, cast

import brotli
import pytest
from playwright.sync_api import Page, Playwright

from server.keyring import FILE as KEYRING
from server.keyring import Keeper
from server.services.demo import PASSWORD
from tests.browser import ROOT, Chromium, House, Phone, founded_house
from tests.e2e.rep import Entered, Rep

NewPhone = Callable[..., Phone]
OPERATIONS = "/api/v1/operations"
MANIFEST = "/api/v1/daybook/manifest"


# --- houses ----------------------------------------------------------------------------------------------------------


def new_house(
    factory: pytest.TempPathFactory, *, morning: datetime | None = None, pwa: Path | None = None
) -> House:
    """A house of its own with a copy of the founded company. Not yet started."""
    return founded_house(factory, morning=morning, pwa=pwa or front_end())


def front_end() -> Path:
    """The built front end; ROUTEBOOK_PWA names another."""
    built = Path(os.environ.get("ROUTEBOOK_PWA", ROOT / "pwa" / "dist"))
    assert (built / "index.html").is_file(), f"no front end in {built}: run `make front`"
    return built


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A running house. Tests may stop it; it runs again before the next one."""
    with new_house(tmp_path_factory).serving() as house:
        yield house


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Chromium]:
    with Chromium(playwright) as browsers:
        yield browsers


@pytest.fixture
def new_phone(chromium: Chromium) -> Iterator[NewPhone]:
    """Make phones: `new_phone(house, "rep1", user_agent=…)`; login "" leaves it at the sign-in page."""
    made: list[Phone] = []

    def make(house: House, login: str = "rep1", **options: Any) -> Phone:
        phone = chromium.phone(house, **options)
        made.append(phone)
        if login:
            phone.sign_in(login)
            phone.page.locator(".today-head").wait_for()
        return phone

    yield make
    for phone in made:
        phone.close()
        shutil.rmtree(phone.folder, ignore_errors=True)


@dataclass(frozen=True)
class Through:
    """A house as a phone sees it: by another port, or by a clock that is wrong by `wrong_ms`."""

    house: House
    port: int
    wrong_ms: int = 0

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def shift_ms(self) -> int:
        return self.house.shift_ms + self.wrong_ms


def through(house: House, port: int) -> House:
    """All that a phone asks of a house is its address and its clock."""
    return cast(House, Through(house, port))


def ask(house: House, login: str, path: str) -> Any:
    """What the office reads: one GET by somebody who signs in for it."""
    connection = http.client.HTTPConnection("localhost", house.port, timeout=30)
    headers = {"Content-Type": "application/json"}
    connection.request("POST", "/api/v1/session", json.dumps({"login": login, "password": PASSWORD}), headers)
    answer = connection.getresponse()
    answer.read()
    cookie = str(answer.headers["Set-Cookie"]).split(";")[0]
    connection.request("GET", path, headers={"Cookie": cookie})
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, body
    return json.loads(body)


# --- what a phone holds and does -------------------------------------------------------------------------------------


def operations(phone: Phone) -> list[dict[str, Any]]:
    """The outbox's entries in the order of their numbers."""
    return sorted(phone.stored("operations"), key=lambda row: int(row["seq"]))


def waiting(phone: Phone) -> list[str]:
    """What has no receipt yet: kinds of operations, and "bytes" for each photo."""
    entries = [row["kind"] for row in operations(phone) if row["state"] != "delivered"]
    return entries + ["bytes" for row in phone.stored("photos") if row["state"] != "delivered"]


def device_of(phone: Phone) -> str:
    meta = {row["key"]: row.get("value") for row in phone.stored("meta")}
    return str(meta["device"])


def arrived(house: House, phone: Phone) -> list[dict[str, Any]]:
    """The operations of this phone in the database."""
    return house.rows(
        "select id, seq, kind, state, offset_ms, body from operation"
        " where replace(device_id, '-', '') = ? order by seq",
        device_of(phone).replace("-", ""),
    )


def delivered(phone: Phone, seconds: float = 30) -> None:
    phone.wait_until(lambda: not waiting(phone), seconds=seconds, words="everything is delivered")


def assert_once(house: House, phone: Phone) -> None:
    """Each entry of the phone is in the database once, applied, under its own number; nothing else is (I1, I2)."""
    kept = [(row["id"].replace("-", ""), row["seq"]) for row in operations(phone)]
    there = arrived(house, phone)
    assert [(row["id"].replace("-", ""), row["seq"]) for row in there] == kept
    assert {row["state"] for row in there} <= {"applied"}


def a_stop(house: House, login: str = "rep1") -> int:
    """An outlet of the rep's day."""
    weekday = house.now().weekday()
    found = house.rows(
        "select outlet_id from stop join assignment on assignment.route_id = stop.route_id"
        " join person on person.id = assignment.person_id where login = ? and stop.weekday = ?"
        " order by sequence limit 1",
        login, weekday,
    )  # fmt: skip
    return int(found[0]["outlet_id"])


def open_note(phone: Phone, outlet: int, words: str, page: Page | None = None) -> Page:
    """The card's note sheet, filled in and not yet saved."""
    page = page or phone.page
    page.goto(f"{phone.house.url}/card/{outlet}", wait_until="domcontentloaded")
    tab = page.get_by_role("tab", name=phone.t("card.tab.people"))
    if page is phone.page:
        phone.unlock_where_asked(tab)
    tab.tap()
    page.get_by_role("button", name=phone.t("card.addNote")).tap()
    page.get_by_label(phone.t.starting("card.note")).last.fill(words)
    return page


def save_note(phone: Phone, page: Page | None = None) -> None:
    """Tap save; on the disk when this returns (the sheet closes only then)."""
    page = page or phone.page
    save = page.get_by_role("button", name=phone.t("card.saveNote"))
    save.tap()
    save.wait_for(state="hidden")


def note(phone: Phone, outlet: int, words: str) -> None:
    open_note(phone, outlet, words)
    save_note(phone)


def put_notes(phone: Phone, outlet: int, count: int) -> None:
    """`count` notes in the outbox, as taps would have left them; the page must be reloaded to see them."""
    phone.page.evaluate(PUT_NOTES, [outlet, count])


PUT_NOTES = """
async ([outlet, count]) => {
  const pack = async (body) => new Response(
    new Blob([JSON.stringify(body)]).stream().pipeThrough(new CompressionStream('deflate-raw'))).arrayBuffer();
  const uuid = (n) => `01900000-0000-7${n.toString(16).padStart(3, '0')}-8${crypto.randomUUID().slice(20)}`;
  const at = () => new Date().toISOString();
  const rows = await Promise.all(Array.from({ length: count }, async (_, n) => ({
    id: uuid(n), kind: 'outlet.note', after: null, about: { outletId: outlet }, capturedAt: at(),
    savedAt: Date.now(), body: await pack({ outlet_id: outlet, at: at(), text: `第${n + 1}条：老板要新冰柜` }),
    schema: 1, state: 'waiting', receivedAt: null, serverSeq: null, code: '', detail: '', attempts: 0, notBefore: 0,
  })));
  const db = await new Promise((resolve) => {
    const asked = indexedDB.open('routebook-outbox');
    asked.onsuccess = () => resolve(asked.result);
  });
  const tx = db.transaction(['operations', 'meta'], 'readwrite', { durability: 'strict' });
  const meta = tx.objectStore('meta');
  meta.getAll().onsuccess = ({ target }) => {
    const kept = Object.fromEntries(target.result.map(({ key, value }) => [key, value]));
    rows.forEach((row, n) => tx.objectStore('operations').add({
      ...row, seq: kept.nextSeq + n, personId: kept.session.person.id, offsetMs: kept.clockOffset ?? null }));
    meta.put({ key: 'nextSeq', value: kept.nextSeq + count });
  };
  await new Promise((resolve, reject) => { tx.oncomplete = resolve; tx.onabort = () => reject(tx.error); });
  db.close();
}
"""


def at_a_visit(phone: Phone) -> tuple[Rep, Entered]:
    """The day is started and the next visit open, at its first step."""
    rep = Rep(phone)
    phone.link("today.startDay").or_(phone.link("today.start")).first.wait_for()
    if phone.link("today.startDay").count():
        rep.start_day()
    entered = rep.open_next()
    rep.is_at("outdoor")
    return rep, entered


def at_the_end_of_a_visit(phone: Phone, words: str = "", outcome: str = "closed") -> tuple[Rep, Entered]:
    """A visit that needs only its last tap. `words` are the note of step 3."""
    rep, entered = at_a_visit(phone)
    if words:
        rep.all_in_order()
        rep.is_at("greet")
        rep.phone.page.get_by_label(rep.t.starting("visit.note")).fill(words)
        entered.note = words
    rep.no_order(entered, outcome)
    return rep, entered


def times_noted(house: House, words: str) -> int:
    """How often a note stands in the database, where the words are sealed."""
    ring = Keeper.of_file(house.folder / "data" / KEYRING)
    sealed = [bytes(row["text"]) for row in house.rows("select text from outlet_note")]
    return sum(ring.unseal(one, "outlet_note.text").decode() == words for one in sealed)


def visits(phone: Phone) -> list[dict[str, Any]]:
    return [row for row in operations(phone) if row["kind"] == "visit.record"]


def look_up(phone: Phone) -> None:
    """The rep takes the phone out again: the page becomes visible."""
    phone.page.evaluate("() => void document.dispatchEvent(new Event('visibilitychange'))")


WRONG_CLOCK = """
(() => {
  const Right = Date;
  const now = () => Right.now() + WRONG_MS;
  globalThis.Date = new Proxy(Right, {
    construct: (target, values, made) => Reflect.construct(target, values.length ? values : [now()], made),
    apply: () => new Right(now()).toString(),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  });
})();
"""


def set_clock(phone: Phone, *, wrong_ms: float) -> None:
    """Somebody sets the phone's clock: wrong by so much from now on, in this page and in those that come."""
    script = WRONG_CLOCK.replace("WRONG_MS", str(round(wrong_ms)))
    phone.context.add_init_script(script)
    phone.page.evaluate(script)


# --- the way ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reply:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def json(self) -> Any:
        """What it says, unpacked."""
        coding = {name.lower(): value for name, value in self.headers}.get("content-encoding")
        return json.loads(brotli.decompress(self.body) if coding == "br" else self.body)


@dataclass(frozen=True)
class Asked:
    at: float
    method: str
    path: str


DEAD = Reply(0, (), b"")
HOP = {"connection", "keep-alive", "transfer-encoding", "te", "upgrade", "content-length", "date", "server"}
RESET_AT_CLOSE = struct.pack("ii", 1, 0)


Rule = Callable[[str, str], Reply | None]


def open_way(_method: str, _path: str) -> Reply | None:
    """Everything is passed on."""
    return None


def dead_way(_method: str, _path: str) -> Reply | None:
    """Nothing of the server can be reached; the browser still believes in its network."""
    return DEAD


def only(path: str, reply: Reply) -> Rule:
    """`reply` for one path; the rest is passed on."""
    return lambda _method, asked: reply if asked == path else None


class Middlebox:
    """An HTTP proxy. `rule(method, path)` gives None (pass on), an answer, or DEAD (the connection is reset).

    `asked` is what the phone tried, in order; `answers` the server's last answer by "METHOD /path".
    """

    def __init__(self, target_port: int) -> None:
        self.target_port = target_port
        self.rule: Rule = open_way
        self.asked: list[Asked] = []
        self.answers: dict[str, list[Reply]] = {}
        self._held, self._free = "", threading.Event()
        box = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *words: object) -> None:
                pass

            def handle_any(self) -> None:
                box.handle(self)

            do_GET = do_POST = do_PATCH = do_HEAD = do_DELETE = do_PUT = handle_any  # noqa: N815 -- their names are http.server's

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def house(self, house: House) -> House:
        return through(house, self.port)

    def hold(self, path: str) -> None:
        """The server is asked, and its answers to `path` are kept back until `release`."""
        self._free.clear()
        self._held = path

    def release(self) -> None:
        self._held = ""
        self._free.set()

    def tried(self, path: str = "/api/") -> list[Asked]:
        return [one for one in self.asked if one.path.startswith(path)]

    def __enter__(self) -> Middlebox:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        path = request.path.partition("?")[0]
        self.asked.append(Asked(time.monotonic(), request.command, path))
        reply = self.rule(request.command, path)
        if reply is None:
            reply = self._pass_on(request, body)
            self.answers.setdefault(f"{request.command} {path}", []).append(reply)
            if path == self._held:
                self._free.wait(60)
        if reply is DEAD:
            with contextlib.suppress(OSError):
                request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
            request.close_connection = True
            return
        with contextlib.suppress(OSError):
            request.send_response_only(reply.status)
            for name, value in reply.headers:
                request.send_header(name, value)
            if reply.status not in (204, 304):
                request.send_header("Content-Length", str(len(reply.body)))
            request.end_headers()
            if request.command != "HEAD":
                request.wfile.write(reply.body)

    def _pass_on(self, request: BaseHTTPRequestHandler, body: bytes) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.target_port, timeout=60)
        headers: Mapping[str, str] = {
            name: value for name, value in request.headers.items() if name.lower() not in HOP
        }
        try:
            connection.request(request.command, request.path, body or None, dict(headers))
            answer = connection.getresponse()
            # Flask dates its cookie by the machine's clock; beside a date weeks ahead the browser takes it for expired.
            kept = tuple(
                (name, re.sub(r"\s*Expires=[^;]+;?", "", value) if name.lower() == "set-cookie" else value)
                for name, value in answer.getheaders()
                if name.lower() not in HOP - {"date"}
            )
            return Reply(answer.status, kept, answer.read())
        except (OSError, http.client.HTTPException):
            return DEAD
        finally:
            connection.close()


def problem(status: int, code: str, **headers: str) -> Reply:
    """An answer of our server that says no."""
    body = json.dumps(
        {"type": "about:blank", "title": code, "status": status, "detail": code, "code": code, "errors": []}
    )
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Reply(status, (("Content-Type", "application/problem+json"), *named), body.encode())
