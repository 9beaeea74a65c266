"""Who takes over: proposals, and what holds from the instant on at which one was accepted."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.handovers import HANDOVER_STEPS
from server.extensions import clock
from server.models import (
    Alert,
    Assignment,
    AuditEntry,
    Case,
    CaseEntry,
    Delivery,
    Departure,
    DepartureStore,
    Job,
    Stop,
    Task,
    Visit,
)
from server.services import jobs
from server.services.departures.proposing import propose
from tests.server.api.desk import at_desk
from tests.server.fake_phone import ClientWire, FakePhone
from tests.server.field import PASSWORD, Field, Who, field_at

MONDAY = datetime(2026, 11, 23, 2, tzinfo=UTC)  # 10:00 in Hong Kong
TUESDAY = datetime(2026, 11, 24, 1, tzinfo=UTC)


class Silently:
    """A job's report that nobody reads."""

    def now(self) -> datetime:
        return clock.now()

    def say(self, *, progress: int | None = None, words: str = "", detail: str = "") -> None:
        pass

    def watch(self, process: subprocess.Popen[str]) -> None:
        pass


@pytest.fixture
def field(session: Session) -> Field:
    return field_at(session, MONDAY)


def opened(desk: FakePhone, who: Who, mode: str = "serving_notice", last_day: str = "2026-11-23") -> int:
    wish = {"person_id": who.id, "reason": "resigned", "last_day": last_day, "mode": mode}
    answer = desk.request("POST", "/departures", wish)
    assert answer.status == 201, answer.data
    return int(answer.json["case"]["id"])


def proposed(desk: FakePhone, session: Session, case: int) -> dict[str, dict[str, Any]]:
    """Ask, work as a worker would, and return the proposals by kind."""
    asked = desk.request("POST", f"/departures/{case}/proposals")
    assert asked.status == 202, asked.data
    session.rollback()
    claimed = jobs.claim(worker="test", now=clock.now(), job_id=asked.json["id"])
    assert claimed is not None
    # A district of a few stores needs no five seconds of search.
    propose(Silently(), replace(claimed, parameters={**claimed.parameters, "seconds": 0.5}))
    session.rollback()
    found = desk.request("GET", f"/departures/{case}").json["proposals"]
    return {one["kind"]: one for one in found}


def cards(app: Flask, who: Who) -> set[int]:
    phone = FakePhone(ClientWire(app.test_client()))
    phone.sign_in(who)
    manifest = phone.request("GET", "/daybook/manifest")
    assert manifest.status == 200
    return {outlet for outlet, _ in manifest.json["cards"]}


def accept(desk: FakePhone, case: int, proposal: int, successor: Who | None = None) -> Any:
    body = {"proposal_id": proposal, "successor_id": successor.id if successor else None}
    return desk.request("POST", f"/departures/{case}/accept", body)


def test_three_proposals_come_with_travel_balance_weekdays_familiarity_and_their_bound(
    app: Flask, field: Field, session: Session
) -> None:
    desk = at_desk(app, field.manager)
    found = proposed(desk, session, opened(desk, field.rep))
    assert set(found) == {"hire", "spread", "cascade"}
    hire, spread = found["hire"]["figures"], found["spread"]["figures"]
    assert (hire["moved"], hire["receivers"], hire["weekdays_kept"]) == (6, 1, 1.0)
    assert (hire["travel_after"], hire["familiarity"]) == (hire["travel_before"], None)
    assert (spread["stores"], spread["moved"], spread["receivers"]) == (6, 6, 1)
    assert spread["weekdays_kept"] == 1.0
    assert spread["bound"] <= spread["cost"] + 1e-6
    assert spread["gap"] <= 0.01
    assert desk.request("GET", f"/plans/versions/{found['spread']['version_id']}/board").status == 200


def test_a_spread_opens_and_closes_at_one_instant_the_receivers_have_the_cards_and_the_leaver_none(
    app: Flask, field: Field, session: Session
) -> None:
    desk = at_desk(app, field.manager)
    case = opened(desk, field.rep)
    found = proposed(desk, session, case)
    before = (cards(app, field.rep), cards(app, field.other_rep))
    assert before == (set(field.outlets), set(field.other_outlets))
    done = accept(desk, case, found["spread"]["id"])
    assert (done.status, done.json["case"]["state"]) == (200, "planned")
    assert (cards(app, field.rep), cards(app, field.other_rep)) == before, "today is walked as it was planned"
    session.rollback()
    (ended,) = session.scalars(
        select(Assignment.ends_at).where(Assignment.person_id == field.rep.id, Assignment.role == "rep")
    ).all()
    assert ended == datetime(2026, 11, 23, 16, tzinfo=UTC), "midnight in Hong Kong"
    assert done.json["holds_from"] == "2026-11-23T16:00:00+00:00"
    assert (
        session.scalars(
            select(Stop.outlet_id).where(
                Stop.route_id == field.route, Stop.outlet_id.in_(field.outlets), Stop.valid_to.is_(None)
            )
        ).all()
        == []
    )
    stores = desk.request("GET", f"/departures/{case}/stores").json
    assert {one["receiver_id"] for one in stores} == {field.other_rep.id}
    session.rollback()
    clock.start_at(TUESDAY)
    gone = FakePhone(ClientWire(app.test_client()))
    shut = gone.request("POST", "/session", {"login": field.rep.login, "password": PASSWORD})
    assert shut.status == 401, "the last day is over"
    assert cards(app, field.other_rep) == {*field.outlets, *field.other_outlets}


def test_a_successor_takes_the_routes_whole(app: Flask, field: Field, session: Session) -> None:
    desk = at_desk(app, field.manager)
    case = opened(desk, field.rep, "freeze_now")
    hire = proposed(desk, session, case)["hire"]["id"]
    assert accept(desk, case, hire).json["errors"][0]["field"] == "successor_id"
    assert accept(desk, case, hire, field.rep).status == 422
    assert accept(desk, case, hire, field.substitute).status == 200
    session.rollback()
    clock.start_at(TUESDAY)
    assert cards(app, field.substitute) == set(field.outlets)
    again = accept(at_desk(app, field.manager), case, hire, field.substitute)
    assert (again.status, again.json["code"]) == (409, "departure_state")


def test_what_is_open_at_a_store_rides_with_its_new_route_and_what_was_walked_stays_the_leavers(
    app: Flask, field: Field, session: Session
) -> None:
    phone = FakePhone(ClientWire(app.test_client()))
    phone.sign_in(field.rep)
    sku = field.skus[0]
    phone.save(
        "visit.record",
        phone.visit(field.outlets[0], counts={sku: (3, 4)}, lines=[(sku, 12, 24, field.prices[sku])]),
    )
    phone.push()
    desk = at_desk(app, field.manager)
    case = opened(desk, field.rep)
    accept(desk, case, proposed(desk, session, case)["spread"]["id"])
    session.rollback()
    delivery = session.scalars(select(Delivery)).one()
    assert (delivery.route_id, delivery.status) == (field.other_route, "planned")
    visit = session.scalars(select(Visit)).one()
    assert (visit.route_id, visit.person_id, visit.holder_id) == (field.route, field.rep.id, field.rep.id)


def test_tasks_and_complaints_go_on_with_the_store_and_what_is_elsewhere_waits_for_a_supervisor(
    app: Flask, field: Field, session: Session
) -> None:
    desk = at_desk(app, field.manager)
    for outlet, owner in ((0, field.rep), (1, field.other_rep)):
        wish = {
            "outlet_id": field.outlets[outlet], "kind": "complaint", "text": "漏送两箱", "owner_id": owner.id,
            "due": "2026-11-27",
        }  # fmt: skip
        answer = desk.request("POST", "/cases", wish)
        assert answer.status == 201, answer.data
    session.rollback()
    session.add_all(
        Task(kind="call_back", outlet_id=outlet, assignee_id=field.rep.id, created_at=MONDAY, state=state)
        for outlet, state in (
            (field.outlets[0], "open"),
            (field.outlets[1], "done"),
            (field.far_outlets[0], "open"),
        )
    )
    session.commit()
    case = opened(desk, field.rep)
    held = desk.request("GET", f"/departures/{case}").json["held"]
    assert (held["complaints"], held["tasks"]) == (2, 2)
    accept(desk, case, proposed(desk, session, case)["spread"]["id"])
    session.rollback()
    heir = session.scalars(
        select(DepartureStore.receiver_id).where(DepartureStore.outlet_id == field.outlets[0])
    ).one()
    assert heir == field.other_rep.id
    waiting = select(Task.outlet_id, Task.assignee_id).where(Task.source == "").order_by(Task.id)
    assert [tuple(row) for row in session.execute(waiting)] == [
        (field.outlets[0], heir),
        (field.outlets[1], field.rep.id),
        (field.far_outlets[0], None),
    ]
    assert list(session.scalars(select(Case.owner_id).order_by(Case.id))) == [heir, field.other_rep.id]
    logged = session.scalars(select(CaseEntry.owner_id).order_by(CaseEntry.id)).all()
    assert logged[-1] == heir, "the complaint's own log says who settles it now"


def test_edits_on_the_board_are_part_of_what_is_accepted(app: Flask, field: Field, session: Session) -> None:
    desk = at_desk(app, field.manager)
    case = opened(desk, field.rep)
    found = proposed(desk, session, case)
    version = found["spread"]["version_id"]
    kept = field.other_outlets[0]
    edit = {"kind": "move", "outlet_ids": [kept], "weekday": 6, "from_weekday": 1}
    edited = desk.request("POST", f"/plans/versions/{version}/edits", {"revision": 0, **edit})
    assert edited.status == 200, edited.data
    assert accept(desk, case, found["spread"]["id"]).status == 200
    session.rollback()
    stops = session.scalars(
        select(Stop.weekday).where(
            Stop.outlet_id == kept, Stop.valid_to.is_(None), Stop.route_id == field.other_route
        )
    )
    assert set(stops) == {0, 2, 3, 4, 5, 6}


def test_a_route_that_was_changed_since_refuses_the_old_proposal_and_nothing_is_half_done(
    app: Flask, field: Field, session: Session
) -> None:
    desk = at_desk(app, field.manager)
    case = opened(desk, field.rep)
    spread = proposed(desk, session, case)["spread"]["id"]
    give = {
        "role": "driver", "holder_id": field.driver.id, "kind": "regular", "starts_at": "2030-01-01T00:00:00Z",
        "ends_at": None,
    }  # fmt: skip
    assert (
        at_desk(app, field.administrator)
        .request("POST", f"/routes/{field.other_route}/assignments", give)
        .status
        < 300
    )
    refused = accept(desk, case, spread)
    assert (refused.status, refused.json["code"]) == (409, "plan_outdated")
    session.rollback()
    assert session.get_one(Departure, case).state == "open"
    assert set(session.scalars(select(DepartureStore.receiver_id))) == {None}
    assert session.scalars(select(AuditEntry.seq).where(AuditEntry.deed == "departure.accept")).all() == []


def test_only_one_proposal_is_computed_at_a_time_and_only_for_who_holds_stores(
    app: Flask, field: Field, session: Session
) -> None:
    desk = at_desk(app, field.manager)
    case = opened(desk, field.rep)
    assert desk.request("POST", f"/departures/{case}/proposals").status == 202
    busy = desk.request("POST", f"/departures/{case}/proposals")
    assert (busy.status, busy.json["code"]) == (409, "plan_busy")
    nobody = opened(desk, field.custodian)
    assert desk.request("POST", f"/departures/{nobody}/proposals").json["code"] == "no_stores_held"
    session.rollback()
    assert len(session.scalars(select(Job.id)).all()) == 1


def test_the_only_rep_of_a_territory_can_only_be_replaced(app: Flask, field: Field, session: Session) -> None:
    desk = at_desk(app, field.manager)
    assert set(proposed(desk, session, opened(desk, field.far_rep))) == {"hire"}


def test_each_store_is_handed_over_with_the_owners_word_and_only_then_the_case_closes(
    app: Flask, field: Field, session: Session
) -> None:
    desk, boss = at_desk(app, field.manager), at_desk(app, field.supervisor)
    case = opened(desk, field.rep)
    confirmed = {
        "witness_id": field.supervisor.id, "steps": list(HANDOVER_STEPS), "answer": "confirmed",
        "signature": "M0 0L9 9", "next_visit": "2026-11-30",
    }  # fmt: skip

    def hand(outlet: int, **change: object) -> Any:
        return boss.request("POST", f"/departures/{case}/stores/{outlet}/handover", {**confirmed, **change})

    assert hand(field.outlets[0]).json["code"] == "departure_state", "nobody takes over yet"
    accept(desk, case, proposed(desk, session, case)["spread"]["id"])
    assert hand(field.other_outlets[0]).status == 404
    assert hand(field.outlets[0], witness_id=field.other_rep.id).status == 422
    refused = {"answer": "denied", "steps": ["introduce"], "signature": "", "next_visit": None}
    assert hand(field.outlets[1], **refused).status == 204
    session.rollback()
    (alert,) = session.scalars(select(Alert)).all()
    assert (alert.kind, alert.severity, alert.subject) == (
        "handover.denied",
        "alarm",
        f"outlet:{field.outlets[1]}",
    )
    early = desk.request("POST", f"/departures/{case}/close")
    assert (early.status, early.json["code"]) == (409, "departure_unfinished")
    for outlet in field.outlets:
        assert hand(outlet).status == 204
    assert hand(field.outlets[0]).json["code"] == "handover_confirmed"
    items = {one["item"]: one for one in desk.request("GET", f"/departures/{case}/closing").json["items"]}
    assert items["stores_confirmed"]["state"] == "met"
