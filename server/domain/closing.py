"""The closing of a leaver's case: which stores are called back, and the checklist that is met or waived, never skipped.

Pure: plain values in, plain values out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from random import Random
from statistics import median
from typing import Final

from server.domain.departures import HeldStore
from server.domain.errors import Problem

# One store in five besides class A, unless the case says otherwise.
CALL_BACK_SHARE: Final = 0.2
# An owner is called back within so many days after the day of the handover: the receiver has been there by then.
CALL_BACK_AFTER: Final = timedelta(days=7)

ITEMS: Final = (
    "stores_confirmed", "callbacks_done", "property_back", "accounts_settled", "duties_acknowledged",
    "certificate_signed",
)  # fmt: skip
# What no figure in the book tells: a person says so, in words.
BY_HAND: Final = frozenset({"accounts_settled", "duties_acknowledged"})
PROPERTY: Final = ("asset", "device")
SIGNATURE: Final = r"^M[MLl0-9 .,-]{1,20000}$"


def draw_call_backs(stores: Sequence[HeldStore], share: float, seed: str) -> list[int]:
    """Outlets that are called back: all of class A, and this share of the others (rounded up), drawn by risk without
    putting back (Efraimidis and Spirakis 2006). The same stores and seed give the same draw, and a larger share draws
    those of a smaller one and more. In order of outlet."""
    if not 0 <= share <= 1:
        raise ValueError(f"a share is from 0 to 1, not {share}")
    rest = sorted((one for one in stores if one.outlet_class != "A"), key=lambda one: one.outlet_id)
    middle = median(one.value_minor for one in rest) if rest else 0
    chance = Random(seed)  # a draw that anybody can repeat, no secret
    keyed = [(chance.random() ** (1 / risk_of(one, middle)), one.outlet_id) for one in rest]
    drawn = [outlet for _, outlet in sorted(keyed, reverse=True)[: ceil(share * len(rest))]]
    return sorted([*drawn, *(one.outlet_id for one in stores if one.outlet_class == "A")])


def risk_of(store: HeldStore, middle_value: float) -> int:
    """How much there is to lose at a store, from 1: nobody else knows it (2), something is open there, it buys more
    than the store in the middle."""
    is_open = store.open_orders + store.deliveries + store.promises > 0
    return 1 + 2 * (store.known_by == 0) + is_open + (store.value_minor > middle_value)


def call_back_due(handover_due: date | None, today: date) -> date:
    """By when a store is called back."""
    return (handover_due or today) + CALL_BACK_AFTER


@dataclass(frozen=True, slots=True)
class Facts:
    """What the book knows of a case that is to be closed. `by_item`: items that a person ticked or waived, as
    `ticked` or `waived`."""

    has_stores: bool
    waiting: int
    call_backs: int
    property_left: int
    is_signed: bool
    by_item: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the checklist. `state`: open | met | ticked | waived; `left`: how many things are missing."""

    item: str
    state: str
    left: int


def closing_list(facts: Facts) -> list[Item]:
    """The whole list, in its order. What the facts meet is met, whatever was waived before."""
    left = {
        "stores_confirmed": facts.waiting,
        "callbacks_done": facts.call_backs,
        "property_back": facts.property_left,
        "accounts_settled": 1,
        "duties_acknowledged": 1,
        "certificate_signed": 0 if facts.is_signed else 1,
    }
    return [Item(name, _state(name, left[name], facts.by_item), left[name]) for name in ITEMS]


def _state(name: str, left: int, by_item: Mapping[str, str]) -> str:
    if not left:
        return "met"
    said = by_item.get(name, "open")
    return said if said == "waived" or name in BY_HAND else "open"


def missing(items: Collection[Item]) -> list[Problem]:
    """What keeps a case from being closed, by name."""
    return [Problem(one.item, "unfinished", {"left": one.left}) for one in items if one.state == "open"]


def waive_refusal(item: str, *, by: int, opened_by: int, leaver: int) -> str:
    """Why somebody may not waive an item: unknown_item | second_person; '' where they may."""
    if item not in ITEMS:
        return "unknown_item"
    return "second_person" if by in (opened_by, leaver) else ""
