"""What the driver handed over. Sold and delivered count from here, not from what was ordered."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base


class Delivery(Base):
    """Made with the order (same id); filled in by the driver."""

    __tablename__ = "delivery"
    __table_args__ = (
        Index("ix_delivery_route_day", "route_id", "day"),
        Index("ix_delivery_outlet", "outlet_id", "delivered_at"),
    )

    id: Mapped[UUID] = mapped_column(Uuid, ForeignKey("customer_order.id"), primary_key=True)
    outlet_id: Mapped[int | None] = mapped_column(ForeignKey("outlet.id"))
    route_id: Mapped[int | None] = mapped_column(ForeignKey("route.id"))
    truck_id: Mapped[int | None] = mapped_column(ForeignKey("truck.id"))
    # Day on which it is due.
    day: Mapped[date]
    # planned | delivered | partly | refused
    status: Mapped[str] = mapped_column(String(16), default="planned", index=True)
    driver_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    delivered_at: Mapped[datetime | None]
    fix: Mapped[dict[str, float] | None] = mapped_column(JSON)
    note: Mapped[str] = mapped_column(Text, default="")
    signature: Mapped[str] = mapped_column(Text, default="")


class DeliveryLine(Base):
    __tablename__ = "delivery_line"

    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("delivery.id"), primary_key=True)
    sku_id: Mapped[int] = mapped_column(ForeignKey("sku.id"), primary_key=True)
    ordered: Mapped[int]
    # Pieces handed over; None until the driver recorded it.
    delivered: Mapped[int | None]
    # short | refused | damaged | other; empty when all was handed over.
    reason: Mapped[str] = mapped_column(String(20), default="")
