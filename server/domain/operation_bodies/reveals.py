"""The body of a reveal: which number was opened, why, when and where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from server.domain.errors import DomainError
from server.domain.operation_bodies import reading as read

REASONS: Final = ("call_owner", "delivery_question", "confirm_order", "complaint", "other")
"""Why a number may be opened. `other` needs words."""

MOST_WORDS: Final = 200


@dataclass(frozen=True, slots=True)
class ContactReveal:
    """`fix` is None where the phone had no position."""

    reveal_id: UUID
    outlet_id: int
    contact_id: int
    reason: str
    words: str
    at: datetime
    fix: read.Fix | None

    def __post_init__(self) -> None:
        if self.reason == "other" and not self.words.strip():
            raise DomainError("words", "required")

    @staticmethod
    def read(value: object) -> ContactReveal:
        body = read.record(
            "", value, ("reveal_id", "outlet_id", "contact_id", "reason", "words", "at", "fix")
        )
        return ContactReveal(
            reveal_id=read.uuid("reveal_id", body["reveal_id"]),
            outlet_id=read.whole("outlet_id", body["outlet_id"], least=1, most=read.MAX_ID),
            contact_id=read.whole("contact_id", body["contact_id"], least=1, most=read.MAX_ID),
            reason=read.choice("reason", body["reason"], REASONS),
            words=read.text("words", body["words"], MOST_WORDS),
            at=read.instant("at", body["at"]),
            fix=read.fix("fix", body["fix"]),
        )
