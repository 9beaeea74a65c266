"""Passkeys, device keys, step-up, freeze, access reviews

Revision: 0003, after 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def _person(column: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(column, sa.Integer(), nullable=nullable)


def _to_person(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["person.id"], name=op.f(f"fk_{table}_{column}_person"))


def upgrade() -> None:
    _widen_people()
    _widen_devices()
    _add_session_tables()
    _add_review_tables()


def _widen_people() -> None:
    with op.batch_alter_table("person") as table:
        table.add_column(sa.Column("passkey_handle", sa.LargeBinary(32), nullable=True))
        table.create_unique_constraint(op.f("uq_person_passkey_handle"), ["passkey_handle"])
    with op.batch_alter_table("sign_in") as table:
        table.add_column(sa.Column("method", sa.String(16), nullable=False, server_default="password"))
        table.add_column(sa.Column("stepped_up_at", INSTANT, nullable=True))
    with op.batch_alter_table("sign_in") as table:
        table.alter_column("method", server_default=None)
    op.create_table(
        "person_territory",
        sa.Column("id", sa.Integer(), nullable=False),
        _person("person_id"),
        sa.Column("territory_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        _to_person("person_territory", "person_id"),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_person_territory_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_territory")),
    )
    op.create_index("ix_person_territory_person", "person_territory", ["person_id", "valid_from"])
    op.create_table(
        "freeze",
        sa.Column("id", sa.Integer(), nullable=False),
        _person("person_id"),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("status_before", sa.String(16), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        _person("by", nullable=True),
        sa.Column("lifted_at", INSTANT, nullable=True),
        _person("lifted_by", nullable=True),
        _to_person("freeze", "person_id"),
        _to_person("freeze", "by"),
        _to_person("freeze", "lifted_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freeze")),
    )
    op.create_index("ix_freeze_person", "freeze", ["person_id", "at"])


def _widen_devices() -> None:
    with op.batch_alter_table("device") as table:
        table.add_column(sa.Column("public_key", sa.LargeBinary(65), nullable=True))
        table.add_column(sa.Column("unlock", sa.String(8), nullable=False, server_default=""))
        table.add_column(sa.Column("approved_at", INSTANT, nullable=True))
        table.add_column(_person("approved_by", nullable=True))
        table.add_column(_person("revoked_by", nullable=True))
        table.add_column(sa.Column("wipe_at", INSTANT, nullable=True))
        table.create_foreign_key(op.f("fk_device_approved_by_person"), "person", ["approved_by"], ["id"])
        table.create_foreign_key(op.f("fk_device_revoked_by_person"), "person", ["revoked_by"], ["id"])
    with op.batch_alter_table("device") as table:
        table.alter_column("unlock", server_default=None)
    # Devices that were in use before approval was asked for go on being used.
    op.execute("UPDATE device SET approved_at = created_at")


def _add_session_tables() -> None:
    op.create_table(
        "used_proof",
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("nonce", sa.String(64), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("device_id", "nonce", name=op.f("pk_used_proof")),
    )
    op.create_index("ix_used_proof_at", "used_proof", ["device_id", "at"])
    op.create_table(
        "sign_in_failure",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sign_in_failure")),
    )
    op.create_index(op.f("ix_sign_in_failure_at"), "sign_in_failure", ["at"])
    op.create_table(
        "passkey",
        sa.Column("id", sa.Integer(), nullable=False),
        _person("person_id"),
        sa.Column("credential_id", sa.LargeBinary(1023), nullable=False),
        sa.Column("public_key", sa.LargeBinary(2048), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(100), nullable=False),
        sa.Column("transports", sa.JSON(), nullable=False),
        sa.Column("prf", sa.Boolean(), nullable=False),
        sa.Column("backed_up", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_used_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        _to_person("passkey", "person_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    op.create_index(op.f("ix_passkey_person_id"), "passkey", ["person_id"])
    op.create_table(
        "ceremony",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        _person("person_id", nullable=True),
        sa.Column("challenge", sa.LargeBinary(64), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        _to_person("ceremony", "person_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ceremony")),
    )
    op.create_index(op.f("ix_ceremony_expires_at"), "ceremony", ["expires_at"])
    op.create_table(
        "recovery",
        sa.Column("id", sa.Integer(), nullable=False),
        _person("person_id"),
        sa.Column("reason", sa.String(500), nullable=False),
        _person("started_by"),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("first_half_hash", sa.String(255), nullable=False),
        _person("approved_by", nullable=True),
        sa.Column("approved_at", INSTANT, nullable=True),
        sa.Column("second_half_hash", sa.String(255), nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        _to_person("recovery", "person_id"),
        _to_person("recovery", "started_by"),
        _to_person("recovery", "approved_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery")),
    )
    op.create_index("ix_recovery_person", "recovery", ["person_id", "started_at"])


def _add_review_tables() -> None:
    op.create_table(
        "access_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("quarter", sa.String(7), nullable=False),
        sa.Column("opened_at", INSTANT, nullable=False),
        _person("opened_by"),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("closed_at", INSTANT, nullable=True),
        _to_person("access_review", "opened_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_review")),
        sa.UniqueConstraint("quarter", name=op.f("uq_access_review_quarter")),
    )
    op.create_table(
        "access_review_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("person_role_id", sa.Integer(), nullable=False),
        _person("reviewer_id"),
        sa.Column("decision", sa.String(16), nullable=False),
        _person("decided_by", nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("note", sa.String(500), nullable=False),
        sa.ForeignKeyConstraint(
            ["review_id"], ["access_review.id"], name=op.f("fk_access_review_item_review_id_access_review")
        ),
        sa.ForeignKeyConstraint(
            ["person_role_id"],
            ["person_role.id"],
            name=op.f("fk_access_review_item_person_role_id_person_role"),
        ),
        _to_person("access_review_item", "reviewer_id"),
        _to_person("access_review_item", "decided_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_review_item")),
        sa.UniqueConstraint(
            "review_id", "person_role_id", name=op.f("uq_access_review_item_review_id_person_role_id")
        ),
    )
    op.create_index("ix_access_review_item_reviewer", "access_review_item", ["reviewer_id", "decision"])


def downgrade() -> None:
    for table in (
        "access_review_item",
        "access_review",
        "recovery",
        "ceremony",
        "passkey",
        "sign_in_failure",
        "used_proof",
        "freeze",
        "person_territory",
    ):
        op.drop_table(table)
    with op.batch_alter_table("device") as table:
        table.drop_constraint(op.f("fk_device_approved_by_person"), type_="foreignkey")
        table.drop_constraint(op.f("fk_device_revoked_by_person"), type_="foreignkey")
        for column in ("public_key", "unlock", "approved_at", "approved_by", "revoked_by", "wipe_at"):
            table.drop_column(column)
    with op.batch_alter_table("sign_in") as table:
        table.drop_column("method")
        table.drop_column("stepped_up_at")
    with op.batch_alter_table("person") as table:
        table.drop_constraint(op.f("uq_person_passkey_handle"), type_="unique")
        table.drop_column("passkey_handle")
