"""The retention watch on real tables: planted histories of a district, judged as on a night."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.models import (
    Alert,
    AuditEntry,
    Departure,
    DepartureStore,
    Device,
    Job,
    Order,
    PersonTerritory,
    RetentionWatch,
    Task,
    Visit,
)
from server.services import nightly
from server.services.retention.watching import watch_all
from tests.server.api.desk import at_desk
from tests.server.field import BEGAN, Field, field_at

HANDED = date(2026, 9, 21)  # a Monday
HOLDS_FROM = datetime(2026, 9, 20, 16, tzinfo=UTC)  # midnight in Hong Kong
WEEKS_BEFORE = 26


def season(week: int) -> float:
    """Half of what was usual after the handover, in every store: a summer that ended."""
    return 1.0 if week < WEEKS_BEFORE else 0.5


class District:
    """The field with orders each week: a store's share of what the season gives, from a week after the handover on."""

    def __init__(self, session: Session, field: Field) -> None:
        self.session, self.field = session, field
        self.device = uuid4()
        session.add(
            Device(id=self.device, person_id=field.rep.id, created_at=BEGAN, last_seen_at=BEGAN, lost=[])
        )
        session.flush()

    def orders(self, outlet_id: int, weeks: int, *, kept: float = 1.0, again: int | None = None) -> None:
        """`kept`: the share since the handover, `again`: the week after it in which all of it comes back."""
        for week in range(WEEKS_BEFORE + weeks):
            after = week - WEEKS_BEFORE
            share = kept if after >= 0 and (again is None or after < again) else 1.0
            wobble = 1 + 0.05 * ((outlet_id * 7 + week * 3) % 5 - 2)
            minor = round(100_000 * season(week) * wobble * share)
            if minor:
                self._order(outlet_id, HANDED + timedelta(weeks=after, days=1), minor)

    def _order(self, outlet_id: int, day: date, minor: int) -> None:
        at = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
        visit = Visit(
            id=uuid4(), outlet_id=outlet_id, route_id=self.field.route, person_id=self.field.rep.id,
            device_id=self.device, operation_id=uuid4(), day=day, planned=True, checked_in_at=at,
            checked_out_at=at + timedelta(minutes=15), flags=[],
        )  # fmt: skip
        self.session.add(visit)
        self.session.flush()
        self.session.add(
            Order(
                id=uuid4(), visit_id=visit.id, outlet_id=outlet_id, route_id=self.field.route,
                person_id=self.field.rep.id, ordered_at=at, day=day, delivery_day=day, total_minor=minor,
            )
        )  # fmt: skip

    def handed_over(self) -> int:
        case = Departure(
            person_id=self.field.rep.id, reason="resigned", last_day=HANDED, mode="serving_notice", state="planned",
            status_before="active", opened_by=self.field.manager.id, opened_at=HOLDS_FROM - timedelta(days=7),
            holds_from=HOLDS_FROM,
        )  # fmt: skip
        self.session.add(case)
        self.session.flush()
        for place, outlet_id in enumerate(self.field.outlets, 1):
            self.session.add(
                DepartureStore(
                    departure_id=case.id, outlet_id=outlet_id, place=place, route_id=self.field.route,
                    outlet_class="A", receiver_id=self.field.substitute.id, steps=[],
                )
            )  # fmt: skip
        self.session.commit()
        return case.id


def night(weeks: int) -> datetime:
    return datetime(2026, 9, 21, 19, tzinfo=UTC) + timedelta(weeks=weeks)


@pytest.fixture
def field(session: Session) -> Field:
    return field_at(session, night(6))


@pytest.fixture
def district(session: Session, field: Field) -> District:
    return District(session, field)


def watched(session: Session, outlet_id: int) -> RetentionWatch:
    session.rollback()
    session.expire_all()
    return session.scalars(select(RetentionWatch).where(RetentionWatch.outlet_id == outlet_id)).one()


def test_a_store_that_stops_raises_one_alert_and_one_visit_however_often_the_night_is_run(
    field: Field, district: District, session: Session
) -> None:
    gone, shrunk, *kept = field.outlets
    district.orders(gone, 6, kept=0.0)
    district.orders(shrunk, 6, kept=0.3)
    for outlet in (*kept, *field.other_outlets):
        district.orders(outlet, 6)
    case = district.handed_over()
    assert watch_all(now=night(6), by=None) == {"judged": 6, "alarms": 2, "ended": 0}
    assert watch_all(now=night(6), by=None) == {"judged": 6, "alarms": 0, "ended": 0}
    lost = watched(session, gone)
    assert (lost.departure_id, lost.handed_on, lost.ends_on) == (case, HANDED, HANDED + timedelta(days=91))
    assert (lost.state, lost.alarm, lost.verdict["reason"], lost.verdict["peers"]) == (
        "lost", True, "orders_stopped", 6,
    )  # fmt: skip
    assert lost.visits == {"visits": 0, "visits_usual": 6.0, "counts": 0, "counts_usual": 0.0}
    assert watched(session, shrunk).verdict["reason"] == "orders_fell"
    assert {watched(session, one).state for one in kept} == {"kept"}
    tasks = session.scalars(select(Task).order_by(Task.outlet_id)).all()
    assert [(one.kind, one.outlet_id, one.assignee_id) for one in tasks] == [
        ("win_back", gone, field.substitute.id),
        ("win_back", shrunk, field.substitute.id),
    ]
    alerts = session.execute(select(Alert.kind, Alert.severity, Alert.count).order_by(Alert.subject)).all()
    assert [tuple(one) for one in alerts] == [
        ("retention.lost", "alarm", 1),
        ("retention.shrunk", "warning", 1),
    ]


def test_a_season_that_halves_every_store_raises_nothing(
    field: Field, district: District, session: Session
) -> None:
    for outlet in (*field.outlets, *field.other_outlets):
        district.orders(outlet, 6)
    district.handed_over()
    assert watch_all(now=night(6), by=None) == {"judged": 6, "alarms": 0, "ended": 0}
    for outlet in field.outlets:
        found = watched(session, outlet)
        assert (found.state, found.verdict["peers"]) == ("kept", 6)
        course = found.course
        assert isinstance(course["expected"], list)
        assert course["expected"][-1] < 0.7 * course["expected"][0], "what is expected halves, too"
    assert session.scalar(select(func.count()).select_from(Alert)) == 0


def test_after_90_days_the_watch_ends_and_tells_what_winning_back_saved(
    app: Flask, field: Field, district: District, session: Session
) -> None:
    won, *kept = field.outlets
    district.orders(won, 13, kept=0.0, again=4)
    for outlet in (*kept, *field.other_outlets):
        district.orders(outlet, 13)
    case = district.handed_over()
    watch_all(now=night(3), by=None)
    assert watched(session, won).alarm
    task = session.scalars(select(Task)).one()
    task.state, task.outcome, task.done_at = "done", "won", night(3) + timedelta(days=8)
    session.commit()
    assert watch_all(now=night(13), by=None)["ended"] == 6
    assert watch_all(now=night(14), by=None)["judged"] == 0
    found = watched(session, won)
    since = session.scalar(
        select(func.sum(Order.total_minor)).where(Order.outlet_id == won, Order.day >= HANDED)
    )
    over = session.scalars(select(Alert).where(Alert.kind == "retention.ended")).one()
    assert (over.subject, over.severity, over.count) == (f"person:{field.rep.id}", "notice", 1)
    assert over.detail == {
        "departure": case,
        "kept": 5,
        "shrunk": 1,
        "lost": 0,
        "saved_minor": found.saved_minor,
    }
    assert found.saved_minor == pytest.approx(since, abs=1), "it had ordered nothing; all since was saved"
    assert found.alarm_at is not None
    session.rollback()
    desk = at_desk(app, field.supervisor)
    (told,) = desk.request("GET", "/retention").json
    assert (told["departure_id"], told["stores"], told["running"], told["kept"]) == (case, 6, 0, 5)
    assert told["saved_minor"] == found.saved_minor
    stores = desk.request("GET", f"/retention/{case}/stores").json
    assert {one["outlet_id"] for one in stores} == set(field.outlets)


def test_the_watch_of_another_territory_is_not_there(
    app: Flask, field: Field, district: District, session: Session
) -> None:
    case = district.handed_over()
    session.add(
        PersonTerritory(person_id=field.manager.id, territory_id=field.far_territory, valid_from=BEGAN.date())
    )
    session.commit()
    watch_all(now=night(0), by=None)
    session.rollback()
    far = at_desk(app, field.manager)
    assert far.request("GET", "/retention").json == []
    assert far.request("GET", f"/retention/{case}/stores").status == 404
    assert at_desk(app, field.supervisor).request("GET", f"/retention/{case}/stores").status == 200
    assert at_desk(app, field.rep).request("GET", "/retention").status == 403


def test_the_house_asks_for_the_nights_work_once_a_day_after_two_in_the_morning(
    field: Field, session: Session
) -> None:
    one_in_the_morning = datetime(2026, 11, 22, 17, tzinfo=UTC)
    assert nightly.ask_due(now=one_in_the_morning) == []
    assert len(nightly.ask_due(now=one_in_the_morning + timedelta(hours=2))) == 2
    assert nightly.ask_due(now=one_in_the_morning + timedelta(hours=20)) == []
    assert len(nightly.ask_due(now=one_in_the_morning + timedelta(hours=26))) == 2
    kinds = session.scalars(select(Job.kind).order_by(Job.id)).all()
    assert kinds == ["retention.run", "warnings.run"] * 2
    assert "job.ask" in session.scalars(select(AuditEntry.deed)).all()
