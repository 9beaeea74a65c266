"""Made-up weeks of reps, some of whom are about to leave: the patterns that early warning has to find."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from server.domain.warnings import RECENT, PersonWeeks

PATTERNS = ("collects", "withdraws", "both", "takes_out")
WEEKS = 26


def crew(seed: int, *, people: int = 40, leaking: int = 6) -> tuple[list[PersonWeeks], dict[int, str]]:
    """Weeks of `people` reps with habits of their own, busy and quiet weeks for all; `leaking` of them follow a pattern
    in the last four weeks. Returns the weeks, and the pattern by person."""
    rng = np.random.default_rng([13, seed])
    season = np.exp(rng.normal(0.0, 0.1, WEEKS))
    made = [_weeks(number, rng, season) for number in range(people)]
    planted = {
        int(one): PATTERNS[at % len(PATTERNS)]
        for at, one in enumerate(rng.choice(people, leaking, replace=False))
    }
    return [
        _leaking(one, planted[one.person_id], rng) if one.person_id in planted else one for one in made
    ], planted


def _weeks(person: int, rng: np.random.Generator, season: np.ndarray) -> PersonWeeks:
    def counts(mean: float) -> tuple[int, ...]:
        # Busy and quiet weeks of one's own: dispersion of about 1.5.
        own = rng.gamma(2 * mean + 1e-9, 0.5, WEEKS) if mean > 0 else np.zeros(WEEKS)
        return tuple(int(one) for one in rng.poisson(own * season))

    words, minutes = rng.uniform(4, 14), rng.uniform(6, 14)
    return PersonWeeks(
        person,
        off_route=counts(float(rng.uniform(0.2, 1.5))),
        reveals=counts(float(rng.uniform(2, 12))),
        exports=counts(0.02),
        note_words=tuple(words * season * np.exp(rng.normal(0, 0.15, WEEKS))),
        visit_minutes=tuple(minutes * np.exp(rng.normal(0, 0.08, WEEKS))),
    )


def _leaking(one: PersonWeeks, pattern: str, rng: np.random.Generator) -> PersonWeeks:
    def more(weeks: tuple[int, ...], times: float, least: int) -> tuple[int, ...]:
        return (*weeks[:-RECENT], *(int(rng.poisson(week * times + least)) for week in weeks[-RECENT:]))

    def less(weeks: tuple[float, ...], share: float) -> tuple[float, ...]:
        return (*weeks[:-RECENT], *(week * share for week in weeks[-RECENT:]))

    changed = one
    if pattern in ("collects", "both"):
        changed = replace(
            changed, reveals=more(tuple(one.reveals), 2.0, 3), off_route=more(tuple(one.off_route), 2.0, 3)
        )
    if pattern in ("withdraws", "both"):
        changed = replace(
            changed,
            note_words=less(tuple(one.note_words), 0.4),
            visit_minutes=less(tuple(one.visit_minutes), 0.6),
        )
    if pattern == "takes_out":
        changed = replace(
            changed, exports=more(tuple(one.exports), 1.0, 1), reveals=more(tuple(one.reveals), 1.5, 2)
        )
    return changed
