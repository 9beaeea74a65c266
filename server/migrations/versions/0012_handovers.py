"""The handover of a store as the phone tells it, and the codes with which owners answer

Revision: 0012, after 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("departure_store", schema=None) as batch_op:
        batch_op.add_column(sa.Column("skipped", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("notes", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("words", sa.LargeBinary(), nullable=True))
        batch_op.add_column(
            sa.Column("giver_present", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(
            sa.Column("answered_way", sa.String(length=16), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("supervised", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_index("ix_departure_store_receiver", ["receiver_id", "state"], unique=False)
    # What is there from now on always says it itself.
    with op.batch_alter_table("departure_store", schema=None) as batch_op:
        for name in ("skipped", "giver_present", "answered_way", "supervised"):
            batch_op.alter_column(name, server_default=None)
    op.create_table(
        "owner_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("departure_id", sa.Integer(), nullable=False),
        sa.Column("outlet_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("code", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.String(length=16), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["departure_id", "outlet_id"],
            ["departure_store.departure_id", "departure_store.outlet_id"],
            name="fk_owner_code_store",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_owner_code")),
        sa.UniqueConstraint("digest", name=op.f("uq_owner_code_digest")),
    )
    with op.batch_alter_table("owner_code", schema=None) as batch_op:
        batch_op.create_index("ix_owner_code_store", ["departure_id", "outlet_id"], unique=False)


def downgrade() -> None:
    op.drop_table("owner_code")
    with op.batch_alter_table("departure_store", schema=None) as batch_op:
        batch_op.drop_index("ix_departure_store_receiver")
        for name in ("supervised", "answered_way", "giver_present", "words", "notes", "skipped"):
            batch_op.drop_column(name)
