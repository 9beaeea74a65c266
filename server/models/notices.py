"""Notices (通知): what concerns one person, in their list; and the devices to which word of it is pushed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base, BigKey
from server.models.sealed import Sealed


class Notice(Base):
    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_person", "person_id", "at"), Index("ix_notice_at", "at"))

    id: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    # One of domain.notices.KINDS.
    kind: Mapped[str] = mapped_column(String(24))
    # noun:id, as in "plan:4"
    subject: Mapped[str] = mapped_column(String(80))
    # Ids, codes, days and counts; never personal content.
    detail: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    # When it begins to be shown.
    at: Mapped[datetime]
    seen_at: Mapped[datetime | None]


class PushSubscription(Base):
    """Where a browser's push service takes messages for one device (RFC 8030), and the browser's keys (RFC 8291)."""

    __tablename__ = "push_subscription"

    device_id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("device.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    # Whoever knows the address can send to it.
    endpoint: Mapped[str] = mapped_column(Sealed("push_subscription.endpoint"))
    public_key: Mapped[bytes] = mapped_column(LargeBinary(65))
    secret: Mapped[str] = mapped_column(Sealed("push_subscription.secret"))
    made_at: Mapped[datetime]
