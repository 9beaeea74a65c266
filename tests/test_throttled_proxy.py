"""The slow link does what the figures and the fault tests take for granted."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import threading
import time
from collections.abc import Iterator

import pytest

from tests.throttled_proxy import ThrottledProxy

BODY = b"x" * 40_000


class _Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen = 0

    def do_GET(self) -> None:
        type(self).seen += 1
        body = BODY if self.path == "/large" else b"ok"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def far_port() -> Iterator[int]:
    _Answers.seen = 0
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture
def link(far_port: int) -> Iterator[ThrottledProxy]:
    with ThrottledProxy(far_port) as running:
        yield running


def get(link: ThrottledProxy, path: str = "/", timeout: float = 5) -> bytes:
    with contextlib.closing(
        http.client.HTTPConnection("127.0.0.1", link.port, timeout=timeout)
    ) as connection:
        connection.request("GET", path)
        return connection.getresponse().read()


def test_a_kept_connection_costs_one_round_trip_and_a_new_one_two(link: ThrottledProxy) -> None:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", link.port, timeout=5)) as connection:
        spans = []
        for _ in range(2):
            began = time.monotonic()
            connection.request("GET", "/")
            connection.getresponse().read()
            spans.append(time.monotonic() - began)
    assert 0.29 < spans[0] < 0.6
    assert 0.145 < spans[1] < 0.4
    assert link.moved.connections == 1


def test_a_large_answer_takes_as_long_as_the_rate_allows(link: ThrottledProxy) -> None:
    began = time.monotonic()
    assert get(link, "/large") == BODY
    # 40 kB at 1.6 Mbit/s are 0.2 s, after two round trips of 0.15 s.
    assert time.monotonic() - began > 0.48
    # The proxy counts a piece after it has sent it: the reader may be faster than the count.
    until = time.monotonic() + 5
    while link.moved.down <= 40_000 and time.monotonic() < until:
        time.sleep(0.01)
    assert 40_000 < link.moved.down < 41_000


def test_a_cut_resets_and_the_next_connection_works(link: ThrottledProxy) -> None:
    timer = threading.Timer(0.2, link.cut)
    timer.start()
    with pytest.raises((OSError, http.client.HTTPException)):
        get(link, "/large")
    assert get(link) == b"ok"


def test_an_answer_is_dropped_after_the_server_has_done_its_work(link: ThrottledProxy) -> None:
    link.drop_answers()
    with pytest.raises((OSError, http.client.HTTPException)):
        get(link)
    assert _Answers.seen == 1
    link.flow()
    assert get(link) == b"ok"


def test_a_stalled_link_keeps_the_connection_and_goes_on_later(link: ThrottledProxy) -> None:
    link.stall()
    with pytest.raises(TimeoutError):
        get(link, timeout=0.6)
    threading.Timer(0.3, link.flow).start()
    assert get(link) == b"ok"


def test_a_link_that_is_down_refuses_until_it_is_up(link: ThrottledProxy) -> None:
    link.down()
    with pytest.raises(ConnectionError):
        get(link)
    link.up()
    assert get(link) == b"ok"
