"""The figures as the desk asks for them: by rep, route, territory, brand or class, over days, weeks or months, beside
the spans before. Read from the roll-ups only; each panel is one query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.orm import Session

from server.domain.kpi_tallies import span_after
from server.domain.kpis import COUNTS, DEFINITIONS, Definition, figure_of
from server.models import Base
from server.services import scopes
from server.services.kpi_marks import count_marked
from server.services.kpis import outlets as outlet_counts
from server.services.kpis import subjects
from server.services.kpis.questions import Question

ROWS: Final = 200
_T = Base.metadata.tables["kpi_span"]
_KEYS: Final[Mapping[str, ColumnElement[Any]]] = {
    "rep": _T.c.person_id,
    "route": _T.c.route_id,
    "territory": _T.c.territory_id,
    "brand": _T.c.part,
    "class": _T.c.part,
}
Counts = dict[str, int]


class Compared(NamedTuple):
    """One figure now and in as many spans before."""

    key: str
    part: int
    whole: int
    value: float | None
    before: float | None


class Point(NamedTuple):
    """One span of the trend. `before`: the same place in the spans before."""

    start: date
    figures: list[float | None]
    before: list[float | None]
    calls: int
    order_minor: int


class Line(NamedTuple):
    """One row of the table."""

    id: str
    code: str
    name: str
    name_en: str
    calls: int
    order_minor: int
    figures: list[Compared]


@dataclass(frozen=True)
class Report:
    """A page of figures: `keys` names them in the order of the trend's. `rows`: how many groups there are, of which
    `lines` are the first; `marked`: how many routes' days wait to be counted again."""

    question: Question
    totals: list[Compared]
    counts: Counts
    trend: list[Point]
    lines: list[Line]
    rows: int
    marked: int

    @property
    def keys(self) -> list[str]:
        return [one.key for one in _told(self.question.of_one_brand)]

    @property
    def begins(self) -> date:
        return self.question.begins

    @property
    def ends(self) -> date:
        return self.question.ends

    @property
    def begins_before(self) -> date:
        return self.question.begins_before


def find_report(session: Session, question: Question) -> Report:
    """Totals, trend and table. Errors: NotFound for a route, rep or territory of others."""
    _check(session, question)
    spans = _sums(session, question, _T.c.start)
    now, earlier = question.starts, _starts_before(question)
    groups = {half: _groups(session, question, half) for half in (True, False)}
    totals = _total(spans.get(start, {}) for start in now)
    before = _total(spans.get(start, {}) for start in earlier)
    if not question.of_one_brand:
        key = literal(0) if question.by_brand else _KEYS[question.group]
        outlets = outlet_counts.gather(session, question.scope, key)
        for start in (*earlier, *now):
            spans.setdefault(start, {}).update(outlets.of_span(start))
        for is_now, counted in groups.items():
            for key, counts in counted.items():
                counts.update(outlets.of_group(key, is_now=is_now))
        totals.update(outlets.of_all(is_now=True))
        before.update(outlets.of_all(is_now=False))
    names = subjects.find_names(session, question.group, groups[True].keys())
    order = sorted(groups[True], key=lambda key: (names[key].code, names[key].name, str(key)))
    return Report(
        question=question,
        totals=_compared(totals, before, question.of_one_brand),
        counts=totals,
        trend=[_point(question, pair, spans) for pair in zip(now, earlier or now, strict=True)],
        lines=[
            Line(
                str(key),
                *names[key],
                groups[True][key].get("calls", 0),
                groups[True][key].get("order_minor", 0),
                _compared(groups[True][key], groups[False].get(key, {}), question.by_brand),
            )
            for key in order[:ROWS]
        ],
        rows=len(order),
        marked=count_marked(session),
    )


def _check(session: Session, question: Question) -> None:
    if question.route_id is not None:
        scopes.check_route(session, question.within, question.route_id)
    if question.person_id is not None:
        scopes.check_person_within(
            session, question.within, question.person_id, f"person:{question.person_id}"
        )
    if question.territory_id is not None:
        scopes.check_within(question.within, question.territory_id, f"territory:{question.territory_id}")


def _sums(session: Session, question: Question, key: ColumnElement[Any]) -> dict[Any, Counts]:
    """The counts of the spans asked for and those before, by a column."""
    query = select(key, *(func.sum(_T.c[name]) for name in COUNTS)).group_by(key)
    rows = session.execute(question.scope.narrow(query))
    return {row[0]: {name: int(one) for name, one in zip(COUNTS, row[1:], strict=True)} for row in rows}


def _groups(session: Session, question: Question, is_now: bool) -> dict[Any, Counts]:
    half = _T.c.start >= question.begins if is_now else _T.c.start < question.begins
    query = select(_KEYS[question.group], *(func.sum(_T.c[name]) for name in COUNTS)).where(half)
    scope = replace(question.scope, lens="b" if question.by_brand else "c")
    rows = session.execute(scope.narrow(query.group_by(_KEYS[question.group])))
    return {row[0]: {name: int(one) for name, one in zip(COUNTS, row[1:], strict=True)} for row in rows}


def _total(parts: Iterable[Counts]) -> Counts:
    total = dict.fromkeys(COUNTS, 0)
    for counts in parts:
        for name, one in counts.items():
            total[name] = total.get(name, 0) + one
    return total


def _starts_before(question: Question) -> list[date]:
    found, start = [], question.begins_before
    while start < question.begins:
        found.append(start)
        start = span_after(question.span, start)
    return found


def _told(brand: bool) -> list[Definition]:
    """The definitions that can be told: of a brand, not all."""
    return [one for one in DEFINITIONS if one.by_brand or not brand]


def _compared(now: Counts, before: Counts, brand: bool) -> list[Compared]:
    return [Compared(one.key, *figure_of(one, now), figure_of(one, before).value) for one in _told(brand)]


def _point(question: Question, pair: tuple[date, date], spans: Mapping[date, Counts]) -> Point:
    now, before = (spans.get(start, {}) for start in pair)
    told = _told(question.of_one_brand)
    return Point(
        pair[0],
        [figure_of(one, now).value for one in told],
        [figure_of(one, before).value for one in told],
        now.get("calls", 0),
        now.get("order_minor", 0),
    )
