"""Export requests: what is to leave the house, why, who let it, and when it was fetched."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base


class ExportRequest(Base):
    __tablename__ = "export_request"
    __table_args__ = (
        Index("ix_export_request_status", "status", "asked_at"),
        Index("ix_export_request_person", "person_id", "asked_at"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    # The device of the sign-in that asked: nobody approves from the asker's own.
    device_id: Mapped[UUID | None] = mapped_column(Uuid)
    asked_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(500))
    # Which outlets, as services/outlets.py filters them, and which fields of them in which order.
    filter: Mapped[dict[str, object]] = mapped_column(JSON)
    fields: Mapped[list[str]] = mapped_column(JSON)
    # csv | xlsx | pdf
    format: Mapped[str] = mapped_column(String(8))
    # Rows and SHA-256 of what would leave, as last signed (or as asked for, before).
    rows: Mapped[int]
    scope_sha256: Mapped[str] = mapped_column(String(64))
    # The signatures that this scope needs: approver, keeper.
    duties: Mapped[list[str]] = mapped_column(JSON)
    # asked | approved | refused | changed (the scope is not what was approved) | taken | expired
    status: Mapped[str] = mapped_column(String(16), default="asked")
    # From the last signature it needed until this instant the file may be fetched, once.
    expires_at: Mapped[datetime | None]
    taken_at: Mapped[datetime | None]
    file_sha256: Mapped[str] = mapped_column(String(64), default="")
    refused_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    refused_at: Mapped[datetime | None]
    decision_note: Mapped[str] = mapped_column(String(500), default="")


class ExportSignature(Base):
    """One person's consent to one scope. A changed scope has another hash, and its signatures count no more."""

    __tablename__ = "export_signature"

    export_id: Mapped[UUID] = mapped_column(ForeignKey("export_request.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    scope_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    # approver | keeper
    duty: Mapped[str] = mapped_column(String(16))
    signed_at: Mapped[datetime]
