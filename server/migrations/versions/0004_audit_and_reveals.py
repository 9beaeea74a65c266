"""Erasable audit content, checkpoints, reveals, alerts

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("company") as batch:
        batch.add_column(sa.Column("reveals_per_day", sa.Integer(), nullable=False, server_default="30"))
        batch.add_column(sa.Column("reveals_per_outlet", sa.Integer(), nullable=False, server_default="3"))
    with op.batch_alter_table("company") as batch:
        batch.alter_column("reveals_per_day", server_default=None)
        batch.alter_column("reveals_per_outlet", server_default=None)
    make_reveals()
    make_alerts()


def make_reveals() -> None:
    op.create_table(
        "reveal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("outlet_id", sa.Integer(), nullable=False),
        sa.Column("contact_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("words", sa.String(length=200), nullable=False),
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
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_note", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_reveal_request_person_id_person")),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlet.id"], name=op.f("fk_reveal_request_outlet_id_outlet")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["person.id"], name=op.f("fk_reveal_request_decided_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reveal_request")),
    )
    op.create_index("ix_reveal_request_status", "reveal_request", ["status", "requested_at"])
    op.create_index(
        "ix_reveal_request_person_outlet", "reveal_request", ["person_id", "outlet_id", "status"]
    )
    op.create_index(op.f("ix_reveal_request_outlet_id"), "reveal_request", ["outlet_id"])


def make_alerts() -> None:
    op.create_table(
        "alert",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
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
    with op.batch_alter_table("company") as batch:
        batch.drop_column("reveals_per_outlet")
        batch.drop_column("reveals_per_day")
