"""The company itself: one row of settings, and the days on which nobody walks."""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base

COMPANY_ID = 1


class Company(Base):
    """The one row (id 1) of settings that every floor reads."""

    __tablename__ = "company"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200), default="")
    timezone: Mapped[str] = mapped_column(String(64), default="Asia/Hong_Kong")
    currency: Mapped[str] = mapped_column(String(3), default="HKD")
    # Changes when the database was restored from a backup: phones then send again what they still keep.
    epoch: Mapped[UUID] = mapped_column(Uuid)
    # The Monday from which A/B and 4-weekly weeks are counted.
    cycle_anchor: Mapped[date]
    # The suggested order's factor in thousandths (1500 = x1.5).
    suggestion_factor: Mapped[int] = mapped_column(default=1500)
    # Rises whenever brands, SKUs, prices, must-sell lists or the step template change.
    catalogue_version: Mapped[int] = mapped_column(default=1)
    # Openings of a contact's number that a person has a day, and at one outlet until more are approved.
    reveals_per_day: Mapped[int] = mapped_column(default=30)
    reveals_per_outlet: Mapped[int] = mapped_column(default=3)
    # Seed and anchor day of the generated demo company; empty for a real one.
    demo: Mapped[str] = mapped_column(String(64), default="")


class Holiday(Base):
    __tablename__ = "holiday"

    day: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    name_en: Mapped[str] = mapped_column(String(100), default="")


class TerritoryDay(Base):
    """Where a territory's calendar differs from the company's: a holiday of its own, or a company holiday on which it
    works."""

    __tablename__ = "territory_day"

    territory_id: Mapped[int] = mapped_column(ForeignKey("territory.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    works: Mapped[bool] = mapped_column(default=False)
    name: Mapped[str] = mapped_column(String(100), default="")
    name_en: Mapped[str] = mapped_column(String(100), default="")
