"""What every panel of the live board stands on: today in each territory of a person's scope, and the calls made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.domain.live import LiveRules, Today, late_before, today_in
from server.models import COMPANY_ID, AuditHead, Base, Company, Territory
from server.services.calendars import find_free_days
from server.services.scopes import Within

RULES: Final = LiveRules()
NEVER: Final = -1
"""The weekday of a day on which nothing is due."""

T = Base.metadata.tables


@dataclass(frozen=True, slots=True)
class Board:
    """Whose day is looked at, and when. `days`: today by territory, `zones`: their zones; none outside the scope.
    `classes`: the secrecy classes of outlets whose names the reader may see."""

    now: datetime
    days: Mapping[int, Today]
    zones: Mapping[int, str]
    within: Within
    classes: frozenset[str]
    rules: LiveRules = RULES


def open_board(
    session: Session, within: Within, classes: frozenset[str], now: datetime, rules: LiveRules = RULES
) -> Board:
    """Today in each territory of the scope. Two small queries: the territories, and their calendars."""
    query = (
        sa.select(Territory.id, Territory.timezone, Company.cycle_anchor)
        .select_from(Territory)
        .join(Company, Company.id == COMPANY_ID)
    )
    if within is not None:
        query = query.where(Territory.id.in_(within))
    rows = session.execute(query).all()
    # Somewhere it is still yesterday, or tomorrow already.
    first, last = ((now + timedelta(days=step)).date() for step in (-1, 1))
    free = find_free_days(session, first, last, {row.id for row in rows})
    days = {row.id: today_in(now, row.timezone, row.cycle_anchor, free[row.id]) for row in rows}
    zones = {row.id: row.timezone for row in rows}
    return Board(now, MappingProxyType(days), MappingProxyType(zones), within, classes, rules)


def find_version(session: Session, within: Within, classes: frozenset[str], now: datetime) -> str:
    """What the board's answers hang on, told without reading them: the audit's end, since every deed moves it, the
    minute, since time alone makes a store late, the scope, and the classes."""
    seq = session.scalar(sa.select(AuditHead.seq).where(AuditHead.id == 1)) or 0
    scope = "all" if within is None else "-".join(map(str, sorted(within)))
    return f"{seq}.{int(now.timestamp() // 60)}.{scope}.{'-'.join(sorted(classes))}"


def shown(board: Board, column: sa.ColumnElement[str]) -> sa.ColumnElement[str | None]:
    """A name of an outlet, where the reader may see it; else null. The call itself is shown to all."""
    return sa.case((T["outlet"].c.secrecy.in_(sorted(board.classes)), column), else_=sa.null())


def today_of(board: Board) -> sa.CTE:
    """The scope's days as rows to join with: territory_id, day, weekday, week (modulo 4), late_before."""
    territory = T["territory"]
    alike: dict[Today, list[int]] = {}
    for key, today in board.days.items():
        alike.setdefault(today, []).append(key)
    # One select for each day that differs, never one row a territory: the statement stays the same from look to look,
    # so that it is put together once, and the database sees the days as values.
    parts = [
        sa.select(
            territory.c.id.label("territory_id"),
            sa.literal(today.day, sa.Date).label("day"),
            sa.literal(NEVER if today.free else today.day.weekday(), sa.Integer).label("weekday"),
            sa.literal(today.week % 4, sa.Integer).label("week"),
            sa.literal(late_before(board.rules, today.minute), sa.Integer).label("late_before"),
        ).where(territory.c.id.in_(keys))
        for today, keys in alike.items()
    ]
    return sa.union_all(*parts).cte("today")


def calls_of(board: Board, today: sa.CTE) -> sa.CTE:
    """The calls of the scope's day. One at an outlet that is on no route counts where the outlet lies.

    The days stand there as values too: the database reckons with those, and not with what it is yet to join.
    """
    days = sorted({one.day for one in board.days.values()})
    visit, route, outlet = T["visit"], T["route"], T["outlet"]
    columns = [
        visit.c.id, visit.c.route_id, visit.c.outlet_id, visit.c.person_id, visit.c.planned, visit.c.outcome,
        visit.c.checked_in_at, visit.c.checked_out_at, visit.c.in_latitude, visit.c.in_longitude,
        visit.c.in_accuracy_m, visit.c.in_distance_m, visit.c.flags,
    ]  # fmt: skip
    on_routes = (
        sa.select(*columns)
        .select_from(today)
        .join(route, route.c.territory_id == today.c.territory_id)
        .join(visit, sa.and_(visit.c.route_id == route.c.id, visit.c.day == today.c.day))
        .where(visit.c.day.in_(days))
    )
    on_none = (
        sa.select(*columns)
        .select_from(today)
        .join(visit, sa.and_(visit.c.route_id.is_(None), visit.c.day == today.c.day))
        .join(
            outlet,
            sa.and_(outlet.c.id == visit.c.outlet_id, outlet.c.territory_id == today.c.territory_id),
        )
    )
    return sa.union_all(on_routes, on_none).cte("calls")


def due_of(board: Board, today: sa.CTE, only: sa.Select[Any] | None = None) -> sa.CTE:
    """The stores due today on each route of the scope, each once: route_id, outlet_id, seq, planned_minute, minute,
    late_before. `only`: ids of the routes to look at."""
    stop, route, outlet = T["stop"], T["route"], T["outlet"]
    in_cycle = sa.or_(
        stop.c.weeks == 1,
        sa.and_(stop.c.weeks == 2, stop.c.phase == today.c.week % 2),
        sa.and_(stop.c.weeks == 4, stop.c.phase == today.c.week),
    )
    holds = sa.and_(
        stop.c.valid_from <= today.c.day,
        sa.or_(stop.c.valid_to.is_(None), stop.c.valid_to >= today.c.day),
    )
    due = (
        sa.select(
            stop.c.route_id,
            stop.c.outlet_id,
            sa.func.min(stop.c.sequence).label("seq"),
            sa.func.min(stop.c.planned_minute).label("planned_minute"),
            sa.func.min(sa.func.coalesce(stop.c.planned_minute, board.rules.day_ends_min)).label("minute"),
            sa.func.min(today.c.late_before).label("late_before"),
        )
        .select_from(today)
        .join(route, route.c.territory_id == today.c.territory_id)
        .join(
            stop, sa.and_(stop.c.route_id == route.c.id, stop.c.weekday == today.c.weekday, holds, in_cycle)
        )
        .where(~sa.exists().where(outlet.c.id == stop.c.outlet_id, outlet.c.status == "closed"))
        .group_by(stop.c.route_id, stop.c.outlet_id)
    )
    weekdays = sorted({one.day.weekday() for one in board.days.values()})
    due = due.where(stop.c.weekday.in_(weekdays))
    return (due if only is None else due.where(route.c.id.in_(only))).cte("due")


def held_of(board: Board, today: sa.CTE) -> sa.CTE:
    """Who holds each route now, a substitute before the regular holder, with their day and their phone: route_id,
    person_id, kind, started_at, ended_at (None while a part of the day is open), synced_at, gap_since."""
    one, route, work, device = T["assignment"], T["route"], T["work_day"], T["device"]
    place = sa.func.row_number().over(
        partition_by=one.c.route_id,
        order_by=[sa.case((one.c.kind == "regular", 1), else_=0), one.c.starts_at.desc(), one.c.id],
    )
    ranked = (
        sa.select(one.c.route_id, one.c.person_id, one.c.kind, today.c.day, place.label("place"))
        .select_from(today)
        .join(route, route.c.territory_id == today.c.territory_id)
        .join(one, one.c.route_id == route.c.id)
        .where(
            one.c.role == "rep",
            one.c.person_id.is_not(None),
            one.c.starts_at <= board.now,
            sa.or_(one.c.ends_at.is_(None), one.c.ends_at > board.now),
        )
        .subquery()
    )
    phones = (
        sa.select(
            device.c.person_id,
            sa.func.max(device.c.last_seen_at).label("synced_at"),
            sa.func.min(device.c.gap_since).label("gap_since"),
        )
        .where(device.c.revoked_at.is_(None))
        .group_by(device.c.person_id)
        .subquery()
    )
    is_ended = sa.func.count(work.c.ended_at) == sa.func.count(work.c.id)
    return (
        sa.select(
            ranked.c.route_id,
            ranked.c.person_id,
            ranked.c.kind,
            sa.func.min(work.c.started_at).label("started_at"),
            sa.case((is_ended, sa.func.max(work.c.ended_at))).label("ended_at"),
            sa.func.min(phones.c.synced_at).label("synced_at"),
            sa.func.min(phones.c.gap_since).label("gap_since"),
        )
        .join(work, sa.and_(work.c.person_id == ranked.c.person_id, work.c.day == ranked.c.day), isouter=True)
        .join(phones, phones.c.person_id == ranked.c.person_id, isouter=True)
        .where(ranked.c.place == 1)
        .group_by(ranked.c.route_id, ranked.c.person_id, ranked.c.kind)
        .cte("held")
    )


def typed_row(types: Mapping[str, Any], **known: Any) -> list[sa.ColumnElement[Any]]:
    """The columns of one branch of a union, in the order of `types`. What the branch does not know is a typed null, as
    PostgreSQL wants it; what it knows is not cast, since SQLite's cast would make numbers of instants."""
    return [
        (sa.type_coerce(known[name], type_) if name in known else sa.cast(sa.null(), type_)).label(name)
        for name, type_ in types.items()
    ]
