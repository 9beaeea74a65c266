"""Early warning (预警), before anyone resigns: what changed at a store or about a person, with the figures beside it.
Explained, never a verdict: each signal says what was seen, what is usual, and what colleagues did in the same weeks.

Method. Counts (openings off route, reveals, exports) of the last four weeks against the own mean before, not below the
peers': z = (count - usual) / sqrt(usual · phi + 1), phi the own dispersion (variance ÷ mean, at least 1). Levels (words
a note, minutes a visit) against the own weeks before, less what peers' levels did meanwhile (season): z in units of the
spread of four such weeks. A signal needs z of 3 and a change that a person would notice. Two signals, or one
of z 5 or more, are worth a look. Precision and recall on planted patterns: `make bench ONLY=leaver.warning`.

Pure: weekly figures in, oldest first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, median, pvariance, stdev
from typing import Final

RECENT: Final = 4
LEAST_WEEKS: Final = 8
Z: Final = 3.0
STRONG: Final = 5.0
# Changes that nobody would notice are no signals, however sure they are: a third more, a fifth less.
RISES: Final = 1.33
FALLS: Final = 0.8

COUNTS: Final = ("off_route", "reveals", "exports")
LEVELS: Final = ("note_words", "visit_minutes")


@dataclass(frozen=True, slots=True)
class PersonWeeks:
    """Weekly figures of one person, oldest first, all of one length. Counts a week; levels a visit, means of a week."""

    person_id: int
    off_route: Sequence[int]
    reveals: Sequence[int]
    exports: Sequence[int]
    note_words: Sequence[float]
    visit_minutes: Sequence[float]


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing that changed. `seen` and `usual`: counts in four weeks, or the level a visit; `peers`: the middle
    of the peers in the same weeks, None without peers; `z`: how far outside of chance."""

    kind: str
    seen: float
    usual: float
    peers: float | None
    z: float


@dataclass(frozen=True, slots=True)
class PersonWarning:
    """What is worth a look about a person: the signals, the clearest first. `look`: whether they are enough."""

    person_id: int
    signals: tuple[Signal, ...]
    look: bool


def person_warning(person: PersonWeeks, peers: Sequence[PersonWeeks]) -> PersonWarning:
    """The signals of one person beside the peers'. Too few weeks give none."""
    if len(person.reveals) < LEAST_WEEKS:
        return PersonWarning(person.person_id, (), look=False)
    found = [
        _rise(kind, getattr(person, kind), [getattr(peer, kind) for peer in peers]) for kind in COUNTS
    ] + [_fall(kind, getattr(person, kind), [getattr(peer, kind) for peer in peers]) for kind in LEVELS]
    signals = sorted((one for one in found if one is not None), key=lambda one: -one.z)
    return PersonWarning(person.person_id, tuple(signals), worth_a_look(signals))


def worth_a_look(signals: Sequence[Signal]) -> bool:
    """Two signals, or one that is far outside of chance."""
    return len(signals) >= 2 or any(one.z >= STRONG for one in signals)


def _rise(kind: str, weeks: Sequence[int], peers: Sequence[Sequence[int]]) -> Signal | None:
    recent, before = weeks[-RECENT:], weeks[:-RECENT]
    mean = fmean(before)
    middle = float(median(sum(peer[-RECENT:]) for peer in peers)) if peers else None
    usual = max(mean * RECENT, middle or 0.0)
    dispersion = max(1.0, pvariance(before) / mean) if mean > 0 else 1.0
    seen = sum(recent)
    z = (seen - usual) / sqrt(usual * dispersion + 1.0)
    if z < Z or seen < RISES * usual:
        return None
    return Signal(kind, float(seen), round(usual, 1), middle, round(z, 1))


def _fall(kind: str, weeks: Sequence[float], peers: Sequence[Sequence[float]]) -> Signal | None:
    recent, before = weeks[-RECENT:], weeks[:-RECENT]
    usual, seen = fmean(before), fmean(recent)
    if usual <= 0:
        return None
    ratios = [fmean(one[-RECENT:]) / fmean(one[:-RECENT]) for one in peers if fmean(one[:-RECENT]) > 0]
    expected = usual * (median(ratios) if ratios else 1.0)
    spread = stdev(before) * sqrt(1 / RECENT + 1 / len(before))
    z = (expected - seen) / spread if spread > 0 else (STRONG if seen < expected else 0.0)
    if z < Z or seen > FALLS * expected:
        return None
    middle = float(median(fmean(one[-RECENT:]) for one in peers)) if peers else None
    return Signal(kind, round(seen, 1), round(expected, 1), middle, round(min(z, 99.0), 1))


@dataclass(frozen=True, slots=True)
class StoreFacts:
    """What is known of a store's last weeks. `gaps`: days between its orders, oldest first; `since_order`: days since
    the last one; `lines_before`, `lines_now`: SKUs an order before and in the last four weeks; `refused`: visits
    of the last four weeks that the owner refused; `edits`: requests to change its number or position in them;
    `complaints`: complaints in them."""

    outlet_id: int
    gaps: Sequence[float]
    since_order: float
    lines_before: float
    lines_now: float
    refused: int = 0
    edits: int = 0
    complaints: int = 0


def store_signals(store: StoreFacts) -> tuple[Signal, ...]:
    """What changed at a store: rhythm_slows | lines_dropped | visits_refused | card_edited |
    complained."""
    found = []
    if len(store.gaps) >= 4:
        usual = median(store.gaps)
        spread = max(1.4826 * median(abs(gap - usual) for gap in store.gaps), 0.25 * usual, 1.0)
        z = (store.since_order - usual) / spread
        if z >= Z:
            found.append(Signal("rhythm_slows", store.since_order, round(usual, 1), None, round(z, 1)))
    if store.lines_before >= 3 and store.lines_now <= 0.6 * store.lines_before:
        z = (store.lines_before - store.lines_now) / sqrt(store.lines_before / RECENT)
        found.append(
            Signal("lines_dropped", store.lines_now, round(store.lines_before, 1), None, round(z, 1))
        )
    if store.refused >= 2:
        found.append(Signal("visits_refused", float(store.refused), 0.0, None, Z))
    if store.edits >= 1:
        found.append(Signal("card_edited", float(store.edits), 0.0, None, Z))
    if store.complaints >= 1:
        found.append(Signal("complained", float(store.complaints), 0.0, None, Z))
    return tuple(found)


STORE_KINDS: Final = ("rhythm_slows", "lines_dropped", "visits_refused", "card_edited", "complained")
# One store tells of a store; from three on they tell of who holds them.
LEAST_STORES: Final = 3


def held_signal(kind: str, mine: int, held: int, others: int, others_held: int) -> Signal | None:
    """Whether a signal is seen at more of a person's stores than at colleagues' in the same weeks: a holiday or a bad
    month slows all stores and says nothing of who holds them. `mine` of `held` stores show it, `others` of
    `others_held`."""
    share = others / others_held if others_held else 0.0
    usual = held * share
    z = (mine - usual) / sqrt(usual * (1 - share) + 1.0)
    if mine < LEAST_STORES or z < Z or mine < RISES * usual:
        return None
    peers = round(usual, 1) if others_held else None
    return Signal(kind, float(mine), round(usual, 1), peers, round(z, 1))


def words_in(text: str) -> int:
    """Words of a note: each character of a script without spaces counts as one, runs of letters or digits as one."""
    count, inside = 0, False
    for letter in text:
        wide = "\u3040" <= letter <= "\u9fff" or "\uf900" <= letter <= "\ufaff"
        plain = letter.isalnum() and not wide
        count += wide or (plain and not inside)
        inside = plain
    return count
