"""Customer fields are sealed at rest

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ring_key",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proof", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ring_key")),
    )
    op.add_column("operation", sa.Column("key_id", sa.String(40), nullable=True))
    op.add_column("operation_conflict", sa.Column("key_id", sa.String(40), nullable=True))


def downgrade() -> None:
    op.drop_column("operation_conflict", "key_id")
    op.drop_column("operation", "key_id")
    op.drop_table("ring_key")
