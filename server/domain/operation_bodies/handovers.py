"""The body of `handover.record`: one store handed over in person, as the receiver's phone tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

from server.domain.handovers import ANSWERS, BY_CODE, HANDOVER_STEPS, SKIP_REASONS, WORDS_MOST
from server.domain.operation_bodies import reading as read
from server.domain.operation_bodies.reading import Fix
from server.domain.operation_bodies.visits import SIGNATURE_CHARS

_KEYS: Final = (
    "departure_id", "outlet_id", "at", "fix", "giver_present", "witness_id", "steps", "answer", "code_id",
    "words", "signature", "next_visit",
)  # fmt: skip
_STATES: Final = ("done", "skipped")


class HandoverStep(NamedTuple):
    """One step: done or skipped, why it was skipped, and what was found."""

    key: str
    state: str
    reason: str
    note: str


@dataclass(frozen=True, slots=True)
class HandoverRecord:
    """`answer`: the owner's, or `code` with the id of the code that they were shown. `words`: what the owner said."""

    departure_id: int
    outlet_id: int
    at: datetime
    fix: Fix | None
    giver_present: bool
    witness_id: int | None
    steps: tuple[HandoverStep, ...]
    answer: str
    code_id: int | None
    words: str
    signature: str
    next_visit: date | None

    @staticmethod
    def read(value: object) -> HandoverRecord:
        body = read.record("", value, _KEYS)
        steps = tuple(
            _step(f"steps.{index}", one)
            for index, one in enumerate(read.items("steps", body["steps"], most=len(HANDOVER_STEPS)))
        )
        read.once("steps", [step.key for step in steps])
        answer = read.choice("answer", body["answer"], (*ANSWERS, BY_CODE))
        return HandoverRecord(
            departure_id=_id("departure_id", body["departure_id"]),
            outlet_id=_id("outlet_id", body["outlet_id"]),
            at=read.instant("at", body["at"]),
            fix=read.fix("fix", body["fix"]),
            giver_present=read.flag("giver_present", body["giver_present"]),
            witness_id=_maybe_id("witness_id", body["witness_id"]),
            steps=steps,
            answer=answer,
            # A code that was not used says nothing; one that was is named.
            code_id=_id("code_id", body["code_id"]) if answer == BY_CODE else None,
            words=read.text("words", body["words"], WORDS_MOST, lines=True),
            signature=read.text("signature", body["signature"], SIGNATURE_CHARS),
            next_visit=None if body["next_visit"] is None else read.day("next_visit", body["next_visit"]),
        )


def _id(path: str, value: object) -> int:
    return read.whole(path, value, least=1, most=read.MAX_ID)


def _maybe_id(path: str, value: object) -> int | None:
    return None if value is None else _id(path, value)


def _step(path: str, value: object) -> HandoverStep:
    key, state, reason, note = read.row(path, value, 4)
    state = read.choice(f"{path}.1", state, _STATES)
    return HandoverStep(
        read.choice(f"{path}.0", key, HANDOVER_STEPS),
        state,
        read.choice(f"{path}.2", reason, SKIP_REASONS if state == "skipped" else ("",)),
        read.text(f"{path}.3", note, WORDS_MOST, lines=True),
    )
