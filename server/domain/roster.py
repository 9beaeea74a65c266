"""The roster: who holds what on each day, as runs of days; and where nobody does.

A day belongs to whoever holds the route at its noon, so that an assignment which begins in the evening counts from the
next day.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from server.domain.errors import DomainError
from server.domain.routes import Held

ROLES: Final = ("rep", "driver", "truck", "supervisor")
REASONS: Final = ("leave", "sick", "training", "other")
MOST_DAYS: Final = 366
BACKDATED: Final = timedelta(days=31)
"""How long after the fact an absence may still be written down."""


class Away(NamedTuple):
    """Days on which a person does not come, both included."""

    first: date
    last: date


class Run(NamedTuple):
    """Days in a row, both included, with one holder. kind: regular | substitution | spread | absent | vacant; absent:
    the holder does not come and nobody stands in."""

    first: date
    last: date
    holder_id: int | None
    kind: str


@dataclass(frozen=True, slots=True)
class Holding:
    """One role of one route: its assignments, and the days on which its outlets are spread over others."""

    held: Sequence[Held]
    spread: Sequence[tuple[datetime, datetime]] = ()

    def on(self, noon: datetime) -> tuple[int | None, str]:
        """Who holds it at a noon, and how."""
        if any(starts <= noon < ends for starts, ends in self.spread):
            return None, "spread"
        now = [
            one for one in self.held if one.starts_at <= noon and (one.ends_at is None or noon < one.ends_at)
        ]
        if not now:
            return None, "vacant"
        best = max(now, key=lambda one: (not one.regular, one.starts_at))
        return best.holder_id, "regular" if best.regular else "substitution"


def runs(
    holding: Holding, noons: Sequence[tuple[date, datetime]], away: Mapping[int, Sequence[Away]]
) -> list[Run]:
    """The days as runs. `noons`: each day in order, with the instant of its noon where the route is; `away`: the
    absences of people by their id (empty for trucks)."""
    found: list[Run] = []
    for day, noon in noons:
        holder, kind = holding.on(noon)
        if holder is not None and any(one.first <= day <= one.last for one in away.get(holder, ())):
            kind = "absent"
        last = found[-1] if found else None
        if last and (last.holder_id, last.kind) == (holder, kind):
            found[-1] = last._replace(last=day)
        else:
            found.append(Run(day, day, holder, kind))
    return found


def check_absence(first: date, last: date, reason: str, today: date, known: Collection[Away]) -> None:
    """Whether an absence can be written down. `known`: the person's others.
    Errors: DomainError for the field that cannot stand."""
    if reason not in REASONS:
        raise DomainError("reason", "one_of", allowed=", ".join(REASONS))
    if last < first:
        raise DomainError("last_day", "at_least", least=first.isoformat())
    if (last - first).days >= MOST_DAYS:
        raise DomainError("last_day", "at_most", most=(first + timedelta(days=MOST_DAYS - 1)).isoformat())
    if first < today - BACKDATED:
        raise DomainError("first_day", "at_least", least=(today - BACKDATED).isoformat())
    if any(one.first <= last and first <= one.last for one in known):
        raise DomainError("first_day", "overlaps")


class Offer(NamedTuple):
    """What standing in would mean for one person: minutes more on all days together, days on which the shift would be
    exceeded and the minutes beyond it, and how far their own stores are (metres; None: they have none)."""

    person_id: int
    days: int
    extra: float
    over_days: int
    over: float
    metres: int | None


def best_first(offers: Sequence[Offer]) -> list[Offer]:
    """The offers with the best first: who keeps the shift, by the least time more; then by the least overtime. Somebody
    without stores of their own has the whole day to spare."""
    return sorted(offers, key=lambda one: (round(one.over), round(one.extra), one.metres or 0, one.person_id))
