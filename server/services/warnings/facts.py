"""What early warning is told: weekly figures of each rep, and what changed at the stores that each holds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from statistics import fmean, median
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from server.domain.warnings import LEAST_WEEKS, RECENT, PersonWeeks, StoreFacts, words_in
from server.models import (
    Assignment,
    Case,
    ChangeRequest,
    ExportRequest,
    Order,
    OrderLine,
    OutletNote,
    Person,
    PersonRole,
    Reveal,
    Route,
    Stop,
    Visit,
)

WEEKS: Final = 16
RHYTHM: Final = timedelta(weeks=26)
# What an owner says who wants nothing from this company, not just nothing today.
REFUSALS: Final = ("competitor", "other")
EDITS: Final = ("number", "moved")
OFF_ROUTE: Final = frozenset({"off_route", "not_lent"})
PART: Final = 5000


@dataclass(frozen=True)
class Span:
    """The weeks that are looked at: `first` is the first day, `today` the day after the last."""

    today: date
    timezone: str

    @property
    def first(self) -> date:
        return self.today - timedelta(weeks=WEEKS)

    @property
    def recent(self) -> date:
        return self.today - timedelta(weeks=RECENT)

    def week(self, at: date | datetime) -> int | None:
        """The number of a day's week; None outside."""
        day = at.astimezone(ZoneInfo(self.timezone)).date() if isinstance(at, datetime) else at
        return (day - self.first).days // 7 if self.first <= day < self.today else None

    def instant(self, day: date) -> datetime:
        return datetime.combine(day, time(0), ZoneInfo(self.timezone))


@dataclass(frozen=True)
class Held:
    """Which stores a rep holds, in which territories, and since when they hold the oldest of their routes."""

    stores: frozenset[int]
    territories: frozenset[int]
    since: date


Weekly = dict[int, list[float]]


def find_people(session: Session, span: Span) -> dict[int, PersonWeeks]:
    """The weekly figures of all reps with visits in at least eight of the sixteen weeks."""
    reps = frozenset(
        session.scalars(
            select(PersonRole.person_id)
            .join(Person, Person.id == PersonRole.person_id)
            .where(
                PersonRole.role == "rep",
                PersonRole.valid_from <= span.today,
                or_(PersonRole.valid_to.is_(None), PersonRole.valid_to >= span.today),
                Person.status.in_(("active", "leaving")),
            )
        )
    )
    visits, minutes = _visits(session, span)
    words = _words(session, span)
    reveals, off_route = _reveals(session, span)
    exports = _by_week(
        session.execute(
            select(ExportRequest.person_id, ExportRequest.asked_at).where(
                ExportRequest.asked_at >= span.instant(span.first)
            )
        ),
        span,
    )
    return {
        person: PersonWeeks(
            person,
            off_route=_counts(off_route, person),
            reveals=_counts(reveals, person),
            exports=_counts(exports, person),
            note_words=_levels(words.get(person, _none()), seen),
            visit_minutes=_levels(minutes[person], seen),
        )
        for person, seen in visits.items()
        if person in reps and sum(one > 0 for one in seen) >= LEAST_WEEKS
    }


def _none() -> list[float]:
    return [0.0] * WEEKS


def _counts(found: Weekly, person: int) -> tuple[int, ...]:
    return tuple(int(one) for one in found.get(person, _none()))


def _levels(sums: Sequence[float], visits: Sequence[float]) -> tuple[float, ...]:
    """Means a visit; a week without visits (leave, a holiday) is as the others were: it says nothing."""
    known = [total / count for total, count in zip(sums, visits, strict=True) if count > 0]
    usual = median(known)
    return tuple(total / count if count > 0 else usual for total, count in zip(sums, visits, strict=True))


def _by_week(rows: Iterable[tuple[int, date | datetime]], span: Span) -> Weekly:
    found: Weekly = {}
    for person, at in rows:
        week = span.week(at)
        if week is not None:
            found.setdefault(person, _none())[week] += 1
    return found


def _visits(session: Session, span: Span) -> tuple[Weekly, Weekly]:
    """Visits and their minutes."""
    visits: Weekly = {}
    minutes: Weekly = {}
    rows = session.execute(
        select(Visit.person_id, Visit.day, Visit.checked_in_at, Visit.checked_out_at).where(
            Visit.day >= span.first, Visit.day < span.today
        ),
        execution_options={"yield_per": PART},
    )
    for person, day, begun, ended in rows:
        week = span.week(day)
        if week is not None:
            visits.setdefault(person, _none())[week] += 1
            minutes.setdefault(person, _none())[week] += max((ended - begun).total_seconds(), 0.0) / 60
    return visits, minutes


def _words(session: Session, span: Span) -> Weekly:
    """Words written on cards."""
    found: Weekly = {}
    rows = session.execute(
        select(OutletNote.person_id, OutletNote.noted_at, OutletNote.text).where(
            OutletNote.noted_at >= span.instant(span.first)
        ),
        execution_options={"yield_per": PART},
    )
    for person, at, text in rows:
        week = span.week(at)
        if week is not None:
            found.setdefault(person, _none())[week] += words_in(text)
    return found


def _reveals(session: Session, span: Span) -> tuple[Weekly, Weekly]:
    """Openings of numbers, and those of them off the day's route."""
    rows = session.execute(
        select(Reveal.person_id, Reveal.day, Reveal.flags).where(Reveal.at >= span.instant(span.first))
    ).all()
    return (
        _by_week([(person, day) for person, day, _ in rows], span),
        _by_week([(person, day) for person, day, flags in rows if OFF_ROUTE & set(flags)], span),
    )


def find_held(session: Session, span: Span, now: datetime) -> dict[int, Held]:
    """What each rep holds today as their own."""
    rows = session.execute(
        select(Assignment.person_id, Assignment.starts_at, Route.territory_id, Stop.outlet_id)
        .join(Route, Route.id == Assignment.route_id)
        .join(Stop, Stop.route_id == Route.id)
        .where(
            Assignment.role == "rep",
            Assignment.kind == "regular",
            Assignment.person_id.is_not(None),
            Assignment.starts_at <= now,
            or_(Assignment.ends_at.is_(None), Assignment.ends_at > now),
            Stop.valid_from <= span.today,
            or_(Stop.valid_to.is_(None), Stop.valid_to >= span.today),
        )
    )
    found: dict[int, tuple[set[int], set[int], list[datetime]]] = {}
    for person, since, territory, outlet in rows:
        if person is not None:
            stores, territories, begun = found.setdefault(person, (set(), set(), []))
            stores.add(outlet)
            territories.add(territory)
            begun.append(since)
    zone = ZoneInfo(span.timezone)
    return {
        person: Held(frozenset(stores), frozenset(territories), min(begun).astimezone(zone).date())
        for person, (stores, territories, begun) in found.items()
    }


def find_stores(session: Session, span: Span, outlets: frozenset[int]) -> dict[int, StoreFacts]:
    """What is known of the last weeks of these stores."""
    orders: dict[int, list[tuple[date, int]]] = {}
    rows = session.execute(
        select(Order.outlet_id, Order.day, func.count(OrderLine.sku_id))
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(Order.ordered_at >= span.instant(span.today) - RHYTHM, Order.status != "cancelled")
        .group_by(Order.id, Order.outlet_id, Order.day)
        .order_by(Order.day),
        execution_options={"yield_per": PART},
    )
    for outlet, day, lines in rows:
        if outlet in outlets and day < span.today:
            orders.setdefault(outlet, []).append((day, lines))
    since = span.instant(span.recent)
    refused = _recently(session, Visit.outlet_id, Visit.checked_in_at >= since, Visit.outcome.in_(REFUSALS))
    edits = _recently(
        session, ChangeRequest.outlet_id, ChangeRequest.captured_at >= since, ChangeRequest.kind.in_(EDITS)
    )
    complaints = _recently(session, Case.outlet_id, Case.opened_at >= since, Case.kind == "complaint")
    return {
        outlet: _store(
            outlet, orders.get(outlet, []), span,
            refused.get(outlet, 0), edits.get(outlet, 0), complaints.get(outlet, 0),
        )
        for outlet in outlets
    }  # fmt: skip


def _recently(session: Session, outlet: object, *terms: object) -> dict[int, int]:
    query = select(outlet, func.count()).where(*terms).group_by(outlet)  # type: ignore[call-overload]
    return {int(key): int(count) for key, count in session.execute(query) if key is not None}


def _store(
    outlet: int, orders: Sequence[tuple[date, int]], span: Span, refused: int, edits: int, complaints: int
) -> StoreFacts:
    days = sorted({day for day, _ in orders})
    gaps = [float((after - before).days) for before, after in pairwise(days)]
    before = [lines for day, lines in orders if day < span.recent]
    now = [lines for day, lines in orders if day >= span.recent]
    lines_before = fmean(before) if before else 0.0
    return StoreFacts(
        outlet, gaps, float((span.today - days[-1]).days) if days else 0.0, round(lines_before, 1),
        # Without an order there is no list that could be shorter: the rhythm tells of it.
        round(fmean(now), 1) if now else round(lines_before, 1), refused, edits, complaints,
    )  # fmt: skip


def near(person: int, held: Mapping[int, Held], known: Iterable[int]) -> list[int]:
    """Who works beside a person: reps of the same territories; all where these are fewer than three."""
    others = [one for one in known if one != person]
    own = held[person].territories if person in held else frozenset()
    beside = [one for one in others if one in held and held[one].territories & own]
    return beside if len(beside) >= 3 else others
