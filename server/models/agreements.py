"""The confidentiality agreement: its versions, and who accepted which, when, on what."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base


class Agreement(Base):
    """One version. Published once and never changed: another text is another version."""

    __tablename__ = "agreement"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(unique=True)
    title: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str] = mapped_column(String(200), default="")
    text: Mapped[str] = mapped_column(Text)
    text_en: Mapped[str] = mapped_column(Text, default="")
    published_at: Mapped[datetime]
    published_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class AgreementAcceptance(Base):
    """One person accepted one version: what was shown, in which language, when and on which device."""

    __tablename__ = "agreement_acceptance"
    __table_args__ = (UniqueConstraint("person_id", "agreement_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    # As the person was called on the day.
    person_name: Mapped[str] = mapped_column(String(100))
    locale: Mapped[str] = mapped_column(String(8))
    accepted_at: Mapped[datetime]
    device_id: Mapped[UUID | None] = mapped_column(Uuid)
    # SHA-256 of title and text as shown, and of the PDF kept of it.
    shown_sha256: Mapped[str] = mapped_column(String(64))
    pdf_sha256: Mapped[str] = mapped_column(String(64))
    # The evidence itself, in every backup of the database; read only where it is asked for.
    pdf: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
