"""The handover of one store (交接): its steps, who stands by, and what the owner's answer makes of it.

One rule for the desk, the phone and the owner's own page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from server.domain.errors import Problem

# Introduce the receiver; statement of account, orders, assets and samples against the file; the card corrected;
# preferences and promises; the next visit's date.
HANDOVER_STEPS: Final = (
    "introduce", "statement", "orders", "assets", "samples", "card", "preferences", "next_visit",
)  # fmt: skip
# Without these two there was no handover.
NEVER_SKIPPED: Final = ("introduce", "next_visit")
SKIP_REASONS: Final = ("none_here", "owner_busy", "papers_missing", "other")
ANSWERS: Final = ("confirmed", "denied", "wrong")
# The owner was given a code and answers on a phone of their own, before or after the handover reaches the server.
BY_CODE: Final = "code"
# How the owner answered: at the desk's word, by signing on the rep's phone, on their own phone.
WAYS: Final = ("desk", "signature", "code")

CODE_LASTS: Final = timedelta(days=14)
# A code that ends sooner is renewed with the book: a phone may be away from the network for a day.
RENEWED_BEFORE: Final = timedelta(days=2)
WORDS_MOST: Final = 500


@dataclass(frozen=True, slots=True)
class Handover:
    """One store handed over in person. `answer`: the owner's, or `code` while it is not known; `skipped`: step and
    reason; `by_code`: the owner uses their own phone; `witness_is_supervisor`: whether who stood by supervises."""

    outlet_class: str
    steps: tuple[str, ...]
    answer: str
    signature: str
    next_visit: date | None
    giver_id: int
    receiver_id: int | None
    witness_id: int | None
    witness_is_supervisor: bool
    today: date
    skipped: tuple[tuple[str, str], ...] = ()
    by_code: bool = False


def needs_supervisor(outlet_class: str) -> bool:
    """Whether a supervisor has to stand by."""
    return outlet_class == "A"


def handover_problems(done: Handover) -> list[Problem]:
    """Everything wrong with a handover. An owner who confirms has signed or uses their own phone, with every step done
    or skipped for a reason and a date for the next visit; a class A store has its supervisor as witness; giver,
    receiver and witness are three people."""
    found = _step_problems(done)
    if done.answer not in (*ANSWERS, BY_CODE):
        found.append(Problem("answer", "one_of", {"allowed": ", ".join(ANSWERS)}))
    agreed = done.answer in ("confirmed", BY_CODE)
    if done.answer == "confirmed" and not done.signature and not done.by_code:
        found.append(Problem("signature", "required", {}))
    if agreed and done.next_visit is None:
        found.append(Problem("next_visit", "required", {}))
    if done.next_visit is not None and done.next_visit < done.today:
        found.append(Problem("next_visit", "not_before", {"limit": done.today.isoformat()}))
    if done.witness_id in (done.giver_id, done.receiver_id) and done.witness_id is not None:
        found.append(Problem("witness_id", "another", {}))
    if needs_supervisor(done.outlet_class) and not done.witness_is_supervisor:
        found.append(Problem("witness_id", "supervisor_needed", {}))
    return found


def _step_problems(done: Handover) -> list[Problem]:
    skipped = [step for step, _ in done.skipped]
    named = [*done.steps, *skipped]
    if any(step not in HANDOVER_STEPS for step in named):
        return [Problem("steps", "one_of", {"allowed": ", ".join(HANDOVER_STEPS)})]
    if len(set(named)) != len(named):
        return [Problem("steps", "twice", {})]
    if any(reason not in SKIP_REASONS for _, reason in done.skipped):
        return [Problem("steps", "reason_unknown", {})]
    settled = {*done.steps, *(step for step in skipped if step not in NEVER_SKIPPED)}
    missing = [step for step in HANDOVER_STEPS if step not in settled]
    if missing and done.answer in ("confirmed", BY_CODE):
        return [Problem("steps", "steps_missing", {"allowed": ", ".join(missing)})]
    return []


def state_after(answer: str, outlet_class: str, *, witness_is_supervisor: bool) -> str:
    """What a store's handover becomes. A class A store whose owner confirms without a supervisor standing by was handed
    over, but is not confirmed: what happened in the store is kept, and the case cannot close on it."""
    if answer == BY_CODE:
        return "handed"
    short = needs_supervisor(outlet_class) and not witness_is_supervisor
    return "handed" if answer == "confirmed" and short else answer


def state_with(state: str, after: str) -> str:
    """The state of a store of which something is told that was done: what an owner confirmed stays confirmed."""
    return "confirmed" if state == "confirmed" else after


@dataclass(frozen=True, slots=True)
class Due:
    """A handover that somebody has in hand. `in_book`: its card is lent today."""

    outlet_id: int
    place: int
    due: date | None
    in_book: bool


def told_first(found: Collection[Due], most: int) -> list[int]:
    """Outlets in the order in which a book tells of them: today's cards first, then by due day, then by importance;
    at most so many."""
    ranked = sorted(
        found,
        key=lambda one: (not one.in_book, one.due is None, one.due or date.max, one.place, one.outlet_id),
    )
    return [one.outlet_id for one in ranked[:most]]


def code_digest(code: str) -> str:
    """What is looked up of a code: SHA-256 in hex. 128 random bits need no salt and no slow hash."""
    return hashlib.sha256(code.encode()).hexdigest()


def is_answerable(
    *, answer: str, expires_at: datetime, case_state: str, store_state: str, now: datetime
) -> bool:
    """Whether the page behind a code still asks its question."""
    return answer == "" and now < expires_at and case_state == "planned" and store_state != "confirmed"
