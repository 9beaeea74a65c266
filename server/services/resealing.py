"""Sealing anew after a rotation: batch by batch beside the running server, and again from where it stopped.

Which columns are sealed the tables say themselves, so none can be forgotten.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeVar

from sqlalchemy import Column, LargeBinary, Table, and_, func, inspect, select, tuple_, type_coerce, update
from sqlalchemy.orm import Session

from server.domain.keyring import outlived, retired, without
from server.domain.operations import Unacceptable
from server.domain.sealing import FORMAT, Key, Purpose, Unsealable
from server.extensions import db
from server.models import Base, Operation, OperationConflict
from server.models.sealed import Sealed, SealedBytes, SealedJson
from server.services import audit, keys
from server.services.company import find_company
from server.services.transaction import deed

Noun = TypeVar("Noun", Operation, OperationConflict)

BATCH: Final = 500
SEALED: Final = (Sealed, SealedBytes, SealedJson)


class Progress(NamedTuple):
    """Of one column: how many values were sealed anew so far."""

    column: str
    done: int


def rotate(purpose: Purpose, *, now: datetime) -> Key:
    """Make a new current key. What the one before sealed stays readable. Errors: RingUnusable for a fixed ring."""
    key = keys.make_key(purpose, now)
    keys.note_ring(now=now)
    _tell(key.id, "keys.rotate", now=now)
    return key


@deed
def _tell(session: Session, key_id: str, what: str, *, now: datetime) -> None:
    if find_company(session) is not None:  # before there is a company, there is no chain to write to
        audit.record(session, at=now, person_id=None, deed=what, subject=f"key:{key_id}")


def reseal(*, now: datetime) -> Iterator[Progress]:
    """Seal everything with the current keys. Afterwards the field keys before are retired (a backup may still need
    them), and inbox keys that nothing is opened with any more are gone for good."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, SEALED):
                yield from _reseal_column(table, column, column.type.context)
    for key in outlived(keys.ring(), now):
        yield from _open_for_good(key)
        keys.keeper().change(lambda ring, gone=key.id: without(ring, gone))  # type: ignore[misc]
        _tell(key.id, "keys.forget", now=now)
    keys.keeper().change(lambda ring: retired(ring, "field"))


def _reseal_column(table: Table, column: Column[Any], context: str) -> Iterator[Progress]:
    name, done = f"{table.name}.{column.name}", 0
    after: Sequence[object] = ()
    while True:
        after, sealed = _reseal_batch(table, column, context, after)
        done += sealed
        if not after:
            break
        yield Progress(name, done)
    yield Progress(name, done)


@deed
def _reseal_batch(
    session: Session, table: Table, column: Column[Any], context: str, after: Sequence[object]
) -> tuple[Sequence[object], int]:
    """The key of the last row looked at, () for none left; and how many values were sealed anew."""
    ring, raw = keys.ring(), type_coerce(column, LargeBinary())
    head = FORMAT + ring.current("field").mark
    key = list(table.primary_key.columns)
    query = select(*key, raw).where(
        and_(func.length(raw) > 0, func.substr(raw, 1, len(head)) != type_coerce(head, LargeBinary()))
    )
    if after:
        query = query.where(tuple_(*key) > tuple_(*after))
    rows = session.execute(query.order_by(*key).limit(BATCH)).all()
    for *found, value in rows:
        try:
            fresh = ring.seal(ring.unseal(bytes(value), context), context)
        except Unsealable:  # one altered value holds nothing else up; it stays as it is and is told of
            keys.keeper().miss(bytes(value), context)
            continue
        # Whoever changed the row meanwhile has sealed it with the current key.
        session.execute(
            update(table)
            .where(*(one == part for one, part in zip(key, found, strict=True)), raw == value)
            .values({column: type_coerce(fresh, LargeBinary())})
        )
    return (list(rows[-1][:-1]) if rows else ()), len(rows)


def _open_for_good(key: Key) -> Iterator[Progress]:
    done = 0
    while count := _open_batch(Operation, key.id) + _open_batch(OperationConflict, key.id):
        done += count
        yield Progress(f"operations of {key.id}", done)


@deed
def _open_batch(session: Session, noun: type[Noun], key_id: str) -> int:
    """Open what phones sealed with a key that ends: from now on only the field key holds it. What does not open with
    it never will; it stays as it came, and says no more by which key."""
    found = session.scalars(select(noun).where(noun.key_id == key_id).limit(BATCH).with_for_update()).all()
    for one in found:
        first = session.get_one(Operation, getattr(one, "operation_id", one.id))
        with contextlib.suppress(Unacceptable):
            one.body = keys.open_operation(
                key_id,
                one.body,
                operation_id=first.id,
                device_id=one.device_id,
                kind=first.kind,
                schema=first.schema,
            )
        one.key_id = None
    return len(found)


def scrub() -> None:
    """Write the database's files anew, without what was deleted or changed: before the first sealing that was in the
    clear. Needs the room of the database once more, and on PostgreSQL nobody may write meanwhile."""
    db.session.remove()
    if db.engine.dialect.name == "sqlite":
        with contextlib.closing(db.engine.raw_connection()) as raw:
            for statement in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                cursor = raw.cursor()
                cursor.execute(statement)
                cursor.close()
        return
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("SET statement_timeout = 0")
        for table in sorted(_sealed_tables() & set(inspect(db.engine).get_table_names())):
            connection.exec_driver_sql(f'VACUUM (FULL) "{table}"')
        connection.exec_driver_sql("RESET statement_timeout")


def _sealed_tables() -> set[str]:
    return {
        table.name
        for table in Base.metadata.sorted_tables
        if any(isinstance(column.type, SEALED) for column in table.columns)
    }
