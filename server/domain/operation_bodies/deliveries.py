"""The body of `delivery.record`: what the driver handed over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from server.domain.deliveries import SHORT_REASONS
from server.domain.operation_bodies import reading as read
from server.domain.operation_bodies.reading import Fix
from server.domain.operation_bodies.visits import SIGNATURE_CHARS
from server.domain.orders import MAX_LINES

REASONS: Final = frozenset(("", *SHORT_REASONS))
STATUSES: Final = frozenset(("delivered", "partly", "refused"))


class DeliveredLine(NamedTuple):
    """Pieces of one SKU handed over, and why they are fewer than ordered."""

    sku_id: int
    delivered: int
    reason: str


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """`delivery_id` is the order's id."""

    delivery_id: UUID
    at: datetime
    fix: Fix | None
    lines: tuple[DeliveredLine, ...]
    status: str
    note: str
    signature: str

    @staticmethod
    def read(value: object) -> DeliveryRecord:
        body = read.record("", value, ["delivery_id", "at", "fix", "lines", "status", "note", "signature"])
        lines = tuple(
            _line(f"lines.{index}", one)
            for index, one in enumerate(read.items("lines", body["lines"], least=1, most=MAX_LINES))
        )
        read.once("lines", [line.sku_id for line in lines])
        return DeliveryRecord(
            delivery_id=read.uuid("delivery_id", body["delivery_id"]),
            at=read.instant("at", body["at"]),
            fix=read.fix("fix", body["fix"]),
            lines=lines,
            status=read.choice("status", body["status"], STATUSES),
            note=read.text("note", body["note"], 2000, lines=True),
            signature=read.text("signature", body["signature"], SIGNATURE_CHARS),
        )


def _line(path: str, value: object) -> DeliveredLine:
    sku_id, delivered, reason = read.row(path, value, 3)
    return DeliveredLine(
        read.whole(f"{path}.0", sku_id, least=1, most=read.MAX_ID),
        read.whole(f"{path}.1", delivered),
        read.choice(f"{path}.2", reason, REASONS),
    )
