"""The first panel: each route's day in one line, all of them with one query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.domain.kpis import ratio
from server.domain.live import RouteState, route_state
from server.services.live.today import Board, T, calls_of, due_of, held_of, today_of

MOST_ROUTES: Final = 1000


@dataclass(frozen=True, slots=True)
class LiveRoute:
    """A route's day so far. `planned` = `done` + `skipped` + `late` + what is ahead; `strike_rate`: productive calls of
    the calls made, None without one; `synced_at`: when the rep's phone was heard last."""

    id: int
    code: str
    name: str
    name_en: str
    territory_id: int
    territory: str
    territory_en: str
    timezone: str
    person_id: int | None
    person: str
    person_en: str
    substitute: bool
    state: RouteState
    planned: int
    done: int
    late: int
    skipped: int
    calls: int
    unplanned: int
    orders: int
    order_minor: int
    strike_rate: float | None
    started_at: datetime | None
    ended_at: datetime | None
    last_call_at: datetime | None
    synced_at: datetime | None
    gap_since: datetime | None


def find_routes(session: Session, board: Board) -> list[LiveRoute]:
    """The routes of the scope by code, 1000 at most."""
    if not board.days:
        return []
    return [_view(row) for row in session.execute(_query(board))]


def _query(board: Board) -> sa.Select[Any]:
    today = today_of(board)
    calls, held = calls_of(board, today), held_of(board, today)
    plan, made = _plan(due_of(board, today), calls, held), _made(calls)
    route, territory, person = T["route"], T["territory"], T["person"]
    return (
        sa.select(
            route.c.id,
            route.c.code,
            route.c.name,
            route.c.name_en,
            route.c.territory_id,
            territory.c.name.label("territory"),
            territory.c.name_en.label("territory_en"),
            territory.c.timezone,
            held.c.person_id,
            person.c.name.label("person"),
            person.c.name_en.label("person_en"),
            held.c.kind,
            held.c.started_at,
            held.c.ended_at,
            held.c.synced_at,
            held.c.gap_since,
            *(plan.c[name] for name in ("planned", "done", "skipped", "late")),
            *(made.c[name] for name in ("calls", "unplanned", "orders", "order_minor", "last_call_at")),
        )
        .select_from(today)
        .join(route, route.c.territory_id == today.c.territory_id)
        .join(territory, territory.c.id == route.c.territory_id)
        .join(held, held.c.route_id == route.c.id, isouter=True)
        .join(person, person.c.id == held.c.person_id, isouter=True)
        .join(plan, plan.c.route_id == route.c.id, isouter=True)
        .join(made, made.c.route_id == route.c.id, isouter=True)
        .order_by(route.c.code)
        .limit(MOST_ROUTES)
    )


def _plan(due: sa.CTE, calls: sa.CTE, held: sa.CTE) -> sa.Subquery:
    """How many of a route's stores are done, skipped and late: domain.live.stop_state, counted by the database."""
    seen = sa.select(calls.c.outlet_id).where(calls.c.outlet_id.is_not(None)).distinct().subquery()
    done = seen.c.outlet_id.is_not(None)
    furthest = sa.func.max(sa.case((done, due.c.seq))).over(partition_by=due.c.route_id)
    walked = (
        sa.select(due, done.label("visited"), furthest.label("furthest"))
        .join(seen, seen.c.outlet_id == due.c.outlet_id, isouter=True)
        .subquery()
    )
    left_out = sa.or_(held.c.ended_at.is_not(None), walked.c.seq < walked.c.furthest)
    is_left_out = sa.and_(~walked.c.visited, sa.func.coalesce(left_out, sa.false()))
    is_late = sa.and_(
        ~walked.c.visited, ~sa.func.coalesce(left_out, sa.false()), walked.c.minute < walked.c.late_before
    )
    return (
        sa.select(
            walked.c.route_id,
            sa.func.count().label("planned"),
            _count(walked.c.visited).label("done"),
            _count(is_left_out).label("skipped"),
            _count(is_late).label("late"),
        )
        .join(held, held.c.route_id == walked.c.route_id, isouter=True)
        .group_by(walked.c.route_id)
        .subquery()
    )


def _made(calls: sa.CTE) -> sa.Subquery:
    """What the calls of a route came to."""
    order = T["customer_order"]
    return (
        sa.select(
            calls.c.route_id,
            sa.func.count().label("calls"),
            _count(~calls.c.planned).label("unplanned"),
            sa.func.count(order.c.id).label("orders"),
            sa.func.sum(order.c.total_minor).label("order_minor"),
            sa.func.max(calls.c.checked_out_at).label("last_call_at"),
        )
        .join(order, order.c.visit_id == calls.c.id, isouter=True)
        .group_by(calls.c.route_id)
        .subquery()
    )


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0))


def _view(row: sa.Row[Any]) -> LiveRoute:
    planned, done = int(row.planned or 0), int(row.done or 0)
    skipped, late = int(row.skipped or 0), int(row.late or 0)
    calls, orders = int(row.calls or 0), int(row.orders or 0)
    return LiveRoute(
        id=row.id,
        code=row.code,
        name=row.name,
        name_en=row.name_en,
        territory_id=row.territory_id,
        territory=row.territory,
        territory_en=row.territory_en,
        timezone=row.timezone,
        person_id=row.person_id,
        person=row.person or "",
        person_en=row.person_en or "",
        substitute=row.kind == "substitution",
        state=route_state(
            planned=planned,
            done=done,
            skipped=skipped,
            late=late,
            calls=calls,
            closed=row.ended_at is not None,
            started=row.started_at is not None,
        ),
        planned=planned,
        done=done,
        late=late,
        skipped=skipped,
        calls=calls,
        unplanned=int(row.unplanned or 0),
        orders=orders,
        order_minor=int(row.order_minor or 0),
        strike_rate=ratio(orders, calls),
        started_at=row.started_at,
        ended_at=row.ended_at,
        last_call_at=row.last_call_at,
        synced_at=row.synced_at,
        gap_since=row.gap_since,
    )
