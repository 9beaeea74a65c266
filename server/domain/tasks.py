"""The kinds of task (任务), what is asked in each, and what may come of it."""

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from server.domain.errors import Problem
from server.domain.live import LiveRules, is_far, is_very_short

# call_back 回访 · spot_check 抽查 · win_back 挽回 · second_contact: a second person gets to know the store ·
# verify: the card's facts
KINDS: Final = ("call_back", "spot_check", "win_back", "second_contact", "verify")

# The outcomes of each kind; the first is the good one.
OUTCOMES: Final[Mapping[str, tuple[str, ...]]] = {
    "call_back": ("confirmed", "not_reached", "unhappy", "told_route_closed"),
    "spot_check": ("as_told", "differs", "not_reached"),
    "win_back": ("won", "later", "lost", "not_reached"),
    "second_contact": ("met", "not_reached"),
    "verify": ("true", "corrected", "not_reached"),
}

# What is asked in each kind: a yes or no each.
QUESTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "call_back": ("knows_new_rep", "account_right", "promises_known", "visited_since"),
    "spot_check": ("visit_happened", "count_right", "posm_up", "order_known"),
    "win_back": ("owner_met", "reason_known", "order_agreed"),
    "second_contact": ("owner_met", "number_right"),
    "verify": ("name_right", "address_right", "hours_right", "contact_right"),
}

# Every question of every kind.
ANSWERED: Final = frozenset(one for many in QUESTIONS.values() for one in many)

STATES: Final = ("open", "done", "cancelled")
RISKS: Final = ("far_check_in", "short_visit", "copied_count")
MOST_DRAWN: Final = 50


def source_key(source: str, kind: str, outlet_id: int) -> str | None:
    """What keeps the same task from being asked for twice; None for a person's own wish, which may come again."""
    return f"{source}/{kind}/{outlet_id}" if source else None


def unknown_answers(kind: str, answers: Collection[str]) -> list[str]:
    """Answers to questions that the kind does not ask, in order. Errors: KeyError for a kind that there is not."""
    return sorted(set(answers) - set(QUESTIONS[kind]))


def done_problems(kind: str, outcome: str, answers: Mapping[str, bool]) -> list[Problem]:
    """Everything wrong with what is said of a task that was done: an outcome and questions of its kind, and for the
    good outcome an answer to every question. Errors: KeyError for a kind that there is not."""
    found = []
    if outcome not in OUTCOMES[kind]:
        found.append(Problem("outcome", "one_of", {"allowed": ", ".join(OUTCOMES[kind])}))
    unknown = unknown_answers(kind, answers)
    missing = [one for one in QUESTIONS[kind] if one not in answers]
    if unknown:
        found.append(Problem("answers", "one_of", {"allowed": ", ".join(QUESTIONS[kind])}))
    elif outcome == OUTCOMES[kind][0] and missing:
        found.append(Problem(f"answers.{missing[0]}", "required"))
    return found


def may_be_done(state: str, outcome: str) -> bool:
    """Whether a task waits for somebody: it is open, or nobody was reached and it is tried again."""
    return state == "open" or (state == "done" and outcome == "not_reached")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A visit that a spot check may fall on. `risks`: what about it somebody should ask."""

    visit: str
    outlet_id: int
    person_id: int
    risks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """`by`: risk | chance."""

    candidate: Candidate
    by: str


def is_late(state: str, due: date | None, today: date) -> bool:
    """Whether a task should have been done by now."""
    return state == "open" and due is not None and due < today


def risks_of(
    *, distance_m: float | None, accuracy_m: float | None, came: datetime, went: datetime, copied: bool
) -> tuple[str, ...]:
    """What about a visit somebody should ask, by the limits of the live board. Metres."""
    rules = LiveRules()
    shown = (is_far(rules, distance_m, accuracy_m), is_very_short(rules, came, went), copied)
    return tuple(risk for risk, is_shown in zip(RISKS, shown, strict=True) if is_shown)


def draw_sample(candidates: Collection[Candidate], wanted: int, seed: int) -> list[Drawn]:
    """At most `wanted` outlets for a spot check: half of them by risk, the more of it the sooner, the others by chance
    among all that are left, so that nobody is safe by behaving inconspicuously. Where few are risky, chance fills up.

    The same visits and the same seed give the same sample, whatever order the visits come in.
    """
    dice = random.Random(seed)  # a draw that anybody may repeat, not a secret
    shuffled = sorted(candidates, key=lambda one: one.visit)
    dice.shuffle(shuffled)
    risky = sorted((one for one in shuffled if one.risks), key=lambda one: -len(one.risks))
    drawn: dict[int, Drawn] = {}
    for by, pool, most in (("risk", risky, (wanted + 1) // 2), ("chance", shuffled, wanted)):
        for one in pool:
            if len(drawn) >= most:
                break
            drawn.setdefault(one.outlet_id, Drawn(one, by))
    return list(drawn.values())
