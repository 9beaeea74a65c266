"""People, what they may do and from when, the phones they use, and the sign-ins that are open."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.models.base import Base


class Person(Base):
    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    # As typed at sign-in, locale-free casefolded.
    login: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    name_en: Mapped[str] = mapped_column(String(100), default="")
    password_hash: Mapped[str] = mapped_column(String(255))
    locale: Mapped[str] = mapped_column(String(8), default="zh-CN")
    # active | leaving | frozen | left
    status: Mapped[str] = mapped_column(String(16), default="active", index=True)
    created_at: Mapped[datetime]
    # What authenticators know the person by (WebAuthn's user handle): random, made with the first passkey.
    passkey_handle: Mapped[bytes | None] = mapped_column(LargeBinary(32), unique=True)

    roles: Mapped[list["PersonRole"]] = relationship(back_populates="person", lazy="selectin")


class PersonRole(Base):
    """One role of one person from a day to a day (open end: None). Rows are closed, never changed."""

    __tablename__ = "person_role"
    __table_args__ = (Index("ix_person_role_person", "person_id", "role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    # rep | driver | supervisor | manager | custodian | auditor | administrator
    role: Mapped[str] = mapped_column(String(16))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]

    person: Mapped[Person] = relationship(back_populates="roles")


class PersonTerritory(Base):
    """A territory that a supervisor or manager works for, from a day to a day; who has none works for all."""

    __tablename__ = "person_territory"
    __table_args__ = (Index("ix_person_territory_person", "person_id", "valid_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class Freeze(Base):
    """One freeze of one person: who stopped their access, when and why, and who lifted it."""

    __tablename__ = "freeze"
    __table_args__ = (Index("ix_freeze_person", "person_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(String(500))
    # The person's status before, given back when the freeze is lifted.
    status_before: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Device(Base):
    """A phone or browser. Its id is made on the device; its operations carry a gapless sequence."""

    __tablename__ = "device"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    label: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    # All sequence numbers up to here have arrived.
    contiguous_seq: Mapped[int] = mapped_column(default=0)
    # The highest number that the device said it had given out.
    highest_seq: Mapped[int] = mapped_column(default=0)
    # Numbers that the device itself declared lost (its storage was evicted): [{"from":5,"to":7,"at":"…"}]
    lost: Mapped[list[dict[str, object]]] = mapped_column(JSON, default=list)
    # Since when a gap below highest_seq has been open; reported after 24 h.
    gap_since: Mapped[datetime | None]
    # What the device says of itself: {"persisted": bool, "standalone": bool, "user_agent": "…"}
    telemetry: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    # The device's own key (ECDSA P-256, the raw uncompressed point). A device that has one signs every request.
    public_key: Mapped[bytes | None] = mapped_column(LargeBinary(65))
    # How the book on it is locked: '' (old apps) | pin | passkey. Numbers are lent to passkey devices only.
    unlock: Mapped[str] = mapped_column(String(8), default="")
    # None: waits for a supervisor or administrator; nothing is lent to it until then.
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    # Since when it is to wipe what it was lent; it is told so on its next signed request.
    wipe_at: Mapped[datetime | None]


class SignIn(Base):
    """A server-side session. The cookie holds a random token; here is only its SHA-256."""

    __tablename__ = "sign_in"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("device.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(String(64), default="")
    # password | passkey | recovery
    method: Mapped[str] = mapped_column(String(16), default="password")
    # When the person last proved again who they are (step-up); holds for five minutes.
    stepped_up_at: Mapped[datetime | None]
