"""Retention watch (流失观察): does a store that changed hands still order as it would have?

Method. A store's volume is summed by its own order cycles and compared, in logarithms, with what was expected: its own
level before the handover, times what similar stores that did not change hands did in the same weeks (their median).
Season, holidays and promotions are in both and fall out (difference in differences; Card & Krueger 1994). What is left
is put in units of the store's own spread before (median absolute deviation, which spikes cannot move; Hampel 1974)
and summed by a lower CUSUM (Page 1954, Biometrika 41): S = max(0, S - z - K), alarm at S >= H. One cycle counts
CLIP at most, so that no single odd week raises an alarm.

Measured on weekly_sales.csv (42 supermarkets): the weeks that all stores share move by 0.59 (standard deviation of the
logarithm), what is left of a store by 0.21. Figures: `make bench ONLY=leaver.watch`.

Pure: weekly volumes in, oldest first; nothing is read and nothing is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, log1p
from statistics import median
from typing import Final

from server.domain.errors import DomainError

WATCHED_WEEKS: Final = 13
"""90 days, in whole weeks."""
CYCLES: Final = (1, 2, 4)
"""Weeks between a store's orders that are told apart."""
KEPT_ABOVE: Final = 0.8
LOST_BELOW: Final = 0.1


@dataclass(frozen=True, slots=True)
class WatchTerms:
    """K: spreads a cycle that are still chance; H: their sum that is not; CLIP: what one cycle can count at most;
    `spread`: the least spread that is believed (logarithm); `history`: cycles before the handover that are looked at;
    `least_history`, `least_peers`: below these the verdict is "too_little" and own history alone is used."""

    k: float = 0.5
    h: float = 3.0
    clip: float = 3.0
    spread: float = 0.15
    history: int = 26
    least_history: int = 6
    least_peers: int = 5

    def __post_init__(self) -> None:
        for name in ("k", "h", "clip", "spread"):
            if not getattr(self, name) > 0:
                raise DomainError(name, "at_least", least=0)
        if self.clip >= self.h + self.k:
            raise DomainError("clip", "at_most", most=self.h + self.k)


TERMS: Final = WatchTerms()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the watch says of a store, and why.

    `state`: too_little (history) | kept | shrunk | lost; `alarm`: whether it is to be looked at now, `alarm_cycle`
    since which order cycle after the handover (from 1). `cycle`: weeks between orders; `cycles`: complete ones since.
    `expected`, `actual`: volume since the handover; `share`: actual ÷ expected; `peers`: similar stores that it was
    compared with; `without_order`: complete cycles without any order at the end; `reason`: the key of the sentence.
    """

    state: str
    alarm: bool
    alarm_cycle: int | None
    cycle: int
    cycles: int
    expected: float
    actual: float
    share: float | None
    peers: int
    without_order: int
    reason: str


def order_cycle(before: Sequence[float]) -> int:
    """Weeks between a store's orders: 1, 2 or 4, whichever is next to the mean gap of its last half year."""
    weeks = [at for at, volume in enumerate(before[-26:]) if volume > 0]
    if len(weeks) < 3:
        return CYCLES[-1]
    gap = (weeks[-1] - weeks[0]) / (len(weeks) - 1)
    return min(CYCLES, key=lambda cycle: (abs(log(cycle / gap)), cycle))


def cycle_sums(volumes: Sequence[float], handed: int, cycle: int) -> tuple[list[float], list[float]]:
    """Volumes summed by order cycles before and after a handover at week `handed`: whole cycles only, counted from the
    handover in both directions, oldest first."""
    before = [sum(volumes[at : at + cycle]) for at in range(handed % cycle, handed, cycle)]
    after = [sum(volumes[at : at + cycle]) for at in range(handed, len(volumes) - cycle + 1, cycle)]
    return before, after


def watch(
    volumes: Sequence[float], handed: int, peers: Sequence[Sequence[float]], terms: WatchTerms = TERMS
) -> Verdict:
    """The verdict on one store. `volumes`: a store's weekly volumes, `handed`: the first week after the handover;
    `peers`: similar stores' volumes of the same weeks. Errors: DomainError for a week that is not there, or peers of
    other weeks."""
    if not 0 <= handed <= len(volumes):
        raise DomainError("handed", "at_most", most=len(volumes))
    if any(len(one) != len(volumes) for one in peers):
        raise DomainError("peers", "one_of", allowed=f"{len(volumes)} weeks")
    found = _measured(volumes, handed, peers, terms)
    if found.level is None:
        return _too_little(found.cycle, found.after, len(peers))
    left = [log1p(volume) - common for volume, common in zip(found.before, found.shared, strict=False)]
    spread = max(1.4826 * median(abs(one - found.level) for one in left), terms.spread)
    scores = [
        (log1p(volume) - common - found.level) / spread
        for volume, common in zip(found.after, found.shared[len(found.before) :], strict=True)
    ]
    expected = sum(found.expected[len(found.before) :])
    return _verdict(found.cycle, found.after, expected, found.used, _alarm_cycle(scores, terms))


@dataclass(frozen=True, slots=True)
class _Measured:
    """Sums by order cycle, what similar stores did beside, and the store's own level (logarithm; None: too little)."""

    cycle: int
    before: list[float]
    after: list[float]
    shared: list[float]
    used: int
    level: float | None
    expected: list[float]


def _measured(
    volumes: Sequence[float], handed: int, peers: Sequence[Sequence[float]], terms: WatchTerms
) -> _Measured:
    cycle = order_cycle(volumes[:handed])
    before, after = cycle_sums(volumes, handed, cycle)
    before = before[-terms.history :]
    if sum(volume > 0 for volume in before) < terms.least_history or not after:
        return _Measured(cycle, before, after, [], 0, None, [])
    shared, used = _shared(peers, handed, cycle, len(before), len(after), terms)
    level = median(log1p(volume) - common for volume, common in zip(before, shared, strict=False))
    expected = [max(exp(level + common) - 1, 0.0) for common in shared]
    return _Measured(cycle, before, after, shared, used, level, expected)


@dataclass(frozen=True, slots=True)
class Course:
    """A store's volumes by order cycle, oldest first, beside what was expected of them: its own level, times what
    similar stores did. `handed`: how many of the cycles lie before the handover. Empty where history is too short."""

    cycle: int
    handed: int
    actual: tuple[float, ...]
    expected: tuple[float, ...]


SHOWN_BEFORE: Final = 6


def course(
    volumes: Sequence[float], handed: int, peers: Sequence[Sequence[float]], terms: WatchTerms = TERMS
) -> Course:
    """What is drawn beside a verdict: the last six cycles before the handover, and all complete ones since."""
    found = _measured(volumes, handed, peers, terms)
    if found.level is None:
        return Course(found.cycle, 0, (), ())
    left_out = max(len(found.before) - SHOWN_BEFORE, 0)
    actual = (*found.before, *found.after)[left_out:]
    return Course(found.cycle, len(found.before) - left_out, actual, tuple(found.expected[left_out:]))


def saved(made: Course, won_after: int) -> float:
    """Volume that winning back saved, as far as can be told: what was ordered since, less what would have been with
    the share of the expected that the store kept before. `won_after`: complete cycles between handover and the visit
    that won the owner back; with none there is nothing to compare with, and nothing is claimed."""
    actual, expected = made.actual[made.handed :], made.expected[made.handed :]
    before = sum(expected[:won_after])
    if won_after < 1 or before <= 0:
        return 0.0
    share = sum(actual[:won_after]) / before
    return max(0.0, sum(actual[won_after:]) - share * sum(expected[won_after:]))


def _shared(
    peers: Sequence[Sequence[float]], handed: int, cycle: int, before: int, after: int, terms: WatchTerms
) -> tuple[list[float], int]:
    """What similar stores did, cycle by cycle, against their own level before; zeros where they are too few."""
    series = []
    for peer in peers:
        first, second = cycle_sums(peer, handed, cycle)
        first = first[-before:]
        if sum(volume > 0 for volume in first) < terms.least_history:
            continue
        level = median(log1p(volume) for volume in first)
        series.append([log1p(volume) - level for volume in (*first, *second)])
    if len(series) < terms.least_peers:
        return [0.0] * (before + after), 0
    return [median(one[at] for one in series) for at in range(before + after)], len(series)


def _alarm_cycle(scores: Sequence[float], terms: WatchTerms) -> int | None:
    """The first cycle (from 1) in which the sum of what is missing is no chance any more."""
    total = 0.0
    for number, score in enumerate(scores, 1):
        total = max(0.0, total + min(-score, terms.clip) - terms.k)
        if total >= terms.h:
            return number
    return None


def _verdict(
    cycle: int, after: Sequence[float], expected: float, peers: int, alarm_cycle: int | None
) -> Verdict:
    actual = sum(after)
    share = actual / expected if expected > 0 else None
    quiet = next((at for at, volume in enumerate(reversed(after)) if volume > 0), len(after))
    state = "kept"
    if alarm_cycle is not None and share is not None and share < KEPT_ABOVE:
        state = "lost" if share < LOST_BELOW or quiet >= 3 else "shrunk"
    alarm = state in ("shrunk", "lost")
    reason = "orders_stopped" if alarm and quiet >= 2 else "orders_fell" if alarm else "as_expected"
    if alarm and not peers:
        reason += "_own_history"
    return Verdict(
        state,
        alarm,
        alarm_cycle if alarm else None,
        cycle,
        len(after),
        expected,
        actual,
        share,
        peers,
        quiet,
        reason,
    )


def _too_little(cycle: int, after: Sequence[float], peers: int) -> Verdict:
    reason = "no_history" if after else "no_cycle_yet"
    return Verdict("too_little", False, None, cycle, len(after), 0.0, sum(after), None, peers, 0, reason)


@dataclass(frozen=True, slots=True)
class Tally:
    """The figure at the end of a watch: stores by state."""

    kept: int
    shrunk: int
    lost: int
    too_little: int


def tally(verdicts: Sequence[Verdict]) -> Tally:
    """How many stores are kept, shrunk, lost."""
    count = {
        state: sum(one.state == state for one in verdicts)
        for state in ("kept", "shrunk", "lost", "too_little")
    }
    return Tally(**count)
