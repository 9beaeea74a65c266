"""The third panel: where calls were made, from the calls themselves. Between them nothing is known of anybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.domain.live import is_far, is_very_short
from server.services.live.today import Board, T, calls_of, shown, today_of

MOST_CALLS: Final = 2000


@dataclass(frozen=True, slots=True)
class LiveCall:
    """A call and where its check-in was: degrees (WGS-84), None without a fix."""

    id: UUID
    route_id: int | None
    person_id: int
    person: str
    person_en: str
    outlet: str
    outlet_en: str
    at: datetime
    left_at: datetime
    latitude: float | None
    longitude: float | None
    ordered: bool
    far: bool
    short: bool


@dataclass(frozen=True, slots=True)
class LiveCalls:
    """The newest calls, 2,000 at most, of `total`."""

    calls: list[LiveCall]
    total: int


def find_calls(session: Session, board: Board, *, route_id: int | None = None) -> LiveCalls:
    """The calls of the scope's day, newest first; `route_id`: of that route only."""
    if not board.days:
        return LiveCalls([], 0)
    rows = session.execute(_query(board, route_id)).all()
    return LiveCalls([_view(board, row) for row in rows], rows[0].total if rows else 0)


def _query(board: Board, route_id: int | None) -> sa.Select[Any]:
    calls = calls_of(board, today_of(board))
    wanted = sa.select(calls, sa.func.count().over().label("total"))
    if route_id is not None:
        wanted = wanted.where(calls.c.route_id == route_id)
    newest = wanted.order_by(calls.c.checked_in_at.desc(), calls.c.id).limit(MOST_CALLS).subquery()
    person, outlet, order, proposal = T["person"], T["outlet"], T["customer_order"], T["outlet_proposal"]
    of_visit = T["visit"]
    return (
        sa.select(
            newest,
            person.c.name.label("person"),
            person.c.name_en.label("person_en"),
            sa.func.coalesce(shown(board, outlet.c.name), proposal.c.name, "").label("outlet"),
            sa.func.coalesce(shown(board, outlet.c.name_en), "").label("outlet_en"),
            order.c.id.is_not(None).label("ordered"),
        )
        .join(person, person.c.id == newest.c.person_id)
        .join(of_visit, of_visit.c.id == newest.c.id)
        .join(outlet, outlet.c.id == newest.c.outlet_id, isouter=True)
        .join(proposal, proposal.c.id == of_visit.c.proposal_id, isouter=True)
        .join(order, order.c.visit_id == newest.c.id, isouter=True)
        .order_by(newest.c.checked_in_at.desc(), newest.c.id)
    )


def _view(board: Board, row: sa.Row[Any]) -> LiveCall:
    return LiveCall(
        id=row.id,
        route_id=row.route_id,
        person_id=row.person_id,
        person=row.person,
        person_en=row.person_en,
        outlet=row.outlet,
        outlet_en=row.outlet_en,
        at=row.checked_in_at,
        left_at=row.checked_out_at,
        latitude=row.in_latitude,
        longitude=row.in_longitude,
        ordered=bool(row.ordered),
        far=is_far(board.rules, row.in_distance_m, row.in_accuracy_m),
        short=is_very_short(board.rules, row.checked_in_at, row.checked_out_at),
    )
