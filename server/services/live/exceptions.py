"""The second panel: what a supervisor should look at first, all kinds with one query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.domain.live import EXCEPTIONS, gap_open_since, silent_since, stuck_since
from server.models.base import UtcDateTime
from server.services.live.counts import counted_lines, equal_lines
from server.services.live.today import Board, T, calls_of, due_of, held_of, shown, today_of, typed_row
from server.services.scopes import people_within

MOST_OF_A_KIND: Final = 100
MOST_COMPARED: Final = 2000
"""Counts are compared on the newest calls only: the whole day of forty routes, and a twelfth of a second. A rep's own
day compares every call."""

# Columns that every kind has; a missing one is null.
TYPES: Final[dict[str, Any]] = {
    "kind": sa.String(16),
    "cause": sa.String(16),
    "since": UtcDateTime(),
    "person_id": sa.Integer(),
    "route_id": sa.Integer(),
    "outlet_id": sa.Integer(),
    "visit_id": sa.Uuid(),
    "amount": sa.Float(),
    "of": sa.Float(),
}


@dataclass(frozen=True, slots=True)
class LiveException:
    """One thing to look at. `since`: the check-in, the last sign of a phone (None: none ever), the oldest operation.

    `amount` and `of` by kind: far_check_in metres and the fix's accuracy; short_visit seconds; copied_count equal lines
    and lines counted; stuck_queue operations. `cause` of a stuck queue: quarantined, waiting or gap.
    """

    kind: str
    cause: str
    since: datetime | None
    person_id: int
    person: str
    person_en: str
    route_id: int | None
    route: str
    outlet_id: int | None
    outlet: str
    outlet_en: str
    visit_id: UUID | None
    amount: float | None
    of: float | None


@dataclass(frozen=True, slots=True)
class LiveExceptions:
    """`totals` by kind; of each kind the newest 100 are listed, in the order of domain.live.EXCEPTIONS."""

    exceptions: list[LiveException]
    totals: dict[str, int]


def find_exceptions(session: Session, board: Board) -> LiveExceptions:
    """What is out of the ordinary in the scope at this instant."""
    totals = dict.fromkeys(EXCEPTIONS, 0)
    if not board.days:
        return LiveExceptions([], totals)
    rows = session.execute(_query(board)).all()
    for row in rows:
        totals[row.kind] += 0 if row.place > 1 else row.total
    return LiveExceptions([_view(row) for row in rows], totals)


def _query(board: Board) -> sa.Select[Any]:
    today = today_of(board)
    calls = calls_of(board, today)
    branches = [
        _stuck(board),
        _gaps(board),
        _offline(board, today),
        _far(board, calls),
        _copied(board, calls),
        _short(board, calls),
    ]
    found = sa.union_all(*(_newest(branch) for branch in branches)).subquery("found")
    person, route, outlet = T["person"], T["route"], T["outlet"]
    order = sa.case({kind: place for place, kind in enumerate(EXCEPTIONS)}, value=found.c.kind)
    return (
        sa.select(
            found,
            person.c.name.label("person"),
            person.c.name_en.label("person_en"),
            route.c.code.label("route"),
            shown(board, outlet.c.name).label("outlet"),
            shown(board, outlet.c.name_en).label("outlet_en"),
        )
        .join(person, person.c.id == found.c.person_id)
        .join(route, route.c.id == found.c.route_id, isouter=True)
        .join(outlet, outlet.c.id == found.c.outlet_id, isouter=True)
        .order_by(order, found.c.place)
    )


def _newest(branch: sa.Select[Any]) -> sa.Select[Any]:
    """The newest of a kind and cause, with how many there are."""
    rows = branch.subquery()
    place = sa.func.row_number().over(order_by=[rows.c.since.desc(), rows.c.person_id, rows.c.visit_id])
    numbered = sa.select(rows, place.label("place"), sa.func.count().over().label("total")).subquery()
    return sa.select(numbered).where(numbered.c.place <= MOST_OF_A_KIND)


def _of_call(calls: sa.FromClause) -> dict[str, Any]:
    return {
        "since": calls.c.checked_in_at,
        "person_id": calls.c.person_id,
        "route_id": calls.c.route_id,
        "outlet_id": calls.c.outlet_id,
        "visit_id": calls.c.id,
    }


def _far(board: Board, calls: sa.CTE) -> sa.Select[Any]:
    limit = board.rules.far_m + sa.func.coalesce(calls.c.in_accuracy_m, 0)
    row = typed_row(
        TYPES,
        kind=sa.literal("far_check_in"),
        cause=sa.literal(""),
        **_of_call(calls),
        amount=calls.c.in_distance_m,
        of=calls.c.in_accuracy_m,
    )
    return sa.select(*row).where(calls.c.in_distance_m > limit)


def _short(board: Board, calls: sa.CTE) -> sa.Select[Any]:
    seconds = sa.extract("epoch", calls.c.checked_out_at) - sa.extract("epoch", calls.c.checked_in_at)
    row = typed_row(
        TYPES, kind=sa.literal("short_visit"), cause=sa.literal(""), **_of_call(calls), amount=seconds
    )
    return sa.select(*row).where(seconds < board.rules.short_s)


def _copied(board: Board, calls: sa.CTE) -> sa.Select[Any]:
    rules = board.rules
    newest = (
        sa.select(calls)
        .where(calls.c.outlet_id.is_not(None))
        .order_by(calls.c.checked_in_at.desc())
        .limit(MOST_COMPARED)
        .subquery()
    )
    judged = sa.select(
        newest, equal_lines(newest).label("equal"), counted_lines(newest).label("counted")
    ).subquery()
    row = typed_row(
        TYPES,
        kind=sa.literal("copied_count"),
        cause=sa.literal(""),
        **_of_call(judged),
        amount=judged.c.equal,
        of=judged.c.counted,
    )
    return sa.select(*row).where(
        judged.c.equal >= rules.copied_least, judged.c.equal * 100 >= judged.c.counted * rules.copied_percent
    )


def _offline(board: Board, today: sa.CTE) -> sa.Select[Any]:
    """Phones at work that were not heard of for too long: a store is due since longer than the limit, the day is not
    closed, and the phone's last sign is older."""
    due, held = due_of(board, today), held_of(board, today)
    began = (
        sa.select(
            due.c.route_id,
            sa.func.min(due.c.minute).label("minute"),
            # late_before is the minute now, less the tolerance
            sa.func.min(due.c.late_before + board.rules.late_min).label("now"),
        )
        .group_by(due.c.route_id)
        .subquery()
    )
    row = typed_row(
        TYPES,
        kind=sa.literal("offline_long"),
        cause=sa.literal(""),
        since=held.c.synced_at,
        person_id=held.c.person_id,
        route_id=held.c.route_id,
    )
    return (
        sa.select(*row)
        .select_from(held)
        .join(began, began.c.route_id == held.c.route_id)
        .where(
            held.c.ended_at.is_(None),
            began.c.minute + board.rules.offline_min <= began.c.now,
            sa.or_(held.c.synced_at.is_(None), held.c.synced_at < silent_since(board.rules, board.now)),
        )
    )


def _stuck(board: Board) -> sa.Select[Any]:
    """Operations that wait too long to be applied, or for somebody's decision, by person."""
    operation = T["operation"]
    waits = sa.and_(
        operation.c.state == "received", operation.c.received_at < stuck_since(board.rules, board.now)
    )
    cause = sa.case((operation.c.state == "quarantined", "quarantined"), else_="waiting")
    row = typed_row(
        TYPES,
        kind=sa.literal("stuck_queue"),
        cause=cause,
        since=sa.func.min(operation.c.received_at),
        person_id=operation.c.person_id,
        amount=sa.func.count(),
    )
    query = (
        sa.select(*row)
        .where(sa.or_(operation.c.state == "quarantined", waits))
        .group_by(operation.c.person_id, operation.c.state)
    )
    return _in_scope(query, operation.c.person_id, board)


def _gaps(board: Board) -> sa.Select[Any]:
    """Phones in whose sequence numbers have been missing too long: something was saved there and has not come."""
    device = T["device"]
    row = typed_row(
        TYPES,
        kind=sa.literal("stuck_queue"),
        cause=sa.literal("gap"),
        since=sa.func.min(device.c.gap_since),
        person_id=device.c.person_id,
        amount=sa.func.count(),
    )
    query = (
        sa.select(*row)
        .where(device.c.gap_since < gap_open_since(board.rules, board.now), device.c.revoked_at.is_(None))
        .group_by(device.c.person_id)
    )
    return _in_scope(query, device.c.person_id, board)


def _in_scope(query: sa.Select[Any], person: sa.ColumnElement[int], board: Board) -> sa.Select[Any]:
    return query if board.within is None else query.where(person.in_(people_within(board.within)))


def _view(row: sa.Row[Any]) -> LiveException:
    return LiveException(
        kind=row.kind,
        cause=row.cause,
        since=row.since,
        person_id=row.person_id,
        person=row.person,
        person_en=row.person_en,
        route_id=row.route_id,
        route=row.route or "",
        outlet_id=row.outlet_id,
        outlet=row.outlet or "",
        outlet_en=row.outlet_en or "",
        visit_id=row.visit_id,
        amount=row.amount,
        of=row.of,
    )
