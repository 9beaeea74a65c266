"""The kinds of task (任务), what is asked in each, and what may come of it."""

from collections.abc import Collection, Mapping
from typing import Final

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
