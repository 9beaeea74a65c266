"""Tasks at outlets: call-backs, spot checks, winning back

Revision: 0011, after 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("outlet_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("source_key", sa.String(length=120), nullable=True),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=24), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("done_by", sa.Integer(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.ForeignKeyConstraint([name], [f"{table}.id"], name=op.f(f"fk_task_{name}"))
            for name, table in (
                ("outlet_id", "outlet"),
                ("person_id", "person"),
                ("assignee_id", "person"),
                ("created_by", "person"),
                ("done_by", "person"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("source_key", name=op.f("uq_task_source_key")),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index("ix_task_assignee", ["assignee_id", "state", "due"], unique=False)
        batch_op.create_index("ix_task_outlet", ["outlet_id", "state"], unique=False)
        batch_op.create_index("ix_task_person_id", ["person_id"], unique=False)
        batch_op.create_index("ix_task_source", ["source"], unique=False)
        batch_op.create_index("ix_task_state", ["state", "due"], unique=False)


def downgrade() -> None:
    op.drop_table("task")
