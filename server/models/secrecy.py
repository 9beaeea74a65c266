"""Which class a card's field has where a custodian set another than the one it is delivered with."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base


class FieldSecrecy(Base):
    __tablename__ = "field_secrecy"

    field: Mapped[str] = mapped_column(String(40), primary_key=True)
    # One of domain.secrecy.CLASSES.
    secrecy: Mapped[str] = mapped_column(String(16))
    set_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    set_at: Mapped[datetime]
