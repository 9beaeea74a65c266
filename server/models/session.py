"""What keeps sign-in honest: used request proofs, failed tries, passkeys and their ceremonies, recoveries."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base


class UsedProof(Base):
    """A request proof of a device that was taken once. Kept as long as its time would still be accepted."""

    __tablename__ = "used_proof"
    __table_args__ = (Index("ix_used_proof_at", "device_id", "at"),)

    device_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    nonce: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime]


class SignInFailure(Base):
    """Failed tries since the last success, by what they are counted under. The key is a digest: what people type
    into the field of the login is now and then their password."""

    __tablename__ = "sign_in_failure"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    count: Mapped[int]
    at: Mapped[datetime] = mapped_column(index=True)


class Passkey(Base):
    """A WebAuthn credential of a person."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary(2048))
    sign_count: Mapped[int]
    label: Mapped[str] = mapped_column(String(100), default="")
    transports: Mapped[list[str]] = mapped_column(JSON, default=list)
    # Whether the authenticator said that it can derive secrets (the PRF extension), which wraps a phone's book.
    prf: Mapped[bool] = mapped_column(default=False)
    backed_up: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    # Removed or dead by a freeze; the row stays for the audit.
    ended_at: Mapped[datetime | None]


class Ceremony(Base):
    """A challenge that was given out and may be answered once, within minutes. `id` is a digest of what the browser
    holds."""

    __tablename__ = "ceremony"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    # register | sign_in | step_up
    kind: Mapped[str] = mapped_column(String(16))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    challenge: Mapped[bytes] = mapped_column(LargeBinary(64))
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Recovery(Base):
    """A way back in for a person who lost password and passkey: started by one, approved by another, used once.

    The code has two halves: whoever starts it sees one, whoever approves it the other, so neither can use it alone."""

    __tablename__ = "recovery"
    __table_args__ = (Index("ix_recovery_person", "person_id", "started_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(String(500))
    started_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    started_at: Mapped[datetime]
    first_half_hash: Mapped[str] = mapped_column(String(255))
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    approved_at: Mapped[datetime | None]
    second_half_hash: Mapped[str] = mapped_column(String(255), default="")
    expires_at: Mapped[datetime]
    failures: Mapped[int] = mapped_column(default=0)
    # used, refused or given up
    ended_at: Mapped[datetime | None]
