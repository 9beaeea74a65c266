"""Exports, card change requests, agreements, secrecy classes

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Without a batch: SQLite would copy the whole table, and drop what points to it.
    op.add_column(
        "outlet", sa.Column("secrecy", sa.String(length=16), server_default="normal", nullable=False)
    )
    op.create_table(
        "field_secrecy",
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("secrecy", sa.String(length=16), nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name="fk_field_secrecy_set_by"),
        sa.PrimaryKeyConstraint("field", name="pk_field_secrecy"),
    )
    _agreements()
    _change_requests()
    _exports()


def _agreements() -> None:
    op.create_table(
        "agreement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("title_en", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["published_by"], ["person.id"], name="fk_agreement_published_by"),
        sa.PrimaryKeyConstraint("id", name="pk_agreement"),
        sa.UniqueConstraint("version", name="uq_agreement_version"),
    )
    op.create_table(
        "agreement_acceptance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agreement_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("person_name", sa.String(length=100), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("shown_sha256", sa.String(length=64), nullable=False),
        sa.Column("pdf_sha256", sa.String(length=64), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement_id"], ["agreement.id"], name="fk_agreement_acceptance_agreement_id"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_agreement_acceptance_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_agreement_acceptance"),
        sa.UniqueConstraint(
            "person_id", "agreement_id", name="uq_agreement_acceptance_person_id_agreement_id"
        ),
    )
    op.create_index("ix_agreement_acceptance_agreement_id", "agreement_acceptance", ["agreement_id"])


def _change_requests() -> None:
    op.create_table(
        "change_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("outlet_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("old", sa.LargeBinary(), nullable=False),
        sa.Column("new", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("accuracy_m", sa.Float(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_note", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["outlet_id"], ["outlet.id"], name="fk_change_request_outlet_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_change_request_person_id"),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name="fk_change_request_decided_by"),
        sa.PrimaryKeyConstraint("id", name="pk_change_request"),
    )
    op.create_index("ix_change_request_status", "change_request", ["status", "captured_at"])
    op.create_index("ix_change_request_person", "change_request", ["person_id", "decided_at"])
    op.create_index("ix_change_request_outlet", "change_request", ["outlet_id", "status"])


def _exports() -> None:
    op.create_table(
        "export_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("filter", sa.JSON(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("format", sa.String(length=8), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("scope_sha256", sa.String(length=64), nullable=False),
        sa.Column("duties", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("refused_by", sa.Integer(), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_note", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_export_request_person_id"),
        sa.ForeignKeyConstraint(["refused_by"], ["person.id"], name="fk_export_request_refused_by"),
        sa.PrimaryKeyConstraint("id", name="pk_export_request"),
    )
    op.create_index("ix_export_request_status", "export_request", ["status", "asked_at"])
    op.create_index("ix_export_request_person", "export_request", ["person_id", "asked_at"])
    op.create_table(
        "export_signature",
        sa.Column("export_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("scope_sha256", sa.String(length=64), nullable=False),
        sa.Column("duty", sa.String(length=16), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["export_id"], ["export_request.id"], name="fk_export_signature_export_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_export_signature_person_id"),
        sa.PrimaryKeyConstraint("export_id", "person_id", "scope_sha256", name="pk_export_signature"),
    )


def downgrade() -> None:
    op.drop_table("export_signature")
    op.drop_table("export_request")
    op.drop_table("change_request")
    op.drop_table("agreement_acceptance")
    op.drop_table("agreement")
    op.drop_table("field_secrecy")
    op.drop_column("outlet", "secrecy")
