"""Group A against a real server: connections that are cut, answers that are lost, doubled, stale or slow."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import threading
import time
import zlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from server.extensions import clock
from server.models import OutletNote
from tests.faults.conftest import NewHouse
from tests.faults.house import House
from tests.faulty_proxy import Fault, FaultyProxy
from tests.server.fake_phone import AnswerRefused, FakePhone, pack_body
from tests.throttled_proxy import ThrottledProxy

LOST = (OSError, http.client.HTTPException)
VISITS_OVER_A_FLAPPING_LINK = 40


@pytest.mark.parametrize(
    "share", [0.0, 0.5, 0.97], ids=["in the headers", "half of the body", "near its end"]
)
def test_A1_connection_cut_while_the_request_is_sent(house: House, link: FaultyProxy, share: float) -> None:
    phone = house.phone()
    ids = house.visits(phone, 6)
    size = len(json.dumps(phone.envelope()))
    phone.packed = False
    house.through(phone, link.url)
    link.arm(Fault(cut_up_after=100 + int(size * share)))
    with pytest.raises(LOST):
        phone.push()
    assert link.struck.is_set()
    assert [one["id"] for one in phone.queue] == ids
    assert house.states(ids) == {}
    phone.push()
    assert phone.queue == []
    house.assert_once(phone, ids)


@pytest.mark.parametrize("passed", [0, 60], ids=["no byte", "half an answer"])
def test_A2_response_lost_after_commit(house: House, link: FaultyProxy, passed: int) -> None:
    phone = house.phone()
    ids = house.visits(phone, 3)
    house.through(phone, link.url)
    link.arm(Fault(cut_down_after=passed))
    with pytest.raises(LOST):
        phone.push()
    assert set(house.states(ids).values()) == {"applied"}
    assert [one["id"] for one in phone.queue] == ids, "nothing may leave the queue without a receipt"
    answer = phone.push()
    assert [result["status"] for result in answer["results"]] == ["duplicate"] * 3
    house.assert_once(phone, ids)


def test_A3_same_batch_at_the_same_instant_on_two_connections(house: House) -> None:
    phone = house.phone()
    ids = house.visits(phone, 8)
    envelope = phone.envelope()
    twin = FakePhone(house.wire(), device_id=phone.device_id)
    twin.wire.take_cookies(phone.wire)  # type: ignore[attr-defined]
    gate = threading.Barrier(2)
    answers = {}

    def send(name: str, one: FakePhone) -> None:
        gate.wait(10)
        answers[name] = one.send(envelope)

    threads = [threading.Thread(target=send, args=pair) for pair in (("one", phone), ("other", twin))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [answers[name].status for name in ("one", "other")] == [200, 200]
    for first, second in zip(answers["one"].json["results"], answers["other"].json["results"], strict=True):
        assert {first["status"], second["status"]} == {"applied", "duplicate"}
        assert first["server_seq"] == second["server_seq"]
    phone.believe(envelope, answers["one"].json)
    house.assert_once(phone, ids)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_A4_same_batch_after_40_days(new_house: NewHouse, kind: str) -> None:
    house = new_house(kind)
    phone = house.phone()
    ids = house.visits(phone, 3)
    envelope = phone.envelope()
    first = phone.push()
    later = clock.now() + timedelta(days=40)
    house.start_another(clock=later.isoformat())
    house.through(phone, house.server.url)
    assert phone.send(envelope).status == 401, "a sign-in ends after 30 days"
    phone.sign_in(house.field.rep)
    answer = phone.send(envelope).json
    assert [result["status"] for result in answer["results"]] == ["duplicate"] * 3
    assert [result["server_seq"] for result in answer["results"]] == [
        result["server_seq"] for result in first["results"]
    ]
    house.assert_once(phone, ids)


def test_A6_gap_in_the_sequence_is_told_at_once_and_to_the_office_after_24_hours(new_house: NewHouse) -> None:
    house = new_house("sqlite")
    phone = house.phone()
    ids = house.visits(phone, 3)
    lost = phone.queue.pop(1)
    answer = phone.push()
    assert [result["status"] for result in answer["results"]] == ["applied", "applied"]
    assert answer["missing"] == [{"from": 2, "to": 2}]

    def reported() -> list[bool]:
        office = FakePhone(house.wire())
        office.sign_in(house.field.supervisor)
        devices = office.request("GET", "/devices?troubled=true").json["devices"]
        return [one["gap_reported"] for one in devices if one["id"] == phone.device_id]

    assert reported() == [False]
    house.start_another(clock=(clock.now() + timedelta(hours=25)).isoformat())
    assert reported() == [True]
    house.through(phone, house.server.url)
    phone.queue = [lost]
    assert phone.push()["missing"] == []
    assert reported() == []
    house.assert_once(phone, ids)


def test_A7_same_id_with_another_body_keeps_both_contents(house: House) -> None:
    phone = house.phone()
    first = phone.save("visit.record", house.visit(phone, house.field.outlets[0]))
    phone.push()
    changed = dict(phone.stock[-1], body=pack_body(house.visit(phone, house.field.outlets[1])))
    for _ in range(2):
        result = phone.push([changed])["results"][0]
        assert (result["status"], result["code"]) == ("quarantined", "key_reuse")
    kept = house.ask(
        "SELECT count(*) FROM operation_conflict c JOIN operation o ON o.id = c.operation_id "
        "WHERE c.device_id = o.device_id AND c.body_sha256 <> o.body_sha256 AND o.seq = :seq AND o.device_id = :d",
        seq=phone.seq,
        d=phone.device_id.replace("-", "") if house.kind == "sqlite" else phone.device_id,
    )
    assert kept[0][0] == 1
    assert house.visits_of([first]) == 1
    office = house.phone(house.field.supervisor)
    waiting = office.request("GET", "/operations/quarantined").json["operations"]
    alert = next(one for one in waiting if one["id"] == first)
    assert alert["code"] == "key_reuse"


def test_A9_one_poison_operation_among_100(house: House) -> None:
    phone = house.phone()
    ids = house.visits(phone, 60)
    poison = phone.save("visit.record", b"\xff\xfe no json at all")
    ids += house.visits(phone, 39)
    phone.push()
    assert phone.queue == []
    assert phone.result(poison)["status"] == "quarantined"
    assert phone.result(poison)["code"] == "unreadable"
    assert set(house.states(ids).values()) == {"applied"}
    assert house.visits_of(ids) == 99
    assert house.state(poison) == "quarantined"


def test_A11_an_old_answer_from_a_cache_is_refused(house: House, link: FaultyProxy) -> None:
    phone = house.phone()
    house.through(phone, link.url)
    house.visits(phone, 2)
    link.heal()
    phone.push()
    recorded = link.answers
    assert b"no-store" in recorded.split(b"\r\n\r\n")[0]
    ids = house.visits(phone, 2)
    link.arm(Fault(old_answer=recorded))
    with pytest.raises(AnswerRefused):
        phone.push()
    assert [one["id"] for one in phone.queue] == ids
    assert house.states(ids) == {}
    link.heal()
    phone.push()
    house.assert_once(phone, ids)


class Lossy:
    """Loses a tenth of the time: in each second of a slow link, with a chance of 10 %, what was under way waits for a
    retransmission (1.5 to 3 s); now and then the connection breaks."""

    def __init__(self, link: ThrottledProxy, seed: int) -> None:
        self._link, self._random = link, random.Random(seed)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.losses = 0

    def __enter__(self) -> Lossy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(10)

    def _run(self) -> None:
        while not self._over.wait(1.0):
            if self._random.random() < 0.1:
                self.losses += 1
                if self._random.random() < 0.3:
                    self._link.cut()
                else:
                    self._link.stall()
                    self._over.wait(self._random.uniform(1.5, 3))
                    self._link.flow()


@pytest.mark.parametrize("shared_house", ["sqlite"], indirect=True)
def test_A12_fifty_small_operations_over_2g_within_60_s(house: House) -> None:
    phone = house.phone()
    ids = [
        phone.save(
            "outlet.note", {"outlet_id": outlet, "at": "2026-11-02T01:00:00Z", "text": f"note {number}"}
        )
        for number, outlet in zip(range(50), house.field.outlets * 8, strict=False)
    ]
    phone.batch = 10
    with (
        ThrottledProxy(house.server.port, round_trip_ms=1500, bits_per_s=30_000) as slow,
        Lossy(slow, seed=5),
    ):
        house.through(phone, slow.url)
        started = time.monotonic()
        while phone.queue and time.monotonic() < started + 120:
            with contextlib.suppress(*LOST):
                phone.push()
        took = time.monotonic() - started
    assert phone.queue == []
    assert took <= 60
    assert set(house.states(ids).values()) == {"applied"}
    with house.session() as session:
        noted = [text for text in session.scalars(select(OutletNote.text)) if text.startswith("note ")]
    assert len(noted) == len(set(noted)) == 50


@contextlib.contextmanager
def flapping(link: ThrottledProxy, *, up_s: float, down_s: float) -> Iterator[None]:
    over = threading.Event()

    def flap() -> None:
        while not over.wait(up_s):
            link.down()
            over.wait(down_s)
            link.up()

    thread = threading.Thread(target=flap, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(10)


def test_A13_flapping_connection_makes_steady_progress_without_doubles(house: House) -> None:
    phone = house.phone()
    ids = house.visits(phone, VISITS_OVER_A_FLAPPING_LINK)
    phone.batch = 4
    delivered = [0]
    # Three seconds up and down for ten minutes, in a tenth of the time.
    with (
        ThrottledProxy(house.server.port, round_trip_ms=30, bits_per_s=400_000) as link,
        flapping(link, up_s=0.3, down_s=0.3),
    ):
        house.through(phone, link.url)
        deadline = time.monotonic() + 60
        while phone.queue and time.monotonic() < deadline:
            try:
                phone.push()
            except LOST:
                time.sleep(0.05)  # a phone's first wait, shortened like everything here
            applied = sum(state == "applied" for state in house.states(ids).values())
            assert applied >= delivered[-1], "what was applied stays applied"
            assert applied >= len(ids) - len(phone.queue), "a receipt is never ahead of the database"
            delivered.append(applied)
    assert phone.queue == []
    house.assert_once(phone, ids)


@pytest.mark.parametrize("shared_house", ["sqlite"], indirect=True)
def test_A15_too_many_wrong_passwords_are_told_when_to_come_back(house: House) -> None:
    phone = house.phone(house.field.other_rep)
    ids = house.visits(phone, 2, house.field.other_outlets)
    stranger = FakePhone(house.wire())
    wrong = {"login": house.field.other_rep.login, "password": "not this one at all"}
    answers = [stranger.request("POST", "/session", wrong) for _ in range(6)]
    assert [answer.status for answer in answers] == [401] * 5 + [429]
    wait = int(answers[-1].headers["retry-after"])
    assert 1 <= wait <= 300
    assert answers[-1].json["code"] == "too_many"
    # Whoever is signed in goes on.
    phone.push()
    house.assert_once(phone, ids)
    time.sleep(wait)  # Retry-After is obeyed, and then it is so
    assert stranger.request("POST", "/session", wrong).status == 401


def test_A19_truncated_bodies_are_refused_and_nothing_is_taken_in(house: House) -> None:
    phone = house.phone()
    ids = house.visits(phone, 3)
    whole = json.dumps(phone.envelope()).encode()
    headers = {"Content-Type": "application/json"}
    half = phone.request("POST", "/operations", whole[: len(whole) // 2], headers=headers)
    assert (half.status, half.json["code"]) == (400, "bad_json") or half.status == 422
    assert house.states(ids) == {}
    # Announced longer than it is: the phone's end closes before the rest comes.
    short = http.client.HTTPConnection("localhost", house.server.port, timeout=30)
    short.putrequest("POST", "/api/v1/operations")
    cookies = "; ".join(f"{k}={v}" for k, v in phone.wire._cookies.items())  # type: ignore[attr-defined]
    for name, value in {**headers, "Cookie": cookies, "Content-Length": str(len(whole))}.items():
        short.putheader(name, value)
    short.endheaders(whole[:-10])
    short.sock.shutdown(1)
    status = short.getresponse().status
    assert status in (400, 422)
    assert house.states(ids) == {}
    phone.push()
    house.assert_once(phone, ids)


def test_A19_bombs_are_refused_and_the_worker_stays_small(house: House) -> None:
    phone = house.phone()
    wires = [house.phone() for _ in range(3)]
    workers = worker_pids(house.server.pid)
    for pid in workers:
        Path(f"/proc/{pid}/clear_refs").write_text("5")  # the high-water mark begins here
    before = {pid: peak_kib(pid) for pid in workers}
    statuses: list[int] = []

    def bomb(one: FakePhone) -> None:
        for _ in range(3):
            answer = one.request(
                "POST",
                "/operations",
                BOMB,
                headers={"Content-Type": "application/json", "Content-Encoding": "gzip"},
            )
            statuses.append(answer.status)

    threads = [threading.Thread(target=bomb, args=(one,)) for one in (phone, *wires)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert statuses == [413] * 12
    # Each of the four may hold its megabyte and the eight it may be unpacked to, twice over; unpacked they are 600.
    for pid in workers:
        assert peak_kib(pid) - before[pid] < 4 * 2 * (9 << 10)
    too_long = phone.request(
        "POST", "/operations", b"x" * (1 << 20) + b"x", headers={"Content-Type": "application/json"}
    )
    assert too_long.status == 413
    phone.wire.close()  # type: ignore[attr-defined] # the server reads no more of that, and hangs up
    inner = phone.save("visit.record", None, packed=INNER_BOMB)
    good = house.visits(phone, 1)
    phone.push()
    assert phone.result(inner)["code"] == "unreadable"
    house.assert_once(phone, good)


def worker_pids(leader: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{leader}/task/{leader}/children").read_text().split()]


def peak_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def gzip_bomb(size: int) -> bytes:
    engine = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece = bytes(1 << 20)
    return b"".join(engine.compress(piece) for _ in range(size >> 20)) + engine.flush()


BOMB = gzip_bomb(600 << 20)
INNER_BOMB = pack_body(bytes(8 << 20))
