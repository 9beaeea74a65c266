"""The audit chain: one entry a deed, in the deed's own transaction, each holding the hash of the one before."""

from datetime import datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base, BigKey


class AuditEntry(Base):
    __tablename__ = "audit_entry"

    seq: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    # Unique: two entries can never follow the same one, so the chain cannot fork.
    previous: Mapped[str] = mapped_column(String(64), unique=True)
    digest: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(index=True)
    person_id: Mapped[int | None] = mapped_column(index=True)
    # noun.verb, as in "visit.record"
    deed: Mapped[str] = mapped_column(String(40), index=True)
    # noun:id, as in "outlet:17"
    subject: Mapped[str] = mapped_column(String(80), index=True)
    detail: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)


class AuditHead(Base):
    """The chain's end (row 1). Locking it makes commit order and sequence order the same."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigKey)
    digest: Mapped[str] = mapped_column(String(64))
