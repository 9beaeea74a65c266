"""The figures' roll-ups: marked days are counted again from the visits, and the weeks and months they lie in put
together again from their days."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import RowMapping, delete, insert, select
from sqlalchemy.orm import Session

from server.domain.kpi_tallies import Lens, Range, Span, Tally, fold, span_after, span_start, tally_day
from server.domain.kpis import COUNTS
from server.extensions import db
from server.models import Base, Brand, KpiDirty, KpiSpan, MustSell, Sku
from server.services.kpi_marks import mark_passed_days
from server.services.kpis import facts as route_facts
from server.services.transaction import deed

DAYS_AT_ONCE: Final = 7
"""A transaction that counts more than that would keep a SQLite's other writers waiting."""
ROUTES_AT_ONCE: Final = 20
SETTLES: Final = timedelta(seconds=10)
"""A phone's visits come in batches: a day is counted when its last mark is so old."""
_T = Base.metadata.tables["kpi_span"]
Key = tuple[Lens, int, int, str]
"""Lens, person, territory, class or brand: a row of one route and span."""


def keep(*, now: datetime) -> int:
    """Mark the days that have begun and count some of what is marked; returns how many days were counted."""
    mark_passed_days(now=now)
    return refresh(now=now - SETTLES)


def refresh(*, now: datetime, routes: int = ROUTES_AT_ONCE) -> int:
    """Count what is marked, one transaction a route; returns how many days were counted. Bounded: call it again while
    it returns something. Marks that are younger than `now` wait."""
    session = db.session()
    query = select(KpiDirty.route_id).where(KpiDirty.marked_at <= now).distinct().limit(routes)
    waiting = list(session.scalars(query))
    range_ = read_range(session) if waiting else None
    session.rollback()
    return sum(refresh_route(route_id=route_id, range_=range_) for route_id in waiting if range_)


def read_range(session: Session) -> Range:
    """What is sold, by brand, and what each class must have."""
    skus = session.execute(select(Sku.id, Sku.brand_id, Sku.active)).all()
    sold: dict[int, set[int]] = {brand_id: set() for brand_id in session.scalars(select(Brand.id))}
    for sku_id, brand_id, active in skus:
        if active:
            sold[brand_id].add(sku_id)
    must: dict[str, set[int]] = defaultdict(set)
    for outlet_class, sku_id in session.execute(select(MustSell.outlet_class, MustSell.sku_id)):
        must[outlet_class].add(sku_id)
    return Range(
        {sku_id: brand_id for sku_id, brand_id, _ in skus},
        {brand_id: frozenset(found) for brand_id, found in sold.items() if found},
        {outlet_class: frozenset(found) for outlet_class, found in must.items()},
    )


@deed
def refresh_route(session: Session, *, route_id: int, range_: Range) -> int:
    """Count the marked days of a route again; returns how many."""
    query = select(KpiDirty.day).where(KpiDirty.route_id == route_id).order_by(KpiDirty.day)
    days = list(session.scalars(query.limit(DAYS_AT_ONCE).with_for_update(skip_locked=True)))
    if not days:
        return 0
    session.execute(delete(KpiDirty).where(KpiDirty.route_id == route_id, KpiDirty.day.in_(days)))
    for day, tallies in count_days(session, route_id, days, range_).items():
        _replace(session, "d", day, route_id, tallies)
    for span in ("w", "m"):
        for start in sorted({span_start(span, day) for day in days}):
            _replace(session, span, start, route_id, _from_days(session, span, start, route_id))
    return len(days)


def count_days(
    session: Session, route_id: int, days: Sequence[date], range_: Range
) -> dict[date, dict[Key, Tally]]:
    """A route's days counted from their visits, as they are written down."""
    facts = route_facts.read_facts(session, route_id, days, range_.brand_of)
    counted: dict[date, dict[Key, Tally]] = {}
    for day in days:
        whole: dict[Key, Tally] = {}
        for territory_id, calls in facts.calls(day).items():
            own = territory_id == facts.territory_id
            plan, holder_id = (facts.plan(day), facts.holder(day)) if own else ([], 0)
            for (lens, person, part), tally in tally_day(plan, holder_id, calls, range_).items():
                whole[lens, person, territory_id, part] = tally
        counted[day] = whole
    return counted


def _from_days(session: Session, span: Span, start: date, route_id: int) -> dict[Key, Tally]:
    rows = session.execute(
        select(_T)
        .where(
            _T.c.span == "d",
            _T.c.start >= start,
            _T.c.start < span_after(span, start),
            _T.c.route_id == route_id,
        )
        .order_by(_T.c.start)
    )
    days: dict[Key, list[Tally]] = defaultdict(list)
    for row in rows.mappings():
        days[row["lens"], row["person_id"], row["territory_id"], row["part"]].append(_tally(row))
    return {key: fold(found) for key, found in days.items()}


def _replace(session: Session, span: Span, start: date, route_id: int, tallies: Mapping[Key, Tally]) -> None:
    session.execute(
        delete(KpiSpan).where(
            KpiSpan.span == span,
            KpiSpan.start == start,
            KpiSpan.route_id == route_id,
        )
    )
    rows = [row_of(span, start, route_id, key, tally) for key, tally in sorted(tallies.items(), key=_by_key)]
    if rows:
        session.execute(insert(KpiSpan), rows)


def _by_key(item: tuple[Key, Tally]) -> Key:
    return item[0]


def row_of(span: Span, start: date, route_id: int, key: Key, tally: Tally) -> dict[str, object]:
    """A row of the table."""
    lens, person_id, territory_id, part = key
    total = tally.total()
    found = {str(outlet): list(one) for outlet, one in sorted(tally.shelves.items())}
    return {
        "lens": lens,
        "span": span,
        "start": start,
        "route_id": route_id,
        "person_id": person_id,
        "territory_id": territory_id,
        "part": part,
        **{name: total.get(name, 0) for name in COUNTS},
        "ordered": _ids(tally.ordered),
        "known": _ids(tally.known),
        "found": found if span == "d" and found else None,
    }


def _ids(outlets: Collection[int]) -> str | None:
    return ",".join(map(str, sorted(outlets))) or None


def _tally(row: RowMapping) -> Tally:
    shelves = {int(outlet): (one[0], one[1]) for outlet, one in (row["found"] or {}).items()}
    added = [name for name in COUNTS if name not in ("shelves", "shelves_stocked")]
    return Tally(
        Counter({name: row[name] for name in added}), _set(row["ordered"]), _set(row["known"]), shelves
    )


def _set(ids: str | None) -> set[int]:
    return {int(one) for one in ids.split(",")} if ids else set()
