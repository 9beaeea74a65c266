"""The kinds of task (任务), what is asked in each, and what may come of it."""

from collections.abc import Collection, Mapping
from typing import Final

from server.domain.errors import Problem

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
