"""Early warning on real tables: a crew with ordinary weeks, and one of them with others."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.extensions import clock
from server.models import (
    Alert,
    AuditEntry,
    Contact,
    Device,
    Person,
    PersonRole,
    PersonTerritory,
    PersonWarning,
    Reveal,
    Task,
    Visit,
    WarningRun,
)
from server.services.warnings.running import look_all
from tests.server.api.desk import at_desk
from tests.server.field import BEGAN, Field, Who, field_at

NIGHT = datetime(2026, 11, 22, 19, tzinfo=UTC)  # Monday, 03:00 in Hong Kong
TODAY = date(2026, 11, 23)
RECENT = TODAY - timedelta(weeks=4)


@pytest.fixture
def field(session: Session) -> Field:
    return field_at(session, NIGHT)


class Crew:
    """Reps who walk five stores a week for sixteen weeks, twenty minutes each, and open two numbers a week."""

    def __init__(self, session: Session, field: Field) -> None:
        self.session, self.field = session, field
        self.device = uuid4()
        session.add(
            Device(id=self.device, person_id=field.rep.id, created_at=BEGAN, last_seen_at=BEGAN, lost=[])
        )
        session.flush()
        self.contact = session.scalars(
            select(Contact.id).where(Contact.outlet_id == field.outlets[0])
        ).first()

    def works(
        self,
        who: Who,
        outlets: tuple[int, ...],
        *,
        minutes: int = 20,
        reveals: int = 2,
        off: tuple[int, ...] = (),
    ) -> None:
        """`minutes` and `reveals`: of the last four weeks; `off`: weeks of leave."""
        for week in range(16):
            if week in off:
                continue
            monday = TODAY - timedelta(weeks=16 - week)
            late = monday >= RECENT
            for number in range(5):
                day = monday + timedelta(days=number)
                long = (minutes if late else 20) + (week + number) % 3
                self._visit(who.id, outlets[number % len(outlets)], day, long)
            for number in range(reveals if late else 2):
                self._reveal(who.id, monday + timedelta(days=number % 5))

    def _visit(self, person_id: int, outlet_id: int, day: date, minutes: int) -> None:
        at = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
        self.session.add(
            Visit(
                id=uuid4(), outlet_id=outlet_id, route_id=self.field.route, person_id=person_id,
                device_id=self.device, operation_id=uuid4(), day=day, planned=True, checked_in_at=at,
                checked_out_at=at + timedelta(minutes=minutes), flags=[],
            )
        )  # fmt: skip

    def _reveal(self, person_id: int, day: date) -> None:
        at = datetime(day.year, day.month, day.day, 3, tzinfo=UTC)
        self.session.add(
            Reveal(
                id=uuid4(), person_id=person_id, device_id=self.device, outlet_id=self.field.outlets[0],
                contact_id=self.contact, reason="call_owner", at=at, received_at=at, day=day, offline=False, flags=[],
            )
        )  # fmt: skip


@pytest.fixture
def crew(session: Session, field: Field) -> Crew:
    return Crew(session, field)


def found(session: Session) -> dict[int, list[str]]:
    session.rollback()
    session.expire_all()
    return {
        one.person_id: [str(s["kind"]) for s in one.signals] for one in session.scalars(select(PersonWarning))
    }


def looked(session: Session) -> None:
    session.commit()
    look_all(now=NIGHT, by=None)


def test_shorter_visits_and_more_openings_are_told_with_the_own_habit_and_the_colleagues(
    app: Flask, field: Field, crew: Crew, session: Session
) -> None:
    crew.works(field.rep, field.outlets, minutes=8, reveals=12)
    crew.works(field.other_rep, field.other_outlets)
    crew.works(field.far_rep, field.far_outlets)
    looked(session)
    looked(session)
    assert found(session) == {field.rep.id: ["visit_minutes", "reveals"]}
    assert session.scalar(select(func.count()).select_from(WarningRun)) == 1, "the second look took its place"
    assert session.scalar(select(func.count()).select_from(Alert)) == 0, "others read the alerts, too"
    session.rollback()
    told = at_desk(app, field.manager).request("GET", "/warnings").json
    assert (told["day"], told["people"]) == ("2026-11-23", 3)
    (one,) = told["warnings"]
    reveals = next(signal for signal in one["signals"] if signal["kind"] == "reveals")
    assert (one["person_id"], reveals["seen"], reveals["usual"], reveals["peers"]) == (field.rep.id, 48, 8, 8)


def test_a_holiday_for_all_and_two_weeks_of_leave_for_one_raise_nothing(
    field: Field, crew: Crew, session: Session
) -> None:
    crew.works(field.rep, field.outlets, minutes=10)
    crew.works(field.other_rep, field.other_outlets, minutes=10, off=(12, 13))
    crew.works(field.far_rep, field.far_outlets, minutes=10)
    looked(session)
    assert found(session) == {}
    assert session.scalars(select(WarningRun.people)).one() == 3


def test_each_look_is_written_down_and_nobody_else_looks_and_nobody_at_themselves(
    app: Flask, field: Field, crew: Crew, session: Session
) -> None:
    crew.works(field.rep, field.outlets, minutes=8, reveals=12)
    crew.works(field.manager, field.other_outlets, minutes=8, reveals=12)
    for who in (field.other_rep, field.far_rep):
        crew.works(who, field.far_outlets)
    session.add(PersonRole(person_id=field.manager.id, role="rep", valid_from=BEGAN.date()))
    looked(session)
    assert set(found(session)) == {field.rep.id, field.manager.id}
    session.rollback()
    manager = at_desk(app, field.manager)
    for _ in range(2):
        told = manager.request("GET", "/warnings").json
        assert [one["person_id"] for one in told["warnings"]] == [field.rep.id]
    session.rollback()
    entries = session.scalars(select(AuditEntry).where(AuditEntry.deed == "warning.read")).all()
    assert [(one.person_id, one.detail) for one in entries] == [
        (field.manager.id, {"people": [field.rep.id]})
    ] * 2
    session.rollback()
    for who in (field.rep, field.supervisor, field.custodian, field.administrator):
        assert at_desk(app, who).request("GET", "/warnings").status == 403


def test_a_manager_of_another_territory_sees_nobody_of_this_one(
    app: Flask, field: Field, crew: Crew, session: Session
) -> None:
    crew.works(field.rep, field.outlets, minutes=8, reveals=12)
    session.add(
        PersonTerritory(person_id=field.manager.id, territory_id=field.far_territory, valid_from=BEGAN.date())
    )
    looked(session)
    warning = session.scalars(select(PersonWarning.id)).one()
    session.rollback()
    far = at_desk(app, field.manager)
    assert far.request("GET", "/warnings").json["warnings"] == []
    assert far.request("POST", f"/warnings/{warning}/second-contacts").status == 404


def test_second_contacts_are_asked_for_by_one_tap_and_tell_nobody_why(
    app: Flask, field: Field, crew: Crew, session: Session
) -> None:
    crew.works(field.rep, field.outlets, minutes=8, reveals=12)
    looked(session)
    warning = session.scalars(select(PersonWarning.id)).one()
    session.rollback()
    desk = at_desk(app, field.manager)
    (one,) = desk.request("GET", "/warnings").json["warnings"]
    assert len(one["only_they"]) == 5
    assert one["rotate"]
    assert (one["partner"]["person_id"], one["partner"]["route"]) == (field.other_rep.id, "R2")
    assert desk.request("POST", f"/warnings/{warning}/second-contacts").json == {"tasks": 5}
    assert desk.request("POST", f"/warnings/{warning}/second-contacts").json == {"tasks": 0}
    session.rollback()
    tasks = session.scalars(select(Task)).all()
    assert {(one.kind, one.person_id, one.assignee_id, one.source) for one in tasks} == {
        ("second_contact", None, None, "known_by_one:2026-q4")
    }


def test_what_was_found_is_forgotten_after_90_days(field: Field, crew: Crew, session: Session) -> None:
    crew.works(field.rep, field.outlets, minutes=8, reveals=12)
    looked(session)
    assert found(session) != {}
    session.rollback()
    clock.start_at(NIGHT + timedelta(days=91))
    look_all(now=NIGHT + timedelta(days=91), by=None)
    assert found(session) == {}
    assert session.scalars(select(WarningRun.day)).all() == [TODAY + timedelta(days=91)]
    assert session.get_one(Person, field.rep.id).status == "active"
