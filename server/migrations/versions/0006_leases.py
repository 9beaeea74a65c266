"""Which lease keys were given to which device

Revision: 0006, after 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lease_key",
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("lease_id", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("unlock", sa.String(length=8), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_lease_key_device_id_device")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_lease_key_person_id_person")),
        sa.PrimaryKeyConstraint("device_id", "lease_id", name=op.f("pk_lease_key")),
    )
    with op.batch_alter_table("lease_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lease_key_person_id"), ["person_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("lease_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_lease_key_person_id"))
    op.drop_table("lease_key")
