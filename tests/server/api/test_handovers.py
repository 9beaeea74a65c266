"""The handover of a store: told with the receiver's book, walked on the phone, answered by the owner on a page."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.domain.handovers import HANDOVER_STEPS
from server.models import (
    AuditEntry,
    Departure,
    Outlet,
    OwnerCode,
    Person,
)
from tests.server.api.handing import (
    MORNING,
    NEXT,
    alerts,
    case_of,
    field_with_a_case,
    hand,
    receivers_phone,
    state,
    told,
)
from tests.server.fake_phone import ClientWire, FakePhone
from tests.server.field import Field, reassign


@pytest.fixture
def field(session: Session) -> Field:
    return field_with_a_case(session)


@pytest.fixture
def phone(app: Flask, field: Field) -> FakePhone:
    return receivers_phone(app, field)


@pytest.fixture
def case(field: Field, session: Session) -> int:
    return case_of(session, field)


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
