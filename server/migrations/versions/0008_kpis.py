"""Roll-ups of the figures

Revision: 0008, after 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

COUNTS = (
    "planned",
    "planned_visited",
    "in_order",
    "timed",
    "in_window",
    "completed",
    "calls",
    "unplanned",
    "productive",
    "order_lines",
)
MORE_COUNTS = ("skus_counted", "skus_zero", "msl_required", "msl_present", "shelves_stocked", "shelves")


def upgrade() -> None:
    op.create_table(
        "kpi_span",
        sa.Column("lens", sa.String(length=1), nullable=False),
        sa.Column("span", sa.String(length=1), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("route_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("territory_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("part", sa.String(length=12), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        sa.Column("order_minor", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in MORE_COUNTS),
        sa.Column("ordered", sa.Text(), nullable=True),
        sa.Column("known", sa.Text(), nullable=True),
        sa.Column("found", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint(
            "lens", "span", "start", "route_id", "person_id", "territory_id", "part",
            name=op.f("pk_kpi_span"),
        ),
        sqlite_with_rowid=False,
    )  # fmt: skip
    with op.batch_alter_table("kpi_span", schema=None) as batch_op:
        batch_op.create_index("ix_kpi_span_route", ["route_id", "span", "start"], unique=False)
    op.create_table(
        "kpi_dirty",
        sa.Column("route_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("route_id", "day", name=op.f("pk_kpi_dirty")),
    )
    op.create_table(
        "kpi_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_kpi_day")),
    )
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.create_index("ix_visit_day", ["day", "checked_in_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.drop_index("ix_visit_day")
    op.drop_table("kpi_day")
    op.drop_table("kpi_dirty")
    with op.batch_alter_table("kpi_span", schema=None) as batch_op:
        batch_op.drop_index("ix_kpi_span_route")
    op.drop_table("kpi_span")
