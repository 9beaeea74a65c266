"""Group A on the phone: what the network does to a phone that has work to deliver."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator

import pytest
from PIL import Image

from tests.browser import House, Phone
from tests.faults.phones import (
    MANIFEST,
    OPERATIONS,
    Middlebox,
    NewPhone,
    a_stop,
    arrived,
    assert_once,
    at_a_visit,
    at_the_end_of_a_visit,
    chromium,
    dead_way,
    delivered,
    look_up,
    new_phone,
    note,
    only,
    open_note,
    open_way,
    operations,
    problem,
    put_notes,
    save_note,
    set_clock,
    street,
    through,
    visits,
    waiting,
)
from tests.faulty_proxy import Fault, FaultyProxy
from tests.server_process import free_port
from tests.throttled_proxy import ThrottledProxy

__all__ = ["chromium", "new_phone", "street"]

CHUNK = 131_072  # what the phone sends at a time


@pytest.fixture
def box(street: House) -> Iterator[Middlebox]:
    with Middlebox(street.port) as middlebox:
        yield middlebox


def queue_says(phone: Phone, key: str) -> None:
    phone.page.get_by_text(re.compile(phone.t.starting(key).pattern.removeprefix("^"))).first.wait_for()


def test_A11_a_cached_old_answer_is_no_receipt_and_nothing_is_pruned(
    street: House, box: Middlebox, new_phone: NewPhone
) -> None:
    phone = new_phone(box.house(street))
    outlet = a_stop(street)
    note(phone, outlet, "第一条")
    delivered(phone)
    old = box.answers[f"POST {OPERATIONS}"][-1]
    assert ("Cache-Control", "no-store") in old.headers
    assert ("Cache-Control", "no-store") in box.answers[f"GET {MANIFEST}"][-1].headers

    box.rule = only(OPERATIONS, old)
    note(phone, outlet, "第二条")
    phone.wait_until(lambda: len(box.tried(OPERATIONS)) >= 2, words="the phone sends the second note")
    phone.open("/queue")
    queue_says(phone, "queue.why.bad_answer")
    assert [row["state"] for row in operations(phone)] == ["delivered", "waiting"]

    box.rule = open_way
    phone.tap(phone.button("queue.sendNow"))
    delivered(phone)
    assert_once(street, phone)


def test_A12_on_2g_fifty_operations_arrive_within_a_minute_and_a_tap_still_paints(
    street: House, new_phone: NewPhone
) -> None:
    port = free_port()
    fast = ThrottledProxy(street.port, port=port, round_trip_ms=1, bits_per_s=100_000_000)
    fast.start()
    phone = new_phone(through(street, port))
    phone.installed()
    delivered(phone)
    fast.stop()
    put_notes(phone, a_stop(street), 50)
    phone.open("/queue")

    slow = ThrottledProxy(street.port, port=port, round_trip_ms=1500, bits_per_s=30_000)
    slow.start()
    try:
        began = time.monotonic()
        phone.tap(phone.button("queue.sendNow"))
        paints = []
        for _ in range(3):
            for place in ("today", "queue"):
                tapped = time.monotonic()
                phone.page.locator(f'.phone-tabs a[href="/{place}"]').tap()
                phone.page.locator(f'.phone-tabs a[href="/{place}"][aria-current]').wait_for()
                paints.append(time.monotonic() - tapped)
        delivered(phone, seconds=60)
        took = time.monotonic() - began
    finally:
        slow.stop()
    assert took <= 60, f"fifty operations took {took:.0f} s"
    assert sorted(paints)[len(paints) // 2] < 1, f"a tap paints after {paints}"
    assert len(operations(phone)) == 50
    assert_once(street, phone)


def test_A13_a_flapping_connection_delivers_steadily_without_doubles_or_a_storm(
    street: House, box: Middlebox, new_phone: NewPhone
) -> None:
    phone = new_phone(box.house(street))
    outlet = a_stop(street)
    phone.installed()
    box.asked.clear()
    began, left = time.monotonic(), []
    for flap in range(4):
        phone.context.set_offline(True)
        box.rule = dead_way
        note(phone, outlet, f"第{flap}次断网")
        phone.context.set_offline(False)
        if flap % 2:
            box.rule = open_way
        look_up(phone)
        phone.page.wait_for_timeout(600)
        left.append(flap + 1 - len(waiting(phone)))
    box.rule = open_way
    delivered(phone, seconds=20)
    took = time.monotonic() - began
    assert left == sorted(left), "what was delivered was taken back"
    assert_once(street, phone)
    assert len(box.tried()) <= 8 + took, f"{len(box.tried())} requests in {took:.0f} s"


def test_A14_a_server_out_of_reach_is_said_as_waiting_and_nothing_spins(
    street: House, box: Middlebox, new_phone: NewPhone
) -> None:
    phone = new_phone(box.house(street))
    outlet = a_stop(street)
    open_note(phone, outlet, "没有信号")
    phone.installed()
    box.rule = dead_way
    save_note(phone)
    phone.open("/queue")
    assert phone.page.evaluate("navigator.onLine")
    queue_says(phone, "queue.head.waiting")
    send = phone.button("queue.sendNow")
    phone.tap(send)
    queue_says(phone, "queue.why.offline")
    phone.wait_until(lambda: send.get_attribute("aria-busy") != "true", seconds=5, words="the button is free")
    phone.page.get_by_text(phone.t("shell.offline")).wait_for()

    box.rule = open_way
    phone.tap(send)
    delivered(phone)
    phone.page.get_by_text(phone.t("shell.offline")).wait_for(state="detached")
    assert_once(street, phone)


def test_A15_a_busy_server_is_left_alone_as_long_as_it_asks(
    street: House, box: Middlebox, new_phone: NewPhone
) -> None:
    phone = new_phone(box.house(street))
    outlet = a_stop(street)
    delivered(phone)
    busy = problem(503, "busy", Retry_After="4")
    box.rule = only(OPERATIONS, busy)
    note(phone, outlet, "服务器忙")
    phone.wait_until(lambda: len(box.tried(OPERATIONS)) == 1, words="the phone is told to wait")
    told = box.tried(OPERATIONS)[0].at
    box.rule = open_way
    phone.open("/queue")  # a start of the app may try at once: it knows nothing of the wait
    delivered(phone)
    box.rule = only(OPERATIONS, busy)
    box.asked.clear()
    open_note(phone, outlet, "还是忙")
    save_note(phone)
    phone.wait_until(lambda: len(box.tried(OPERATIONS)) == 1, words="the phone is told to wait")
    told = box.tried(OPERATIONS)[0].at
    box.rule = open_way
    phone.page.evaluate("() => void window.dispatchEvent(new Event('online'))")
    look_up(phone)
    delivered(phone, seconds=12)
    assert len(box.tried(OPERATIONS)) == 2
    waited = box.tried(OPERATIONS)[1].at - told
    assert 4 <= waited <= 9, f"asked again after {waited:.1f} s"
    assert_once(street, phone)


def test_A17_a_phone_that_believes_in_1970_is_told_so_and_still_captures(
    street: House, box: Middlebox, new_phone: NewPhone
) -> None:
    phone = new_phone(box.house(street))
    phone.installed()
    rep, _ = at_the_end_of_a_visit(phone)
    box.rule = dead_way  # no certificate is valid in 1970
    set_clock(phone, wrong_ms=2 * 86_400_000 - street.now().timestamp() * 1000)
    rep.finish()
    phone.page.get_by_text(phone.t("signin.health.date")).first.wait_for()
    phone.page.get_by_text(phone.t("today.locked.date_wrong")).wait_for()
    assert [row["state"] for row in visits(phone)] == ["waiting"]
    assert visits(phone)[0]["capturedAt"].startswith("1970-01-0")

    box.rule = open_way
    phone.open("/queue")
    phone.tap(phone.button("queue.sendNow"))
    phone.wait_until(lambda: visits(phone)[0]["state"] != "waiting", words="the server has it")
    there = [row for row in arrived(street, phone) if row["kind"] == "visit.record"]
    # In 1970 nobody was a rep: where no contact ever told the offset, a person decides. Nothing is thrown away (I3).
    assert [row["state"] in ("applied", "quarantined") for row in there] == [True]
    assert there[0]["body"]


def a_large_picture() -> bytes:
    """Noise, so that the phone's own encoder leaves several chunks of it."""
    noise = Image.effect_noise((1400, 1050), 90)
    file = io.BytesIO()
    Image.merge("RGB", (noise, noise.rotate(90).resize(noise.size), noise.rotate(180))).save(
        file, "JPEG", quality=88
    )
    return file.getvalue()


def test_A18_an_upload_that_is_cut_goes_on_where_the_server_has_it(
    street: House, new_phone: NewPhone
) -> None:
    with FaultyProxy(street.port) as link:
        phone = new_phone(through(street, link.port))
        phone.page.add_init_script(
            "navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('none'))"
        )
        phone.open("/today")
        rep, entered = at_a_visit(phone)
        phone.tap(phone.button("visit.photo.before"))
        phone.page.locator('input[type="file"]').set_input_files(
            {"name": "shelf.jpg", "mimeType": "image/jpeg", "buffer": a_large_picture()}
        )
        phone.page.locator(".photo-taken img").wait_for()
        rep.no_order(entered, "closed")
        photo = phone.stored("photos")[0]
        assert photo["size"] > 3 * CHUNK, f"the picture has only {photo['size']} bytes"
        sent: list[int] = []
        phone.page.on(
            "request",
            lambda request: request.method == "PATCH" and sent.append(int(request.headers["upload-offset"])),
        )
        link.arm(Fault(cut_up_after=2 * CHUNK + 40_000))
        rep.finish()
        assert link.struck.wait(15)
        delivered(phone)
    whole = list(range(0, photo["size"], CHUNK))
    # The cut chunk is sent again, by the browser itself or by us; nothing that the server had is.
    assert sent == sorted(sent)
    assert sorted(set(sent)) == whole
    assert (sent.count(0), sent.count(CHUNK)) == (1, 1)
    done = street.rows(
        "select sha256, size, stored_at from photo where replace(id, '-', '') = ?",
        photo["id"].replace("-", ""),
    )
    assert [row["sha256"] for row in done] == [photo["sha256"]]
    assert done[0]["size"] == photo["size"]
    assert done[0]["stored_at"]
    assert_once(street, phone)
