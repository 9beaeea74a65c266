"""Group G against a real server, byte by byte over its socket: doubled lengths, foreign names, forged addresses."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import pytest

from server.domain.throttle import FREE_TRIES
from tests.faults.house import Company, House
from tests.faults.raw import SESSION, ask, guess, send_raw
from tests.server.field import PASSWORD
from tests.server.signing import KeyPhone, SigningWire

ORIGIN = "https://book.example"


def sign_ins(house: House) -> int:
    return int(house.ask("SELECT count(*) FROM sign_in")[0][0])


@pytest.fixture(scope="module")
def https_house(
    company: Callable[[str], Company], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """A house whose address is known to be HTTPS, behind one proxy of its own."""
    house = House(
        company("sqlite"),
        tmp_path_factory.mktemp("https"),
        env={"ROUTEBOOK_ORIGIN": ORIGIN, "ROUTEBOOK_PROXIES": "1"},
    )
    house.server.start()
    try:
        yield house
    finally:
        house.close()


# --- whose house this is ---------------------------------------------------------------------------------------------


def through_proxy(address: str = "198.51.100.7", **more: str) -> dict[str, str]:
    """What the house's proxy says of a request."""
    return {
        "Host": "book.example",
        "X-Forwarded-For": address,
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "book.example",
        **more,
    }


def test_G4_under_https_the_cookie_is_the_hosts_own_and_browsers_never_ask_in_the_clear(
    https_house: House,
) -> None:
    known = {"login": "rep", "password": PASSWORD}
    signed = ask(https_house, "POST", SESSION, known, through_proxy())
    assert signed.status == 200
    cookie = next(one for one in signed.cookies if one.startswith("__Host-routebook="))
    flags = {word.strip().lower() for word in cookie.split(";")[1:]}
    assert {"secure", "httponly", "path=/", "samesite=lax"} <= flags
    assert not any(flag.startswith("domain") for flag in flags), "a sibling must not be given it"
    for path in ("/", "/today", "/api/v1/health", "/api/v1/nothing", "/assets/nothing.js"):
        answer = ask(https_house, "GET", path, headers=through_proxy())
        assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains", path
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"], path
        assert answer.headers["x-content-type-options"] == "nosniff", path
        assert answer.headers["cross-origin-opener-policy"] == "same-origin", path
        assert "access-control-allow-origin" not in answer.headers, path


def test_a_house_without_https_promises_none(house: House) -> None:
    answer = ask(house, "GET", "/api/v1/health")
    assert "strict-transport-security" not in answer.headers


@pytest.mark.parametrize(
    "host",
    ["evil.example", "book.example.evil.example", "book.example:8443", "127.0.0.1", "book.example@evil"],
)
def test_G8_F10_a_request_for_another_name_is_answered_by_nobody(https_house: House, host: str) -> None:
    named = through_proxy(**{"X-Forwarded-Host": host})
    answer = ask(https_house, "POST", SESSION, {"login": "rep", "password": PASSWORD}, named)
    assert answer.status in (400, 404)
    assert not answer.cookies
    assert b"evil" not in answer.body
    front = ask(https_house, "GET", "/", headers=named)
    assert front.status in (400, 404)


@pytest.mark.parametrize("host", ["evil.example", "evil.example/..", "a b", "evil.example\t", "[::1"])
def test_G8_no_answer_repeats_the_name_it_was_asked_by(house: House, host: str) -> None:
    """Where no address is set, any name is served; none may come back, for a cache or a mail to keep."""
    for path in ("/", "/desk", "/api/v1/health", "/api/v1/outlets", "/api/v1/nothing", "/../x"):
        answer = ask(house, "GET", path, headers={"Host": host})
        assert answer.status < 500, path
        assert b"evil" not in answer.body, path
        assert not any("evil" in value for value in answer.headers.values()), path
        assert "location" not in answer.headers, path


# --- where one request ends ------------------------------------------------------------------------------------------

LENGTHS = {
    "a length and chunks": ["Content-Length: {n}", "Transfer-Encoding: chunked"],
    "chunks and a length": ["Transfer-Encoding: chunked", "Content-Length: {n}"],
    "two lengths": ["Content-Length: {n}", "Content-Length: 0"],
    "two lengths in one": ["Content-Length: {n}, 0"],
    "a signed length": ["Content-Length: +{n}"],
    "a length in other digits": ["Content-Length: \N{FULLWIDTH DIGIT FIVE}"],
    "chunks under a space": ["Transfer-Encoding : chunked", "Content-Length: {n}"],
    "chunks spelled so that some miss them": ["Transfer-Encoding: xchunked", "Content-Length: {n}"],
    "chunks twice": ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked", "Content-Length: {n}"],
    "a folded line": ["X-Folded: one", " two", "Content-Length: {n}", "Transfer-Encoding: chunked"],
}


@pytest.mark.parametrize("lines", LENGTHS.values(), ids=LENGTHS.keys())
def test_G8_a_request_with_two_ends_is_refused_and_nothing_rides_behind_it(
    house: House, lines: list[str]
) -> None:
    """Behind the first request's doubtful end lies a whole sign-in: it must not be taken for a second request."""
    known = json.dumps({"login": "rep", "password": PASSWORD}).encode()
    hidden = (
        f"POST {SESSION} HTTP/1.1\r\nHost: localhost:{house.server.port}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(known)}\r\n\r\n"
    ).encode() + known
    body = b"0\r\n\r\n" + hidden
    head = [
        f"POST {SESSION} HTTP/1.1",
        f"Host: localhost:{house.server.port}",
        "Content-Type: application/json",
    ]
    head += [line.format(n=len(body)) for line in lines]
    before = sign_ins(house)
    heard = send_raw(house, "\r\n".join(head).encode() + b"\r\n\r\n" + body)
    statuses = [int(one) for one in re.findall(rb"HTTP/1\.1 (\d{3})", heard)]
    assert len(statuses) <= 1, heard
    assert all(status in (400, 501) for status in statuses), heard
    assert sign_ins(house) == before
    assert ask(house, "GET", "/api/v1/health").status == 200, "the house serves the next one"


def test_G8_two_whole_requests_on_one_connection_are_two(house: House) -> None:
    """That the test above can fail: an honest pair is answered twice."""
    one = f"GET /api/v1/health HTTP/1.1\r\nHost: localhost:{house.server.port}\r\n\r\n".encode()
    heard = send_raw(house, one + one)
    assert re.findall(rb"HTTP/1\.1 (\d{3})", heard) == [b"200", b"200"]


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "PROPFIND", "get"])
def test_G8_only_known_methods_are_served_and_none_repeats_what_was_asked(house: House, method: str) -> None:
    asked = f"{method} /api/v1/health HTTP/1.1\r\nHost: localhost\r\nX-Secret: 4711-0815\r\n\r\n"
    heard = send_raw(house, asked.encode())
    assert re.match(rb"HTTP/1\.1 (400|405|501) ", heard), heard
    assert b"4711-0815" not in heard


# --- whose address counts --------------------------------------------------------------------------------------------

FORGED = (
    "X-Forwarded-For",
    "X-Real-IP",
    "Forwarded",
    "Client-IP",
    "X-Forwarded",
    "True-Client-IP",
    "X_Forwarded_For",
)


def test_G8_without_a_trusted_proxy_a_forged_address_is_no_fresh_start(house: House) -> None:
    login = "forged-direct"
    for number in range(FREE_TRIES):
        forged = dict.fromkeys(FORGED, f"203.0.113.{number}")
        assert guess(house, login, {**forged, "Forwarded": f"for=203.0.113.{number}"}).status == 401
    slowed = guess(house, login, dict.fromkeys(FORGED, "203.0.113.99"))
    assert slowed.status == 429
    assert int(slowed.headers["retry-after"]) >= 1


def test_G8_behind_one_proxy_only_what_the_proxy_added_counts(https_house: House) -> None:
    """The client's own line comes first, the proxy appends the address that it saw."""
    login = "forged-behind"
    for number in range(FREE_TRIES):
        seen = through_proxy(f"203.0.113.{number}, 198.51.100.23")
        assert guess(https_house, login, seen).status == 401
    assert guess(https_house, login, through_proxy("203.0.113.77, 198.51.100.23")).status == 429
    twice = through_proxy("203.0.113.78, 10.0.0.1, 198.51.100.23", **{"X-Real-IP": "203.0.113.78"})
    assert guess(https_house, login, twice).status == 429
    elsewhere = through_proxy("198.51.100.23, 198.51.100.24")
    assert guess(https_house, login, elsewhere).status == 401, "another address is another's"


@pytest.mark.parametrize(
    "path",
    ["/session", "/session?", "/session?a=%2F&a=b+c", "/people?role=rep&", "//session", "/session?x=?y"],
)
def test_G11_the_address_that_is_signed_is_the_one_that_was_sent(house: House, path: str) -> None:
    """Letter by letter: no reading of it on the way makes another address of it, or refuses an honest one."""
    phone = KeyPhone(SigningWire(house.wire()))
    phone.sign_in(house.field.supervisor)
    answer = phone.request("GET", path)
    assert answer.status in (200, 404, 422), answer.data


def test_G11_a_try_without_the_devices_key_is_written_down(house: House) -> None:
    phone = KeyPhone(SigningWire(house.wire()))
    phone.sign_in(house.field.custodian)
    question = "SELECT detail FROM audit_entry WHERE deed = 'access.refused' AND person_id = :person"

    def written(code: str) -> int:
        found = house.ask(question, person=house.field.custodian.id)
        return sum(f'"{code}"' in (one if isinstance(one, str) else json.dumps(one)) for (one,) in found)

    before = {code: written(code) for code in ("proof_needed", "proof_used")}
    phone.signer.signs = False
    assert phone.request("GET", "/outlets").json["code"] == "proof_needed"
    phone.signer.signs = True
    assert phone.request("GET", "/outlets").status == 200
    assert phone.signer.replay().json["code"] == "proof_used"
    assert {code: written(code) for code in before} == {code: was + 1 for code, was in before.items()}
