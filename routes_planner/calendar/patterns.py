"""Day patterns from a visit frequency."""

from __future__ import annotations

from itertools import combinations

from routes_planner.calendar.problem import Pattern
from routes_planner.errors import require

# visits a cycle of weeks: (visits, weeks)
FREQUENCIES: dict[str, tuple[int, int]] = {
    "5/week": (5, 1),
    "3/week": (3, 1),
    "2/week": (2, 1),
    "1/week": (1, 1),
    "fortnightly": (1, 2),
    "4-weekly": (1, 4),
}


def _gaps(days: tuple[int, ...]) -> list[int]:
    """Calendar days between visits, round the week's end included."""
    return [b - a for a, b in zip(days, (*days[1:], days[0] + 7), strict=True)]


def patterns_of(
    frequency: str, weeks: int, days_a_week: int = 5, least_gap: int | None = None
) -> tuple[Pattern, ...]:
    """Allowed patterns in a cycle of `weeks` weeks of `days_a_week` working days; day = week × days_a_week + weekday.

    The same weekdays each week in which the store is visited. least_gap: calendar days between two visits of a week,
    by default 2 (so that three visits are Monday, Wednesday, Friday and the like); 1 for daily visits.
    """
    require(
        frequency in FREQUENCIES, "frequency", "known", f"{frequency} is none of {', '.join(FREQUENCIES)}"
    )
    visits, every = FREQUENCIES[frequency]
    require(weeks % every == 0, "frequency", "fits_cycle", f"{frequency} does not repeat in {weeks} weeks")
    require(visits <= days_a_week, "frequency", "fits_week", f"a week has {days_a_week} working days")
    if every > 1:
        return tuple(
            tuple(week * days_a_week + day for week in range(first, weeks, every))
            for first in range(every)
            for day in range(days_a_week)
        )
    gap = least_gap if least_gap is not None else (1 if visits >= days_a_week - 1 else 2)
    found = []
    for days in combinations(range(days_a_week), visits):
        if visits == 1 or min(_gaps(days)) >= gap:
            found.append(tuple(week * days_a_week + day for week in range(weeks) for day in days))
    require(
        len(found) > 0, "frequency", "possible", f"no {frequency} pattern keeps {gap} days between visits"
    )
    return tuple(found)
