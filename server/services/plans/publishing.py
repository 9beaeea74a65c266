"""Publication: a version's lines become dated stops from a day on, and those who walk them are told what changed."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.orm import Session

from server.domain.plans import Change, Line, changes
from server.errors import Conflict, FieldError, Invalid
from server.models import Assignment, Outlet, Plan, PlanVersion, Route, Stop, StopChange
from server.services import audit, notices
from server.services.plans.board import BoardKeeper
from server.services.plans.facts import lines_of, lines_on
from server.services.plans.versions import get_board, get_plan, get_version, lock_plan
from server.services.routes import touch_cards
from server.services.scopes import Within
from server.services.transaction import deed


@deed
def publish(
    session: Session,
    *,
    keeper: BoardKeeper,
    version_id: int,
    starts_on: date,
    reason: str,
    today: date,
    within: Within,
    now: datetime,
    by: int | None,
) -> int:
    """The version holds from a day on: stops that differ are closed and opened in this one transaction. Returns how
    many changes there are. Errors: Conflict `plan_outdated` where a route was changed since the plan was made, Invalid
    for a day that is over: what was walked is not rewritten."""
    plan, version = get_version(session, version_id, within)
    lock_plan(session, plan.id)
    if starts_on <= today:
        raise Invalid(errors=[FieldError("starts_on", "from_tomorrow")])
    board = get_board(session, keeper, plan, version)
    found = _replace_stops(session, plan, board.all_lines(), starts_on, reason, set(board.facts.outlets))
    plan.state, plan.published_version, plan.starts_on = "published", version.number, starts_on
    plan.published_at, plan.published_by = now, by
    _tell(session, plan, found, starts_on, now)
    audit.record(
        session, at=now, person_id=by, deed="plan.publish", subject=f"plan:{plan.id}",
        detail={"version": version.number, "from": starts_on.isoformat(), "changes": len(found)},
    )  # fmt: skip
    return len(found)


@deed
def revert(
    session: Session,
    *,
    plan_id: int,
    starts_on: date,
    reason: str,
    today: date,
    within: Within,
    now: datetime,
    by: int | None,
) -> int:
    """What held before the plan holds again from a day on: the plan's first version. The plan's days stay as they were
    walked."""
    plan = get_plan(session, plan_id, within)
    lock_plan(session, plan_id)
    if plan.state != "published":
        raise Conflict("plan_not_published")
    if starts_on <= today:
        raise Invalid(errors=[FieldError("starts_on", "from_tomorrow")])
    first = session.scalars(
        select(PlanVersion.id).where(PlanVersion.plan_id == plan_id, PlanVersion.number == 1)
    ).one()
    lines = lines_of(session, first)
    open_now = set(
        session.scalars(
            select(Outlet.id).where(Outlet.territory_id == plan.territory_id, Outlet.status == "active")
        )
    )
    known = open_now | {line.outlet_id for line in lines}
    found = _replace_stops(session, plan, lines, starts_on, reason, known)
    plan.state, plan.published_version = "reverted", None
    _tell(session, plan, found, starts_on, now)
    audit.record(
        session, at=now, person_id=by, deed="plan.revert", subject=f"plan:{plan_id}",
        detail={"from": starts_on.isoformat(), "changes": len(found)},
    )  # fmt: skip
    return len(found)


def _tell(session: Session, plan: Plan, found: Sequence[Change], day: date, now: datetime) -> None:
    """Whoever holds one of the changed routes, now or later, hears of it."""
    people = session.scalars(
        select(Assignment.person_id).where(
            Assignment.route_id.in_({change.route_id for change in found}),
            Assignment.role.in_(("rep", "supervisor")),
            Assignment.person_id.is_not(None),
            or_(Assignment.ends_at.is_(None), Assignment.ends_at > now),
        )
    )
    detail = {"from": day.isoformat(), "changes": len(found)}
    told = {one for one in people if one is not None}
    notices.tell(session, told, "plan", f"plan:{plan.id}", detail, now)


def _replace_stops(
    session: Session, plan: Plan, lines: Sequence[Line], day: date, reason: str, known: set[int]
) -> list[Change]:
    """Close and open stops of the plan's routes so that `lines` hold from a day on. Stops of outlets that the plan does
    not know (closed ones) are left alone. Errors: Conflict where a route is not as the plan saw it."""
    routes = list(
        session.scalars(
            select(Route).where(Route.territory_id == plan.territory_id).order_by(Route.id).with_for_update()
        )
    )
    if {str(route.id): route.version for route in routes} != plan.routes:
        raise Conflict("plan_outdated")
    before = lines_on(session, [route.id for route in routes], day)
    found = changes(before, lines)
    rows = _stops_from(session, [route.id for route in routes], day)
    wanted = {_terms(line): line for line in lines}
    closed: list[int] = []
    never: list[int] = []
    for row in rows:
        if row.outlet_id not in known:
            continue
        key = (
            row.route_id,
            row.outlet_id,
            row.weekday,
            row.weeks,
            row.phase,
            row.sequence,
            row.planned_minute,
        )
        if row.valid_from <= day and row.valid_to is None and key in wanted:
            del wanted[key]
        elif row.valid_from >= day:
            never.append(row.id)
        else:
            closed.append(row.id)
    _close(session, closed, never, day)
    _open(session, wanted.values(), day)
    touched = {change.route_id for change in found} | {line.route_id for line in wanted.values()}
    for route in routes:
        if route.id in touched:
            route.version += 1
    plan.routes = {str(route.id): route.version for route in routes}
    touch_cards(session, sorted({change.outlet_id for change in found}))
    _note(session, plan, found, day, reason)
    return found


def _terms(line: Line) -> tuple[int, int, int, int, int, int, int | None]:
    return (
        line.route_id, line.outlet_id, line.weekday, line.weeks, line.phase, line.sequence, line.planned_minute
    )  # fmt: skip


def _stops_from(session: Session, route_ids: Sequence[int], day: date) -> list[Stop]:
    """Stops that hold on a day or later."""
    query = (
        select(Stop)
        .where(Stop.route_id.in_(route_ids), or_(Stop.valid_to.is_(None), Stop.valid_to >= day))
        .order_by(Stop.id)
    )
    return list(session.scalars(query))


def _close(session: Session, closed: Sequence[int], never: Sequence[int], day: date) -> None:
    for start in range(0, len(closed), 500):
        session.execute(
            update(Stop)
            .where(Stop.id.in_(closed[start : start + 500]))
            .values(valid_to=day - timedelta(days=1))
            .execution_options(synchronize_session=False)
        )
    for start in range(0, len(never), 500):  # planned for later and planned anew: they never held
        session.execute(
            delete(Stop)
            .where(Stop.id.in_(never[start : start + 500]))
            .execution_options(synchronize_session=False)
        )


def _open(session: Session, lines: Iterable[Line], day: date) -> None:
    rows = [{**line._asdict(), "valid_from": day, "valid_to": None} for line in lines]
    if rows:
        session.execute(insert(Stop), rows)


def _note(session: Session, plan: Plan, found: Sequence[Change], day: date, reason: str) -> None:
    """What is told to whoever walks these routes; what an earlier plan meant to change from this day on is void."""
    session.execute(
        delete(StopChange).where(
            StopChange.route_id.in_(
                select(Route.id).where(Route.territory_id == plan.territory_id).scalar_subquery()
            ),
            StopChange.from_day >= day,
        )
    )
    rows = [
        {
            "route_id": change.route_id, "outlet_id": change.outlet_id, "plan_id": plan.id, "from_day": day,
            "kind": change.kind, "before": list(change.before), "after": list(change.after),
            "reason": reason,
        }
        for change in found
    ]  # fmt: skip
    if rows:
        session.execute(insert(StopChange), rows)
