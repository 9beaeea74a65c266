"""Calls of the server's own to somewhere else (G7).

A real server stands inside the house, and nothing of a refused call reaches it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from server.services.geocoding import GeopyGeocoder
from server.services.outgoing import CallFailed, NotCalled, call

PUBLIC = "93.184.215.14"
ANSWER = b'[{"lat": "22.3", "lon": "114.17", "display_name": "Nathan Road"}]'


class Inside:
    """A service inside the house, which counts who comes."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                if self.path == "/moved":
                    self.send_response(302)
                    self.send_header("Location", "http://169.254.169.254/latest/meta-data/")
                    self.end_headers()
                    return
                body = b"x" * 100_000 if self.path == "/large" else ANSWER
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *words: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port


@pytest.fixture
def inside() -> Iterator[Inside]:
    house = Inside()
    thread = threading.Thread(target=house.server.serve_forever)
    thread.start()
    yield house
    house.server.shutdown()
    thread.join()
    house.server.server_close()


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "2130706433", "127.1", "0", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254"],
)
def test_G7_no_spelling_of_a_private_address_is_called(inside: Inside, host: str) -> None:
    with pytest.raises(NotCalled):
        call(f"https://{host}/", timeout_s=2)
    with pytest.raises(NotCalled):
        call(f"http://{host}:{inside.port}/", timeout_s=2)
    assert inside.asked == []


def test_G7_a_name_with_one_private_address_among_its_addresses_is_not_called(inside: Inside) -> None:
    with pytest.raises(NotCalled, match="not_public"):
        call("https://maps.example.com/", resolve=lambda *_: [PUBLIC, "10.0.0.7"])


def test_G7_a_name_that_changes_its_address_is_called_where_it_was_judged(inside: Inside) -> None:
    asked: list[str] = []

    def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return [PUBLIC] if len(asked) == 1 else ["127.0.0.1"]

    with pytest.raises(CallFailed):  # nobody is at the public address from here; the point is where it went
        call("https://maps.example.com/", resolve=rebinding, timeout_s=0.5)
    assert asked == ["maps.example.com"], "the name was looked up again after it was judged"
    assert inside.asked == []


def test_G7_a_redirect_is_not_followed(inside: Inside) -> None:
    here = f"127.0.0.1:{inside.port}"
    with pytest.raises(CallFailed, match="moved"):
        call(f"http://{here}/moved", inside=[here])
    assert inside.asked == ["/moved"]


def test_G7_a_host_of_the_companys_own_is_called_when_it_is_named(inside: Inside) -> None:
    here = f"127.0.0.1:{inside.port}"
    answer = call(f"http://{here}/table?x=1", inside=[here])
    assert (answer.status, answer.body) == (200, ANSWER)
    assert inside.asked == ["/table?x=1"]


def test_an_answer_that_is_too_large_is_cut_off(inside: Inside) -> None:
    here = f"127.0.0.1:{inside.port}"
    with pytest.raises(CallFailed, match="large"):
        call(f"http://{here}/large", inside=[here], most_bytes=10_000)


def test_G7_a_geocoder_asks_through_the_same_door(inside: Inside) -> None:
    geocoder = GeopyGeocoder("nominatim", pause_s=0)
    geocoder._service.api = f"http://127.0.0.1:{inside.port}/search"
    assert geocoder.locate("弥敦道 1 号") is None
    assert inside.asked == []
    allowed = GeopyGeocoder("nominatim", pause_s=0, inside=[f"127.0.0.1:{inside.port}"])
    allowed._service.api = f"http://127.0.0.1:{inside.port}/search"
    assert allowed.locate("弥敦道 1 号") == (22.3, 114.17)
    assert len(inside.asked) == 1
