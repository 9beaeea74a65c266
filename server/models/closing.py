"""The closing of a leaver's case: what a person said of the checklist, the company's property, the certificate."""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base


class DepartureCheck(Base):
    """An item of the checklist that a person ticked, or waived with a reason; the newest word counts."""

    __tablename__ = "departure_check"

    departure_id: Mapped[int] = mapped_column(ForeignKey("departure.id"), primary_key=True)
    # domain.closing.ITEMS
    item: Mapped[str] = mapped_column(String(24), primary_key=True)
    # ticked | waived
    state: Mapped[str] = mapped_column(String(8))
    words: Mapped[str] = mapped_column(String(500))
    by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class DepartureProperty(Base):
    """One thing of the company's that was looked after when a person left: it is there, or what is said of it."""

    __tablename__ = "departure_property"

    departure_id: Mapped[int] = mapped_column(ForeignKey("departure.id"), primary_key=True)
    # asset | device
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    # The asset's or device's id.
    key: Mapped[str] = mapped_column(String(36), primary_key=True)
    is_back: Mapped[bool] = mapped_column(Boolean)
    words: Mapped[str] = mapped_column(String(200), default="")
    by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class DepartureCertificate(Base):
    """The leaving certificate (离职交接单) as it was signed, in both languages; signed anew, it is another row."""

    __tablename__ = "departure_certificate"

    id: Mapped[int] = mapped_column(primary_key=True)
    departure_id: Mapped[int] = mapped_column(ForeignKey("departure.id"), index=True)
    signed_at: Mapped[datetime]
    # Who signed for the company.
    signed_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    # SVG paths in a 320 x 160 box.
    leaver_signature: Mapped[str] = mapped_column(Text)
    company_signature: Mapped[str] = mapped_column(Text)
    sha256_zh: Mapped[str] = mapped_column(String(64))
    sha256_en: Mapped[str] = mapped_column(String(64))
    # The evidence itself, in every backup of the database; read only where it is asked for.
    pdf_zh: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    pdf_en: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
