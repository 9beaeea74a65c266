"""POST /operations: what phones may send, what they get back, and that nothing is lost, doubled or poisoned."""

from __future__ import annotations

import base64
import gzip
import json
import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.extensions import clock
from server.models import Assignment, AuditEntry, Operation, OperationConflict, StockCount, Visit
from tests.server.fake_phone import ClientWire, FakePhone, pack_body, uuid7
from tests.server.field import Field, build_field


@pytest.fixture
def field(session: Session) -> Field:
    return build_field(session)


@pytest.fixture
def phone(client: FlaskClient, field: Field) -> FakePhone:
    phone = FakePhone(ClientWire(client))
    assert phone.sign_in(field.rep).status == 200
    return phone


def count(session: Session, model: type[Any]) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(model)) or 0


def full_visit(phone: FakePhone, field: Field, index: int = 0) -> dict[str, Any]:
    return phone.visit(
        field.outlets[index],
        counts=dict.fromkeys(field.skus, (3, 4)),
        lines=[(sku, 12, 24, field.prices[sku]) for sku in field.skus[:3]],
    )


def test_a_batch_is_applied_and_answered_in_its_order(
    phone: FakePhone, field: Field, session: Session
) -> None:
    ids = [phone.save("visit.record", full_visit(phone, field, index)) for index in range(3)]
    answer = phone.push()
    assert answer["operations"] == ids
    assert [result["status"] for result in answer["results"]] == ["applied"] * 3
    seqs = [result["server_seq"] for result in answer["results"]]
    assert seqs == sorted(seqs)
    assert answer["server_seq"] == seqs[-1]
    assert answer["missing"] == []
    assert phone.queue == []
    assert (count(session, Visit), count(session, StockCount)) == (3, 3 * len(field.skus))


def test_a_batch_may_come_without_compression(phone: FakePhone, field: Field) -> None:
    phone.packed = False
    phone.save("visit.record", full_visit(phone, field))
    assert phone.push()["results"][0]["status"] == "applied"


def test_A2_response_lost_after_commit(phone: FakePhone, field: Field, session: Session) -> None:
    phone.save("visit.record", full_visit(phone, field))
    first = phone.send(phone.envelope()).json  # the answer is lost: nothing is believed
    again = phone.push()
    assert again["results"][0]["status"] == "duplicate"
    assert again["results"][0]["server_seq"] == first["results"][0]["server_seq"]
    assert count(session, Visit) == 1


def test_A3_same_batch_twice_at_once_has_one_effect(
    app: Flask, phone: FakePhone, field: Field, session: Session
) -> None:
    twin = FakePhone(ClientWire(app.test_client()), device_id=phone.device_id)
    twin.sign_in(field.rep)
    for index in range(4):
        phone.save("visit.record", full_visit(phone, field, index))
    envelope = phone.envelope()
    session.rollback()
    answers: dict[str, Any] = {}
    threads = [
        threading.Thread(target=lambda name=name, one=one: answers.update({name: one.send(envelope)}))
        for name, one in (("first", phone), ("second", twin))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [answers[name].status for name in ("first", "second")] == [200, 200]
    pairs = zip(answers["first"].json["results"], answers["second"].json["results"], strict=True)
    for one, other in pairs:
        assert {one["status"], other["status"]} == {"applied", "duplicate"}
        assert one["server_seq"] == other["server_seq"]
    assert count(session, Visit) == 4


def test_A4_a_batch_sent_again_after_40_days_is_still_a_duplicate(phone: FakePhone, field: Field) -> None:
    phone.save("visit.record", full_visit(phone, field))
    phone.push()
    # Under the 30 days after which a sign-in ends, a phone signs in again.
    clock.start_at(clock.now() + timedelta(days=40))
    phone.sign_in(field.rep)
    assert phone.push(phone.stock)["results"][0]["status"] == "duplicate"


def test_A6_a_gap_is_reported_and_holds_nobody_up(phone: FakePhone, field: Field) -> None:
    phone.save("visit.record", full_visit(phone, field, 0))
    phone.save("visit.record", full_visit(phone, field, 1))
    late = phone.queue.pop(0)
    answer = phone.push()
    assert answer["results"][0]["status"] == "applied"
    assert answer["missing"] == [{"from": 1, "to": 1}]
    answer = phone.push([late])
    assert answer["results"][0]["status"] == "applied"
    assert answer["missing"] == []


def test_A7_same_id_other_body_keeps_both_contents(phone: FakePhone, field: Field, session: Session) -> None:
    phone.save("visit.record", full_visit(phone, field))
    phone.push()
    other = {**phone.stock[0], "body": pack_body(full_visit(phone, field, 1))}
    first = phone.push([other])["results"][0]
    again = phone.push([other])["results"][0]
    assert (first["status"], first["code"]) == ("quarantined", "key_reuse")
    assert again == first
    assert count(session, OperationConflict) == 1
    assert count(session, Visit) == 1
    alerts = select(func.count()).where(AuditEntry.deed == "operation.key_reuse")
    assert session.scalar(alerts) == 1


def test_A9_one_poison_operation_among_100(phone: FakePhone, field: Field, session: Session) -> None:
    for index in range(100):
        if index == 40:
            phone.save("visit.record", {}, packed="AAAA")
        else:
            phone.save(
                "outlet.note",
                {"outlet_id": field.outlets[0], "at": phone.envelope([])["sent_at"], "text": "x"},
            )
    answer = phone.push()
    statuses = [result["status"] for result in answer["results"]]
    assert statuses.count("applied") == 99
    assert statuses[40] == "quarantined"
    assert answer["results"][40]["code"] == "unreadable"
    assert phone.queue == []


def test_A19_a_cut_body_and_a_bomb_are_refused(phone: FakePhone) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    bomb = gzip.compress(b"[" + b" " * (16 << 20) + b"]")
    assert phone.request("POST", "/operations", bomb, headers=headers).status == 413
    cut = gzip.compress(json.dumps(phone.envelope([])).encode())[:-9]
    refused = phone.request("POST", "/operations", cut, headers=headers)
    assert (refused.status, refused.json["code"]) == (422, "bad_json")
    huge = b'{"a":"' + b"x" * (1 << 20) + b'"}'
    assert (
        phone.request("POST", "/operations", huge, headers={"Content-Type": "application/json"}).status == 413
    )


def test_A19_a_bomb_in_a_body_is_quarantined(phone: FakePhone) -> None:
    phone.save("day.start", b'{"work_day_id":"' + b"0" * (1 << 20) + b'"}')
    result = phone.push()["results"][0]
    assert (result["status"], result["code"], result["detail"]) == (
        "quarantined",
        "unreadable",
        "body too_large",
    )


@pytest.mark.parametrize(
    ("change", "field_name"),
    [
        ({"owner_id": 7}, "owner_id"),
        ({"operations": [{}] * 101}, "operations"),
        ({"device_id": "none"}, "device_id"),
        ({"known_server_seq": -1}, "known_server_seq"),
        ({"known_server_seq": True}, "known_server_seq"),
        ({"sent_at": "2026-11-23T01:02:03"}, "sent_at"),
        ({"operations": [{"seq": 1}]}, "operations.0.id"),
    ],
)
def test_F3_an_envelope_that_breaks_a_rule_is_refused_by_field(
    phone: FakePhone, change: dict[str, Any], field_name: str
) -> None:
    answer = phone.send({**phone.envelope([]), **change})
    assert answer.status == 422
    assert field_name in [error["field"] for error in answer.json["errors"]]


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "1e999", "-0"])
def test_H1_no_number_outside_json_in_an_envelope(phone: FakePhone, constant: str) -> None:
    text = json.dumps(phone.envelope([])).replace('"known_server_seq": 0', f'"known_server_seq": {constant}')
    assert constant in text
    answer = phone.request("POST", "/operations", text.encode(), headers={"Content-Type": "application/json"})
    assert answer.status == 422


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"surprise": 1}, "surprise"),
        ({"body": "*no base64*"}, "body"),
        ({"captured_at": "yesterday"}, "captured_at"),
    ],
)
def test_I4_an_entry_that_breaks_a_rule_is_kept_whole_and_the_others_go_on(
    phone: FakePhone, field: Field, session: Session, change: dict[str, Any], named: str
) -> None:
    bad = phone.save("visit.record", full_visit(phone, field, 0))
    phone.save("visit.record", full_visit(phone, field, 1))
    phone.queue[0].update(change)
    sent = dict(phone.queue[0])
    answer = phone.push()
    assert [(one["status"], one["code"]) for one in answer["results"]] == [
        ("quarantined", "unreadable"),
        ("applied", ""),
    ]
    assert named in answer["results"][0]["detail"]
    session.rollback()
    kept = session.get_one(Operation, UUID(bad))
    assert json.loads(kept.body) == sent
    assert phone.push(phone.stock[:1])["results"][0]["status"] == "duplicate"


def test_H7_an_unknown_kind_and_a_newer_schema_are_quarantined(phone: FakePhone, field: Field) -> None:
    phone.save("visit.dance", {"a": 1})
    phone.save("visit.record", full_visit(phone, field), schema=2)
    codes = [(one["status"], one["code"]) for one in phone.push()["results"]]
    assert codes == [("quarantined", "unknown_kind"), ("quarantined", "newer_schema")]
    assert phone.queue == []


def test_an_operation_waits_for_the_one_it_builds_on(phone: FakePhone, field: Field) -> None:
    first = phone.save("visit.record", full_visit(phone, field))
    second = phone.save("outlet.note", note(phone, field), after=first)
    held = phone.queue.pop(0)
    result = phone.push()["results"][0]
    assert (result["status"], result["code"]) == ("retry", "waits_for")
    assert result["retry_after_s"] > 0
    phone.queue.insert(0, held)
    assert [one["status"] for one in phone.push()["results"]] == ["applied", "applied"]
    assert phone.result(second)["status"] == "applied"


def test_what_depends_on_a_quarantined_operation_is_quarantined(phone: FakePhone, field: Field) -> None:
    bad = phone.save("visit.record", {**full_visit(phone, field), "outlet_id": 10**6})
    phone.save("outlet.note", note(phone, field), after=bad)
    phone.save("outlet.note", note(phone, field))
    results = phone.push()["results"]
    assert [(one["status"], one["code"]) for one in results] == [
        ("quarantined", "unknown_outlet"),
        ("quarantined", "depends_on_quarantined"),
        ("applied", ""),
    ]


def note(phone: FakePhone, field: Field) -> dict[str, Any]:
    return {"outlet_id": field.outlets[0], "at": phone.envelope([])["sent_at"], "text": "likes tea"}


def test_a_duplicate_of_a_quarantined_operation_says_so(phone: FakePhone) -> None:
    phone.save("visit.dance", {})
    first = phone.push()["results"][0]
    again = phone.push(phone.stock)["results"][0]
    assert (again["status"], again["code"], again["server_seq"]) == (
        "duplicate",
        "quarantined",
        first["server_seq"],
    )


def test_an_operation_that_is_twice_in_a_batch_has_one_effect(
    phone: FakePhone, field: Field, session: Session
) -> None:
    phone.save("visit.record", full_visit(phone, field))
    twice = [phone.queue[0], phone.queue[0]]
    envelope = phone.envelope(twice)
    answer = phone.send(envelope).json
    assert answer["results"][0]["status"] == "applied"
    assert answer["results"][1]["status"] == "duplicate"
    assert count(session, Visit) == 1


def test_operations_come_from_the_device_of_the_sign_in_only(
    app: Flask, phone: FakePhone, field: Field
) -> None:
    phone.save("visit.record", full_visit(phone, field))
    stranger = FakePhone(ClientWire(app.test_client()))
    stranger.sign_in(field.other_rep)
    foreign = {**stranger.envelope(phone.queue), "device_id": phone.device_id}
    refused = stranger.send(foreign)
    assert (refused.status, refused.json["code"]) == (409, "device_not_bound")
    assert phone.push()["results"][0]["status"] == "applied"


def test_an_id_of_somebody_else_is_kept_apart(
    app: Flask, phone: FakePhone, field: Field, session: Session
) -> None:
    phone.save("visit.record", full_visit(phone, field))
    phone.push()
    other = FakePhone(ClientWire(app.test_client()))
    other.sign_in(field.other_rep)
    result = other.push([{**phone.stock[0], "seq": 1}])["results"][0]
    assert (result["status"], result["code"]) == ("quarantined", "key_reuse")
    assert count(session, Visit) == 1


def test_D9_a_restored_database_mints_one_new_epoch(phone: FakePhone, field: Field, session: Session) -> None:
    phone.save("visit.record", full_visit(phone, field))
    phone.push()
    old = phone.epoch
    phone.known_server_seq = 10_000  # it saw more of the chain than there is
    answer = phone.push([])
    assert answer["epoch"] != old
    assert [one["seq"] for one in phone.queue] == [1]  # the whole stock is queued again
    assert phone.push()["results"][0]["status"] == "duplicate"
    restored = select(AuditEntry.detail).where(AuditEntry.deed == "company.restored")
    session.rollback()
    assert [entry["restored_from"] for entry in session.scalars(restored)] == [f"device:{phone.device_id}"]
    # Another phone of the old epoch does not mint again.
    stale = {**phone.envelope([]), "epoch": old, "known_server_seq": 20_000}
    assert phone.send(stale).json["epoch"] == answer["epoch"]
    assert len(list(session.scalars(restored))) == 1


def test_C5_ids_with_a_future_time_are_opaque(phone: FakePhone, field: Field) -> None:
    phone.save("visit.record", full_visit(phone, field))
    phone.queue[0]["id"] = uuid7(clock.now() + timedelta(days=30_000))
    assert phone.push()["results"][0]["status"] == "applied"


def test_an_answer_is_never_stored_by_a_proxy(phone: FakePhone) -> None:
    assert phone.send(phone.envelope([])).headers["cache-control"] == "no-store"


# --- the desk --------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(app: Flask, field: Field) -> FakePhone:
    desk = FakePhone(ClientWire(app.test_client()))
    desk.sign_in(field.supervisor)
    return desk


def test_the_desk_shows_what_was_quarantined_with_its_content(
    phone: FakePhone, desk: FakePhone, field: Field
) -> None:
    body = {**full_visit(phone, field), "counts": {"skus": [], "shelf": [], "backroom": [], "source": "x"}}
    phone.save("visit.record", body)
    phone.save("visit.record", {}, packed=base64.b64encode(b"\xff\xfe").decode())
    phone.push()
    listed = desk.request("GET", "/operations/quarantined").json["operations"]
    assert [(one["seq"], one["code"]) for one in listed] == [(2, "unreadable"), (1, "invalid")]
    assert listed[1]["body"] == body
    assert listed[1]["detail"] == "counts.source length"
    assert (listed[0]["body"], listed[0]["raw"]) == (None, "fffe")


def test_a_rep_does_not_see_the_desk(phone: FakePhone) -> None:
    assert phone.request("GET", "/operations/quarantined").status == 403


def test_a_replay_after_the_cause_is_gone_applies_with_its_dependants(
    phone: FakePhone, desk: FakePhone, field: Field, session: Session
) -> None:
    clock.start_at(clock.now())
    foreign = phone.save("visit.record", {**full_visit(phone, field), "outlet_id": field.far_outlets[0]})
    phone.save("outlet.note", note(phone, field), after=foreign)
    assert [one["status"] for one in phone.push()["results"]] == ["quarantined"] * 2
    decide = f"/operations/{foreign}/decide"
    failed = desk.request("POST", decide, {"decision": "replay", "note": "again"}).json
    assert (failed["state"], failed["code"]) == ("quarantined", "unknown_outlet")
    give_far_route(session, field)
    applied = desk.request("POST", decide, {"decision": "replay", "note": "he helps out there"}).json
    assert applied["state"] == "applied"
    session.rollback()
    states = {row.seq: row.state for row in session.execute(select(Operation.seq, Operation.state))}
    assert states == {1: "applied", 2: "applied"}
    first = session.get_one(Operation, UUID(foreign))
    assert (first.decided_by, first.decision_note) == (field.supervisor.id, "he helps out there")
    assert phone.push(phone.stock[:1])["results"][0]["status"] == "duplicate"


def give_far_route(session: Session, field: Field) -> None:
    session.rollback()
    from_then = (clock.now() - timedelta(days=1)).replace(microsecond=0)
    session.add(
        Assignment(
            route_id=field.far_route,
            role="rep",
            person_id=field.rep.id,
            starts_at=from_then,
            kind="substitution",
        )
    )
    session.commit()


def test_a_refusal_is_final_and_kept(phone: FakePhone, desk: FakePhone, session: Session) -> None:
    bad = phone.save("visit.dance", {"why": "not"})
    phone.push()
    decide = f"/operations/{bad}/decide"
    assert (
        desk.request("POST", decide, {"decision": "refuse", "note": "no such thing"}).json["state"]
        == "refused"
    )
    assert desk.request("POST", decide, {"decision": "replay", "note": ""}).status == 409
    again = phone.push(phone.stock)["results"][0]
    assert (again["status"], again["code"]) == ("duplicate", "refused")
    session.rollback()
    assert session.get_one(Operation, UUID(bad)).body
    assert desk.request("GET", "/operations/quarantined").json["operations"] == []


def test_a_decision_about_nothing_is_not_found(desk: FakePhone) -> None:
    nothing = f"/operations/{uuid7(clock.now())}/decide"
    assert desk.request("POST", nothing, {"decision": "replay", "note": ""}).status == 404
    assert desk.request("POST", nothing, {"decision": "maybe", "note": ""}).status == 422
