"""Routes keep their history: stops and assignments are dated, nothing is overwritten."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.domain.routes import DraftRules, StopPlan
from server.errors import Conflict, Invalid, NotFound
from server.models import Assignment, AuditEntry, Outlet, Route, Stop
from server.services import assignments, drafts, routes
from tests.server.field import PASSWORD, build_field

DAY = date(2026, 11, 23)  # a Monday
NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


def order_on(session: Session, route_id: int, day: date, weekday: int = 0) -> list[int]:
    return [stop.outlet_id for stop in routes.find_stops(session, route_id, day) if stop.weekday == weekday]


def set_monday(field, session: Session, outlet_ids: list[int], day: date = DAY) -> None:
    version = session.get_one(Route, field.route).version
    session.rollback()
    routes.set_day(
        route_id=field.route,
        weekday=0,
        stops=[StopPlan(outlet_id) for outlet_id in outlet_ids],
        version=version,
        day=day,
        now=NOW,
        by=field.supervisor.id,
    )


def test_a_new_order_of_a_day_holds_from_its_date_and_the_old_one_is_kept(session: Session):
    field = build_field(session)
    before = order_on(session, field.route, DAY - timedelta(days=1))
    wanted = list(reversed(field.outlets[:4]))
    set_monday(field, session, wanted)
    assert order_on(session, field.route, DAY) == wanted
    assert order_on(session, field.route, DAY - timedelta(days=1)) == before
    tuesday = order_on(session, field.route, DAY, weekday=1)
    assert [one for one in tuesday if one != field.closed_outlet] == list(field.outlets)


def test_planning_the_same_future_day_twice_leaves_no_row_that_never_held(session: Session):
    field = build_field(session)
    rows = session.scalar(select(func.count()).select_from(Stop))
    set_monday(field, session, list(field.outlets[:3]))
    set_monday(field, session, list(field.outlets[:2]))
    set_monday(field, session, list(reversed(field.outlets[:3])))
    assert order_on(session, field.route, DAY) == list(reversed(field.outlets[:3]))
    held = session.scalars(
        select(Stop).where(Stop.valid_to.is_not(None), Stop.valid_to < Stop.valid_from)
    ).all()
    assert held == []
    assert session.scalar(select(func.count()).select_from(Stop)) <= rows + 3


def test_stops_that_stay_as_they_are_are_not_touched(session: Session):
    field = build_field(session)
    ids = {
        stop.outlet_id: stop.id for stop in routes.find_stops(session, field.route, DAY) if stop.weekday == 0
    }
    rules = [
        StopPlan(stop.outlet_id, stop.weeks, stop.phase, stop.planned_minute)
        for stop in routes.find_stops(session, field.route, DAY)
        if stop.weekday == 0 and stop.outlet_id != field.closed_outlet
    ]
    routes.set_day(
        route_id=field.route, weekday=0, stops=rules, version=1, day=DAY, now=NOW, by=None,
    )  # fmt: skip
    after = {
        stop.outlet_id: stop.id for stop in routes.find_stops(session, field.route, DAY) if stop.weekday == 0
    }
    assert after == {outlet: row for outlet, row in ids.items() if outlet in after}


def test_cards_of_moved_stops_get_a_new_version_and_others_do_not(session: Session):
    field = build_field(session)
    versions = dict(session.execute(select(Outlet.id, Outlet.card_version)).all())
    others = field.other_outlets
    set_monday(field, session, list(field.outlets[1:]))
    after = dict(session.execute(select(Outlet.id, Outlet.card_version)).all())
    assert after[field.outlets[0]] > versions[field.outlets[0]]
    assert all(after[one] == versions[one] for one in others)


def test_two_people_who_plan_the_same_route_do_not_overwrite_each_other(session: Session):
    field = build_field(session)
    set_monday(field, session, list(field.outlets[:3]))
    with pytest.raises(Conflict):
        routes.set_day(
            route_id=field.route,
            weekday=0,
            stops=[StopPlan(field.outlets[0])],
            version=1,
            day=DAY,
            now=NOW,
            by=None,
        )
    assert order_on(session, field.route, DAY) == list(field.outlets[:3])


def test_a_stop_at_an_unknown_or_closed_outlet_is_refused_by_its_place(session: Session):
    field = build_field(session)
    with pytest.raises(Invalid) as refused:
        routes.set_day(
            route_id=field.route,
            weekday=0,
            stops=[StopPlan(field.outlets[0]), StopPlan(field.closed_outlet), StopPlan(999_999)],
            version=1,
            day=DAY,
            now=NOW,
            by=None,
        )
    assert [one.field for one in refused.value.errors] == ["stops.1.outlet_id", "stops.2.outlet_id"]


def test_a_route_changes_hands_at_an_instant_and_the_past_keeps_its_holder(session: Session):
    field = build_field(session)
    at = datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
    assignments.assign(
        route_id=field.route, role="rep", holder_id=field.substitute.id, starts_at=at, ends_at=None,
        kind="regular", now=NOW, by=field.manager.id,
    )  # fmt: skip
    assert assignments.get_holder(session, field.route, "rep", at - timedelta(seconds=1)) == field.rep.id
    assert assignments.get_holder(session, field.route, "rep", at) == field.substitute.id
    assert assignments.get_holder(session, field.other_route, "rep", at) == field.other_rep.id
    assert session.scalars(select(AuditEntry.deed)).all() == ["route.assign"]


def test_a_substitute_holds_the_route_between_its_dates_and_the_regular_rep_again_after(session: Session):
    field = build_field(session)
    first, last = datetime(2026, 11, 24, tzinfo=UTC), datetime(2026, 11, 26, tzinfo=UTC)
    assignments.assign(
        route_id=field.route, role="rep", holder_id=field.substitute.id, starts_at=first, ends_at=last,
        kind="substitution", now=NOW, by=field.supervisor.id,
    )  # fmt: skip
    holders = [
        assignments.get_holder(session, field.route, "rep", at)
        for at in (first - timedelta(hours=1), first, last - timedelta(seconds=1), last)
    ]
    assert holders == [field.rep.id, field.substitute.id, field.substitute.id, field.rep.id]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"ends_at": datetime(2026, 11, 1, tzinfo=UTC)}, "ends_at"),
        ({"kind": "substitution"}, "ends_at"),
        ({"holder_id": 999_999}, "holder_id"),
        ({"starts_at": datetime(2024, 1, 1, tzinfo=UTC)}, "starts_at"),
    ],
)
def test_an_assignment_that_makes_no_sense_names_the_field_and_changes_nothing(
    session: Session, change, name
):
    field = build_field(session)
    rows = session.scalar(select(func.count()).select_from(Assignment))
    values = {
        "route_id": field.route, "role": "rep", "holder_id": field.substitute.id,
        "starts_at": datetime(2026, 11, 25, tzinfo=UTC), "ends_at": None, "kind": "regular",
    }  # fmt: skip
    with pytest.raises(Invalid) as refused:
        assignments.assign(**{**values, **change}, now=NOW, by=None)
    assert refused.value.errors[0].field == name
    assert session.scalar(select(func.count()).select_from(Assignment)) == rows


def test_a_draft_takes_only_the_outlets_of_the_area_that_are_on_no_route(session: Session):
    field = build_field(session)
    rules = DraftRules(routes=1, weekdays=(0,))
    drafted = drafts.propose_draft(
        session, territory_id=field.territory, chain="", outlet_class="", rules=rules, day=DAY
    )
    assert [stop.outlet_id for stop in drafted[0].days[0]] == [field.loose_outlet]
    made = drafts.publish_draft(
        territory_id=field.territory, chain="", outlet_class="", rules=rules, names=[("N1", "新线")], day=DAY,
        now=NOW, by=field.supervisor.id,
    )  # fmt: skip
    assert order_on(session, made[0].id, DAY) == [field.loose_outlet]
    with pytest.raises(Invalid, match="invalid"):
        drafts.propose_draft(
            session, territory_id=field.territory, chain="", outlet_class="", rules=rules, day=DAY
        )


def test_a_draft_that_fails_half_way_leaves_no_route_behind(session: Session):
    field = build_field(session)
    with pytest.raises(Invalid):
        drafts.publish_draft(
            territory_id=field.territory, chain="", outlet_class="", rules=DraftRules(routes=2, weekdays=(0,)),
            names=[("N1", "新线"), ("R1", "已有")], day=DAY, now=NOW, by=None,
        )  # fmt: skip
    assert routes.find_route(session, "N1") is None
    assert session.scalars(select(AuditEntry)).all() == []


def test_an_unknown_route_is_not_found(session: Session):
    build_field(session)
    with pytest.raises(NotFound):
        routes.get_route_plan(session, 999_999, day=DAY)


def signed(client: FlaskClient, login: str) -> FlaskClient:
    assert client.post("/api/v1/session", json={"login": login, "password": PASSWORD}).status_code == 200
    return client


def test_a_supervisor_plans_a_day_over_the_api(client: FlaskClient, session: Session):
    field = build_field(session)
    signed(client, "supervisor")
    plan = client.get(f"/api/v1/routes/{field.route}?day=2026-11-23").json
    stops = [
        stop for stop in plan["stops"] if stop["weekday"] == 0 and stop["outlet_id"] != field.closed_outlet
    ]
    body = {
        "version": plan["route"]["version"],
        "day": "2026-11-30",
        "stops": [{"outlet_id": stop["outlet_id"], "weeks": 2, "phase": 1} for stop in reversed(stops)],
    }
    changed = client.put(f"/api/v1/routes/{field.route}/days/0", json=body)
    assert changed.status_code == 200
    monday = [stop for stop in changed.json["stops"] if stop["weekday"] == 0]
    assert [stop["outlet_id"] for stop in monday] == list(reversed(field.outlets))
    assert {(stop["weeks"], stop["phase"]) for stop in monday} == {(2, 1)}
    assert client.put(f"/api/v1/routes/{field.route}/days/0", json=body).status_code == 409


def test_a_short_order_is_proposed_and_not_stored(client: FlaskClient, session: Session):
    field = build_field(session)
    signed(client, "supervisor")
    answer = client.post("/api/v1/routes/order", json={"outlet_ids": list(field.outlets)})
    assert answer.status_code == 200
    assert answer.json["metres_after"] <= answer.json["metres_before"]
    assert sorted(stop["outlet_id"] for stop in answer.json["stops"]) == sorted(field.outlets)
    session.rollback()
    assert session.get_one(Route, field.route).version == 1


def test_the_list_of_routes_shows_holders_and_the_size_of_each_day(client: FlaskClient, session: Session):
    field = build_field(session)
    signed(client, "manager")
    found = {route["id"]: route for route in client.get("/api/v1/routes?day=2026-11-23").json}
    assert set(found) == {field.route, field.other_route, field.far_route}
    assert {one["role"] for one in found[field.route]["holders"]} == {"rep", "driver", "truck", "supervisor"}
    assert found[field.other_route]["stops_by_weekday"] == [len(field.other_outlets)] * 6 + [0]


def test_outlets_of_no_territory_join_the_one_that_routes_them(session: Session):
    field = build_field(session)
    session.get_one(Outlet, field.loose_outlet).territory_id = None
    session.commit()
    drafts.publish_draft(
        territory_id=field.far_territory, chain="", outlet_class="", rules=DraftRules(routes=1, weekdays=(2,)),
        names=[("N1", "新线")], day=DAY, now=NOW, by=field.supervisor.id,
    )  # fmt: skip
    session.rollback()
    assert session.get_one(Outlet, field.loose_outlet).territory_id == field.far_territory


def test_a_territory_in_a_zone_that_there_is_not_is_refused(client: FlaskClient, session: Session):
    build_field(session)
    signed(client, "manager")
    body = {"code": "T9", "name": "火星", "timezone": "Mars/Olympus"}
    answer = client.post("/api/v1/territories", json=body, headers={"Accept-Language": "en"})
    assert answer.status_code == 422
    assert answer.json["errors"][0]["rule"] == "unknown_zone"
    assert client.post("/api/v1/territories", json={**body, "timezone": "Asia/Macau"}).status_code == 201
