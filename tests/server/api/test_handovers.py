"""The handover of a store: told with the receiver's book, walked on the phone, answered by the owner on a page."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.domain.handovers import CODE_LASTS, HANDOVER_STEPS
from server.extensions import clock
from server.models import (
    Alert,
    Asset,
    AuditEntry,
    Departure,
    DepartureStore,
    Outlet,
    OwnerCode,
    Person,
    Promise,
)
from tests.server.api.desk import at_desk
from tests.server.fake_phone import ClientWire, FakePhone, wire_time
from tests.server.field import Field, field_at, reassign

MORNING = datetime(2026, 11, 24, 2, tzinfo=UTC)
NEXT = "2026-12-01"
NUMBER = "91234567"


@pytest.fixture
def field(session: Session) -> Field:
    """The leaver's two first stores are the other rep's since today: one of class A, one of class C."""
    field = field_at(session, MORNING)
    reassign(session, field, to=field.other_rep, at=MORNING - timedelta(hours=10))
    case = Departure(
        person_id=field.rep.id, reason="resigned", last_day=date(2026, 11, 23), mode="serving_notice",
        state="planned", open_key=field.rep.id, status_before="active", opened_by=field.manager.id,
        opened_at=MORNING - timedelta(days=3), held={}, activity=[],
    )  # fmt: skip
    session.add(case)
    session.flush()
    for place, (outlet, grade) in enumerate(zip(field.outlets[:2], "AC", strict=True), 1):
        session.add(
            DepartureStore(
                departure_id=case.id, outlet_id=outlet, place=place, route_id=field.route, outlet_class=grade,
                open_orders=1, promises=1, receiver_id=field.other_rep.id,
                due=date(2026, 11, 24) + timedelta(days=place), state="waiting", steps=[],
            )
        )  # fmt: skip
    session.add(
        Promise(
            id=uuid4(), outlet_id=field.outlets[1], person_id=field.rep.id, made_at=MORNING,
            text=f"<b>送冰柜</b> 电话 {NUMBER}",
        )
    )  # fmt: skip
    session.add(Asset(outlet_id=field.outlets[1], kind="cooler", label="冰柜 7 号", since=date(2025, 3, 1)))
    session.commit()
    return field


@pytest.fixture
def phone(app: Flask, field: Field) -> FakePhone:
    phone = FakePhone(ClientWire(app.test_client()))
    phone.sign_in(field.other_rep)
    return phone


@pytest.fixture
def case(field: Field, session: Session) -> int:
    """The leaver's case."""
    found = session.scalars(select(Departure.id).where(Departure.person_id == field.rep.id)).one()
    session.rollback()
    return found


def told(phone: FakePhone) -> dict[int, dict[str, Any]]:
    manifest = phone.request("GET", "/daybook/manifest")
    assert manifest.status == 200
    return {one["outlet_id"]: one for one in manifest.json.get("handovers", {}).get("stores", [])}


def hand(phone: FakePhone, case: int, outlet: int, **changes: Any) -> dict[str, Any]:
    body = {
        "departure_id": case,
        "outlet_id": outlet,
        "at": wire_time(phone.now()),
        "fix": None,
        "giver_present": True,
        "witness_id": None,
        "steps": [[step, "done", "", ""] for step in HANDOVER_STEPS],
        "answer": "confirmed",
        "code_id": None,
        "words": "",
        "signature": "M1 2l3 4",
        "next_visit": NEXT,
        **changes,
    }
    operation = phone.save("handover.record", body)
    phone.push()
    return phone.result(operation)


def state(session: Session, outlet: int) -> DepartureStore:
    session.rollback()
    session.expire_all()
    return session.scalars(select(DepartureStore).where(DepartureStore.outlet_id == outlet)).one()


def alerts(session: Session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(Alert.kind).where(Alert.kind.like("handover.%")).order_by(Alert.id)))


def test_the_receivers_book_tells_what_is_to_be_handed_over_and_another_book_says_nothing(
    app: Flask, phone: FakePhone, field: Field, session: Session
) -> None:
    first = phone.request("GET", "/daybook/manifest")
    stores = first.json["handovers"]["stores"]
    assert [(one["outlet_id"], one["due"], one["supervisor"], one["own"]) for one in stores] == [
        (field.outlets[0], "2026-11-25", True, True),
        (field.outlets[1], "2026-11-26", False, True),
    ]
    assert stores[0]["open"] == [1, 0, 1, 0, 0]
    assert [one[0] for one in first.json["handovers"]["witnesses"]] == [field.supervisor.id]
    again = phone.request("GET", "/daybook/manifest", headers={"If-None-Match": f'"{first.json["version"]}"'})
    assert again.status == 304, "the codes stay the same while they last"
    for who, own in ((field.supervisor, [(field.outlets[0], False, None)]), (field.far_rep, [])):
        other = FakePhone(ClientWire(app.test_client()))
        other.sign_in(who)
        assert [(key, one["own"], one["code"]) for key, one in told(other).items()] == own
        assert ("handovers" in other.request("GET", "/daybook/manifest").json) == bool(own)
    session.rollback()
    assert len(session.scalars(select(AuditEntry.seq).where(AuditEntry.deed == "handover.codes")).all()) == 1
    kept = session.scalars(select(OwnerCode)).all()
    assert all(one.digest != one.code and len(one.code) == 22 for one in kept)


def test_while_notice_is_served_giver_and_receiver_know_of_the_stores_and_hand_them_over_together(
    app: Flask, field: Field, session: Session, case: int
) -> None:
    """Before the instant at which the stores change hands: the receiver holds none of them yet."""
    reassign(session, field, to=field.rep, at=MORNING - timedelta(hours=1))
    session.get_one(Person, field.rep.id).status = "leaving"
    row = session.get_one(Departure, case)
    row.last_day, row.holds_from = date(2026, 11, 27), MORNING + timedelta(days=4)
    session.commit()
    giver, receiver = FakePhone(ClientWire(app.test_client())), FakePhone(ClientWire(app.test_client()))
    giver.sign_in(field.rep)
    receiver.sign_in(field.other_rep)
    book = giver.request("GET", "/daybook/manifest").json
    assert book["notice"] == "2026-11-27"
    assert [(one["outlet_id"], one["own"], one["receiver"]) for one in book["handovers"]["stores"]] == [
        (outlet, False, "other_rep 先生") for outlet in field.outlets[:2]
    ]
    assert all(one["code"] is None for one in book["handovers"]["stores"]), "the code is the receiver's"
    taken = receiver.request("GET", "/daybook/manifest").json
    assert "notice" not in taken
    assert set(told(receiver)) == set(field.outlets[:2])
    assert not {outlet for outlet, _ in taken["cards"]} & set(field.outlets), (
        "the cards come with the instant"
    )
    answer = hand(receiver, case, field.outlets[1], giver_present=True)
    assert answer["status"] == "applied", answer
    assert state(session, field.outlets[1]).state == "confirmed"


def test_a_store_of_a_closer_class_is_not_named_to_a_supervisor_who_may_not_see_it(
    app: Flask, field: Field, session: Session
) -> None:
    session.execute(update(Outlet).where(Outlet.id == field.outlets[0]).values(secrecy="top_secret"))
    session.commit()
    boss = FakePhone(ClientWire(app.test_client()))
    boss.sign_in(field.supervisor)
    manifest = boss.request("GET", "/daybook/manifest")
    assert "handovers" not in manifest.json


def test_an_owner_who_signs_on_the_phone_confirms_and_a_resend_changes_nothing(
    phone: FakePhone, field: Field, case: int, session: Session
) -> None:
    skipped = [[step, "done", "", ""] for step in HANDOVER_STEPS if step != "samples"]
    steps = [*skipped, ["samples", "skipped", "none_here", "没有陈列"]]
    done = hand(phone, case, field.outlets[1], steps=steps)
    assert done["status"] == "applied", done
    store = state(session, field.outlets[1])
    assert (store.state, store.answered_way, store.giver_present) == ("confirmed", "signature", True)
    assert (store.skipped, store.notes) == ([["samples", "none_here"]], {"samples": "没有陈列"})
    assert store.next_visit == date.fromisoformat(NEXT)
    assert field.outlets[1] not in told(phone), "what is confirmed is no longer to be done"
    again = hand(phone, case, field.outlets[1], next_visit="2026-12-02")
    assert again["status"] == "applied"
    assert state(session, field.outlets[1]).next_visit == date.fromisoformat(NEXT), "it was confirmed before"


@pytest.mark.parametrize(("witness", "becomes"), [(None, "handed"), ("supervisor", "confirmed")])
def test_a_class_a_store_counts_as_confirmed_only_with_its_supervisor_and_is_kept_all_the_same(
    phone: FakePhone, field: Field, case: int, session: Session, witness: str | None, becomes: str
) -> None:
    who = field.supervisor.id if witness else None
    assert hand(phone, case, field.outlets[0], witness_id=who)["status"] == "applied"
    store = state(session, field.outlets[0])
    assert (store.state, store.supervised, store.answered_way) == (becomes, bool(witness), "signature")


def test_a_no_and_a_wrong_raise_alarms_with_the_owners_words_kept(
    phone: FakePhone, field: Field, case: int, session: Session
) -> None:
    words = {"answer": "denied", "steps": [], "signature": "", "next_visit": None, "words": "没有人来过"}
    assert hand(phone, case, field.outlets[1], **words)["status"] == "applied"
    assert hand(phone, case, field.outlets[0], **{**words, "answer": "wrong"})["status"] == "applied"
    assert alerts(session) == ["handover.denied", "handover.wrong"]
    assert state(session, field.outlets[1]).words == "没有人来过"


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"signature": ""}, "signature required"),
        ({"next_visit": None}, "next_visit required"),
        ({"steps": []}, "steps steps_missing"),
        ({"steps": [["dance", "done", "", ""]]}, "steps.0.0 one_of"),
        ({"steps": [["samples", "skipped", "", ""]]}, "steps.0.2 one_of"),
        ({"answer": "code", "code_id": 9_999}, "code_id not_found"),
        ({"words": "x" * 501}, "words length"),
    ],
)
def test_what_the_rule_refuses_waits_for_a_person_with_its_content(
    phone: FakePhone, field: Field, case: int, changes: dict[str, Any], detail: str
) -> None:
    refused = hand(phone, case, field.outlets[1], **changes)
    assert (refused["status"], refused["code"], refused["detail"]) == ("quarantined", "invalid", detail)


def test_a_store_that_was_not_the_persons_to_receive_is_not_there_for_them(
    app: Flask, phone: FakePhone, field: Field, case: int
) -> None:
    for outlet in (field.outlets[2], field.far_outlets[0], 9_999):
        assert hand(phone, case, outlet)["code"] == "not_allowed"
    stranger = FakePhone(ClientWire(app.test_client()))
    stranger.sign_in(field.far_rep)
    assert hand(stranger, case, field.outlets[1])["code"] == "not_allowed"


def test_who_stands_in_for_the_receiver_may_hand_over_what_was_theirs_then(
    app: Flask, field: Field, case: int, session: Session
) -> None:
    reassign(session, field, to=field.substitute, at=MORNING - timedelta(hours=2))
    phone = FakePhone(ClientWire(app.test_client()))
    phone.sign_in(field.substitute)
    assert hand(phone, case, field.outlets[1])["status"] == "applied"
    assert state(session, field.outlets[1]).handed_by == field.substitute.id


def test_a_case_that_is_over_takes_no_handover(
    phone: FakePhone, field: Field, case: int, session: Session
) -> None:
    assert told(phone)
    session.execute(update(Departure).values(state="closed"))
    session.commit()
    assert told(phone) == {}
    assert hand(phone, case, field.outlets[1])["code"] == "departure_state"


# --- the owner's page --------------------------------------------------------------------------------------------


def code_of(phone: FakePhone, outlet: int) -> tuple[int, str]:
    key, code, _ = told(phone)[outlet]["code"]
    return key, code


def test_the_page_shows_names_and_what_is_open_in_the_browsers_language_and_never_a_number(
    phone: FakePhone, client: FlaskClient, field: Field, session: Session
) -> None:
    _, code = code_of(phone, field.outlets[1])
    page = client.get(f"/h/{code}", headers={"Accept-Language": "en-GB,en;q=0.9"})
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "Who comes to your store" in text
    assert "谁来拜访您的门店" in client.get(f"/h/{code}?lang=zh-CN").get_data(as_text=True)
    assert "谁来拜访您的门店" in client.get(f"/h/{code}", headers={"Accept-Language": "zh-TW"}).get_data(
        as_text=True
    )
    session.rollback()
    for person_id in (field.rep.id, field.other_rep.id):
        person = session.get_one(Person, person_id)
        assert (person.name_en or person.name) in text
    assert "冰柜 7 号" in text
    assert "Pilot Drinks" in text
    assert NUMBER not in text
    assert "&lt;b&gt;" in text, "what people wrote is never markup"
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy + text.replace("description", "")
    assert "unsafe" not in policy
    assert page.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in page.headers


def test_an_answer_counts_once_and_unknown_used_and_expired_codes_look_the_same(
    phone: FakePhone, client: FlaskClient, field: Field, session: Session
) -> None:
    _, code = code_of(phone, field.outlets[1])
    _, other = code_of(phone, field.outlets[0])
    assert client.post(f"/h/{code}", data={"answer": "dance"}).status_code == 404
    said = client.post(
        f"/h/{code}?lang=en", data={"answer": "wrong", "words": "Two\r\ncases\x00 short" + "!" * 900}
    )
    assert (said.status_code, "Thank you for telling us" in said.get_data(as_text=True)) == (200, True)
    assert alerts(session) == ["handover.wrong"]
    assert state(session, field.outlets[1]).state == "wrong"
    kept = session.scalars(select(OwnerCode).where(OwnerCode.answer == "wrong")).one()
    assert kept.words is not None
    assert kept.words.startswith("Two\ncases short!")
    assert len(kept.words) == 500
    entry = session.scalars(select(AuditEntry).where(AuditEntry.deed == "handover.answer")).one()
    assert entry.person_id is None
    assert "cases" not in str(entry.detail)
    again = client.post(f"/h/{code}?lang=en", data={"answer": "confirmed"})
    unknown = client.get("/h/AAAAAAAAAAAAAAAAAAAAAA?lang=en")
    clock.start_at(MORNING + CODE_LASTS + timedelta(hours=1))
    expired = client.get(f"/h/{other}?lang=en")
    assert {again.status_code, unknown.status_code, expired.status_code} == {404}
    assert again.data == unknown.data == expired.data
    assert "no longer open" in unknown.get_data(as_text=True)


def test_a_yes_before_the_phones_word_confirms_when_it_comes_and_one_after_it_at_once(
    phone: FakePhone, client: FlaskClient, field: Field, case: int, session: Session
) -> None:
    key, code = code_of(phone, field.outlets[1])
    client.post(f"/h/{code}", data={"answer": "confirmed"})
    assert state(session, field.outlets[1]).state == "waiting", "nobody has told of the handover yet"
    assert told(phone)[field.outlets[1]]["code"] == [key, code, "confirmed"]
    by_code = {"answer": "code", "signature": ""}
    assert hand(phone, case, field.outlets[1], **by_code, code_id=key)["status"] == "applied"
    store = state(session, field.outlets[1])
    assert (store.state, store.answered_way) == ("confirmed", "code")

    key, code = code_of(phone, field.outlets[0])
    witness = {"witness_id": field.supervisor.id}
    assert hand(phone, case, field.outlets[0], **by_code, **witness, code_id=key)["status"] == "applied"
    assert state(session, field.outlets[0]).state == "handed"
    client.post(f"/h/{code}", data={"answer": "confirmed"})
    assert state(session, field.outlets[0]).state == "confirmed"
    assert alerts(session) == []


def test_after_a_no_the_next_book_has_a_new_code_and_an_old_one_is_renewed_in_time(
    phone: FakePhone, client: FlaskClient, field: Field
) -> None:
    _, code = code_of(phone, field.outlets[1])
    client.post(f"/h/{code}", data={"answer": "denied"})
    _, fresh = code_of(phone, field.outlets[1])
    assert fresh != code
    assert client.get(f"/h/{fresh}").status_code == 200


def test_too_many_pages_from_one_address_wait_a_minute(client: FlaskClient, field: Field) -> None:
    assert field
    answers = [client.get("/h/unknown").status_code for _ in range(70)]
    assert answers[0] == 404
    assert answers[-1] == 429


def test_a_form_of_another_site_is_not_taken(phone: FakePhone, client: FlaskClient, field: Field) -> None:
    _, code = code_of(phone, field.outlets[1])
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert client.post(f"/h/{code}", data={"answer": "confirmed"}, headers=headers).status_code == 403
    assert told(phone)[field.outlets[1]]["code"][2] == ""


def test_the_desk_reads_what_owners_said_wherever_they_said_it_and_what_was_skipped(
    app: Flask, client: FlaskClient, phone: FakePhone, field: Field, case: int
) -> None:
    _, code = code_of(phone, field.outlets[1])
    client.post(f"/h/{code}", data={"answer": "wrong", "words": "两箱没记，打 13812345678"})
    steps = [[step, "done", "", ""] for step in HANDOVER_STEPS if step != "samples"]
    hand(phone, case, field.outlets[0], steps=[*steps, ["samples", "skipped", "none_here", ""]])
    rows = at_desk(app, field.manager).request("GET", f"/departures/{case}/stores").json
    seen = {row["outlet_id"]: row for row in rows}
    assert seen[field.outlets[1]]["words"] == "两箱没记，打 138****5678"
    assert seen[field.outlets[1]]["skipped"] == []
    assert seen[field.outlets[0]]["words"] == ""
    assert seen[field.outlets[0]]["skipped"] == [["samples", "none_here"]]
