"""One rep's day as it went: the calls in their order, the stores that were not reached, with one query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.domain.live import Pause, StopState, is_copied, is_far, is_very_short, pauses, stop_state
from server.errors import NotFound
from server.models.base import UtcDateTime
from server.services.live.counts import counted_lines, equal_lines
from server.services.live.today import Board, T, due_of, shown, today_of, typed_row

MOST_EVENTS: Final = 1000

TYPES: Final[dict[str, Any]] = {
    "kind": sa.String(8),
    "id": sa.Uuid(),
    "at": UtcDateTime(),
    "until": UtcDateTime(),
    "route_id": sa.Integer(),
    "outlet_id": sa.Integer(),
    "name": sa.String(200),
    "name_en": sa.String(200),
    "minute": sa.Integer(),
    "seq": sa.Integer(),
    "day": sa.Date(),
    "territory_id": sa.Integer(),
    "planned": sa.Boolean(),
    "outcome": sa.String(20),
    "order_minor": sa.BigInteger(),
    "distance_m": sa.Float(),
    "accuracy_m": sa.Float(),
    "latitude": sa.Float(),
    "longitude": sa.Float(),
    "counted": sa.Integer(),
    "equal": sa.Integer(),
}


@dataclass(frozen=True, slots=True)
class DayCall:
    """A call. `planned_minute`: of the stop's, None where it has none; `order_minor`: None without an order."""

    id: UUID
    at: datetime
    until: datetime
    route_id: int | None
    outlet_id: int | None
    outlet: str
    outlet_en: str
    planned: bool
    planned_minute: int | None
    outcome: str | None
    order_minor: int | None
    distance_m: float | None
    latitude: float | None
    longitude: float | None
    counted: int
    equal: int
    far: bool
    short: bool
    copied: bool


@dataclass(frozen=True, slots=True)
class OpenStop:
    """A store of the day that was not visited (yet)."""

    route_id: int
    outlet_id: int
    outlet: str
    outlet_en: str
    planned_minute: int | None
    seq: int
    state: StopState


@dataclass(frozen=True, slots=True)
class Timeline:
    """A person's day. `minute`: of the day now, by the wall clock of where they work."""

    person_id: int
    person: str
    person_en: str
    day: date
    timezone: str
    started_at: datetime | None
    ended_at: datetime | None
    synced_at: datetime | None
    gap_since: datetime | None
    planned: int
    done: int
    calls: list[DayCall]
    stops: list[OpenStop]
    pauses: list[Pause]


def get_timeline(session: Session, board: Board, person_id: int) -> Timeline:
    """A person's day as far as it lies in the scope (scopes.check_person_within comes first). Errors: NotFound."""
    rows: dict[str, list[sa.Row[Any]]] = {"person": [], "phone": [], "work": [], "call": [], "stop": []}
    for row in session.execute(_query(board, person_id)) if board.days else ():
        rows[row.kind].append(row)
    if not rows["person"]:
        raise NotFound(subject=f"person:{person_id}")
    return _timeline(board, person_id, rows)


def _timeline(board: Board, person_id: int, rows: Mapping[str, Sequence[sa.Row[Any]]]) -> Timeline:
    who, work, stops = rows["person"][0], rows["work"], rows["stop"]
    territory = stops[0].territory_id if stops else min(board.days)
    is_open = not work or any(row.until is None for row in work)
    ended_at = None if is_open else max(row.until for row in work)
    due = {row.outlet_id: row for row in stops}
    calls = [_call(board, row, due) for row in rows["call"]]
    visited = {call.outlet_id for call in calls}
    phone = rows["phone"][0] if rows["phone"] else None
    return Timeline(
        person_id=person_id,
        person=who.name,
        person_en=who.name_en,
        day=board.days[territory].day,
        timezone=board.zones[territory],
        started_at=min((row.at for row in work), default=None),
        ended_at=ended_at,
        synced_at=phone.at if phone else None,
        gap_since=phone.until if phone else None,
        planned=len(due),
        done=len(due.keys() & visited),
        calls=calls,
        stops=_open_stops(board, stops, visited, closed=ended_at is not None),
        pauses=pauses([(call.at, call.until) for call in calls]),
    )


def _call(board: Board, row: sa.Row[Any], due: Mapping[int, sa.Row[Any]]) -> DayCall:
    stop = due.get(row.outlet_id)
    counted, equal = row.counted or 0, row.equal or 0
    return DayCall(
        id=row.id,
        at=row.at,
        until=row.until,
        route_id=row.route_id,
        outlet_id=row.outlet_id,
        outlet=row.name or "",
        outlet_en=row.name_en or "",
        planned=row.planned,
        planned_minute=stop.minute if stop else None,
        outcome=row.outcome,
        order_minor=row.order_minor,
        distance_m=row.distance_m,
        latitude=row.latitude,
        longitude=row.longitude,
        counted=counted,
        equal=equal,
        far=is_far(board.rules, row.distance_m, row.accuracy_m),
        short=is_very_short(board.rules, row.at, row.until),
        copied=is_copied(board.rules, counted, equal),
    )


def _open_stops(
    board: Board, stops: Sequence[sa.Row[Any]], visited: set[int | None], *, closed: bool
) -> list[OpenStop]:
    furthest: dict[int, int] = {}
    for row in stops:
        if row.outlet_id in visited:
            furthest[row.route_id] = max(furthest.get(row.route_id, 0), row.seq)
    left = [
        OpenStop(
            route_id=row.route_id,
            outlet_id=row.outlet_id,
            outlet=row.name,
            outlet_en=row.name_en,
            planned_minute=row.minute,
            seq=row.seq,
            state=stop_state(
                board.rules,
                minute=board.days[row.territory_id].minute,
                planned=row.minute,
                visited=False,
                passed=row.seq < furthest.get(row.route_id, -1),
                closed=closed,
            ),
        )
        for row in stops
        if row.outlet_id not in visited
    ]
    return sorted(left, key=lambda one: (one.route_id, one.seq, one.outlet_id))


def _query(board: Board, person_id: int) -> sa.Select[Any]:
    branches = [
        _person(person_id), _phone(person_id), _work(board, person_id), _calls(board, person_id),
        _stops(board, person_id),
    ]  # fmt: skip
    found = sa.union_all(*branches).subquery("found")
    return sa.select(found).order_by(found.c.at, found.c.seq, found.c.id).limit(MOST_EVENTS)


def _person(person_id: int) -> sa.Select[Any]:
    person = T["person"]
    return sa.select(
        *typed_row(TYPES, kind=sa.literal("person"), name=person.c.name, name_en=person.c.name_en)
    ).where(person.c.id == person_id)


def _phone(person_id: int) -> sa.Select[Any]:
    """When the person's phones were heard last (`at`), and since when one lacks numbers (`until`)."""
    device = T["device"]
    row = typed_row(
        TYPES,
        kind=sa.literal("phone"),
        at=sa.func.max(device.c.last_seen_at),
        until=sa.func.min(device.c.gap_since),
    )
    return sa.select(*row).where(device.c.person_id == person_id, device.c.revoked_at.is_(None))


def _days(board: Board) -> list[date]:
    return sorted({today.day for today in board.days.values()})


def _work(board: Board, person_id: int) -> sa.Select[Any]:
    work = T["work_day"]
    return sa.select(
        *typed_row(TYPES, kind=sa.literal("work"), at=work.c.started_at, until=work.c.ended_at)
    ).where(work.c.person_id == person_id, work.c.day.in_(_days(board)))


def _calls(board: Board, person_id: int) -> sa.Select[Any]:
    visit, outlet, order, route = T["visit"], T["outlet"], T["customer_order"], T["route"]
    proposal = T["outlet_proposal"]
    row = typed_row(
        TYPES,
        kind=sa.literal("call"),
        id=visit.c.id,
        at=visit.c.checked_in_at,
        until=visit.c.checked_out_at,
        route_id=visit.c.route_id,
        outlet_id=visit.c.outlet_id,
        name=sa.func.coalesce(shown(board, outlet.c.name), proposal.c.name, ""),
        name_en=sa.func.coalesce(shown(board, outlet.c.name_en), ""),
        planned=visit.c.planned,
        outcome=visit.c.outcome,
        order_minor=order.c.total_minor,
        distance_m=visit.c.in_distance_m,
        accuracy_m=visit.c.in_accuracy_m,
        latitude=visit.c.in_latitude,
        longitude=visit.c.in_longitude,
        counted=counted_lines(visit),
        equal=equal_lines(visit),
    )
    territory = sa.func.coalesce(route.c.territory_id, outlet.c.territory_id)
    return (
        sa.select(*row)
        .select_from(visit)
        .join(outlet, outlet.c.id == visit.c.outlet_id, isouter=True)
        .join(proposal, proposal.c.id == visit.c.proposal_id, isouter=True)
        .join(route, route.c.id == visit.c.route_id, isouter=True)
        .join(order, order.c.visit_id == visit.c.id, isouter=True)
        .where(
            visit.c.person_id == person_id,
            visit.c.day.in_(_days(board)),
            territory.in_(list(board.days)),
        )
    )


def _stops(board: Board, person_id: int) -> sa.Select[Any]:
    """The stores due on the routes that the person holds now."""
    one, outlet, route = T["assignment"], T["outlet"], T["route"]
    holds = sa.select(one.c.route_id).where(
        one.c.person_id == person_id,
        one.c.role == "rep",
        one.c.starts_at <= board.now,
        sa.or_(one.c.ends_at.is_(None), one.c.ends_at > board.now),
    )
    due = due_of(board, today_of(board), holds)
    row = typed_row(
        TYPES,
        kind=sa.literal("stop"),
        route_id=due.c.route_id,
        outlet_id=due.c.outlet_id,
        name=sa.func.coalesce(shown(board, outlet.c.name), ""),
        name_en=sa.func.coalesce(shown(board, outlet.c.name_en), ""),
        minute=due.c.planned_minute,
        seq=due.c.seq,
        territory_id=route.c.territory_id,
    )
    return (
        sa.select(*row).join(outlet, outlet.c.id == due.c.outlet_id).join(route, route.c.id == due.c.route_id)
    )
