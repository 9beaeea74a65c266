"""What is sold: brands and SKUs in the fixed order in which they are counted, prices, must-sell lists."""

from datetime import date

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base


class Brand(Base):
    __tablename__ = "brand"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    name_en: Mapped[str] = mapped_column(String(100), default="")
    # First key of the fixed brand -> pack order.
    position: Mapped[int]


class Sku(Base):
    __tablename__ = "sku"
    __table_args__ = (Index("ix_sku_brand", "brand_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    barcode: Mapped[str] = mapped_column(String(20), default="", index=True)
    name: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200), default="")
    brand_id: Mapped[int] = mapped_column(ForeignKey("brand.id"))
    # Second key of the fixed order.
    position: Mapped[int]
    volume_ml: Mapped[int | None]
    # Pieces in a case; orders are multiples of it.
    pack: Mapped[int]
    # Until this day the phone marks it as new.
    new_until: Mapped[date | None]
    active: Mapped[bool] = mapped_column(default=True)
    import_id: Mapped[int | None] = mapped_column(ForeignKey("import_batch.id"), index=True)


class Price(Base):
    """Price of one piece in minor units from a day on; rows are added, never changed."""

    __tablename__ = "price"
    __table_args__ = (UniqueConstraint("sku_id", "price_list", "valid_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sku_id: Mapped[int] = mapped_column(ForeignKey("sku.id"))
    # One list by default; chains may have their own.
    price_list: Mapped[str] = mapped_column(String(40), default="standard")
    valid_from: Mapped[date]
    piece_minor: Mapped[int] = mapped_column(BigInteger)


class MustSell(Base):
    """A SKU that every outlet of a class must stock (必销品)."""

    __tablename__ = "must_sell"

    outlet_class: Mapped[str] = mapped_column(String(1), primary_key=True)
    sku_id: Mapped[int] = mapped_column(ForeignKey("sku.id"), primary_key=True)
