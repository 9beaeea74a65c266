"""Closing a leaver's case: the share that is called back, the checklist, property, the certificate

Revision: 0013, after 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("departure", schema=None) as batch_op:
        batch_op.add_column(sa.Column("call_back_share", sa.Float(), nullable=False, server_default="0.2"))
    _add("check", [("item", 24)], [("state", sa.String(length=8)), ("words", sa.String(length=500))])
    _add(
        "property",
        [("kind", 8), ("key", 36)],
        [("is_back", sa.Boolean()), ("words", sa.String(length=200))],
    )
    op.create_table(
        "departure_certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("departure_id", sa.Integer(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_by", sa.Integer(), nullable=False),
        sa.Column("leaver_signature", sa.Text(), nullable=False),
        sa.Column("company_signature", sa.Text(), nullable=False),
        sa.Column("sha256_zh", sa.String(length=64), nullable=False),
        sa.Column("sha256_en", sa.String(length=64), nullable=False),
        sa.Column("pdf_zh", sa.LargeBinary(), nullable=False),
        sa.Column("pdf_en", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["departure_id"], ["departure.id"], name=op.f("fk_departure_certificate_departure_id")
        ),
        sa.ForeignKeyConstraint(
            ["signed_by"], ["person.id"], name=op.f("fk_departure_certificate_signed_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departure_certificate")),
    )
    op.create_index("ix_departure_certificate_departure_id", "departure_certificate", ["departure_id"])


def _add(name: str, keys: list[tuple[str, int]], said: list[tuple[str, sa.types.TypeEngine[object]]]) -> None:
    table = f"departure_{name}"
    op.create_table(
        table,
        sa.Column("departure_id", sa.Integer(), nullable=False),
        *(sa.Column(key, sa.String(length=length), nullable=False) for key, length in keys),
        *(sa.Column(column, kind, nullable=False) for column, kind in said),
        sa.Column("by", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["departure_id"], ["departure.id"], name=op.f(f"fk_{table}_departure_id")),
        sa.ForeignKeyConstraint(["by"], ["person.id"], name=op.f(f"fk_{table}_by")),
        sa.PrimaryKeyConstraint("departure_id", *(key for key, _ in keys), name=op.f(f"pk_{table}")),
    )


def downgrade() -> None:
    for name in ("certificate", "property", "check"):
        op.drop_table(f"departure_{name}")
    with op.batch_alter_table("departure", schema=None) as batch_op:
        batch_op.drop_column("call_back_share")
