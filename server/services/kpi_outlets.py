"""Outlets in the figures: which rows of the roll-ups are asked for, and how many outlets ordered of how many there are.
An outlet is one, however many days and routes it ordered on, so they are gathered as sets and never added up."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, literal, null, select
from sqlalchemy.orm import Session

from server.domain.kpi_tallies import Lens, Span
from server.models import Base, Outlet
from server.services.scopes import Within

_T = Base.metadata.tables["kpi_span"]
_OF_BOOK: Final[dict[str, ColumnElement[Any]]] = {
    "territory_id": func.coalesce(Outlet.__table__.c.territory_id, 0),
    "part": Outlet.__table__.c.outlet_class,
}
Outlets = set[str]


@dataclass(frozen=True)
class Scope:
    """Rows of the roll-ups: of a lens and span, from `begins_before` to `ends` (the second half from `begins`),
    narrowed. `of_the_book`: whether the universe is the book of outlets, or what was planned and called on."""

    lens: Lens
    span: Span
    begins_before: date
    begins: date
    ends: date
    within: Within
    territory_id: int | None
    route_id: int | None
    person_id: int | None
    part: str | None
    of_the_book: bool

    def narrow(self, query: Select[Any]) -> Select[Any]:
        """Only these rows."""
        wanted = [
            _T.c.lens == self.lens,
            _T.c.span == self.span,
            _T.c.start >= self.begins_before,
            _T.c.start <= self.ends,
        ]
        wanted += [
            _T.c[name] == value
            for name in ("territory_id", "route_id", "person_id", "part")
            if (value := getattr(self, name)) is not None
        ]
        if self.within is not None:
            wanted.append(_T.c.territory_id.in_(self.within))
        return query.where(*wanted)

    def narrow_book(self, query: Select[Any]) -> Select[Any]:
        """Only the outlets of the same territories and class."""
        if self.territory_id is not None:
            query = query.where(Outlet.territory_id == self.territory_id)
        if self.part is not None:
            query = query.where(Outlet.outlet_class == self.part)
        if self.within is not None:
            query = query.where(Outlet.territory_id.in_(self.within))
        return query


@dataclass(slots=True)
class Gathered:
    """Outlets that ordered and outlets of the universe. `book`: how many are active, by group; None where the universe
    is what was planned or called on. `closed`: outlets that are not active any more; those that ordered belong to
    it."""

    spans: dict[date, Outlets] = field(default_factory=lambda: defaultdict(set))
    known_spans: dict[date, Outlets] = field(default_factory=lambda: defaultdict(set))
    groups: dict[tuple[Any, bool], Outlets] = field(default_factory=lambda: defaultdict(set))
    known_groups: dict[tuple[Any, bool], Outlets] = field(default_factory=lambda: defaultdict(set))
    book: dict[Any, int] | None = None
    closed: Outlets = field(default_factory=set)
    begins: date = date.min

    def of_span(self, start: date) -> dict[str, int]:
        """`outlets_ordered` and `outlets` of one span."""
        return self._counts(self.spans.get(start, set()), self.known_spans.get(start, set()), None)

    def of_group(self, key: Any, *, is_now: bool) -> dict[str, int]:
        """Those of one group, in the spans asked for or in those before."""
        ordered = self.groups.get((key, is_now), set())
        return self._counts(ordered, self.known_groups.get((key, is_now), set()), key)

    def of_all(self, *, is_now: bool) -> dict[str, int]:
        """Those of all together."""
        mine = [start for start in self.spans if (start >= self.begins) == is_now]
        known = [start for start in self.known_spans if (start >= self.begins) == is_now]
        return self._counts(
            set().union(*(self.spans[start] for start in mine)),
            set().union(*(self.known_spans[start] for start in known)),
            None,
        )

    def _counts(self, ordered: Outlets, known: Outlets, key: Any) -> dict[str, int]:
        if self.book is None:
            return {"outlets_ordered": len(ordered), "outlets": len(known)}
        active = sum(self.book.values()) if key is None else self.book.get(key, 0)
        return {"outlets_ordered": len(ordered), "outlets": active + len(ordered & self.closed)}


def gather(session: Session, scope: Scope, key: ColumnElement[Any]) -> Gathered:
    """One query for the outlets that ordered; with the book's universe another one or two that count it."""
    found = Gathered(begins=scope.begins)
    known = null() if scope.of_the_book else func.aggregate_strings(_T.c.known, ",")
    query = select(_T.c.start, key, func.aggregate_strings(_T.c.ordered, ","), known)
    for start, group, ordered, planned in session.execute(scope.narrow(query).group_by(_T.c.start, key)):
        mine = (group, start >= scope.begins)
        for ids, spans, groups in (
            (ordered, found.spans, found.groups),
            (planned, found.known_spans, found.known_groups),
        ):
            if ids:
                outlets = set(ids.split(","))
                spans[start] |= outlets
                groups[mine] |= outlets
    if scope.of_the_book:
        by = _OF_BOOK.get(key.key or "", literal(0))
        active = select(by, func.count()).where(Outlet.status == "active").group_by(by)
        found.book = {group: count for group, count in session.execute(scope.narrow_book(active))}  # noqa: C416
        closed = select(Outlet.id).where(Outlet.status != "active")
        found.closed = {str(one) for one in session.scalars(scope.narrow_book(closed))}
    return found
