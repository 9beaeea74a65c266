"""Never only one person: who in the company knows a store, and the stores that one person alone knows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from server.extensions import clock
from tests.server.api.desk import at_desk
from tests.server.fake_phone import ClientWire, FakePhone
from tests.server.field import Field, field_at

MONDAY = datetime(2026, 11, 23, 2, tzinfo=UTC)  # 10:00 in Hong Kong


@pytest.fixture
def field(session: Session) -> Field:
    return field_at(session, MONDAY)


def test_stores_that_only_one_person_knows_are_listed_by_value(
    app: Flask, field: Field, session: Session
) -> None:
    sku = field.skus[0]
    for who, outlet, pieces in (
        (field.rep, 0, 12),
        (field.rep, 1, 24),
        (field.rep, 2, 36),
        (field.other_rep, 2, 0),
    ):
        phone = FakePhone(ClientWire(app.test_client()))
        phone.sign_in(who)
        lines = [(sku, 12, pieces, field.prices[sku])] if pieces else []
        phone.save("visit.record", phone.visit(field.outlets[outlet], counts={sku: (3, 4)}, lines=lines))
        phone.push()
    found = at_desk(app, field.supervisor).request("GET", "/departures/known-by-one").json
    assert [one["outlet_id"] for one in found[:2]] == [field.outlets[1], field.outlets[0]]
    assert [(one["person_id"], one["visits"]) for one in found[:2]] == [(field.rep.id, 1)] * 2
    assert field.outlets[2] not in {one["outlet_id"] for one in found}, "two people know it"
    assert next(one for one in found if one["outlet_id"] == field.outlets[5])["person_id"] is None
    desk = at_desk(app, field.supervisor)
    knows = desk.request("GET", f"/departures/known-by/{field.outlets[2]}").json
    assert {(one["person_id"], one["visits"]) for one in knows} == {
        (field.rep.id, 1),
        (field.other_rep.id, 1),
    }
    assert desk.request("GET", f"/departures/known-by/{field.outlets[5]}").json == []
    assert desk.request("GET", "/departures/known-by/999999").status == 404
    clock.start_at(MONDAY + timedelta(days=181))
    later = at_desk(app, field.supervisor).request("GET", "/departures/known-by-one").json
    assert {one["person_id"] for one in later} == {None}, (
        "who has not been there for half a year does not know it"
    )
    assert at_desk(app, field.rep).request("GET", "/departures/known-by-one").status == 403
