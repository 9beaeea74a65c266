"""One operation on its way: whose, when by the server's time, what it did, and what the phone is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Row

from server.domain import clock
from server.domain.errors import DomainError
from server.domain.operations import Unacceptable
from server.models import Operation

FUTURE_TOLERANCE: Final = timedelta(minutes=2)
APPLIED, DUPLICATE, QUARANTINED, RETRY = "applied", "duplicate", "quarantined", "retry"


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


@dataclass(frozen=True, slots=True)
class Stored:
    """An operation that stands in the inbox as `received`. `key`: what the phone sealed its body with, None where it
    came unsealed."""

    id: UUID
    seq: int
    kind: str
    schema: int
    after: UUID | None
    key: str | None
    body: bytes
    unreadable: str
    captured: Captured

    @staticmethod
    def of_row(row: Row[Any] | Operation) -> Stored:
        """A row of the inbox."""
        captured = Captured(
            row.id, row.device_id, row.person_id, row.captured_at, row.offset_ms, row.received_at
        )
        return Stored(row.id, row.seq, row.kind, row.schema, row.after, row.key_id, row.body, "", captured)


class Result(NamedTuple):
    """What became of one operation. applied, duplicate and quarantined are receipts; retry is not."""

    id: UUID
    seq: int
    status: str
    server_seq: int | None = None
    code: str = ""
    detail: str = ""
    retry_after_s: int | None = None


def told_again(operation_id: UUID, seq: int, state: str, server_seq: int | None) -> Result:
    """The first answer once more."""
    code = state if state in ("quarantined", "refused") else ""
    return Result(operation_id, seq, DUPLICATE, server_seq, code)
