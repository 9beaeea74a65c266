"""Outlets in the figures: which rows of the roll-ups are asked for, and how many outlets ordered of how many there are.
An outlet is one, however many days and routes it ordered on: different ones are counted, and counts never added up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
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
Ids = npt.NDArray[np.int64]
Count = tuple[int, int]
NONE: Final[Count] = (0, 0)
# So many pairs of a label and an outlet are ticked off in a table of a byte each; of more, each label is sorted.
DENSE: Final = 50_000_000


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


class Distinct:
    """How many different outlets rows name: by span, by group in either half, and in each half, each with how many of
    them are closed. Rows: start of the span, group, the outlets' ids with commas between."""

    def __init__(self, rows: Sequence[tuple[date, Any, str]], begins: date, closed: Ids) -> None:
        self.starts = sorted({start for start, _, _ in rows})
        self.keys = list(dict.fromkeys((group, start >= begins) for start, group, _ in rows))
        self._begins = begins
        # One text read at once: a row by itself costs more than what it says.
        self._outlets = np.fromstring(",".join(ids for _, _, ids in rows), dtype=np.int64, sep=",")
        self._width = 1 + int(max(self._outlets.max(initial=0), closed.max(initial=0)))
        self._is_closed = np.zeros(self._width, dtype=np.bool_)
        self._is_closed[closed] = True
        self._sizes = [ids.count(",") + 1 for _, _, ids in rows]
        place = {start: n for n, start in enumerate(self.starts)}
        number = {key: n for n, key in enumerate(self.keys)}
        spans = self._counts([place[start] for start, _, _ in rows], len(self.starts))
        groups = self._counts([number[group, start >= begins] for start, group, _ in rows], len(self.keys))
        halves = self._counts([int(start >= begins) for start, _, _ in rows], 2)
        self.spans = dict(zip(self.starts, spans, strict=True))
        self.groups = dict(zip(self.keys, groups, strict=True))
        self.halves = {bool(n): count for n, count in enumerate(halves)}

    def _counts(self, labels: Sequence[int], many: int) -> list[Count]:
        """Different outlets by label, and those of them that are closed."""
        label = np.repeat(np.array(labels, dtype=np.uint16 if many < 2**16 else np.int64), self._sizes)
        if many * self._width <= DENSE:
            seen = np.zeros((many, self._width), dtype=np.bool_)
            seen[label, self._outlets] = True
            closed = np.count_nonzero(seen[:, self._is_closed], axis=1)
            return list(zip(np.count_nonzero(seen, axis=1).tolist(), closed.tolist(), strict=True))
        # A thousand small sorts are quicker than a large one, and small labels are put in order without comparing.
        ordered = self._outlets[np.argsort(label, kind="stable")]
        ends = np.cumsum(np.bincount(label, minlength=many)).tolist()
        return [self._count(ordered[begins:end]) for begins, end in pairwise([0, *ends])]

    def _count(self, outlets: Ids) -> Count:
        outlets = np.sort(outlets)
        different = outlets[np.diff(outlets, prepend=-1) != 0]
        return len(different), int(np.count_nonzero(self._is_closed[different]))


@dataclass(frozen=True, slots=True)
class Gathered:
    """Outlets that ordered and outlets of the universe. `book`: how many are active, by group; None where the universe
    is what was planned or called on. Outlets that are not active any more belong to the book where they ordered."""

    ordered: Distinct
    known: Distinct
    book: dict[Any, int] | None

    def of_span(self, start: date) -> dict[str, int]:
        """`outlets_ordered` and `outlets` of one span."""
        return self._told(self.ordered.spans.get(start, NONE), self.known.spans.get(start, NONE), None)

    def of_group(self, key: Any, *, is_now: bool) -> dict[str, int]:
        """Those of one group, in the spans asked for or in those before."""
        mine = (key, is_now)
        return self._told(self.ordered.groups.get(mine, NONE), self.known.groups.get(mine, NONE), key)

    def of_all(self, *, is_now: bool) -> dict[str, int]:
        """Those of all together."""
        return self._told(self.ordered.halves.get(is_now, NONE), self.known.halves.get(is_now, NONE), None)

    def _told(self, ordered: Count, known: Count, key: Any) -> dict[str, int]:
        many, closed = ordered
        if self.book is None:
            return {"outlets_ordered": many, "outlets": known[0]}
        active = sum(self.book.values()) if key is None else self.book.get(key, 0)
        return {"outlets_ordered": many, "outlets": active + closed}


def gather(session: Session, scope: Scope, key: ColumnElement[Any]) -> Gathered:
    """One query for the outlets that ordered; with the book's universe another one or two that count it."""
    known = null() if scope.of_the_book else func.aggregate_strings(_T.c.known, ",")
    query = select(_T.c.start, key, func.aggregate_strings(_T.c.ordered, ","), known)
    rows = session.execute(scope.narrow(query).group_by(_T.c.start, key)).all()
    book, closed = None, np.zeros(0, dtype=np.int64)
    if scope.of_the_book:
        by = _OF_BOOK.get(key.key or "", literal(0))
        active = select(by, func.count()).where(Outlet.status == "active").group_by(by)
        book = {group: count for group, count in session.execute(scope.narrow_book(active))}  # noqa: C416
        shut = select(Outlet.id).where(Outlet.status != "active")
        closed = np.array(session.scalars(scope.narrow_book(shut)).all(), dtype=np.int64)
    ordered = [(start, group, ids) for start, group, ids, _ in rows if ids]
    planned = [(start, group, ids) for start, group, _, ids in rows if ids]
    return Gathered(Distinct(ordered, scope.begins, closed), Distinct(planned, scope.begins, closed), book)
