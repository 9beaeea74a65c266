"""Imports: a file's rows stand here, checked, until a person confirms them."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base, BigKey
from server.models.sealed import SealedJson


class ImportBatch(Base):
    __tablename__ = "import_batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    # outlets | skus
    kind: Mapped[str] = mapped_column(String(16))
    file_name: Mapped[str] = mapped_column(String(200))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    # wgs84 | gcj02 | bd09
    crs: Mapped[str] = mapped_column(String(8), default="wgs84")
    headings: Mapped[list[str]] = mapped_column(JSON, default=list)
    # field of ours -> heading of the file
    mapping: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    # staged | confirmed | discarded
    state: Mapped[str] = mapped_column(String(16), default="staged")
    rows: Mapped[int] = mapped_column(default=0)
    good: Mapped[int] = mapped_column(default=0)
    faulty: Mapped[int] = mapped_column(default=0)
    duplicates: Mapped[int] = mapped_column(default=0)
    accepted: Mapped[int] = mapped_column(default=0)
    confirmed_at: Mapped[datetime | None]
    territory_id: Mapped[int | None] = mapped_column(ForeignKey("territory.id"))


class ImportRow(Base):
    __tablename__ = "import_row"
    __table_args__ = (Index("ix_import_row_state", "import_id", "state", "row"),)

    import_id: Mapped[int] = mapped_column(ForeignKey("import_batch.id"), primary_key=True)
    # Line of the file as a person counts it (heading line = 1).
    row: Mapped[int] = mapped_column(BigKey, primary_key=True)
    # good | faulty | duplicate | accepted
    state: Mapped[str] = mapped_column(String(10))
    cells: Mapped[list[str]] = mapped_column(SealedJson("import_row.cells", is_list=True))
    # What was read from them; what is about people stands apart, sealed (None: nothing).
    values: Mapped[dict[str, object]] = mapped_column(JSON)
    personal: Mapped[dict[str, object] | None] = mapped_column(SealedJson("import_row.personal"))
    # [{"field","rule","message_key","params","severity": "error"|"info"}]
    faults: Mapped[list[dict[str, object]]] = mapped_column(JSON, default=list)
    # Outlet id or file row of which it looks like a copy.
    duplicate_of: Mapped[str] = mapped_column(String(40), default="")
