"""The audit chain: one entry a deed, in the deed's own transaction, each holding the hash of the one before."""

import json
from collections.abc import Callable
from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from server.models.base import Base, BigKey
from server.models.sealed import SealedJson


class CanonicalJson(TypeDecorator[dict[str, object]]):
    """JSON that is kept in the one spelling that was hashed, so that a check need not read and write it again."""

    impl = JSON
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[object], str]:  # noqa: ARG002
        return json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


class AuditEntry(Base):
    __tablename__ = "audit_entry"
    # What the auditor asks: newest first, of one person, outlet, device, deed or subject.
    __table_args__ = (
        Index("ix_audit_entry_person_id", "person_id", "seq"),
        Index("ix_audit_entry_outlet_id", "outlet_id", "seq"),
        Index("ix_audit_entry_device", "device", "seq"),
        Index("ix_audit_entry_deed", "deed", "seq"),
        Index("ix_audit_entry_subject", "subject", "seq"),
    )

    seq: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=False)
    # Unique: two entries can never follow the same one, so the chain cannot fork.
    previous: Mapped[str] = mapped_column(String(64), unique=True)
    digest: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(index=True)
    person_id: Mapped[int | None]
    # noun.verb, as in "visit.record"
    deed: Mapped[str] = mapped_column(String(40))
    # noun:id, as in "outlet:17"
    subject: Mapped[str] = mapped_column(String(80))
    detail: Mapped[dict[str, object]] = mapped_column(CanonicalJson, default=dict)
    # Said in subject or detail already, and repeated here to be searched by; a check compares them.
    outlet_id: Mapped[int | None]
    device: Mapped[str | None] = mapped_column(String(36))


class AuditContent(Base):
    """Personal content of an entry, apart from the chain, which holds only its salted digest: it can be erased, and the
    chain stays whole."""

    __tablename__ = "audit_content"

    seq: Mapped[int] = mapped_column(ForeignKey("audit_entry.seq"), primary_key=True, autoincrement=False)
    # {"salt": hex, "content": {…}}; empty once erased.
    sealed: Mapped[dict[str, object] | None] = mapped_column(SealedJson("audit_content.sealed"))
    erased_at: Mapped[datetime | None]
    erased_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class AuditHead(Base):
    """The chain's end (row 1). Locking it makes commit order and sequence order the same."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigKey)
    digest: Mapped[str] = mapped_column(String(64))
    # When the newest entry was written, in ISO 8601; empty before the first.
    at: Mapped[str] = mapped_column(String(40), default="")
