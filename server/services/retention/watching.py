"""The watch itself: begun for each store that changed hands, judged each night, ended after 90 days. Running it twice
changes nothing."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.retention import WATCHED_WEEKS, Course, Verdict, course, saved, watch
from server.extensions import db
from server.models import Departure, DepartureStore, RetentionWatch, Task
from server.services import audit, jobs
from server.services.alerts import raise_alert
from server.services.company import get_company
from server.services.jobs import Claimed, Report
from server.services.retention.facts import WatchFacts, find_facts
from server.services.tasks import NewTask, add_tasks
from server.services.transaction import deed

WATCHED: Final = timedelta(weeks=WATCHED_WEEKS)
WIN_BACK_WITHIN: Final = timedelta(days=7)
AT_ONCE: Final = 500
SEVERITY: Final = {"shrunk": "warning", "lost": "alarm"}


@dataclass(frozen=True)
class Judged:
    """What a night says of one watch."""

    watch_id: int
    verdict: Verdict
    course: Course
    visits: Mapping[str, object]
    saved_minor: int


def run(report: Report, claimed: Claimed) -> None:
    """The nightly job."""
    counts = watch_all(now=report.now(), by=claimed.asked_by)
    report.say(progress=90, words="watched", detail=str(counts["judged"]))
    jobs.finish(claimed=claimed, result="", now=report.now())


def watch_all(*, now: datetime, by: int | None) -> dict[str, int]:
    """Begin what is to be watched, judge all of it, keep what was found. What is read and reckoned holds no lock."""
    timezone = get_company(db.session()).timezone
    today = now.astimezone(ZoneInfo(timezone)).date()
    begin(timezone=timezone, now=now)
    judged = judge(db.session(), today=today, timezone=timezone)
    totals = {"judged": 0, "alarms": 0, "ended": 0}
    for start in range(0, len(judged), AT_ONCE):
        kept = keep(judged=judged[start : start + AT_ONCE], today=today, now=now, by=by)
        totals = {name: totals[name] + kept[name] for name in totals}
    return totals


@deed
def begin(session: Session, *, timezone: str, now: datetime) -> int:
    """Begin a watch for each store of an accepted case, once it is in other hands. Returns how many are new."""
    rows = session.execute(
        select(DepartureStore, Departure.holds_from)
        .join(Departure, Departure.id == DepartureStore.departure_id)
        .outerjoin(
            RetentionWatch,
            (RetentionWatch.departure_id == DepartureStore.departure_id)
            & (RetentionWatch.outlet_id == DepartureStore.outlet_id),
        )
        .where(
            Departure.state.in_(("planned", "closed")),
            Departure.holds_from <= now,
            Departure.holds_from > now - WATCHED,
            DepartureStore.receiver_id.is_not(None),
            RetentionWatch.id.is_(None),
        )
        .order_by(DepartureStore.departure_id, DepartureStore.place)
    ).all()
    for store, holds_from in rows:
        if holds_from is None:
            continue
        handed_on = holds_from.astimezone(ZoneInfo(timezone)).date()
        session.add(
            RetentionWatch(
                departure_id=store.departure_id, outlet_id=store.outlet_id, receiver_id=store.receiver_id,
                handed_on=handed_on, ends_on=handed_on + WATCHED,
            )
        )  # fmt: skip
    for departure_id, some in groupby(rows, key=lambda one: one[0].departure_id):
        audit.record(
            session, at=now, person_id=None, deed="retention.begin", subject=f"departure:{departure_id}",
            detail={"stores": len(list(some))},
        )  # fmt: skip
    return len(rows)


def judge(session: Session, *, today: date, timezone: str) -> list[Judged]:
    """What is to be said today of every watch under way. Reads only."""
    query = select(RetentionWatch).where(RetentionWatch.ended_at.is_(None)).order_by(RetentionWatch.handed_on)
    watches = list(session.scalars(query))
    won = _won_back(session, watches)
    zone = ZoneInfo(timezone)
    found = []
    for handed_on, same_day in groupby(watches, key=lambda one: one.handed_on):
        for facts in find_facts(session, list(same_day), today=today, timezone=timezone):
            won_at = won.get(facts.watch_id)
            won_on = won_at.astimezone(zone).date() if won_at else None
            found.append(_judged(facts, handed_on, won_on))
    session.rollback()
    return found


def _judged(facts: WatchFacts, handed_on: date, won_on: date | None) -> Judged:
    made = course(facts.volumes, facts.handed, facts.peers)
    worth = 0.0
    if won_on is not None:
        worth = saved(made, (won_on - handed_on).days // 7 // made.cycle)
    verdict = watch(facts.volumes, facts.handed, facts.peers)
    return Judged(facts.watch_id, verdict, made, facts.visits, round(worth))


def _won_back(session: Session, watches: Sequence[RetentionWatch]) -> dict[int, datetime]:
    """When the owner was won back, by watch."""
    sources = [f"watch:{one.id}" for one in watches if one.alarm_at is not None]
    found = {}
    for start in range(0, len(sources), 500):
        rows = session.execute(
            select(Task.source, Task.done_at).where(
                Task.source.in_(sources[start : start + 500]),
                Task.kind == "win_back",
                Task.state == "done",
                Task.outcome == "won",
                Task.done_at.is_not(None),
            )
        )
        found.update({int(source[6:]): at for source, at in rows if at is not None})
    return found


@deed
def keep(
    session: Session, *, judged: Sequence[Judged], today: date, now: datetime, by: int | None
) -> dict[str, int]:
    """Write down what a night found: a store that falls behind raises an alert and asks for a visit, each once."""
    rows = {
        row.id: row
        for row in session.scalars(
            select(RetentionWatch)
            .where(RetentionWatch.id.in_([one.watch_id for one in judged]), RetentionWatch.ended_at.is_(None))
            .with_for_update()
        )
    }
    counts = {"judged": 0, "alarms": 0, "ended": 0}
    wanted = []
    for one in judged:
        row = rows.get(one.watch_id)
        if row is None:
            continue
        if one.verdict.alarm and (
            row.alarm_at is None or (row.state, one.verdict.state) == ("shrunk", "lost")
        ):
            wanted.append(_alarm(session, row, one.verdict, today, now))
            counts["alarms"] += 1
        _write(row, one, now)
        if today >= row.ends_on:
            row.ended_at = now
            counts["ended"] += 1
        counts["judged"] += 1
    if counts["ended"]:
        _tell_of_ended(session, {row.departure_id for row in rows.values() if row.ended_at == now}, now)
    made = add_tasks(session, wanted, by=by, now=now)
    audit.record(
        session, at=now, person_id=by, deed="retention.judge", subject="retention:stores",
        detail={**counts, "tasks": len(made)},
    )  # fmt: skip
    return counts


def _tell_of_ended(session: Session, cases: Collection[int], now: datetime) -> None:
    """The last watch of a case is over: how many stores were kept, shrunk and lost, and what winning back saved."""
    session.flush()
    for case_id in sorted(cases):
        watches = session.scalars(select(RetentionWatch).where(RetentionWatch.departure_id == case_id)).all()
        if any(one.ended_at is None for one in watches):
            continue
        ended = Counter(one.state for one in watches)
        leaver = session.get_one(Departure, case_id).person_id
        raise_alert(
            session, kind="retention.ended", subject=f"person:{leaver}", at=now, severity="notice",
            detail={
                "departure": case_id, "kept": ended["kept"], "shrunk": ended["shrunk"], "lost": ended["lost"],
                "saved_minor": sum(one.saved_minor for one in watches),
            },
        )  # fmt: skip


def _alarm(session: Session, row: RetentionWatch, verdict: Verdict, today: date, now: datetime) -> NewTask:
    share = None if verdict.share is None else round(verdict.share, 2)
    why = {"reason": verdict.reason, "share": share, "cycles": verdict.cycles, "peers": verdict.peers}
    raise_alert(
        session, kind=f"retention.{verdict.state}", subject=f"outlet:{row.outlet_id}", at=now,
        detail={"departure": row.departure_id, "watch": row.id, **why}, severity=SEVERITY[verdict.state],
    )  # fmt: skip
    return NewTask(
        kind="win_back", outlet_id=row.outlet_id, due=today + WIN_BACK_WITHIN, source=f"watch:{row.id}",
        assignee_id=row.receiver_id, why=why,
    )  # fmt: skip


def _write(row: RetentionWatch, one: Judged, now: datetime) -> None:
    verdict = asdict(one.verdict)
    row.state, row.alarm = verdict.pop("state"), verdict.pop("alarm")
    row.verdict = {
        **verdict,
        "expected": round(one.verdict.expected),
        "actual": round(one.verdict.actual),
        "share": None if one.verdict.share is None else round(one.verdict.share, 3),
    }
    row.course = {
        "cycle": one.course.cycle,
        "handed": one.course.handed,
        "actual": [round(volume) for volume in one.course.actual],
        "expected": [round(volume) for volume in one.course.expected],
    }
    row.visits, row.saved_minor, row.judged_at = dict(one.visits), one.saved_minor, now
    if row.alarm and row.alarm_at is None:
        row.alarm_at = now
