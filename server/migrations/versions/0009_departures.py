"""A leaver's case, what was held, and the proposals

Revision: 0009, after 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "departure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("open_key", sa.Integer(), nullable=True),
        sa.Column("status_before", sa.String(length=16), nullable=False),
        sa.Column("froze", sa.Boolean(), nullable=False),
        sa.Column("opened_by", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_by", sa.Integer(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held", sa.JSON(), nullable=False),
        sa.Column("activity", sa.JSON(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=True),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("accepted_proposal", sa.Integer(), nullable=True),
        sa.Column("accepted_by", sa.Integer(), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("holds_from", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["accepted_by"], ["person.id"], name=op.f("fk_departure_accepted_by")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_departure_job_id")),
        sa.ForeignKeyConstraint(["opened_by"], ["person.id"], name=op.f("fk_departure_opened_by")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_departure_person_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_departure_plan_id")),
        sa.ForeignKeyConstraint(["undone_by"], ["person.id"], name=op.f("fk_departure_undone_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departure")),
        sa.UniqueConstraint("open_key", name=op.f("uq_departure_open_key")),
    )
    with op.batch_alter_table("departure", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_departure_person_id"), ["person_id"], unique=False)
        batch_op.create_index("ix_departure_state", ["state", "opened_at"], unique=False)

    op.create_table(
        "departure_proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("departure_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["departure_id"], ["departure.id"], name=op.f("fk_departure_proposal_departure_id")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_departure_proposal_made_by")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["plan_version.id"], name=op.f("fk_departure_proposal_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departure_proposal")),
    )
    with op.batch_alter_table("departure_proposal", schema=None) as batch_op:
        batch_op.create_index("ix_departure_proposal_departure", ["departure_id"], unique=False)

    op.create_table(
        "departure_store",
        sa.Column("departure_id", sa.Integer(), nullable=False),
        sa.Column("outlet_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("route_id", sa.Integer(), nullable=False),
        sa.Column("outlet_class", sa.String(length=1), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("open_orders", sa.Integer(), nullable=False),
        sa.Column("deliveries", sa.Integer(), nullable=False),
        sa.Column("promises", sa.Integer(), nullable=False),
        sa.Column("assets", sa.Integer(), nullable=False),
        sa.Column("contacts", sa.Integer(), nullable=False),
        sa.Column("known_by", sa.Integer(), nullable=False),
        sa.Column("last_visit_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("receiver_id", sa.Integer(), nullable=True),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_by", sa.Integer(), nullable=True),
        sa.Column("witness_id", sa.Integer(), nullable=True),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("next_visit", sa.Date(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["departure_id"], ["departure.id"], name=op.f("fk_departure_store_departure_id")
        ),
        sa.ForeignKeyConstraint(["handed_by"], ["person.id"], name=op.f("fk_departure_store_handed_by")),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlet.id"], name=op.f("fk_departure_store_outlet_id")),
        sa.ForeignKeyConstraint(["receiver_id"], ["person.id"], name=op.f("fk_departure_store_receiver_id")),
        sa.ForeignKeyConstraint(["route_id"], ["route.id"], name=op.f("fk_departure_store_route_id")),
        sa.ForeignKeyConstraint(["witness_id"], ["person.id"], name=op.f("fk_departure_store_witness_id")),
        sa.PrimaryKeyConstraint("departure_id", "outlet_id", name=op.f("pk_departure_store")),
    )
    with op.batch_alter_table("departure_store", schema=None) as batch_op:
        batch_op.create_index("ix_departure_store_outlet", ["outlet_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("departure_store", schema=None) as batch_op:
        batch_op.drop_index("ix_departure_store_outlet")

    op.drop_table("departure_store")
    with op.batch_alter_table("departure_proposal", schema=None) as batch_op:
        batch_op.drop_index("ix_departure_proposal_departure")

    op.drop_table("departure_proposal")
    with op.batch_alter_table("departure", schema=None) as batch_op:
        batch_op.drop_index("ix_departure_state")
        batch_op.drop_index(batch_op.f("ix_departure_person_id"))

    op.drop_table("departure")
