"""Plans over the wire: who may, what comes out, whose territory it is."""

from datetime import UTC, date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from server.extensions import clock
from server.models import Job, PersonTerritory
from server.services.daybook.changes import changes_told
from tests.server.field import PASSWORD, Field, build_field

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
DAY = "2026-11-30"


@pytest.fixture
def field(session: Session) -> Field:
    clock.start_at(NOW)
    return build_field(session)


def signed_in(app: Flask, login: str) -> FlaskClient:
    client = app.test_client()
    assert client.post("/api/v1/session", json={"login": login, "password": PASSWORD}).status_code == 200
    return client


def plan(desk: FlaskClient, field: Field, **changes: object):
    body = {"territory_id": field.territory, "name": "December", "starts_on": DAY, **changes}
    return desk.post("/api/v1/plans", json=body)


def test_a_supervisor_makes_edits_and_publishes_a_plan_and_the_manifest_of_the_day_shows_it(
    app: Flask, session: Session, field: Field
):
    desk = signed_in(app, "supervisor")
    made = plan(desk, field)
    assert made.status_code == 201
    version = made.json["versions"][0]["id"]
    board = desk.get(f"/api/v1/plans/versions/{version}/board").json
    assert len(board["routes"]) == 2
    store = field.outlets[0]
    edit = {
        "revision": board["revision"], "kind": "move", "outlet_ids": [store], "route_id": field.other_route,
    }  # fmt: skip
    after = desk.post(f"/api/v1/plans/versions/{version}/edits", json=edit)
    assert after.status_code == 200
    assert after.json["moves"] == [store]
    assert desk.post(f"/api/v1/plans/versions/{version}/edits", json=edit).json["code"] == "plan_changed"
    words = {"starts_on": DAY, "reason": "Nearer"}
    published = desk.post(f"/api/v1/plans/versions/{version}/publish", json=words)
    assert published.status_code == 200
    assert published.json["changes"] >= 2

    clock.start_at(datetime(2026, 11, 30, 1, 0, tzinfo=UTC))
    phone = signed_in(app, "other_rep")
    manifest = phone.get("/api/v1/daybook/manifest").json
    assert store in [stop[0] for stop in manifest["stops"]]
    assert [(one["kind"], one["reason"]) for one in manifest["changes"] if one["outlet_id"] == store] == [
        ("came", "Nearer")
    ]
    session.rollback()
    assert changes_told(session, [field.far_route], date(2026, 11, 30)) == []


def test_a_proposal_is_a_job_whose_progress_the_plan_tells_and_that_is_cancelled(
    app: Flask, session: Session, field: Field
):
    desk = signed_in(app, "supervisor")
    made = plan(desk, field).json
    body = {"version_id": made["versions"][0]["id"], "kind": "calendar", "seconds": 5}
    asked = desk.post("/api/v1/plans/proposals", json=body)
    assert asked.status_code == 202
    assert desk.get(f"/api/v1/plans/{made['id']}").json["job"]["state"] == "waiting"
    assert desk.post("/api/v1/plans/proposals", json=body).json["code"] == "plan_busy"
    assert desk.post(f"/api/v1/plans/{made['id']}/cancel").status_code == 204
    job = desk.get(f"/api/v1/jobs/{asked.json['id']}").json
    assert job["state"] == "cancelled"
    again = desk.post(f"/api/v1/jobs/{job['id']}/again")
    assert again.status_code == 201
    session.rollback()
    assert session.get_one(Job, again.json["id"]).again_of == job["id"]


def test_somebody_elses_job_is_not_there(app: Flask, field: Field):
    desk = signed_in(app, "supervisor")
    made = plan(desk, field).json
    body = {"version_id": made["versions"][0]["id"], "kind": "sequence"}
    job = desk.post("/api/v1/plans/proposals", json=body).json
    other = signed_in(app, "manager")
    assert other.get(f"/api/v1/jobs/{job['id']}").status_code == 404
    assert other.post(f"/api/v1/jobs/{job['id']}/cancel").status_code == 404
    assert other.get("/api/v1/jobs").json == []
    assert [one["id"] for one in signed_in(app, "administrator").get("/api/v1/jobs").json] == [job["id"]]


def test_F1_a_supervisor_of_another_territory_finds_neither_plan_nor_board(
    app: Flask, session: Session, field: Field
):
    made = plan(signed_in(app, "manager"), field).json
    version = made["versions"][0]["id"]
    session.rollback()
    session.add(
        PersonTerritory(
            person_id=field.supervisor.id, territory_id=field.far_territory, valid_from=date(2026, 1, 1)
        )
    )
    session.commit()
    desk = signed_in(app, "supervisor")
    assert desk.get("/api/v1/plans").json == []
    words = {"starts_on": DAY, "reason": "Mine"}
    answers = [
        desk.get(f"/api/v1/plans/{made['id']}"),
        desk.get(f"/api/v1/plans/versions/{version}/board"),
        desk.post(f"/api/v1/plans/versions/{version}/copy"),
        desk.post(f"/api/v1/plans/versions/{version}/publish", json=words),
        desk.post(f"/api/v1/plans/{made['id']}/revert", json=words),
        desk.get("/api/v1/plans/compare", query_string={"one": version, "other": version}),
        plan(desk, field),
    ]
    assert [answer.status_code for answer in answers] == [404] * len(answers)


@pytest.mark.parametrize(
    ("changes", "field_name"),
    [
        ({"terms": {"start_minute": 600, "end_minute": 500}}, "end_minute"),
        ({"terms": {"weekdays": [1, 1]}}, "weekdays"),
        ({"name": ""}, "name"),
        ({"starts_on": "tomorrow"}, "starts_on"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_by_field(
    app: Flask, field: Field, changes: dict[str, object], field_name: str
):
    answer = plan(signed_in(app, "supervisor"), field, **changes)
    assert answer.status_code == 422
    assert field_name in str(answer.json["errors"])


def test_two_versions_are_compared(app: Flask, field: Field):
    desk = signed_in(app, "supervisor")
    first = plan(desk, field).json["versions"][0]["id"]
    second = desk.post(f"/api/v1/plans/versions/{first}/copy").json["id"]
    edit = {"revision": 0, "kind": "move", "outlet_ids": [field.outlets[0]], "route_id": field.other_route}
    assert desk.post(f"/api/v1/plans/versions/{second}/edits", json=edit).status_code == 200
    answer = desk.get("/api/v1/plans/compare", query_string={"one": first, "other": second}).json
    assert answer["moves"] == [field.outlets[0]]
    assert answer["totals"][0]["travel"] < answer["totals"][1]["travel"]
