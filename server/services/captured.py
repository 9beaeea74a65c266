"""One operation as the deeds of the field see it: whose, when by the server's time, and what it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from server.domain import clock
from server.domain.errors import DomainError
from server.domain.operations import Unacceptable

FUTURE_TOLERANCE: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Captured:
    """`captured_at` by the phone's clock, `offset_ms` = server time minus phone time as the phone last knew it."""

    operation_id: UUID
    device_id: UUID
    person_id: int
    captured_at: datetime
    offset_ms: int | None
    received_at: datetime

    def instant(self, at: datetime) -> datetime:
        """The server's time of an instant by the phone's clock."""
        try:
            return clock.corrected(at, self.offset_ms)
        except DomainError as error:
            raise Unacceptable("invalid", error.field, error.rule) from None

    def is_future(self, instant: datetime) -> bool:
        """Whether something happened, after correction, more than two minutes after the server got it."""
        return instant > self.received_at + FUTURE_TOLERANCE


class Effect(NamedTuple):
    """What an operation did, for the audit chain: ids and counts only."""

    deed: str
    subject: str
    detail: Mapping[str, object]
