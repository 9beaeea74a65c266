"""A leaver's case as accepting a proposal leaves it, without the planner, and its stores handed over."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.handovers import HANDOVER_STEPS
from server.models import Departure, DepartureStore
from tests.server.fake_phone import FakePhone
from tests.server.field import Field

MONDAY = datetime(2026, 11, 23, 2, tzinfo=UTC)  # 10:00 in Hong Kong
PATH = "M10 20L30 40L60 10"


def planned(session: Session, field: Field, desk: FakePhone) -> int:
    """A case whose stores have a receiver each. Returns its id."""
    wish = {
        "person_id": field.rep.id,
        "reason": "resigned",
        "last_day": "2026-11-23",
        "mode": "serving_notice",
    }
    opened = desk.request("POST", "/departures", wish)
    assert opened.status == 201, opened.data
    case = int(opened.json["case"]["id"])
    session.rollback()
    session.get_one(Departure, case).state = "planned"
    session.commit()
    drawn = desk.request("PUT", f"/departures/{case}/call-backs", {"share": 0.5})
    assert drawn.status == 200, drawn.data
    return case


def confirm_all(boss: FakePhone, session: Session, case: int, field: Field) -> None:
    outlets = list(
        session.scalars(select(DepartureStore.outlet_id).where(DepartureStore.departure_id == case))
    )
    done = {
        "witness_id": field.supervisor.id, "steps": list(HANDOVER_STEPS), "answer": "confirmed",
        "signature": PATH, "next_visit": "2026-11-30",
    }  # fmt: skip
    for outlet in outlets:
        assert boss.request("POST", f"/departures/{case}/stores/{outlet}/handover", done).status == 204
