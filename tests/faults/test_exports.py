"""F5, F6: what leaves the house leaves by two people, and as it was signed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from server.models import Contact, ExportRequest, Outlet
from tests.faults.office import (
    NUMBERS,
    Desk,
    csv_rows,
    deeds,
    desk,
    hire,
    signed,
)
from tests.server.field import Field, field_at

MORNING = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)


@pytest.fixture
def field(session: Session) -> Field:
    return field_at(session, MORNING)


# --- F5 --------------------------------------------------------------------------------------------------------


def test_F5_nobody_signs_a_request_of_their_own(session: Session, manager: Desk) -> None:
    export = manager.ask()
    assert export["may_sign"] == ""
    refused = manager.sign(export)
    assert (refused.status, refused.json["errors"][0]["rule"]) == (422, "own_request")
    session.rollback()
    assert session.scalars(sa.select(ExportRequest.status)).one() == "asked"
    assert deeds(session, "export.sign") == []


def test_F5_the_same_person_on_a_second_device_is_the_same_person(
    app: Flask, field: Field, manager: Desk
) -> None:
    export = manager.ask()
    again = desk(app, field.manager)
    assert again.phone.device_id != manager.phone.device_id
    assert again.sign(export).json["errors"][0]["rule"] == "own_request"


def test_F5_a_second_account_does_not_sign_on_the_device_on_which_it_was_asked(
    app: Flask, session: Session, field: Field, asker: Desk, manager: Desk
) -> None:
    export = asker.ask()
    session.execute(
        sa.text("UPDATE device SET person_id = :other WHERE id = :device"),
        {"other": field.manager.id, "device": device_column(session, asker)},
    )
    session.commit()
    second = desk(app, field.manager, asker.phone.device_id)
    refused = second.sign(export)
    assert (refused.status, refused.json["errors"][0]["rule"]) == (422, "asked_on_this_device")
    assert manager.sign(export).status == 200


def device_column(session: Session, who: Desk) -> str:
    """A device's id as this database keeps it."""
    plain = who.phone.device_id
    return plain.replace("-", "") if session.get_bind().dialect.name == "sqlite" else plain


def test_F5_a_signature_takes_a_fresh_proof_of_who_is_there(asker: Desk, manager: Desk) -> None:
    export = asker.ask()
    words = {"scope_sha256": export["scope_sha256"]}
    refused = manager.request("POST", f"/exports/{export['id']}/sign", words)
    assert (refused.status, refused.json["code"]) == (403, "step_up_needed")


def test_F5_numbers_leave_only_with_a_manager_and_a_custodian_who_are_three_with_the_asker(
    app: Flask, session: Session, field: Field, asker: Desk, manager: Desk, custodian: Desk
) -> None:
    export = asker.ask(fields=NUMBERS)
    assert export["duties"] == ["approver", "keeper"]
    once = manager.sign(export).json
    assert (once["status"], [one["duty"] for one in once["signatures"]]) == ("asked", ["approver"])
    early = asker.fetch(export)
    assert (early.status, early.json["code"]) == (409, "not_released")
    assert manager.sign(export).json["errors"][0]["rule"] == "signed_already"
    other = desk(app, hire(session, "manager2", ["manager"], field.manager))
    assert other.sign(export).json["errors"][0]["rule"] == "not_your_duty", "a second manager keeps nothing"
    assert custodian.sign(export).json["status"] == "approved"
    rows = csv_rows(asker.fetch(export).data)
    assert "'+852 6000 0000" in {row[3] for row in rows}


def test_F5_a_custodian_who_asks_for_numbers_does_not_keep_that_file(
    app: Flask, session: Session, field: Field, manager: Desk, custodian: Desk
) -> None:
    export = custodian.ask(fields=NUMBERS)
    assert manager.sign(export).status == 200
    assert custodian.sign(export).json["errors"][0]["rule"] == "own_request"
    keeper = desk(app, hire(session, "custodian2", ["custodian"], field.custodian))
    assert keeper.sign(export).json["status"] == "approved"


def test_F5_an_outlet_of_the_strictest_class_needs_the_keeper_too(
    session: Session, field: Field, manager: Desk, custodian: Desk, asker: Desk
) -> None:
    session.get_one(Outlet, field.outlets[0]).secrecy = "top_secret"
    session.commit()
    assert custodian.ask()["duties"] == ["approver", "keeper"]
    plain = asker.ask()
    assert plain["duties"] == ["approver"], "a supervisor does not find that outlet at all"
    assert manager.sign(plain).json["status"] == "approved"
    codes = {row[0] for row in csv_rows(asker.fetch(plain).data)}
    hidden = session.get_one(Outlet, field.outlets[0]).code
    assert hidden not in codes


# --- F6 --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", ["cell", "more", "class"])
def test_F6_what_changed_after_the_signature_is_signed_again(
    session: Session, field: Field, asker: Desk, manager: Desk, change: str
) -> None:
    export = signed(asker, manager)
    outlet = session.get_one(Outlet, field.outlets[1])
    if change == "cell":
        outlet.address = "搬到彌敦道 700 號"
    elif change == "more":
        session.get_one(Outlet, field.closed_outlet).status = "active"
    else:
        outlet.secrecy = "top_secret"
    session.commit()

    refused = asker.fetch(export)
    assert (refused.status, refused.json["code"]) == (409, "scope_changed")
    now = asker.request("GET", f"/exports/{export['id']}").json
    assert (now["status"], now["signatures"], now["expires_at"]) == ("changed", [], None)
    assert now["scope_sha256"] != export["scope_sha256"]
    again = asker.fetch(export)
    assert (again.status, again.json["code"]) == (409, "not_released")
    assert len(deeds(session, "export.change")) == 1

    assert manager.sign(export).json["status"] == "approved"
    assert asker.fetch(export).status == 200


def test_F6_nobody_signs_what_they_did_not_see(
    session: Session, field: Field, asker: Desk, manager: Desk
) -> None:
    export = asker.ask()
    session.get_one(Outlet, field.outlets[1]).name = "改名士多"
    session.commit()
    manager.step_up()
    stale = {"scope_sha256": export["scope_sha256"]}
    refused = manager.request("POST", f"/exports/{export['id']}/sign", stale)
    assert (refused.status, refused.json["code"]) == (409, "scope_changed")
    assert deeds(session, "export.sign") == []
    assert manager.sign(export).json["status"] == "approved", "what is shown now can be signed"


def test_F6_a_change_between_two_signatures_asks_both_again(
    session: Session, field: Field, asker: Desk, manager: Desk, custodian: Desk
) -> None:
    export = asker.ask(fields=NUMBERS)
    assert manager.sign(export).status == 200
    session.scalars(sa.select(Contact).where(Contact.outlet_id == field.outlets[0])).one().phone = "2345 6789"
    session.commit()
    custodian.step_up()
    seen = {"scope_sha256": export["scope_sha256"]}
    assert custodian.request("POST", f"/exports/{export['id']}/sign", seen).json["code"] == "scope_changed"
    after = custodian.sign(export).json
    assert [one["duty"] for one in after["signatures"]] == ["keeper"], "the manager signed something else"
    assert manager.sign(export).json["status"] == "approved"
