"""What may be asked of the figures: which spans, how grouped, how narrowed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from server.domain.kpi_tallies import Span, span_after, span_before, span_start
from server.errors import FieldError, Invalid
from server.services.kpis.outlets import Scope
from server.services.scopes import Within

Group = Literal["rep", "route", "territory", "brand", "class"]
MOST_SPANS: Final[Mapping[Span, int]] = {"d": 62, "w": 53, "m": 24}


@dataclass(frozen=True)
class Question:
    """What is asked: whole spans from the one that `first` lies in to the one that `last` lies in, grouped, narrowed to
    one territory, route, rep, class or brand, and always to the territories that the asker works for."""

    span: Span
    first: date
    last: date
    group: Group
    within: Within = None
    territory_id: int | None = None
    route_id: int | None = None
    person_id: int | None = None
    outlet_class: str | None = None
    brand_id: int | None = None
    compare: bool = True

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise Invalid(errors=[FieldError("to", "at_least", {"least": self.first.isoformat()})])
        if len(self.starts) > MOST_SPANS[self.span]:
            raise Invalid(errors=[FieldError("from", "at_most", {"most": MOST_SPANS[self.span]})])
        if self.by_brand and self.outlet_class is not None:
            raise Invalid(errors=[FieldError("outlet_class", "unknown_field")])

    @property
    def of_one_brand(self) -> bool:
        """Whether totals and trend are those of one brand."""
        return self.brand_id is not None

    @property
    def by_brand(self) -> bool:
        """Whether the table's counts are those of brands. A call is one in each brand's: brands do not add up."""
        return self.group == "brand" or self.of_one_brand

    @property
    def starts(self) -> list[date]:
        """First days of the spans asked for; one more than there may be at most."""
        found: list[date] = []
        start = self.begins
        while start <= self.last and len(found) <= MOST_SPANS[self.span]:
            found.append(start)
            start = span_after(self.span, start)
        return found

    @property
    def begins(self) -> date:
        """The first day of the first span."""
        return span_start(self.span, self.first)

    @property
    def ends(self) -> date:
        """The last day of the last span."""
        return span_after(self.span, span_start(self.span, self.last)) - timedelta(days=1)

    @property
    def begins_before(self) -> date:
        """The first day of as many spans before; of the spans themselves where nothing is compared."""
        return span_before(self.span, self.begins, len(self.starts) if self.compare else 0)

    @property
    def scope(self) -> Scope:
        """The rows of the roll-ups that are asked for."""
        part = self.outlet_class if self.brand_id is None else str(self.brand_id)
        return Scope(
            lens="b" if self.of_one_brand else "c",
            span=self.span,
            begins_before=self.begins_before,
            begins=self.begins,
            ends=self.ends,
            within=self.within,
            territory_id=self.territory_id,
            route_id=self.route_id,
            person_id=self.person_id,
            part=part,
            # A universe of routes and reps is what they had to visit; else it is the book.
            of_the_book=self.group not in ("route", "rep") and (self.route_id or self.person_id) is None,
        )
