"""Work days: attendance in the morning, the close in the evening, the order in which the rep walked."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, insert, select, update

from server.domain.operation_bodies import DayEnd, DayStart, StopsReorder
from server.domain.operations import Unacceptable, WaitsFor
from server.models import Base
from server.services.captured import Captured, Effect
from server.services.field_facts import FieldFacts, day_of


def start_day(connection: Connection, captured: Captured, body: DayStart, facts: FieldFacts) -> Effect:
    """Write the morning's attendance. Errors: Unacceptable `key_reuse`."""
    if connection.execute(_FIND, {"key": body.work_day_id}).first():
        raise Unacceptable("key_reuse", "work_day_id")
    at = captured.instant(body.at)
    connection.execute(
        _ADD,
        {
            "id": body.work_day_id,
            "person_id": captured.person_id,
            "device_id": captured.device_id,
            "day": day_of(at, facts.zone_of_person(at)),
            "started_at": at,
            "start_fix": body.fix._asdict() if body.fix else None,
            "checklist": [{"key": key, "done": done} for key, done in body.checklist],
            "note": "",
        },
    )
    return Effect(
        "day.start",
        f"work_day:{body.work_day_id}",
        {
            "operation": str(captured.operation_id),
            "ticked": sum(done for _, done in body.checklist),
            "persisted": body.persisted,
            "standalone": body.standalone,
        },
    )


def end_day(connection: Connection, captured: Captured, body: DayEnd) -> Effect:
    """Close the day. A second close of the same day replaces the first when it is later.

    Errors: WaitsFor while the start has not arrived; Unacceptable `not_allowed` for somebody else's day.
    """
    found = connection.execute(_FIND, {"key": body.work_day_id}).first()
    if found is None:
        raise WaitsFor("work_day_id")
    if found.person_id != captured.person_id:
        raise Unacceptable("not_allowed", "work_day_id", "not_found")
    at = captured.instant(body.at)
    if found.ended_at is None or found.ended_at <= at:
        connection.execute(
            _END,
            {
                "key": body.work_day_id,
                "at": at,
                "fix": body.fix._asdict() if body.fix else None,
                "figures": body.summary,
                "words": body.note,
            },
        )
    return Effect(
        "day.end",
        f"work_day:{body.work_day_id}",
        {"operation": str(captured.operation_id), "figures": len(body.summary)},
    )


def reorder_stops(captured: Captured, body: StopsReorder) -> Effect:
    """The rep's own order of a day is evidence beside the plan: the audit entry holds it, the plan stays."""
    return Effect(
        "stops.reorder",
        f"person:{captured.person_id}",
        {
            "operation": str(captured.operation_id),
            "day": body.day.isoformat(),
            "outlets": list(body.outlet_ids),
        },
    )


_DAYS = Base.metadata.tables["work_day"]
_FIND = select(_DAYS.c.person_id, _DAYS.c.ended_at).where(_DAYS.c.id == bindparam("key"))
_ADD = insert(_DAYS)
_END = (
    update(_DAYS)
    .where(_DAYS.c.id == bindparam("key"))
    .values(
        ended_at=bindparam("at"),
        end_fix=bindparam("fix"),
        summary=bindparam("figures"),
        note=bindparam("words"),
    )
)
