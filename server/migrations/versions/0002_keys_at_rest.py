"""Customer fields are sealed at rest

Revision: 0002, after 0001

Each text gets a column of bytes beside it, is sealed into that in batches, and is dropped. The names stay. No table is
made anew, so whatever points at its rows goes on pointing. What the old columns held may stand in free pages of the
database until these are written over: `flask --app server keys scrub` does that, and the start of the server after
this migration.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from alembic import op

from server.extensions import clock
from server.services import keys

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BATCH = 1_000
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class Texts(NamedTuple):
    """A table's key, and its texts that are sealed with the type that each had before."""

    table: str
    key: tuple[tuple[str, sa.types.TypeEngine], ...]
    texts: tuple[tuple[str, sa.types.TypeEngine], ...]


TEXTS = (
    Texts(
        "contact",
        (("id", sa.Integer()),),
        (
            ("name", sa.String(100)),
            ("phone", sa.String(64)),
            ("phone_e164", sa.String(20)),
            ("preferences", sa.Text()),
            ("notes", sa.Text()),
        ),
    ),
    Texts("outlet_note", (("id", sa.Integer()),), (("text", sa.Text()),)),
    Texts("promise", (("id", sa.Uuid()),), (("text", sa.String(500)),)),
    Texts(
        "outlet_proposal",
        (("id", sa.Uuid()),),
        (("contact_name", sa.String(100)), ("contact_phone", sa.String(64)), ("note", sa.Text())),
    ),
    Texts("work_day", (("id", sa.Uuid()),), (("note", sa.Text()),)),
    Texts("visit", (("id", sa.Uuid()),), (("outcome_note", sa.String(500)),)),
    Texts("visit_step", (("visit_id", sa.Uuid()), ("step", sa.String(16))), (("note", sa.String(500)),)),
)
ROWS = (("import_id", sa.Integer()), ("row", KEY))
BODIES = (("operation", (("id", sa.Uuid()),)), ("operation_conflict", (("id", KEY),)))
# Of a staged row's values, those that are about people: they leave the open JSON.
PERSONAL = ("contact_name", "contact_phone", "contact_phone_e164", "note")


def upgrade() -> None:
    op.create_table(
        "ring_key",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proof", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ring_key")),
    )
    ring = keys.ring()
    proof = sa.table(
        "ring_key",
        sa.column("id", sa.String()),
        sa.column("purpose", sa.String()),
        sa.column("since", sa.DateTime(timezone=True)),
        sa.column("proof", sa.LargeBinary()),
    )
    since = clock.now()
    for key, value in keys.proofs(ring):
        op.get_bind().execute(proof.insert().values(id=key.id, purpose=key.purpose, since=since, proof=value))
    for table, _ in BODIES:
        op.add_column(table, sa.Column("key_id", sa.String(40), nullable=True))
    op.add_column("contact", _index_column())
    op.add_column("outlet_proposal", _index_column())
    for table, key, texts in TEXTS:
        for name, _ in texts:
            op.add_column(table, _bytes(f"sealed_{name}"))
        names = [name for name, _ in texts]
        for rows in _batches(table, key, texts):
            _write(table, key, [(row[: len(key)], _sealed(table, names, row[len(key) :])) for row in rows])
        for name, _ in texts:
            op.drop_column(table, name)
            op.alter_column(table, f"sealed_{name}", new_column_name=name)
            _without_default(table, name)
    _without_default("contact", "phone_index")
    _without_default("outlet_proposal", "phone_index")
    op.create_index(op.f("ix_contact_phone_index"), "contact", ["phone_index"])
    op.create_index(op.f("ix_outlet_proposal_phone_index"), "outlet_proposal", ["phone_index"])
    _seal_import_rows()
    for table, key in BODIES:
        for rows in _batches(table, key, (("body", sa.LargeBinary()),)):
            _write(table, key, [(row[:1], {"body": ring.seal(row[1], f"{table}.body")}) for row in rows])


def downgrade() -> None:
    ring = keys.ring()
    for table, key in BODIES:
        for rows in _batches(table, key, (("body", sa.LargeBinary()),)):
            _write(table, key, [(row[:1], {"body": ring.unseal(row[1], f"{table}.body")}) for row in rows])
    _open_import_rows()
    op.drop_index(op.f("ix_contact_phone_index"), "contact")
    op.drop_index(op.f("ix_outlet_proposal_phone_index"), "outlet_proposal")
    for table, key, texts in TEXTS:
        for name, kind in texts:
            op.add_column(table, sa.Column(f"open_{name}", kind, nullable=False, server_default=""))
        sealed = [(name, sa.LargeBinary()) for name, _ in texts]
        for rows in _batches(table, key, sealed):
            opened = [
                (
                    row[: len(key)],
                    {
                        f"open_{name}": ring.unseal(value, f"{table}.{name}").decode()
                        for (name, _), value in zip(texts, row[len(key) :], strict=True)
                    },
                )
                for row in rows
            ]
            _write(table, key, opened)
        for name, _ in texts:
            op.drop_column(table, name)
            op.alter_column(table, f"open_{name}", new_column_name=name)
            _without_default(table, name)
    op.drop_column("outlet_proposal", "phone_index")
    op.drop_column("contact", "phone_index")
    for table, _ in BODIES:
        op.drop_column(table, "key_id")
    op.drop_table("ring_key")


def _sealed(table: str, names: Sequence[str], values: Sequence[str]) -> dict[str, object]:
    ring = keys.ring()
    sealed: dict[str, object] = {
        f"sealed_{name}": ring.seal(value.encode(), f"{table}.{name}")
        for name, value in zip(names, values, strict=True)
    }
    if "phone_e164" in names:
        sealed["phone_index"] = ring.blind(values[names.index("phone_e164")], "phone")
    return sealed


def _seal_import_rows() -> None:
    ring = keys.ring()
    op.add_column("import_row", _bytes("sealed_cells"))
    op.add_column("import_row", sa.Column("personal", sa.LargeBinary(), nullable=True))
    for rows in _batches("import_row", ROWS, (("cells", sa.JSON()), ("values", sa.JSON()))):
        changed = []
        for import_id, number, cells, values in rows:
            personal = {name: values.pop(name) for name in PERSONAL if name in values}
            sealed = {
                "sealed_cells": ring.seal(_json(cells), "import_row.cells"),
                "values": values,
                "personal": ring.seal(_json(personal), "import_row.personal") if personal else None,
            }
            changed.append(((import_id, number), sealed))
        _write("import_row", ROWS, changed, of_json="values")
    op.drop_column("import_row", "cells")
    op.alter_column("import_row", "sealed_cells", new_column_name="cells")
    _without_default("import_row", "cells")


def _open_import_rows() -> None:
    ring = keys.ring()
    op.add_column("import_row", sa.Column("open_cells", sa.JSON(), nullable=False, server_default="[]"))
    asked = (("cells", sa.LargeBinary()), ("values", sa.JSON()), ("personal", sa.LargeBinary()))
    for rows in _batches("import_row", ROWS, asked):
        changed = []
        for import_id, number, cells, values, personal in rows:
            values.update(_value(ring.unseal(personal or b"", "import_row.personal")) or {})
            opened = {"open_cells": _value(ring.unseal(cells, "import_row.cells")), "values": values}
            changed.append(((import_id, number), opened))
        _write("import_row", ROWS, changed, of_json="values open_cells")
    op.drop_column("import_row", "cells")
    op.alter_column("import_row", "open_cells", new_column_name="cells")
    _without_default("import_row", "cells")
    op.drop_column("import_row", "personal")


def _batches(
    table: str,
    key: Sequence[tuple[str, sa.types.TypeEngine]],
    columns: Iterable[tuple[str, sa.types.TypeEngine]],
) -> Iterator[list[tuple[Any, ...]]]:
    """Rows in the order of their key, a thousand at a time."""
    keys = [sa.column(name, kind) for name, kind in key]
    named = sa.table(table, *keys, *(sa.column(name, kind) for name, kind in columns))
    query = sa.select(named).order_by(*keys).limit(BATCH)
    after = None
    while True:
        asked = query if after is None else query.where(sa.tuple_(*keys) > sa.tuple_(*after))
        rows = [tuple(row) for row in op.get_bind().execute(asked)]
        if not rows:
            return
        yield rows
        after = [sa.literal(value, kind) for value, (_, kind) in zip(rows[-1], key, strict=False)]


def _write(
    table: str,
    key: Sequence[tuple[str, sa.types.TypeEngine]],
    rows: Sequence[tuple[Sequence[object], dict[str, object]]],
    *,
    of_json: str = "",
) -> None:
    names = list(rows[0][1])
    kinds = {name: sa.JSON() if name in of_json.split() else None for name in names}
    named = sa.table(
        table, *(sa.column(name, kind) for name, kind in key), *(sa.column(n, kinds[n]) for n in names)
    )
    statement = (
        named.update()
        .where(*(named.c[name] == sa.bindparam(f"key_{name}", type_=kind) for name, kind in key))
        .values({name: sa.bindparam(f"to_{name}", type_=kinds[name]) for name in names})
    )
    op.get_bind().execute(
        statement,
        [
            {
                **{f"key_{name}": value for (name, _), value in zip(key, keys, strict=True)},
                **{f"to_{name}": value for name, value in values.items()},
            }
            for keys, values in rows
        ],
    )


def _bytes(name: str) -> sa.Column[bytes]:
    # Both databases read this as no bytes at all.
    empty = sa.text("x''" if op.get_bind().dialect.name == "sqlite" else "''::bytea")
    return sa.Column(name, sa.LargeBinary(), nullable=False, server_default=empty)


def _index_column() -> sa.Column[str]:
    return sa.Column("phone_index", sa.String(32), nullable=False, server_default="")


def _without_default(table: str, name: str) -> None:
    # SQLite would make the whole table anew for this; there a default does no harm.
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column(table, name, server_default=None)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _value(text: bytes) -> object:
    return json.loads(text) if text else None
