"""A leaver's case (离职): how it is opened, what may become of it, and how what a person looked at compares.

    open ──undo (within the hour, by a second person)──▶ undone
    open ──accept (a proposal for the stores)──▶ planned ──close──▶ closed

Pure: plain values in, plain values out; `now` and `today` are arguments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Final, Literal

from server.domain.errors import DomainError, Problem

Mode = Literal["freeze_now", "serving_notice"]
State = Literal["open", "planned", "closed", "undone"]
Deed = Literal["undo", "accept", "close"]
MODES: Final = ("freeze_now", "serving_notice")
STATES: Final = ("open", "planned", "closed", "undone")
UNDER_WAY: Final = ("open", "planned")
REASONS: Final = ("resigned", "dismissed", "contract_ended", "moved", "other")

UNDO_WITHIN: Final = timedelta(hours=1)
# Labour contract law of the mainland, article 37: thirty days' notice; half a year covers any agreed longer one.
LONGEST_NOTICE: Final = timedelta(days=183)
# What was opened, revealed and exported is told for so many days, against as many days before.
LOOKS_BACK: Final = timedelta(days=90)
# Who visited an outlet within so many days knows it.
KNOWS_FOR: Final = timedelta(days=180)

_NEXT: Final[dict[tuple[State, Deed], State]] = {
    ("open", "undo"): "undone",
    ("open", "accept"): "planned",
    ("planned", "close"): "closed",
    # Who held no store leaves none to hand over.
    ("open", "close"): "closed",
}


@dataclass(frozen=True, slots=True)
class Opening:
    """What a manager asks for when a case is opened. `today`: the company's business day."""

    person_id: int
    by: int
    reason: str
    last_day: date
    mode: str
    today: date


def opening_problems(wish: Opening) -> list[Problem]:
    """Everything wrong with an opening. Nobody opens a case about themselves; a last day may be past for one who is
    gone already, but who serves notice has it still before them."""
    found = []
    if wish.person_id == wish.by:
        found.append(Problem("person_id", "another", {}))
    if wish.reason not in REASONS:
        found.append(Problem("reason", "one_of", {"allowed": ", ".join(REASONS)}))
    if wish.mode not in MODES:
        found.append(Problem("mode", "one_of", {"allowed": ", ".join(MODES)}))
    if wish.last_day > wish.today + LONGEST_NOTICE:
        limit = (wish.today + LONGEST_NOTICE).isoformat()
        found.append(Problem("last_day", "not_after", {"limit": limit}))
    if wish.mode == "serving_notice" and wish.last_day < wish.today:
        found.append(Problem("last_day", "not_before", {"limit": wish.today.isoformat()}))
    return found


def next_state(state: State, deed: Deed) -> State:
    """What a case becomes by a deed. Errors: DomainError `departure_state` where it cannot be done any more."""
    found = _NEXT.get((state, deed))
    if found is None:
        raise DomainError("state", "departure_state", state=state, deed=deed)
    return found


@dataclass(frozen=True, slots=True)
class Case:
    """What the rules need to know of a case."""

    person_id: int
    state: State
    opened_by: int
    opened_at: datetime


def undo_refusal(case: Case, *, by: int, now: datetime) -> str:
    """Why somebody may not undo a case: departure_state | second_person | undo_over; '' where they may."""
    if ("open", "undo") not in _NEXT or case.state != "open":
        return "departure_state"
    if by in (case.opened_by, case.person_id):
        return "second_person"
    return "undo_over" if now - case.opened_at > UNDO_WITHIN else ""


def is_leaving(status: str) -> bool:
    """Whether somebody of this status serves notice: they read what the day lends, but open no number and take
    nothing out."""
    return status == "leaving"


def departs_on(last_day: date, today: date) -> date:
    """The first day on which somebody else holds the stores: the one after the last working day, tomorrow at the
    earliest (what is being walked today is not rewritten)."""
    return max(last_day, today) + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Habit:
    """How often something was done in the last 90 days, in the 90 before, and by a peer in the middle of all peers
    (None: there is no peer). `level`: usual | above_own | above_peers | far_above."""

    kind: str
    count: int
    before: int
    peers: float | None
    level: str


# Fewer than this more than usual is chance, whatever the ratio: three a month.
NOTABLE: Final = 10
TIMES: Final = 2.0


def compare_habit(kind: str, count: int, before: int, peers: Sequence[int]) -> Habit:
    """One kind of deed against the person's own habit and their peers' (median). Above means twice as many and ten
    more; a comparison, never a verdict."""
    middle = float(median(peers)) if peers else None
    own = count >= TIMES * before and count - before >= NOTABLE
    others = middle is not None and count >= TIMES * middle and count - middle >= NOTABLE
    level = "far_above" if own and others else "above_own" if own else "above_peers" if others else "usual"
    return Habit(kind, count, before, middle, level)


@dataclass(frozen=True, slots=True)
class HeldStore:
    """What a leaver held at one outlet. `known_by`: how many others of the company visited it in 180 days."""

    outlet_id: int
    outlet_class: str
    value_minor: int
    open_orders: int = 0
    deliveries: int = 0
    promises: int = 0
    assets: int = 0
    known_by: int = 0


def handover_order(stores: Sequence[HeldStore]) -> list[int]:
    """Outlets in the order in which they are handed over: class, then those that only the leaver knew, then what is
    open there, then value."""
    ranked = sorted(
        stores,
        key=lambda one: (
            one.outlet_class or "Z",
            one.known_by > 0,
            -(one.open_orders + one.deliveries + one.promises),
            -one.value_minor,
            one.outlet_id,
        ),
    )
    return [one.outlet_id for one in ranked]


# Days from the first day within which a store of a class is to be handed over in person.
DUE_DAYS: Final = {"A": 3, "B": 7, "C": 14, "D": 21}


def due_on(outlet_class: str, first_day: date) -> date:
    """By which day a store of this class is to be handed over."""
    return first_day + timedelta(days=DUE_DAYS.get(outlet_class, DUE_DAYS["D"]))


CHECKLIST: Final = ("access", "proposal", "stores", "orders", "promises", "assets")


def checklist(
    state: State, *, frozen: bool, last_day: date, today: date, waiting: int, held: Sequence[HeldStore]
) -> list[tuple[str, bool, int]]:
    """What a case still asks for: (item, done, how many are left). `waiting`: stores whose owner has not confirmed."""
    access = frozen or (state != "undone" and today <= last_day)
    return [
        ("access", access, 0 if access else 1),
        ("proposal", state in ("planned", "closed"), 0 if state in ("planned", "closed") else 1),
        ("stores", waiting == 0, waiting),
        *(
            (name, left == 0, left)
            for name, left in (
                ("orders", sum(one.open_orders + one.deliveries for one in held)),
                ("promises", sum(one.promises for one in held)),
                ("assets", sum(one.assets for one in held)),
            )
        ),
    ]
