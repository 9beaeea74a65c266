"""Outlets and what their customer cards hold: people, notes, promises, assets. And outlets proposed by reps."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, Float, ForeignKey, Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from server.models.base import Base
from server.models.sealed import BlindIndex, Sealed


class Outlet(Base):
    __tablename__ = "outlet"
    __table_args__ = (Index("ix_outlet_territory", "territory_id", "status"), Index("ix_outlet_name", "name"))

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200), default="")
    # The name's confusable-free form (domain.outlets.name_skeleton): search and near-duplicates use it.
    name_skeleton: Mapped[str] = mapped_column(String(200), default="", index=True)
    chain: Mapped[str] = mapped_column(String(100), default="", index=True)
    # A | B | C | D: chooses step template, must-sell list and importance.
    outlet_class: Mapped[str] = mapped_column(String(1), default="C")
    channel: Mapped[str] = mapped_column(String(40), default="")
    address: Mapped[str] = mapped_column(String(300), default="")
    # WGS-84 degrees; both empty when the position is unknown.
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    # import | geocoder | rep | survey
    position_source: Mapped[str] = mapped_column(String(16), default="import")
    # [[weekday 0-6, opens minute, closes minute], …]; empty: unknown.
    hours: Mapped[list[list[int]]] = mapped_column(JSON, default=list)
    # Wanted visits in four weeks, and minutes of one, as a list gave them; None: the planner's default.
    visits_per_4_weeks: Mapped[int | None]
    service_minutes: Mapped[int | None]
    # active | closed
    status: Mapped[str] = mapped_column(String(16), default="active")
    territory_id: Mapped[int | None] = mapped_column(ForeignKey("territory.id"))
    # normal | secret | top_secret (domain.secrecy): who sees, how long a lease lasts, whether a reveal needs approval.
    secrecy: Mapped[str] = mapped_column(String(16), default="normal", server_default="normal")
    # Rises with every change of anything that the card shows; the manifest compares it.
    card_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    import_id: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"), index=True)

    contacts: Mapped[list["Contact"]] = relationship(back_populates="outlet")


class Contact(Base):
    __tablename__ = "contact"

    id: Mapped[int] = mapped_column(primary_key=True)
    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlet.id"), index=True)
    name: Mapped[str] = mapped_column(Sealed("contact.name"))
    # owner | manager | clerk | family | other
    role: Mapped[str] = mapped_column(String(16), default="owner")
    # Raw as given; phone_e164 only where it could be parsed. Searched by phone_index, which is given the same number.
    phone: Mapped[str] = mapped_column(Sealed("contact.phone"), default="")
    phone_e164: Mapped[str] = mapped_column(Sealed("contact.phone_e164"), default="")
    phone_index: Mapped[str] = mapped_column(BlindIndex("phone"), default="", index=True)
    preferences: Mapped[str] = mapped_column(Sealed("contact.preferences"), default="")
    notes: Mapped[str] = mapped_column(Sealed("contact.notes"), default="")
    position: Mapped[int] = mapped_column(default=0)

    outlet: Mapped[Outlet] = relationship(back_populates="contacts")

    @validates("phone_e164")
    def _index_too(self, _name: str, number: str) -> str:
        self.phone_index = number
        return number


class OutletNote(Base):
    """A note on the card: small talk, a wish, a warning. Written once, never changed."""

    __tablename__ = "outlet_note"
    __table_args__ = (Index("ix_outlet_note_outlet", "outlet_id", "noted_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlet.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    noted_at: Mapped[datetime]
    text: Mapped[str] = mapped_column(Sealed("outlet_note.text"))


class Promise(Base):
    """Something the company promised the owner; open until kept."""

    __tablename__ = "promise"
    __table_args__ = (Index("ix_promise_outlet", "outlet_id", "kept_at"),)

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlet.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]
    text: Mapped[str] = mapped_column(Sealed("promise.text"))
    due: Mapped[date | None]
    kept_at: Mapped[datetime | None]


class Asset(Base):
    """Company property lent to the outlet, such as a cooler (冷饮设备)."""

    __tablename__ = "asset"

    id: Mapped[int] = mapped_column(primary_key=True)
    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlet.id"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    label: Mapped[str] = mapped_column(String(100))
    since: Mapped[date]
    returned: Mapped[date | None]


class OutletProposal(Base):
    """A new outlet as a rep saw it; the custodian decides whether it joins the book."""

    __tablename__ = "outlet_proposal"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    proposed_at: Mapped[datetime]
    name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(300), default="")
    outlet_class: Mapped[str] = mapped_column(String(1), default="C")
    channel: Mapped[str] = mapped_column(String(40), default="")
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    accuracy_m: Mapped[float | None] = mapped_column(Float)
    contact_name: Mapped[str] = mapped_column(Sealed("outlet_proposal.contact_name"), default="")
    contact_phone: Mapped[str] = mapped_column(Sealed("outlet_proposal.contact_phone"), default="")
    phone_index: Mapped[str] = mapped_column(BlindIndex("phone"), default="", index=True)
    note: Mapped[str] = mapped_column(Sealed("outlet_proposal.note"), default="")
    # Outlets that the phone showed as near-duplicates, and that the rep said were others.
    near_duplicates: Mapped[list[int]] = mapped_column(JSON, default=list)
    # open | accepted | refused
    status: Mapped[str] = mapped_column(String(16), default="open", index=True)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str] = mapped_column(String(500), default="")
    outlet_id: Mapped[int | None] = mapped_column(ForeignKey("outlet.id"))
