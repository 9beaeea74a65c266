"""Rights: roles from a day on, duties kept apart, freeze and thaw, devices that wait, recovery by two, the review."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.permission import DUTIES, duties_conflict, roles_conflict
from server.extensions import clock
from server.models import AccessReviewItem, AuditEntry, Device, PersonRole
from tests.server.api.desk import at_desk
from tests.server.fake_phone import ClientWire, FakePhone
from tests.server.field import PASSWORD, Field, Who, build_field
from tests.server.signing import KeyPhone, SigningWire


@pytest.fixture
def field(session: Session) -> Field:
    return build_field(session)


def deeds(session: Session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(AuditEntry.deed).order_by(AuditEntry.seq)))


# --- the four duties -----------------------------------------------------------------------------------------


def test_the_four_duties_never_meet_in_one_person_for_one_file() -> None:
    assert duties_conflict({"author": [1], "borrower": [2], "keeper": [3], "approver": [4]}) == frozenset()
    for one in DUTIES:
        for other in DUTIES:
            if one != other:
                assert duties_conflict({one: [7, 1], other: [7, 2]}) == {7}
    assert duties_conflict({"keeper": [5, 5]}) == frozenset(), "twice the same duty is one duty"
    with pytest.raises(KeyError):
        duties_conflict({"owner": [1]})


def test_roles_of_different_duties_are_not_one_persons() -> None:
    assert roles_conflict(["rep", "driver"]) is None
    assert roles_conflict(["custodian", "administrator"]) is None
    assert roles_conflict(["rep", "custodian"]) == ("rep", "custodian")
    assert roles_conflict(["manager", "custodian"]) == ("manager", "custodian")
    assert roles_conflict(["manager", "rep"]) == ("rep", "manager")
    for role in ("rep", "manager", "custodian", "administrator"):
        assert roles_conflict(["auditor", role]) is not None


def test_a_role_is_given_and_taken_by_somebody_else_and_at_once(
    app: Flask, field: Field, session: Session
) -> None:
    admin = at_desk(app, field.administrator)
    given = admin.request("POST", f"/people/{field.rep.id}/roles", {"role": "driver"})
    assert (given.status, given.json["roles"]) == (200, ["driver", "rep"])
    clash = admin.request("POST", f"/people/{field.rep.id}/roles", {"role": "custodian"})
    assert (clash.status, clash.json["errors"][0]["rule"]) == (422, "duties")
    again = admin.request("POST", f"/people/{field.rep.id}/roles", {"role": "driver"})
    assert (again.status, again.json["code"]) == (409, "role_held")
    own = admin.request("POST", f"/people/{field.administrator.id}/roles", {"role": "custodian"})
    assert (own.status, own.json["code"]) == (403, "second_person")
    rep = at_desk(app, field.rep)
    assert rep.request("GET", "/daybook/manifest").status == 200
    taken = admin.request("DELETE", f"/people/{field.rep.id}/roles/rep")
    assert (taken.status, taken.json["roles"]) == (200, ["driver"])
    manifest = rep.request("GET", "/daybook/manifest")
    assert (manifest.json["cards"], manifest.json["stops"]) == ([], []), "E15: gone from the next manifest"
    assert {"person.grant_role", "person.withdraw_role"} <= set(deeds(session))


def test_the_last_administrator_stays_one(app: Flask, field: Field, session: Session) -> None:
    session.add(PersonRole(person_id=field.manager.id, role="administrator", valid_from=clock.now().date()))
    session.commit()
    first, second = at_desk(app, field.administrator), at_desk(app, field.manager)
    assert first.request("DELETE", f"/people/{field.manager.id}/roles/administrator").status == 200
    assert second.request("DELETE", f"/people/{field.administrator.id}/roles/administrator").status == 403


def test_people_are_added_without_roles_that_clash(app: Flask, field: Field) -> None:
    body = {"login": "new", "name": "新", "password": "a long password", "roles": ["rep", "manager"]}
    answer = at_desk(app, field.administrator).request("POST", "/people", body)
    assert (answer.status, answer.json["errors"][0]["rule"]) == (422, "duties")
    hasty = at_desk(app, field.administrator, stepped_up=False)
    assert hasty.request("POST", "/people", {**body, "roles": ["rep"]}).json["code"] == "step_up_needed"


# --- freeze --------------------------------------------------------------------------------------------------


def test_a_freeze_asks_who_sits_there_is_not_for_oneself_and_is_lifted_by_somebody_else(
    app: Flask, field: Field, session: Session
) -> None:
    path = f"/people/{field.rep.id}/freeze"
    hasty = at_desk(app, field.manager, stepped_up=False)
    assert hasty.request("POST", path, {"reason": "x"}).json["code"] == "step_up_needed"
    manager = at_desk(app, field.manager)
    own = manager.request("POST", f"/people/{field.manager.id}/freeze", {"reason": "x"})
    assert (own.status, own.json["code"]) == (403, "freeze_self")
    first = manager.request("POST", path, {"reason": "leaves"}).json
    assert manager.request("POST", path, {"reason": "again"}).json["since"] == first["since"]
    assert manager.request("DELETE", path).json["code"] == "second_person"
    assert at_desk(app, field.administrator).request("DELETE", path).status == 204
    assert manager.request("DELETE", path).json["code"] == "not_frozen"
    assert FakePhone(ClientWire(app.test_client())).sign_in(field.rep).status == 200
    assert deeds(session).count("person.freeze") == 1


# --- devices -------------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(app: Flask) -> Iterator[None]:
    """Later devices wait for somebody's approval, as they do by default."""
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(before, device_approval="later")
    yield
    app.config["SETTINGS"] = before


@pytest.mark.usefixtures("waiting")
def test_the_first_device_is_lent_to_and_the_next_one_waits_for_somebody_else(
    app: Flask, field: Field, session: Session
) -> None:
    first = KeyPhone(SigningWire(ClientWire(app.test_client())))
    assert first.sign_in(field.supervisor).json["approved"] is True
    second = KeyPhone(SigningWire(ClientWire(app.test_client())))
    assert second.sign_in(field.supervisor).json["approved"] is False
    assert first.request("GET", "/daybook/manifest").status == 200
    refused = second.request("GET", "/daybook/manifest")
    assert (refused.status, refused.json["code"]) == (403, "device_not_approved")
    assert second.push([])["results"] == [], "what was done is taken in all the same"
    own = at_desk(app, field.supervisor).request("POST", f"/devices/{second.device_id}/approve")
    assert (own.status, own.json["code"]) == (403, "second_person")
    admin = at_desk(app, field.administrator)
    assert admin.request("POST", f"/devices/{second.device_id}/approve").status == 204
    assert second.request("GET", "/daybook/manifest").status == 200
    assert admin.request("DELETE", f"/devices/{first.device_id}").status == 204
    third = KeyPhone(SigningWire(ClientWire(app.test_client())))
    assert third.sign_in(field.supervisor).json["approved"] is False, "a revoked one makes no room"
    assert {"device.approve", "device.revoke"} <= set(deeds(session))


@pytest.mark.usefixtures("waiting")
def test_nothing_is_lent_to_a_sign_in_without_a_device(app: Flask, field: Field) -> None:
    phone = at_desk(app, field.rep)
    assert phone.request("GET", "/daybook/manifest").json["code"] == "device_not_approved"


def test_a_device_keeps_its_key_and_proves_to_have_it(app: Flask, field: Field, session: Session) -> None:
    phone = KeyPhone(SigningWire(ClientWire(app.test_client())))
    phone.sign_in(field.rep)
    other = KeyPhone(SigningWire(ClientWire(app.test_client())), device_id=phone.device_id)
    assert other.request("POST", "/session", {"login": "rep", "password": PASSWORD}).status == 200
    answer = other.register()
    assert (answer.status, answer.json["code"]) == (409, "device_key_differs")
    liar = KeyPhone(SigningWire(ClientWire(app.test_client()), signs=False))
    assert liar.request("POST", "/session", {"login": "rep", "password": PASSWORD}).status == 200
    assert liar.register().json["code"] == "proof_needed"
    for wrong in ("A" * 88, "x", "BA" + "A" * 84 + "=="):
        assert phone.register(public_key=wrong).status == 422
    session.rollback()
    assert len(session.scalars(select(Device)).all()) == 1


def test_a_device_is_a_passkey_device_only_where_there_is_a_passkey(app: Flask, field: Field) -> None:
    phone = KeyPhone(SigningWire(ClientWire(app.test_client())))
    assert phone.sign_in(field.rep).json["unlock"] == "pin"
    answer = phone.register(unlock="passkey")
    assert (answer.status, answer.json["errors"][0]["rule"]) == (422, "no_passkey")


# --- recovery ------------------------------------------------------------------------------------------------


def start_and_approve(app: Flask, field: Field, who: Who) -> tuple[str, str]:
    started = at_desk(app, field.administrator).request(
        "POST", "/recoveries", {"person_id": who.id, "reason": "lost phone"}
    )
    assert started.status == 201, started.data
    approved = at_desk(app, field.supervisor).request(
        "POST", f"/recoveries/{started.json['recovery_id']}/approve"
    )
    assert approved.status == 200, approved.data
    return started.json["half"], approved.json["half"]


def use(app: Flask, code: str, login: str = "rep") -> int:
    phone = FakePhone(ClientWire(app.test_client()))
    body = {"login": login, "code": code, "password": "my new password"}
    return phone.request("POST", "/session/recover", body).status


def test_two_people_bring_somebody_back_in_and_neither_could_alone(
    app: Flask, field: Field, session: Session
) -> None:
    old = at_desk(app, field.rep)
    first, second = start_and_approve(app, field, field.rep)
    assert use(app, first) == use(app, second) == use(app, second + first) == 401
    assert use(app, f"{first.lower()}-{second}") == 204, "as a person types it"
    assert use(app, first + second) == 401, "once"
    assert old.request("GET", "/session").status == 401, "whoever had got in is out"
    phone = FakePhone(ClientWire(app.test_client()))
    assert phone.request("POST", "/session", {"login": "rep", "password": PASSWORD}).status == 401
    assert phone.request("POST", "/session", {"login": "rep", "password": "my new password"}).status == 200
    assert {"recovery.start", "recovery.approve", "recovery.wrong_code", "recovery.use"} <= set(
        deeds(session)
    )


def test_who_starts_a_recovery_does_not_approve_it_and_nobody_starts_their_own(
    app: Flask, field: Field
) -> None:
    admin = at_desk(app, field.administrator)
    own = admin.request("POST", "/recoveries", {"person_id": field.administrator.id, "reason": "x"})
    assert (own.status, own.json["code"]) == (403, "second_person")
    started = admin.request("POST", "/recoveries", {"person_id": field.manager.id, "reason": "x"}).json
    path = f"/recoveries/{started['recovery_id']}/approve"
    assert admin.request("POST", path).json["code"] == "second_person"
    assert at_desk(app, field.manager).request("POST", path).json["code"] == "second_person"
    assert use(app, started["half"] * 2, "manager") == 401, "not approved"


def test_a_recovery_ends_after_five_wrong_codes_and_after_a_day(app: Flask, field: Field) -> None:
    first, second = start_and_approve(app, field, field.rep)
    for _ in range(5):
        use(app, "WRONGWRONGWRONGW")
    clock.start_at(clock.now() + timedelta(hours=2))
    assert use(app, first + second) == 401
    clock.start_at(None)
    first, second = start_and_approve(app, field, field.other_rep)
    clock.start_at(clock.now() + timedelta(hours=25))
    assert use(app, first + second, "other_rep") == 401


# --- the quarterly review ------------------------------------------------------------------------------------


def test_each_right_is_confirmed_or_withdrawn_by_the_named_person(
    app: Flask, field: Field, session: Session
) -> None:
    manager = at_desk(app, field.manager)
    assert manager.request("GET", "/access-reviews").json["missing"] is not None
    body = {"reviewer_id": field.manager.id, "second_reviewer_id": field.administrator.id}
    same = manager.request("POST", "/access-reviews", {**body, "second_reviewer_id": field.manager.id})
    assert same.json["errors"][0]["rule"] == "another"
    unfit = manager.request("POST", "/access-reviews", {**body, "reviewer_id": field.rep.id})
    assert unfit.json["errors"][0]["field"] == "reviewer_id"
    opened = manager.request("POST", "/access-reviews", body)
    assert opened.status == 201, opened.data
    assert manager.request("POST", "/access-reviews", body).json["code"] == "review_open"
    items = manager.request("GET", f"/access-reviews/{opened.json['id']}/items").json["items"]
    by_person = {(one["person_id"], one["role"]): one for one in items}
    assert len(items) == len(session.scalars(select(PersonRole.id)).all())
    mine, reps = by_person[field.manager.id, "manager"], by_person[field.rep.id, "rep"]
    assert (mine["reviewer_id"], reps["reviewer_id"]) == (field.administrator.id, field.manager.id)
    decide = "/access-reviews/items/{}/decide"
    assert manager.request("POST", decide.format(mine["id"]), {"confirm": True}).status == 404
    rep = at_desk(app, field.rep)
    assert (
        manager.request("POST", decide.format(reps["id"]), {"confirm": False, "note": "left"}).status == 204
    )
    assert rep.request("GET", "/daybook/manifest").status == 403, "withdrawn is withdrawn at once"
    assert manager.request("POST", decide.format(reps["id"]), {"confirm": True}).status == 409
    for one in items:
        if one["id"] in (mine["id"], reps["id"]):
            continue
        assert manager.request("POST", decide.format(one["id"]), {"confirm": True}).status == 204
    assert manager.request("GET", "/access-reviews").json["reviews"][0]["left"] == 1
    admin = at_desk(app, field.administrator)
    assert admin.request("POST", decide.format(mine["id"]), {"confirm": True}).status == 204
    done = manager.request("GET", "/access-reviews").json["reviews"][0]
    assert (done["left"], done["closed_at"] is not None, done["overdue"]) == (0, True, False)
    session.rollback()
    assert {one.decision for one in session.scalars(select(AccessReviewItem))} == {"confirmed", "withdrawn"}


def test_an_overdue_review_shows(app: Flask, field: Field) -> None:
    body = {"reviewer_id": field.manager.id, "second_reviewer_id": field.administrator.id}
    at_desk(app, field.manager).request("POST", "/access-reviews", body)
    clock.start_at(clock.now() + timedelta(days=22))
    standing = at_desk(app, field.supervisor).request("GET", "/access-reviews").json
    assert standing["reviews"][0]["overdue"] is True
    clock.start_at(clock.now() + timedelta(days=100))
    assert at_desk(app, field.supervisor).request("GET", "/access-reviews").json["missing"] is not None
