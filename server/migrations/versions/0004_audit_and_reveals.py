"""Erasable audit content, checkpoints, reveals, alerts

Revision: 0004, after 0003
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

AT_ONCE = 1_000
SEARCHED = ("person_id", "deed", "subject")


def upgrade() -> None:
    with op.batch_alter_table("company") as batch:
        batch.add_column(sa.Column("reveals_per_day", sa.Integer(), nullable=False, server_default="30"))
        batch.add_column(sa.Column("reveals_per_outlet", sa.Integer(), nullable=False, server_default="3"))
    with op.batch_alter_table("company") as batch:
        batch.alter_column("reveals_per_day", server_default=None)
        batch.alter_column("reveals_per_outlet", server_default=None)
    widen_audit()
    make_reveals()
    make_alerts()


def widen_audit() -> None:
    """Entries can be searched by outlet and device, newest first. The chain itself stays as it is."""
    op.add_column("audit_entry", sa.Column("outlet_id", sa.Integer(), nullable=True))
    op.add_column("audit_entry", sa.Column("device", sa.String(length=36), nullable=True))
    with op.batch_alter_table("audit_head") as batch:
        batch.add_column(sa.Column("at", sa.String(length=40), nullable=False, server_default=""))
    with op.batch_alter_table("audit_head") as batch:
        batch.alter_column("at", server_default=None)
    connection = op.get_bind()
    for rows in entries(connection):
        found = [{"key": row.seq, **about(row.subject, row.detail)} for row in rows]
        found = [row for row in found if row["outlet_id"] is not None or row["device"] is not None]
        if found:
            connection.execute(
                sa.update(ENTRY)
                .where(ENTRY.c.seq == sa.bindparam("key"))
                .values(outlet_id=sa.bindparam("outlet_id"), device=sa.bindparam("device")),
                found,
            )
        newest = rows[-1].at if rows[-1].at.tzinfo else rows[-1].at.replace(tzinfo=UTC)
        connection.execute(sa.update(HEAD).values(at=newest.astimezone(UTC).isoformat()))
    op.create_table(
        "audit_content",
        sa.Column("seq", big_key(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["seq"], ["audit_entry.seq"], name=op.f("fk_audit_content_seq_audit_entry")),
        sa.ForeignKeyConstraint(["erased_by"], ["person.id"], name=op.f("fk_audit_content_erased_by_person")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_content")),
    )
    for column in SEARCHED:
        op.drop_index(f"ix_audit_entry_{column}", "audit_entry")
    for column in (*SEARCHED, "outlet_id", "device"):
        op.create_index(f"ix_audit_entry_{column}", "audit_entry", [column, "seq"])


ENTRY = sa.table(
    "audit_entry",
    sa.column("seq", sa.BigInteger),
    sa.column("at", sa.DateTime(timezone=True)),
    sa.column("subject", sa.String),
    sa.column("detail", sa.JSON),
    sa.column("outlet_id", sa.Integer),
    sa.column("device", sa.String),
)
HEAD = sa.table("audit_head", sa.column("at", sa.String))


def entries(connection: sa.Connection) -> Iterator[list[sa.Row[tuple[int, datetime, str, object]]]]:
    """All entries in order, some at a time."""
    after = 0
    while True:
        query = sa.select(ENTRY.c.seq, ENTRY.c.at, ENTRY.c.subject, ENTRY.c.detail)
        rows = list(connection.execute(query.where(ENTRY.c.seq > after).order_by(ENTRY.c.seq).limit(AT_ONCE)))
        if not rows:
            return
        yield rows
        after = rows[-1].seq


def about(subject: str, detail: object) -> dict[str, object]:
    """As server/domain/audit.py had it when this was written."""
    words = json.loads(detail) if isinstance(detail, str) else detail
    words = words if isinstance(words, dict) else {}
    outlet, device = words.get("outlet"), words.get("device")
    noun, _, key = subject.partition(":")
    if outlet is None and noun == "outlet" and key.isascii() and key.isdigit() and len(key) < 10:
        outlet = int(key)
    if device is None and noun == "device":
        device = key
    return {
        "outlet_id": outlet if type(outlet) is int and 0 < outlet < 2**31 else None,
        "device": device if type(device) is str and len(device) == 36 else None,
    }


def big_key() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def make_reveals() -> None:
    op.create_table(
        "reveal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("outlet_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("accuracy_m", sa.Float(), nullable=True),
        sa.Column("offline", sa.Boolean(), nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_reveal_person_id_person")),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_reveal_device_id_device")),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlet.id"], name=op.f("fk_reveal_outlet_id_outlet")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_reveal_contact_id_contact")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reveal")),
    )
    op.create_index("ix_reveal_person_day", "reveal", ["person_id", "day"])
    op.create_index("ix_reveal_person_at", "reveal", ["person_id", "at"])
    op.create_index("ix_reveal_person_outlet", "reveal", ["person_id", "outlet_id", "at"])
    op.create_index("ix_reveal_outlet_at", "reveal", ["outlet_id", "at"])
    op.create_index(op.f("ix_reveal_device_id"), "reveal", ["device_id"])
    op.create_index(op.f("ix_reveal_contact_id"), "reveal", ["contact_id"])
    op.create_table(
        "reveal_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("outlet_id", sa.Integer(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_note", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_reveal_request_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["outlet_id"], ["outlet.id"], name=op.f("fk_reveal_request_outlet_id_outlet")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["person.id"], name=op.f("fk_reveal_request_decided_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reveal_request")),
    )
    op.create_index("ix_reveal_request_status", "reveal_request", ["status", "requested_at"])
    op.create_index("ix_reveal_request_person_outlet", "reveal_request", ["person_id", "outlet_id", "status"])
    op.create_index(op.f("ix_reveal_request_outlet_id"), "reveal_request", ["outlet_id"])


def make_alerts() -> None:
    op.create_table(
        "alert",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("severity", sa.String(length=16), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("open_key", sa.String(length=121), nullable=True),
        sa.Column("acknowledged_by", sa.Integer(), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.Integer(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["acknowledged_by"], ["person.id"], name=op.f("fk_alert_acknowledged_by_person")
        ),
        sa.ForeignKeyConstraint(["resolved_by"], ["person.id"], name=op.f("fk_alert_resolved_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("open_key", name=op.f("uq_alert_open_key")),
    )
    op.create_index("ix_alert_status", "alert", ["status", "last_at"])
    op.create_index("ix_alert_subject", "alert", ["subject"])


def downgrade() -> None:
    op.drop_table("alert")
    op.drop_table("reveal_request")
    op.drop_table("reveal")
    op.drop_table("audit_content")
    for column in (*SEARCHED, "outlet_id", "device"):
        op.drop_index(f"ix_audit_entry_{column}", "audit_entry")
    for column in SEARCHED:
        op.create_index(f"ix_audit_entry_{column}", "audit_entry", [column])
    with op.batch_alter_table("audit_head") as batch:
        batch.drop_column("at")
    op.drop_column("audit_entry", "device")
    op.drop_column("audit_entry", "outlet_id")
    with op.batch_alter_table("company") as batch:
        batch.drop_column("reveals_per_outlet")
        batch.drop_column("reveals_per_day")
