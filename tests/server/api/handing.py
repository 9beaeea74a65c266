"""A leaver's stores on their way to a receiver, for tests: the case, what the phone is told, what it tells."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.handovers import HANDOVER_STEPS
from server.models import (
    Alert,
    Asset,
    Departure,
    DepartureStore,
    Promise,
)
from tests.server.fake_phone import ClientWire, FakePhone, wire_time
from tests.server.field import Field, field_at, reassign

MORNING = datetime(2026, 11, 24, 2, tzinfo=UTC)
NEXT = "2026-12-01"
NUMBER = "91234567"


def field_with_a_case(session: Session) -> Field:
    """The leaver's two first stores are the other rep's since today: one of class A, one of class C."""
    field = field_at(session, MORNING)
    reassign(session, field, to=field.other_rep, at=MORNING - timedelta(hours=10))
    case = Departure(
        person_id=field.rep.id, reason="resigned", last_day=date(2026, 11, 23), mode="serving_notice",
        state="planned", open_key=field.rep.id, status_before="active", opened_by=field.manager.id,
        opened_at=MORNING - timedelta(days=3), held={}, activity=[],
    )  # fmt: skip
    session.add(case)
    session.flush()
    for place, (outlet, grade) in enumerate(zip(field.outlets[:2], "AC", strict=True), 1):
        session.add(
            DepartureStore(
                departure_id=case.id, outlet_id=outlet, place=place, route_id=field.route, outlet_class=grade,
                open_orders=1, promises=1, receiver_id=field.other_rep.id,
                due=date(2026, 11, 24) + timedelta(days=place), state="waiting", steps=[],
            )
        )  # fmt: skip
    session.add(
        Promise(
            id=uuid4(), outlet_id=field.outlets[1], person_id=field.rep.id, made_at=MORNING,
            text=f"<b>送冰柜</b> 电话 {NUMBER}",
        )
    )  # fmt: skip
    session.add(Asset(outlet_id=field.outlets[1], kind="cooler", label="冰柜 7 号", since=date(2025, 3, 1)))
    session.commit()
    return field


def receivers_phone(app: Flask, field: Field) -> FakePhone:
    """The phone of who takes the stores over."""
    phone = FakePhone(ClientWire(app.test_client()))
    phone.sign_in(field.other_rep)
    return phone


def case_of(session: Session, field: Field) -> int:
    """The leaver's case."""
    found = session.scalars(select(Departure.id).where(Departure.person_id == field.rep.id)).one()
    session.rollback()
    return found


def told(phone: FakePhone) -> dict[int, dict[str, Any]]:
    manifest = phone.request("GET", "/daybook/manifest")
    assert manifest.status == 200
    return {one["outlet_id"]: one for one in manifest.json.get("handovers", {}).get("stores", [])}


def hand(phone: FakePhone, case: int, outlet: int, **changes: Any) -> dict[str, Any]:
    body = {
        "departure_id": case,
        "outlet_id": outlet,
        "at": wire_time(phone.now()),
        "fix": None,
        "giver_present": True,
        "witness_id": None,
        "steps": [[step, "done", "", ""] for step in HANDOVER_STEPS],
        "answer": "confirmed",
        "code_id": None,
        "words": "",
        "signature": "M1 2l3 4",
        "next_visit": NEXT,
        **changes,
    }
    operation = phone.save("handover.record", body)
    phone.push()
    return phone.result(operation)


def state(session: Session, outlet: int) -> DepartureStore:
    session.rollback()
    session.expire_all()
    return session.scalars(select(DepartureStore).where(DepartureStore.outlet_id == outlet)).one()


def alerts(session: Session) -> list[str]:
    session.rollback()
    return list(session.scalars(select(Alert.kind).where(Alert.kind.like("handover.%")).order_by(Alert.id)))
