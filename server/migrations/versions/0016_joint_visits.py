"""Joint visits: the supervisor's coaching form beside the rep's steps

Revision: 0016, after 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "joint_visit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("supervisor_id", sa.Integer(), nullable=False),
        sa.Column("outlet_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("steps", sa.LargeBinary(), nullable=False),
        sa.Column("well", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("action", sa.LargeBinary(), nullable=False),
        sa.Column("action_due", sa.Date(), nullable=True),
        *(
            sa.ForeignKeyConstraint([name], [f"{table}.id"], name=op.f(f"fk_joint_visit_{name}"))
            for name, table in (("person_id", "person"), ("supervisor_id", "person"), ("outlet_id", "outlet"))
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joint_visit")),
    )
    with op.batch_alter_table("joint_visit", schema=None) as batch_op:
        batch_op.create_index("ix_joint_visit_outlet_id", ["outlet_id"], unique=False)
        batch_op.create_index("ix_joint_visit_person", ["person_id", "at"], unique=False)
        batch_op.create_index("ix_joint_visit_supervisor", ["supervisor_id", "at"], unique=False)


def downgrade() -> None:
    op.drop_table("joint_visit")
