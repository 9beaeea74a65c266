"""Visits from the field: credited to whom, flagged for what, refused only when they cannot be understood."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.extensions import clock
from server.models import (
    DeclinedLine,
    Outlet,
    OutletNote,
    OutletProposal,
    Promise,
    StockCount,
    Visit,
    VisitStep,
    WorkDay,
)
from tests.server.fake_phone import ClientWire, FakePhone, uuid7, wire_time
from tests.server.field import Field, build_field, reassign, substitute

# Tuesday, 2026-11-24, 10:00 in Hong Kong.
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.fixture
def field(session: Session) -> Field:
    clock.start_at(NOW)
    return build_field(session)


@pytest.fixture
def phone(client: FlaskClient, field: Field) -> FakePhone:
    phone = FakePhone(ClientWire(client))
    phone.sign_in(field.rep)
    return phone


def pushed(phone: FakePhone, kind: str, body: dict[str, Any], **how: Any) -> dict[str, Any]:
    operation = phone.save(kind, body, **how)
    phone.push()
    return phone.result(operation)


def the_visit(session: Session, body: dict[str, Any]) -> Visit:
    session.rollback()
    return session.get_one(Visit, UUID(body["visit_id"]), populate_existing=True)


def test_everything_that_was_entered_is_in_the_database(
    phone: FakePhone, field: Field, session: Session
) -> None:
    counts = {sku: (index, 2 * index) for index, sku in enumerate(field.skus)}
    body = phone.visit(field.outlets[0], counts=counts, notes=["爱喝茶"], next_visit_day="2026-12-01")
    body["counts"]["source"] = "tsc" * 4
    body["steps"][1] = ["outdoor", "skipped", "no_posters", "none left"]
    assert pushed(phone, "visit.record", body)["status"] == "applied"
    visit = the_visit(session, body)
    assert (visit.outlet_id, visit.route_id, visit.person_id, visit.holder_id) == (
        field.outlets[0],
        field.route,
        field.rep.id,
        field.rep.id,
    )
    assert (visit.day, visit.planned, visit.outcome) == (date(2026, 11, 24), True, "enough_stock")
    assert visit.next_visit_day == date(2026, 12, 1)
    assert (visit.in_latitude, visit.in_distance_m) == (22.318, 12.5)
    assert visit.flags == []
    rows = session.scalars(select(StockCount).order_by(StockCount.sku_id)).all()
    assert [(row.shelf, row.backroom) for row in rows] == list(counts.values())
    assert [row.source for row in rows][:3] == ["typed", "same", "confirmed"]
    outdoor = session.get_one(VisitStep, (visit.id, "outdoor"))
    assert (outdoor.state, outdoor.reason, outdoor.note) == ("skipped", "no_posters", "none left")
    assert [note.text for note in session.scalars(select(OutletNote))] == ["爱喝茶"]
    assert session.get_one(Outlet, field.outlets[0]).card_version == 2


def test_E11_work_done_before_a_reassignment_is_credited_to_who_did_it(
    phone: FakePhone, field: Field, session: Session
) -> None:
    before = phone.visit(field.outlets[0], at=NOW - timedelta(hours=2))
    after = phone.visit(field.outlets[1], at=NOW - timedelta(minutes=30))
    reassign(session, field, to=field.other_rep, at=NOW - timedelta(hours=1))
    assert pushed(phone, "visit.record", before)["status"] == "applied"
    assert pushed(phone, "visit.record", after)["status"] == "applied"
    first, second = the_visit(session, before), the_visit(session, after)
    assert (first.person_id, first.holder_id, first.flags) == (field.rep.id, field.rep.id, [])
    assert (second.person_id, second.holder_id) == (field.rep.id, field.other_rep.id)
    assert second.flags == ["outside_assignment"]


def test_a_substitute_is_the_holder_while_he_stands_in(
    client: FlaskClient, field: Field, session: Session
) -> None:
    substitute(
        session,
        field,
        by=field.substitute,
        starts_at=NOW - timedelta(days=1),
        ends_at=NOW + timedelta(days=1),
    )
    phone = FakePhone(ClientWire(client))
    phone.sign_in(field.substitute)
    body = phone.visit(field.outlets[0])
    assert pushed(phone, "visit.record", body)["status"] == "applied"
    assert the_visit(session, body).flags == []
    assert the_visit(session, body).holder_id == field.substitute.id


@pytest.mark.parametrize("which", ["foreign", "absent"])
def test_F1_an_outlet_of_a_foreign_territory_is_as_unknown_as_one_that_is_not_there(
    phone: FakePhone, field: Field, which: str
) -> None:
    outlet = field.far_outlets[0] if which == "foreign" else 10**8
    result = pushed(phone, "visit.record", phone.visit(outlet))
    assert (result["status"], result["code"], result["detail"]) == (
        "quarantined",
        "unknown_outlet",
        "outlet_id not_found",
    )


def test_an_outlet_on_no_route_in_ones_territory_is_applied_and_flagged(
    phone: FakePhone, field: Field, session: Session
) -> None:
    body = phone.visit(field.loose_outlet, planned=False, unplanned_reason="passed by")
    assert pushed(phone, "visit.record", body)["status"] == "applied"
    assert the_visit(session, body).flags == ["unplanned", "outside_assignment"]
    assert the_visit(session, body).route_id is None


def test_C1_a_clock_two_days_ahead_is_corrected_and_flagged(
    phone: FakePhone, field: Field, session: Session
) -> None:
    phone.clock_error, phone.offset_ms = timedelta(days=2), -2 * 86_400_000
    body = phone.visit(field.outlets[0])
    assert pushed(phone, "visit.record", body)["status"] == "applied"
    visit = the_visit(session, body)
    assert visit.day == date(2026, 11, 24)
    assert visit.flags == ["clock_adjusted"]


def test_C1_a_clock_ahead_that_nobody_knew_of_is_flagged(
    phone: FakePhone, field: Field, session: Session
) -> None:
    phone.clock_error, phone.offset_ms = timedelta(days=2), None
    body = phone.visit(field.outlets[0])
    assert pushed(phone, "visit.record", body)["status"] == "applied"
    assert the_visit(session, body).flags == ["future_time"]


def test_C2_operations_of_a_clock_behind_are_still_taken(
    phone: FakePhone, field: Field, session: Session
) -> None:
    phone.clock_error, phone.offset_ms = -timedelta(days=2), 2 * 86_400_000
    body = phone.visit(field.outlets[0])
    assert pushed(phone, "visit.record", body)["status"] == "applied"
    assert the_visit(session, body).day == date(2026, 11, 24)


def test_C4_the_business_day_is_the_territorys(client: FlaskClient, field: Field, session: Session) -> None:
    """17:00 UTC is the next day in Hong Kong and still the same one in Kolkata until 18:30 UTC."""
    clock.start_at(datetime(2026, 11, 24, 17, 30, tzinfo=UTC))
    days = {}
    for who, outlet in ((field.rep, field.outlets[0]), (field.far_rep, field.far_outlets[0])):
        phone = FakePhone(ClientWire(client))
        phone.sign_in(who)
        body = phone.visit(outlet)
        assert pushed(phone, "visit.record", body)["status"] == "applied"
        days[who.login] = the_visit(session, body).day
    assert days == {"rep": date(2026, 11, 25), "far_rep": date(2026, 11, 24)}


@pytest.mark.parametrize(
    ("path", "value", "detail"),
    [
        (("counts", "shelf", 0), float("nan"), "body finite"),
        (("counts", "shelf", 0), 1.5, "counts.shelf.0 whole_number"),
        (("counts", "shelf", 0), True, "counts.shelf.0 whole_number"),
        (("counts", "backroom", 1), -1, "counts.backroom.1 at_least"),
        (("counts", "shelf", 0), 10**18, "counts.shelf.0 at_most"),
        (("counts", "shelf", 0), "3", "counts.shelf.0 whole_number"),
        (("counts", "skus", 0), 10**6, "counts.skus.0 not_found"),
        (("counts", "source"), "q" * 12, "counts.source one_of"),
        (("in", "fix", "latitude"), 91, "in.fix.latitude at_most"),
        (("in", "at"), "2026-11-24T10:00:00", "in.at instant"),
        (("outcome",), "bored", "outcome one_of"),
        (("notes",), ["a\u0000b"], "notes.0 text"),
        (("notes",), ["x" * 2001], "notes.0 length"),
        (("owner_id",), 7, "owner_id unknown_field"),
        (("steps", 0, 1), "maybe", "steps.0.1 one_of"),
        (("outlet_id",), None, "outlet_id required"),
    ],
)
def test_H1_H2_a_value_outside_its_range_is_quarantined_by_field_and_rule(
    phone: FakePhone, field: Field, session: Session, path: tuple[Any, ...], value: object, detail: str
) -> None:
    body = phone.visit(field.outlets[0], counts=dict.fromkeys(field.skus, (1, 2)))
    place: Any = body
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    result = pushed(phone, "visit.record", body)
    assert (result["status"], result["code"], result["detail"]) == ("quarantined", "invalid", detail)
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Visit)) == 0


def test_the_same_visit_from_another_operation_is_quarantined(
    phone: FakePhone, field: Field, session: Session
) -> None:
    body = phone.visit(field.outlets[0])
    assert pushed(phone, "visit.record", body)["status"] == "applied"
    second = pushed(phone, "visit.record", body)
    assert (second["status"], second["code"], second["detail"]) == ("quarantined", "key_reuse", "visit_id")
    third, fourth = phone.save("visit.record", body), phone.save("visit.record", body)
    phone.push()
    assert {phone.result(third)["code"], phone.result(fourth)["code"]} == {"key_reuse"}


def test_promises_are_made_and_kept(phone: FakePhone, field: Field, session: Session) -> None:
    first, second = uuid7(NOW), uuid7(NOW)
    made = [
        {"id": first, "text": "a new poster", "due": "2026-12-01"},
        {"id": second, "text": "a call", "due": None},
    ]
    assert pushed(phone, "visit.record", phone.visit(field.outlets[0], promises=made))["status"] == "applied"
    assert pushed(phone, "visit.record", phone.visit(field.outlets[0], kept=[first]))["status"] == "applied"
    keep = {"outlet_id": field.outlets[0], "promise_id": second, "at": wire_time(phone.now())}
    assert pushed(phone, "promise.keep", keep)["status"] == "applied"
    session.rollback()
    assert all(promise.kept_at is not None for promise in session.scalars(select(Promise)))
    wrong = pushed(phone, "promise.keep", {**keep, "outlet_id": field.outlets[1]})
    assert (wrong["status"], wrong["code"]) == ("quarantined", "invalid")


def test_an_outlet_is_proposed_and_visited_before_it_is_in_the_book(
    phone: FakePhone, field: Field, session: Session
) -> None:
    proposal_id = uuid7(NOW)
    proposal = {
        "proposal_id": proposal_id,
        "name": "新开的店",
        "address": "1 New Street",
        "outlet_class": "B",
        "channel": "",
        "latitude": 22.3,
        "longitude": 114.1,
        "accuracy_m": 8,
        "contact_name": "",
        "contact_phone": "ask again",
        "note": "corner",
        "near_duplicates": [field.outlets[0]],
    }
    first = phone.save("outlet.propose", proposal)
    body = phone.visit(None, proposal_id=proposal_id, notes=["opens at nine"], planned=False)
    phone.save("visit.record", body, after=first)
    assert [one["status"] for one in phone.push()["results"]] == ["applied", "applied"]
    visit = the_visit(session, body)
    assert (visit.outlet_id, str(visit.proposal_id), visit.route_id) == (None, proposal_id, field.route)
    assert session.get_one(OutletProposal, UUID(proposal_id)).note == "corner\nopens at nine"


def test_a_visit_to_somebody_elses_proposal_is_unknown(phone: FakePhone, field: Field) -> None:
    result = pushed(phone, "visit.record", phone.visit(None, proposal_id=uuid7(NOW)))
    assert (result["status"], result["code"]) == ("quarantined", "unknown_outlet")


def test_a_day_starts_and_ends(phone: FakePhone, field: Field, session: Session) -> None:
    day = uuid7(NOW)
    end = {
        "work_day_id": day,
        "at": wire_time(NOW),
        "fix": None,
        "summary": {"planned": 20, "strike_rate": 0.5},
        "note": "",
    }
    late = phone.save("day.end", end)
    assert phone.push()["results"][0]["code"] == "waits_for"
    start = {
        "work_day_id": day,
        "at": wire_time(NOW - timedelta(hours=1)),
        "fix": phone.fix(),
        "checklist": [{"key": "cards", "done": True}],
        "storage": {"persisted": True, "standalone": True},
    }
    assert pushed(phone, "day.start", start)["status"] == "applied"
    assert phone.result(late)["status"] in ("retry", "applied")
    phone.push_all()
    assert phone.result(late)["status"] == "applied"
    session.rollback()
    row = session.get_one(WorkDay, UUID(day))
    assert (row.day, row.ended_at, row.summary) == (
        date(2026, 11, 24),
        NOW,
        {"planned": 20, "strike_rate": 0.5},
    )


def test_a_driver_records_no_visits(client: FlaskClient, field: Field) -> None:
    phone = FakePhone(ClientWire(client))
    phone.sign_in(field.driver)
    result = pushed(phone, "visit.record", phone.visit(field.outlets[0]))
    assert (result["status"], result["code"]) == ("quarantined", "not_allowed")


def test_a_suggestion_that_the_owner_declined_is_kept_with_its_reason(
    phone: FakePhone, field: Field, session: Session
) -> None:
    sku = field.skus[0]
    body = phone.visit(field.outlets[0], declined=[[sku, 24, "no_cash"]])
    result = pushed(phone, "visit.record", body)
    assert (result["status"], result["code"], result["detail"]) == ("applied", "", "")
    session.rollback()
    line = session.scalars(select(DeclinedLine).where(DeclinedLine.visit_id == UUID(body["visit_id"]))).one()
    assert (line.sku_id, line.suggested, line.reason) == (sku, 24, "no_cash")
