"""What changed on a person's routes of late, and why: told with the book."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.models import Outlet, StopChange

# Told for two weeks from its day on: by then every fortnightly store was walked once.
TOLD_DAYS = 14
TOLD_LIMIT = 200


def changes_told(session: Session, route_ids: Iterable[int], day: date) -> list[Mapping[str, object]]:
    """What a rep sees of the last two weeks' changes of these routes: who came, left or moved, and why. A new order of
    the same day is seen by looking at it."""
    query = (
        select(
            StopChange.outlet_id, StopChange.route_id, StopChange.kind, StopChange.before, StopChange.after,
            StopChange.from_day, StopChange.reason, Outlet.name,
        )
        .join(Outlet, Outlet.id == StopChange.outlet_id)
        .where(
            StopChange.route_id.in_(list(route_ids)), StopChange.kind != "order",
            StopChange.from_day <= day, StopChange.from_day > day - timedelta(days=TOLD_DAYS),
        )
        .order_by(StopChange.from_day.desc(), StopChange.outlet_id)
        .limit(TOLD_LIMIT)
    )  # fmt: skip
    return [
        {
            "outlet_id": row.outlet_id, "route_id": row.route_id, "name": row.name, "kind": row.kind,
            "before": row.before, "after": row.after, "from": row.from_day.isoformat(), "reason": row.reason,
        }
        for row in session.execute(query)
    ]  # fmt: skip
