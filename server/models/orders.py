"""Orders that owners agreed to, in pieces and minor units of money."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base


class Order(Base):
    __tablename__ = "customer_order"
    __table_args__ = (
        Index("ix_customer_order_outlet", "outlet_id", "ordered_at"),
        Index("ix_customer_order_delivery", "route_id", "delivery_day"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visit.id"), unique=True)
    outlet_id: Mapped[int | None] = mapped_column(ForeignKey("outlet.id"))
    route_id: Mapped[int | None] = mapped_column(ForeignKey("route.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    ordered_at: Mapped[datetime]
    day: Mapped[date]
    # The route's next truck day.
    delivery_day: Mapped[date]
    price_list: Mapped[str] = mapped_column(String(40), default="standard")
    total_minor: Mapped[int] = mapped_column(BigInteger)
    # open | needs_review | delivered | partly | refused | cancelled
    status: Mapped[str] = mapped_column(String(16), default="open", index=True)
    review_reason: Mapped[str] = mapped_column(String(200), default="")
    # The owner's signature as an SVG path ("M… L…"), in a 320 x 160 box.
    signature: Mapped[str] = mapped_column(Text, default="")


class OrderLine(Base):
    __tablename__ = "order_line"

    order_id: Mapped[UUID] = mapped_column(ForeignKey("customer_order.id"), primary_key=True)
    sku_id: Mapped[int] = mapped_column(ForeignKey("sku.id"), primary_key=True)
    suggested: Mapped[int]
    quantity: Mapped[int]
    piece_minor: Mapped[int] = mapped_column(BigInteger)
    # Why the quantity is not the suggested one (domain.orders.CHANGE_REASONS).
    reason: Mapped[str] = mapped_column(String(20), default="")


class DeclinedLine(Base):
    """A suggested SKU of which the owner wanted nothing, and why; kept with or without an order."""

    __tablename__ = "declined_line"

    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visit.id"), primary_key=True)
    sku_id: Mapped[int] = mapped_column(ForeignKey("sku.id"), primary_key=True)
    suggested: Mapped[int]
    reason: Mapped[str] = mapped_column(String(20), default="")
