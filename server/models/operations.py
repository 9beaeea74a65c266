"""The phones' inbox: every operation as it came, and what became of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base, BigKey
from server.models.sealed import SealedBytes


class Operation(Base):
    """One operation. The body is opaque bytes here; only the deed of its kind opens it."""

    __tablename__ = "operation"
    __table_args__ = (
        Index("ix_operation_device_seq", "device_id", "seq"),
        Index("ix_operation_state", "state", "received_at"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    seq: Mapped[int]
    kind: Mapped[str] = mapped_column(String(40))
    schema: Mapped[int]
    # As the phone's clock said; corrected by offset_ms (server minus phone) where that is known.
    captured_at: Mapped[datetime]
    offset_ms: Mapped[int | None] = mapped_column(BigKey)
    received_at: Mapped[datetime]
    # The operation that must be applied first.
    after: Mapped[UUID | None] = mapped_column(Uuid)
    # What the phone sealed the body with; None: it came unsealed, or was opened for good.
    key_id: Mapped[str | None] = mapped_column(String(40))
    body: Mapped[bytes] = mapped_column(SealedBytes("operation.body"))
    body_sha256: Mapped[str] = mapped_column(String(64))
    # received | applied | quarantined | refused (a person decided)
    state: Mapped[str] = mapped_column(String(16), default="received")
    # Position in the audit chain at which it was applied or quarantined; commit order = this order.
    server_seq: Mapped[int | None] = mapped_column(BigKey)
    code: Mapped[str] = mapped_column(String(40), default="")
    detail: Mapped[str] = mapped_column(String(500), default="")
    # How often applying it failed for a reason of the server's own; at the third a person has to look.
    failures: Mapped[int] = mapped_column(default=0)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str] = mapped_column(String(500), default="")


class OperationConflict(Base):
    """The same operation id came with another body (A7): the second content is kept here."""

    __tablename__ = "operation_conflict"

    id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    operation_id: Mapped[UUID] = mapped_column(ForeignKey("operation.id"), index=True)
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    received_at: Mapped[datetime]
    key_id: Mapped[str | None] = mapped_column(String(40))
    body: Mapped[bytes] = mapped_column(SealedBytes("operation_conflict.body"))
    body_sha256: Mapped[str] = mapped_column(String(64))
    # Position in the audit chain at which it was kept: the receipt for it.
    server_seq: Mapped[int | None] = mapped_column(BigKey)
