"""Other sites' frames and windows (G9), ways out after signing in (G14), addresses (J4): in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

import pytest

from server.services.demo import PASSWORD
from tests.browser import House
from tests.faults.phones import NewPhone, a_stop, chromium, delivered, new_phone, note, street

__all__ = ["chromium", "new_phone", "street"]
pytestmark = pytest.mark.timeout(400)

# --- other sites -----------------------------------------------------------------------------------------------------

ATTACK = """<!doctype html><title>elsewhere</title><h1>elsewhere</h1>
<iframe id="frame" src="HOUSE/today" width="800" height="600"></iframe>
<iframe id="sandboxed" sandbox="allow-scripts" src="HOUSE/signin"></iframe>
<object id="object" data="HOUSE/signin" type="text/html"></object>
<script>
  window.heard = [];
  addEventListener('message', (event) => heard.push(String(event.data)));
  function opens() {
    window.theirs = window.open('HOUSE/signin', 'theirs');
    return Boolean(window.theirs);
  }
  function speaks() {
    for (const words of [{ type: 'SKIP_WAITING' }, 'session', { type: 'navigate', to: 'https://evil.example' }])
      try { theirs.postMessage(words, '*'); } catch (error) { heard.push(error.name); }
    return { closed: theirs.closed, length: theirs.length };
  }
</script>"""


@pytest.fixture
def elsewhere(street: House) -> Iterator[str]:
    """Another site, at another name, that would like to have the house in its frames and windows."""
    page = ATTACK.replace("HOUSE", street.url).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_G9_another_site_cannot_put_the_house_in_a_frame(
    street: House, new_phone: NewPhone, elsewhere: str
) -> None:
    phone = new_phone(street, "rep1")
    page = phone.context.new_page()
    page.goto(elsewhere, wait_until="load")
    page.wait_for_timeout(1_000)
    inner = [frame for frame in page.frames if frame is not page.main_frame]
    assert len(inner) >= 2
    for frame in inner:
        assert frame.url.startswith(("chrome-error://", "about:blank")), frame.url
        assert frame.locator("#app, .signin, .today-head").count() == 0
    refused = [words for words in phone.complaints.refused if "frame-ancestors" in words]
    assert len(refused) >= 2, "the browser says why"
    phone.complaints.refused.clear()


def test_G9_another_sites_window_has_no_hold_on_ours_and_its_words_go_nowhere(
    street: House, new_phone: NewPhone, elsewhere: str
) -> None:
    phone = new_phone(street, "")
    page = phone.context.new_page()
    page.goto(elsewhere, wait_until="load")
    with phone.context.expect_page() as opening:
        assert page.evaluate("opens()")
    ours = opening.value
    ours.locator("h1").wait_for()
    assert ours.evaluate("window.opener") is None, "no way back to who opened it"
    seen = page.evaluate("speaks()")
    assert seen == {"closed": True, "length": 0}, "to the other site the window is gone"
    assert ours.url == f"{street.url}/signin"
    cdp = phone.context.new_cdp_session(ours)
    window = cdp.send("Runtime.evaluate", {"expression": "window"})["result"]["objectId"]
    listeners = cdp.send("DOMDebugger.getEventListeners", {"objectId": window})["listeners"]
    assert "message" not in {one["type"] for one in listeners}, "the page listens to no window's words"
    phone.complaints.refused.clear()


# --- ways out --------------------------------------------------------------------------------------------------------

OUT = [
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "javascript:window.struck=1",
    "\t//evil.example",
]


@pytest.mark.parametrize("way", OUT)
def test_G14_signing_in_never_leads_out_of_the_house(street: House, new_phone: NewPhone, way: str) -> None:
    desk = new_phone(street, "")
    left: list[str] = []
    desk.context.on("request", lambda request: left.append(request.url))
    desk.sign_in("manager", at=f"/signin?next={quote(way, safe='')}")
    desk.page.locator("h1").first.wait_for()
    desk.page.wait_for_timeout(300)
    assert desk.page.url.startswith(f"{street.url}/")
    assert not desk.page.evaluate("'struck' in window")
    assert [url for url in left if not url.startswith((street.url, "data:", "blob:"))] == []


def test_G14_signing_in_leads_to_the_page_that_was_wanted(street: House, new_phone: NewPhone) -> None:
    desk = new_phone(street, "")
    desk.sign_in("manager", at="/signin?next=/desk/people")
    desk.page.wait_for_url("**/desk/people")


def test_J4_no_address_that_a_browser_asks_holds_a_secret(street: House, new_phone: NewPhone) -> None:
    """A rep signs in, opens a card and writes a note: the addresses name ids and nothing else."""
    phone = new_phone(street, "")
    asked: list[str] = []
    phone.context.on("request", lambda request: asked.append(request.url))
    phone.sign_in("rep1")
    words = "秘密：钥匙在花盆下"
    note(phone, a_stop(street), words)
    delivered(phone)
    token = next(one["value"] for one in phone.context.cookies() if one["name"] == "routebook")
    assert len([url for url in asked if "/api/" in url]) > 5
    for secret in (PASSWORD, words, quote(words), token):
        assert [url for url in asked if secret in url] == []
