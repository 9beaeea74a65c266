"""What alerts ask of the office: raised once, seen, dealt with, by those whose people and stores they speak of."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from server.models import Outlet, PersonTerritory
from tests.server.api.desk import on_phone, tell
from tests.server.field import BEGAN, Field, Who, field_at

MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
def field(session: Session) -> Field:
    return field_at(session, MORNING)


def test_an_alert_comes_once_counts_up_and_comes_anew_when_it_was_resolved(
    app: Flask, session: Session, field: Field
) -> None:
    desk = on_phone(app, field.manager)
    one = tell(kind="without.a_rule")
    assert tell(kind="without.a_rule") == one
    assert desk.request("POST", f"/alerts/{one}/acknowledge").status == 204
    assert tell(kind="without.a_rule") == one
    assert desk.request("GET", "/alerts").json["alerts"] == [], "seen, and no worse than before"
    tell(kind="without.a_rule", severity="alarm")
    (shown,) = desk.request("GET", "/alerts").json["alerts"]
    assert (shown["count"], shown["severity"], shown["about"]) == (4, "alarm", "rep 先生")
    assert desk.request("POST", f"/alerts/{one}/resolve", {"note": "与本人谈过"}).status == 204
    assert desk.request("POST", f"/alerts/{one}/resolve", {"note": "again"}).status == 409
    assert tell(kind="without.a_rule") != one


def test_nobody_deals_with_an_alert_about_themselves(app: Flask, session: Session, field: Field) -> None:
    one = tell(kind="reveal.unusual_pace", subject=f"person:{field.manager.id}")
    refused = on_phone(app, field.manager).request("POST", f"/alerts/{one}/resolve", {"note": "nothing"})
    assert (refused.status, refused.json["code"]) == (409, "alert_own")


def works_in(session: Session, who: Who, territory: int) -> None:
    session.add(PersonTerritory(person_id=who.id, territory_id=territory, valid_from=BEGAN.date()))
    session.commit()


def test_who_works_for_one_territory_reads_and_handles_its_alerts_alone(
    app: Flask, session: Session, field: Field
) -> None:
    works_in(session, field.manager, field.territory)
    works_in(session, field.supervisor, field.far_territory)
    near = {
        tell(kind="retention.lost", subject=f"outlet:{field.outlets[0]}"),
        tell(kind="reveal.unusual_hour", subject=f"person:{field.rep.id}"),
    }
    far = {
        tell(kind="retention.lost", subject=f"outlet:{field.far_outlets[0]}"),
        tell(kind="reveal.unusual_hour", subject=f"person:{field.far_rep.id}"),
    }
    neither = {tell(kind="audit.broken", subject="audit:chain"), tell(kind="x.y", subject="outlet:none")}
    manager, supervisor = on_phone(app, field.manager), on_phone(app, field.supervisor)
    everywhere = on_phone(app, field.administrator)
    told = {
        one: [answer.json["open"], {alert["id"] for alert in answer.json["alerts"]}]
        for one, desk in (("near", manager), ("far", supervisor), ("all", everywhere))
        for answer in [desk.request("GET", "/alerts")]
    }
    assert told["near"] == [2, near]
    assert told["far"] == [2, far]
    assert told["all"] == [6, near | far | neither]
    for other in far | neither:
        assert manager.request("POST", f"/alerts/{other}/acknowledge").status == 404
        assert manager.request("POST", f"/alerts/{other}/resolve", {"note": "seen"}).status == 404
        assert (
            manager.request("POST", f"/alerts/{other}/assign", {"owner_id": field.manager.id}).status == 404
        )
    assert (
        everywhere.request("POST", f"/alerts/{min(far)}/assign", {"owner_id": field.manager.id}).status == 204
    )
    given = manager.request("GET", "/alerts").json["alerts"]
    assert {one["id"] for one in given} == near | {min(far)}, "what was given to somebody is theirs to read"


def test_an_alert_names_its_store_and_one_of_a_closer_class_by_code_alone(
    app: Flask, session: Session, field: Field
) -> None:
    session.get_one(Outlet, field.outlets[1]).secrecy = "top_secret"
    session.commit()
    for outlet in field.outlets[:2]:
        tell(kind="retention.shrunk", subject=f"outlet:{outlet}")
    told = on_phone(app, field.manager).request("GET", "/alerts").json["alerts"]
    assert {one["subject"]: (one["about"], one["about_en"]) for one in told} == {
        f"outlet:{field.outlets[0]}": ("N000 N 便利店 0", "N000 N Store 0"),
        f"outlet:{field.outlets[1]}": ("N001", "N001"),
    }
