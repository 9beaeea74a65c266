"""Statements of the hot path: as SQLAlchemy would run them, only sooner."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import bindparam, func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from server.extensions import clock
from server.models import Base
from server.services.prepared import Prepared, prepared_insert

PROOFS = Base.metadata.tables["used_proof"]
NONCES = select(PROOFS.c.nonce).order_by(PROOFS.c.nonce)
ADD = prepared_insert(PROOFS)
FIND = Prepared(select(PROOFS.c.nonce).where(PROOFS.c.nonce == bindparam("wanted")))
COUNT = Prepared(select(func.count().label("so_many")).select_from(PROOFS))


def proofs(count: int) -> list[dict[str, object]]:
    device = uuid.uuid4()
    return [{"device_id": device, "nonce": f"n{number:04}", "at": clock.now()} for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, 2, 15, 40, 64, 65, 200])
def test_each_of_many_rows_is_inserted_once(session: Session, count: int) -> None:
    connection = session.connection()

    ADD.write_many(connection, proofs(count))

    assert list(connection.execute(NONCES).scalars()) == [f"n{number:04}" for number in range(count)]


def test_a_row_is_named_by_its_columns_and_none_is_none(session: Session) -> None:
    connection = session.connection()
    ADD.write(connection, proofs(1)[0])

    assert FIND.first(connection, {"wanted": "n0000"}).nonce == "n0000"
    assert COUNT.first(connection, {}).so_many == 1
    assert FIND.first(connection, {"wanted": "another"}) is None


def test_values_come_back_through_sqlalchemy_as_they_were_given(session: Session) -> None:
    connection = session.connection()
    rows = proofs(3)

    ADD.write_many(connection, rows)

    assert [dict(row._mapping) for row in connection.execute(select(PROOFS).order_by(PROOFS.c.nonce))] == rows


def test_a_driver_s_refusal_is_told_as_sqlalchemy_tells_it_and_without_values(session: Session) -> None:
    connection = session.connection()
    row = proofs(1)[0]

    with pytest.raises(IntegrityError) as refused:
        ADD.write_many(connection, [row, row])

    assert "n0000" not in str(refused.value).split("DETAIL")[0]


@pytest.mark.parametrize("shared_database_url", ["postgresql"], indirect=True)
def test_a_connection_that_broke_is_told_as_such_and_the_next_one_is_whole(session: Session) -> None:
    connection = session.connection()
    mine = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with connection.engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:mine)"), {"mine": mine})

    with pytest.raises(DBAPIError) as refused:
        ADD.write(connection, proofs(1)[0])
    session.rollback()
    ADD.write(session.connection(), proofs(1)[0])

    assert refused.value.connection_invalidated
    assert session.scalars(NONCES).all() == ["n0000"]


def test_what_was_written_goes_with_its_transaction(session: Session) -> None:
    ADD.write_many(session.connection(), proofs(5))

    session.rollback()

    assert session.execute(NONCES).first() is None
