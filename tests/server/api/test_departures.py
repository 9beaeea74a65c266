"""A leaver's case through the doors: opened, seen, undone; what is refused from then on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.extensions import clock
from server.models import (
    AuditEntry,
    Contact,
    Departure,
    DepartureStore,
    ExportRequest,
    Person,
    PersonTerritory,
    SignIn,
    Visit,
)
from server.services import people
from tests.server.api.desk import at_desk
from tests.server.fake_phone import ClientWire, FakePhone, uuid7
from tests.server.field import BEGAN, PASSWORD, Field, Who, field_at
from tests.server.signing import KeyPhone, SigningWire

MONDAY = datetime(2026, 11, 23, 2, tzinfo=UTC)  # 10:00 in Hong Kong


@pytest.fixture
def field(session: Session) -> Field:
    return field_at(session, MONDAY)


def wish(who: Who, mode: str = "freeze_now", **change: object) -> dict[str, object]:
    return {
        "person_id": who.id, "reason": "resigned", "words": "gave notice", "last_day": "2026-11-30",
        "mode": mode, **change,
    }  # fmt: skip


def deeds(session: Session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(AuditEntry.deed).order_by(AuditEntry.seq)))


def asked_export(session: Session, who: Who, status: str) -> None:
    session.add(
        ExportRequest(
            id=uuid4(), person_id=who.id, asked_at=clock.now(), reason="x", filter={}, fields=["name"],
            format="csv", rows=1, scope_sha256="0" * 64, duties=["approver"], status=status,
            expires_at=clock.now() + timedelta(days=1) if status == "approved" else None,
        )
    )  # fmt: skip
    session.commit()


def opened_number(phone: FakePhone, session: Session, outlet_id: int) -> tuple[int, str]:
    contact = session.scalars(select(Contact.id).where(Contact.outlet_id == outlet_id)).first()
    session.rollback()
    body = {
        "reveal_id": uuid7(clock.now()),
        "outlet_id": outlet_id,
        "contact_id": contact,
        "reason": "call_owner",
        "at": clock.now().isoformat(),
        "fix": None,
    }
    answer = phone.request("POST", "/reveals", {**body, "words": ""})
    return answer.status, answer.json.get("code", "")


def test_freezing_ends_sign_ins_exports_and_leases_in_one_transaction_and_phones_are_told_to_wipe(
    app: Flask, field: Field, session: Session
) -> None:
    phone = KeyPhone(SigningWire(ClientWire(app.test_client())))
    phone.sign_in(field.rep)
    assert phone.request("GET", "/daybook/manifest").status == 200
    asked_export(session, field.rep, "asked")
    asked_export(session, field.rep, "approved")
    manager = at_desk(app, field.manager)
    opened = manager.request("POST", "/departures", wish(field.rep))
    assert (opened.status, opened.json["case"]["state"]) == (201, "open")
    assert opened.json["case"]["status"] == "frozen"
    refused = phone.request("GET", "/daybook/manifest")
    assert (refused.status, refused.json["code"], refused.json.get("wipe")) == (401, "frozen", True)
    known = {"login": field.rep.login, "password": PASSWORD}
    assert FakePhone(ClientWire(app.test_client())).request("POST", "/session", known).status == 401
    session.rollback()
    assert set(session.scalars(select(ExportRequest.status))) == {"refused"}
    assert (
        session.scalars(
            select(SignIn).where(SignIn.person_id == field.rep.id, SignIn.ended_at.is_(None))
        ).all()
        == []
    )
    assert deeds(session)[-2:] == ["person.freeze", "departure.open"]


def test_the_case_holds_the_list_of_what_the_person_held(app: Flask, field: Field, session: Session) -> None:
    phone = FakePhone(ClientWire(app.test_client()))
    phone.sign_in(field.rep)
    sku = field.skus[0]
    body = phone.visit(field.outlets[1], counts={sku: (3, 4)}, lines=[(sku, 12, 24, field.prices[sku])])
    phone.save("visit.record", body)
    phone.push()
    other = FakePhone(ClientWire(app.test_client()))
    other.sign_in(field.other_rep)
    other.save("visit.record", other.visit(field.outlets[2], counts={sku: (3, 4)}))
    other.push()
    manager = at_desk(app, field.manager)
    opened = manager.request("POST", "/departures", wish(field.rep)).json
    held = opened["held"]
    assert [one["code"] for one in held["routes"]] == ["R1"]
    assert held["classes"] == {"A": 2, "B": 2, "C": 1, "D": 1}
    assert (held["open_orders"], held["deliveries"]) == (1, 1)
    assert held["value_minor"] == 24 * field.prices[sku]
    assert (held["only_they"], held["contacts_only_they"]) == (5, 5), "the colleague knows one of the six"
    stores = manager.request("GET", f"/departures/{opened['case']['id']}/stores").json
    assert {one["outlet_id"] for one in stores} == set(field.outlets)
    assert [one["outlet_class"] for one in stores] == ["A", "A", "B", "B", "C", "D"]
    visited = next(one for one in stores if one["outlet_id"] == field.outlets[1])
    assert visited["last_visit_at"] is not None
    assert visited["open_orders"] == 1
    assert {one["kind"] for one in opened["activity"]} == {
        "cards_borrowed",
        "numbers_opened",
        "exports_asked",
    }
    assert {one["item"]: one["done"] for one in opened["checklist"]}["orders"] is False


def test_who_serves_notice_reads_the_book_but_opens_no_number_and_takes_nothing_out(
    app: Flask, field: Field, session: Session
) -> None:
    phone = KeyPhone(SigningWire(ClientWire(app.test_client())))
    phone.sign_in(field.rep)
    assert opened_number(phone, session, field.outlets[0])[0] == 200
    manager = at_desk(app, field.manager)
    opened = manager.request("POST", "/departures", wish(field.rep, "serving_notice"))
    assert (opened.status, opened.json["case"]["status"]) == (201, "leaving")
    manifest = phone.request("GET", "/daybook/manifest")
    assert manifest.status == 200
    assert len(manifest.json["cards"]) == len(field.outlets)
    assert opened_number(phone, session, field.outlets[1]) == (403, "leaving")
    custodian = at_desk(app, field.custodian)
    assert manager.request("POST", "/departures", wish(field.custodian, "serving_notice")).status == 201
    export = {"reason": "a list", "fields": ["name"], "format": "csv"}
    refused = custodian.request("POST", "/exports", export)
    assert (refused.status, refused.json["code"]) == (403, "leaving")
    assert "contact.reveal_refused" in deeds(session)


def test_work_captured_before_the_freeze_still_comes_in_through_the_drop_box(
    app: Flask, field: Field, session: Session
) -> None:
    phone = KeyPhone(SigningWire(ClientWire(app.test_client())))
    phone.sign_in(field.rep)
    phone.save("visit.record", phone.visit(field.outlets[0], counts={field.skus[0]: (1, 1)}))
    at_desk(app, field.manager).request("POST", "/departures", wish(field.rep))
    refused = phone.send(phone.envelope())
    assert (refused.status, refused.json["code"]) == (401, "frozen")
    assert phone.drop().status == 200
    session.rollback()
    assert session.scalars(select(Visit.person_id)).all() == [field.rep.id]


def test_a_case_is_undone_within_the_hour_by_a_second_person_and_access_is_back(
    app: Flask, field: Field, session: Session
) -> None:
    manager, admin = at_desk(app, field.manager), at_desk(app, field.administrator)
    case = manager.request("POST", "/departures", wish(field.rep)).json["case"]["id"]
    own = manager.request("DELETE", f"/departures/{case}")
    assert (own.status, own.json["code"]) == (403, "second_person")
    undone = admin.request("DELETE", f"/departures/{case}")
    assert (undone.status, undone.json["case"]["state"]) == (200, "undone")
    assert at_desk(app, field.rep).request("GET", "/daybook/manifest").status == 200
    again = admin.request("DELETE", f"/departures/{case}")
    assert (again.status, again.json["code"]) == (409, "departure_state")
    assert deeds(session).count("departure.undo") == 1
    assert manager.request("POST", "/departures", wish(field.rep)).status == 201, "a new case can be opened"


def test_undoing_notice_gives_the_status_back_and_after_an_hour_nothing_is_undone(
    app: Flask, field: Field, session: Session
) -> None:
    manager = at_desk(app, field.manager)
    case = manager.request("POST", "/departures", wish(field.rep, "serving_notice")).json["case"]["id"]
    clock.start_at(MONDAY + timedelta(minutes=61))
    late = at_desk(app, field.administrator).request("DELETE", f"/departures/{case}")
    assert (late.status, late.json["code"]) == (409, "undo_over")
    clock.start_at(MONDAY + timedelta(minutes=59))
    in_time = at_desk(app, field.administrator).request("DELETE", f"/departures/{case}")
    assert (in_time.status, in_time.json["case"]["status"]) == (200, "active")


def test_an_undone_case_leaves_a_freeze_that_was_there_before(
    app: Flask, field: Field, session: Session
) -> None:
    manager, admin = at_desk(app, field.manager), at_desk(app, field.administrator)
    assert manager.request("POST", f"/people/{field.rep.id}/freeze", {"reason": "phone lost"}).status == 200
    case = manager.request("POST", "/departures", wish(field.rep)).json["case"]["id"]
    assert admin.request("DELETE", f"/departures/{case}").json["case"]["status"] == "frozen"


def test_a_person_has_one_case_at_a_time_and_nobody_opens_their_own(
    app: Flask, field: Field, session: Session
) -> None:
    manager = at_desk(app, field.manager)
    assert manager.request("POST", "/departures", wish(field.rep)).status == 201
    twice = manager.request("POST", "/departures", wish(field.rep))
    assert (twice.status, twice.json["code"]) == (409, "departure_open")
    own = manager.request("POST", "/departures", wish(field.manager))
    assert (own.status, own.json["errors"][0]["rule"]) == (422, "another")
    session.rollback()
    assert len(session.scalars(select(Departure.id)).all()) == 1


def test_a_case_asks_for_a_proof_of_who_is_there_and_for_the_right_to_open_one(
    app: Flask, field: Field, session: Session
) -> None:
    plain = at_desk(app, field.manager, stepped_up=False)
    assert plain.request("POST", "/departures", wish(field.rep)).json["code"] == "step_up_needed"
    for who in (field.rep, field.supervisor, field.custodian, field.administrator):
        assert at_desk(app, who).request("POST", "/departures", wish(field.other_rep)).status == 403
    session.rollback()
    assert session.scalars(select(Departure.id)).all() == []


def test_cases_of_another_territory_are_not_there(app: Flask, field: Field, session: Session) -> None:
    boss = at_desk(app, field.manager)
    case = boss.request("POST", "/departures", wish(field.far_rep)).json["case"]["id"]
    session.add(
        PersonTerritory(person_id=field.supervisor.id, territory_id=field.territory, valid_from=BEGAN.date())
    )
    session.commit()
    near = at_desk(app, field.supervisor)
    assert near.request("GET", "/departures").json == []
    for path in (f"/departures/{case}", f"/departures/{case}/stores", "/departures/987654"):
        assert near.request("GET", path).status == 404
    assert deeds(session).count("access.refused") == 3


def test_a_case_that_fails_half_way_stops_nobody(
    app: Flask, field: Field, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One transaction: when the case fails after the freeze, the freeze is undone with it."""

    def freeze_then_fail(**words: Any) -> None:
        people.freeze(**words)
        raise RuntimeError("the disk went away")

    class Failing:
        freeze = staticmethod(freeze_then_fail)
        find_freeze = staticmethod(people.find_freeze)

    manager, rep = at_desk(app, field.manager), at_desk(app, field.rep)
    monkeypatch.setattr("server.services.departures.opening.people", Failing)
    assert manager.request("POST", "/departures", wish(field.rep)).status == 500
    session.rollback()
    assert session.get_one(Person, field.rep.id).status == "active"
    assert session.scalars(select(DepartureStore.outlet_id)).all() == []
    session.rollback()
    assert rep.request("GET", "/daybook/manifest").status == 200
