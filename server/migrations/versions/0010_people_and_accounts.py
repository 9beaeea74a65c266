"""Absences, covers, the days on which a territory's calendar differs; interactions and cases of outlets

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "territory_day",
        sa.Column("territory_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("works", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("name_en", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_territory_day_territory_id")
        ),
        sa.PrimaryKeyConstraint("territory_id", "day", name=op.f("pk_territory_day")),
    )
    op.create_table(
        "absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_absence_made_by")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_absence_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    with op.batch_alter_table("absence", schema=None) as batch_op:
        batch_op.create_index("ix_absence_person", ["person_id", "first_day"], unique=False)
        batch_op.create_index("ix_absence_days", ["last_day", "first_day"], unique=False)
    op.create_table(
        "cover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("absence_id", sa.Integer(), nullable=False),
        sa.Column("route_id", sa.Integer(), nullable=False),
        sa.Column("outlet_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["absence_id"], ["absence.id"], name=op.f("fk_cover_absence_id")),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlet.id"], name=op.f("fk_cover_outlet_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_cover_person_id")),
        sa.ForeignKeyConstraint(["route_id"], ["route.id"], name=op.f("fk_cover_route_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cover")),
    )
    with op.batch_alter_table("cover", schema=None) as batch_op:
        batch_op.create_index(op.f("ix_cover_absence_id"), ["absence_id"], unique=False)
        batch_op.create_index("ix_cover_outlet", ["outlet_id", "starts_at"], unique=False)
        batch_op.create_index("ix_cover_person", ["person_id", "starts_at"], unique=False)
        batch_op.create_index("ix_cover_route", ["route_id", "starts_at"], unique=False)
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("absence_id", sa.Integer(), nullable=True))
        batch_op.create_index(op.f("ix_assignment_absence_id"), ["absence_id"], unique=False)
        batch_op.create_foreign_key(
            op.f("fk_assignment_absence_id_absence"), "absence", ["absence_id"], ["id"]
        )
    _accounts()


def _accounts() -> None:
    op.create_table(
        "interaction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("outlet_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlet.id"], name=op.f("fk_interaction_outlet_id_outlet")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_interaction_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interaction")),
    )
    op.create_index("ix_interaction_outlet", "interaction", ["outlet_id", "at"])
    op.create_table(
        "outlet_case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("outlet_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("opened_by", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["opened_by"], ["person.id"], name=op.f("fk_outlet_case_opened_by_person")),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlet.id"], name=op.f("fk_outlet_case_outlet_id_outlet")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_outlet_case_owner_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outlet_case")),
    )
    op.create_index("ix_outlet_case_state", "outlet_case", ["state", "due"])
    op.create_index("ix_outlet_case_owner", "outlet_case", ["owner_id", "state"])
    op.create_index("ix_outlet_case_outlet", "outlet_case", ["outlet_id", "state"])
    op.create_table(
        "outlet_case_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["outlet_case.id"], name=op.f("fk_outlet_case_entry_case_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_outlet_case_entry_owner_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_outlet_case_entry_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outlet_case_entry")),
    )
    op.create_index(op.f("ix_outlet_case_entry_case_id"), "outlet_case_entry", ["case_id"])


def downgrade() -> None:
    op.drop_table("outlet_case_entry")
    op.drop_table("outlet_case")
    op.drop_table("interaction")
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("fk_assignment_absence_id_absence"), type_="foreignkey")
        batch_op.drop_index(op.f("ix_assignment_absence_id"))
        batch_op.drop_column("absence_id")
    with op.batch_alter_table("cover", schema=None) as batch_op:
        batch_op.drop_index("ix_cover_route")
        batch_op.drop_index("ix_cover_person")
        batch_op.drop_index("ix_cover_outlet")
        batch_op.drop_index(op.f("ix_cover_absence_id"))
    op.drop_table("cover")
    with op.batch_alter_table("absence", schema=None) as batch_op:
        batch_op.drop_index("ix_absence_days")
        batch_op.drop_index("ix_absence_person")
    op.drop_table("absence")
    op.drop_table("territory_day")
