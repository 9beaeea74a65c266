"""The figures over HTTP: who may ask, what is refused, and that no number of an owner leaves with them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.extensions import clock
from server.models import AuditEntry, Outlet, PersonTerritory
from server.services.kpis import rollups
from tests.server.api.desk import words_of
from tests.server.fake_phone import ClientWire, FakePhone
from tests.server.field import BEGAN, PASSWORD, Field, Who, field_at

# Tuesday, 2026-11-24, 10:00 in Hong Kong.
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
SPAN = "from=2026-11-24&to=2026-11-24"


@pytest.fixture
def field(session: Session) -> Field:
    made = field_at(session, NOW)
    for who in (made.supervisor, made.manager):
        session.add(PersonTerritory(person_id=who.id, territory_id=made.territory, valid_from=BEGAN.date()))
    session.commit()
    return made


def desk(client: FlaskClient, who: Who) -> FakePhone:
    phone = FakePhone(ClientWire(client))
    assert phone.request("POST", "/session", {"login": who.login, "password": PASSWORD}).status == 200
    return phone


def visited(client: FlaskClient, field: Field) -> None:
    for who, outlet in ((field.rep, field.outlets[0]), (field.far_rep, field.far_outlets[0])):
        phone = FakePhone(ClientWire(client))
        phone.sign_in(who)
        saved = phone.save("visit.record", phone.visit(outlet))
        phone.push()
        assert phone.result(saved)["status"] == "applied"
    # The day is marked first, and counted when its marks have settled.
    rollups.keep(now=clock.now() + timedelta(minutes=1))
    assert rollups.keep(now=clock.now() + timedelta(minutes=2)) > 0


def test_those_who_lead_are_told_the_figures_and_others_are_not(client: FlaskClient, field: Field) -> None:
    for who in (field.supervisor, field.manager, field.administrator):
        answer = desk(client, who).request("GET", f"/kpis?period=day&{SPAN}")
        assert answer.status == 200, answer.data
    for who in (field.rep, field.driver, field.custodian):
        for path in ("/kpis", "/kpis/definitions", "/kpis/daily", f"/kpis/visits?{SPAN}"):
            assert desk(client, who).request("GET", path).status == 403


def test_a_supervisor_is_told_of_the_own_territory_only(client: FlaskClient, field: Field) -> None:
    visited(client, field)
    phone = desk(client, field.supervisor)
    report = phone.request("GET", f"/kpis?period=day&{SPAN}").json
    assert [line["code"] for line in report["lines"]] == ["R1", "R2"]
    assert report["counts"]["calls"] == 1
    assert report["marked"] == 0
    visits = phone.request("GET", f"/kpis/visits?{SPAN}").json["visits"]
    assert [one["outlet_id"] for one in visits] == [field.outlets[0]]
    daily = phone.request("GET", "/kpis/daily?day=2026-11-24").json
    assert daily["report"]["counts"]["calls"] == 1
    whole = desk(client, field.administrator).request("GET", f"/kpis?period=day&{SPAN}").json
    assert whole["counts"]["calls"] == 2


def test_F1_a_foreign_route_rep_or_territory_is_not_there_and_the_asking_is_written_down(
    client: FlaskClient, session: Session, field: Field
) -> None:
    phone = desk(client, field.supervisor)
    asked = 0
    for what in (
        f"route_id={field.far_route}",
        f"person_id={field.far_rep.id}",
        f"territory_id={field.far_territory}",
    ):
        for path in (f"/kpis?period=day&{SPAN}&{what}", f"/kpis/visits?{SPAN}&{what}"):
            assert phone.request("GET", path).status == 404
            asked += 1
    session.rollback()
    refused = session.scalars(select(AuditEntry.seq).where(AuditEntry.deed == "access.refused")).all()
    assert len(refused) == asked


def test_what_makes_no_sense_is_refused_with_the_field(client: FlaskClient, field: Field) -> None:
    phone = desk(client, field.manager)
    for query, name in (
        ("from=2026-11-24&to=2026-11-23", "to"),
        ("period=day&from=2026-01-01&to=2026-11-24", "from"),
        ("group=moon", "group"),
        ("group=brand&outlet_class=A", "outlet_class"),
    ):
        answer = phone.request("GET", f"/kpis?{query}")
        assert answer.status == 422, (query, answer.data)
        assert name in [one["field"] for one in answer.json["errors"]], answer.data


def test_the_visits_behind_name_no_owner_no_number_and_no_secret_outlet(
    client: FlaskClient, session: Session, field: Field
) -> None:
    visited(client, field)
    phone = desk(client, field.supervisor)
    seen = phone.request("GET", f"/kpis/visits?{SPAN}")
    assert seen.json["visits"][0]["outlet"] == "N 便利店 0"
    assert "6000" not in words_of(seen)
    assert "老板" not in json.dumps(seen.json, ensure_ascii=False)
    session.get_one(Outlet, field.outlets[0]).secrecy = "top_secret"
    session.commit()
    hidden = phone.request("GET", f"/kpis/visits?{SPAN}").json["visits"][0]
    assert (hidden["outlet_id"], hidden["outlet"], hidden["code"]) == (None, "", "")
