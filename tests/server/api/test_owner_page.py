"""The owner's own page: what it shows, what an answer does, and how long a code lasts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.handovers import CODE_LASTS, HANDOVER_STEPS
from server.extensions import clock
from server.models import (
    AuditEntry,
    OwnerCode,
    Person,
)
from tests.server.api.desk import at_desk
from tests.server.api.handing import (
    MORNING,
    NUMBER,
    alerts,
    case_of,
    field_with_a_case,
    hand,
    receivers_phone,
    state,
    told,
)
from tests.server.fake_phone import FakePhone
from tests.server.field import Field


@pytest.fixture
def field(session: Session) -> Field:
    return field_with_a_case(session)


@pytest.fixture
def phone(app: Flask, field: Field) -> FakePhone:
    return receivers_phone(app, field)


@pytest.fixture
def case(field: Field, session: Session) -> int:
    return case_of(session, field)


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
