"""The retention watch and early warning

Revision: 0014, after 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "retention_watch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("departure_id", sa.Integer(), nullable=False),
        sa.Column("outlet_id", sa.Integer(), nullable=False),
        sa.Column("receiver_id", sa.Integer(), nullable=True),
        sa.Column("handed_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("alarm", sa.Boolean(), nullable=False),
        sa.Column("alarm_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verdict", sa.JSON(), nullable=False),
        sa.Column("course", sa.JSON(), nullable=False),
        sa.Column("visits", sa.JSON(), nullable=False),
        sa.Column("saved_minor", sa.BigInteger(), nullable=False),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.ForeignKeyConstraint([name], [f"{table}.id"], name=op.f(f"fk_retention_watch_{name}"))
            for name, table in (
                ("departure_id", "departure"),
                ("outlet_id", "outlet"),
                ("receiver_id", "person"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_watch")),
        sa.UniqueConstraint("departure_id", "outlet_id", name="uq_retention_watch_store"),
    )
    with op.batch_alter_table("retention_watch", schema=None) as batch_op:
        batch_op.create_index("ix_retention_watch_outlet", ["outlet_id"], unique=False)
        batch_op.create_index("ix_retention_watch_ended", ["ended_at"], unique=False)
    op.create_table(
        "warning_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warning_run")),
        sa.UniqueConstraint("day", name=op.f("uq_warning_run_day")),
    )
    op.create_table(
        "person_warning",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("signals", sa.JSON(), nullable=False),
        sa.Column("stores", sa.JSON(), nullable=False),
        sa.Column("held_since", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["warning_run.id"], name=op.f("fk_person_warning_run_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_warning_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_warning")),
        sa.UniqueConstraint("run_id", "person_id", name="uq_person_warning_person"),
    )
    with op.batch_alter_table("person_warning", schema=None) as batch_op:
        batch_op.create_index("ix_person_warning_person_id", ["person_id"], unique=False)
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.create_index("ix_job_kind", ["kind", "asked_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index("ix_job_kind")
    op.drop_table("person_warning")
    op.drop_table("warning_run")
    op.drop_table("retention_watch")
