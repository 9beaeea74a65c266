"""Statements of the hot path, compiled once a dialect and run by the driver itself.

SQLAlchemy spends about a tenth of a millisecond on every execution of a Core statement and more on every row of many;
a visit is a dozen statements and eighty rows. The SQL text, the conversion of values and the kinds of errors are still
SQLAlchemy's own.
"""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, CursorResult, Dialect, Executable, Table, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

Values = Mapping[str, Any]
Convert = Callable[[Any], Any]
MOST_ROWS: Final = 64
_VALUES: Final = " VALUES ("
_NAMED: Final = re.compile(r"%\((\w+)\)s")


class Prepared:
    """One statement with named parameters, run in the transaction that a connection is in. Rows come as the driver
    gives them, without SQLAlchemy's conversion: select plain numbers and texts only.

    Errors: SQLAlchemy's DBAPIError and its kinds, as from any other statement; parameters are never told."""

    def __init__(self, statement: Executable, *, columns: Sequence[str] | None = None) -> None:
        self._statement = statement
        self._columns = None if columns is None else list(columns)
        # By the dialect itself, not its name: each engine seals with a ring of its own.
        self._compiled: dict[Dialect, _Compiled] = {}

    def run(self, connection: Connection, values: Values) -> CursorResult[Any]:
        """Execute once; for long answers, which are read from its cursor."""
        compiled = self._for(connection.dialect)
        return connection.exec_driver_sql(compiled.sql, tuple(compiled.parameters(values)))

    def first(self, connection: Connection, values: Values) -> Any:
        """Execute once and give the first row, named by its columns, or None."""
        compiled = self._for(connection.dialect)
        columns, row = _execute(connection, compiled.sql, compiled.parameters(values), reads=True)
        return None if row is None else compiled.named(columns, row)

    def write(self, connection: Connection, values: Values) -> None:
        """Execute once, for what it does."""
        compiled = self._for(connection.dialect)
        _execute(connection, compiled.sql, compiled.parameters(values))

    def write_many(self, connection: Connection, rows: Sequence[Values]) -> None:
        """Execute an insert for every row; nothing for no row.

        Many rows go in one statement. SQLite's driver lets other threads run before each step, and a statement a row
        waits for them at each row; PostgreSQL would be told of each row by itself."""
        if not rows:
            return
        compiled = self._for(connection.dialect)
        values, start = compiled.parameters_of(rows), 0
        for many in _portions(len(values)):
            together = list(chain.from_iterable(values[start : start + many]))
            _execute(connection, compiled.insert_of(many), together)
            start += many

    def _for(self, dialect: Dialect) -> _Compiled:
        found = self._compiled.get(dialect)
        if found is None:
            found = self._compiled[dialect] = _Compiled(self._statement, self._columns, dialect)
        return found


def prepared_insert(table: Table) -> Prepared:
    """An insert that names every column of a table but a key that the database counts up itself."""
    counted = table.autoincrement_column
    return Prepared(insert(table), columns=[column.name for column in table.columns if column is not counted])


def _execute(
    connection: Connection, sql: str, parameters: Sequence[Any], *, reads: bool = False
) -> tuple[Any, Any]:
    """Execute by the driver, in the connection's transaction. Gives the description of the columns and the first row
    where it `reads`. Errors: the driver's, told as SQLAlchemy would tell them."""
    if not connection.in_transaction():
        connection.begin()
    dialect, driver = connection.dialect, connection.connection.dbapi_connection
    cursor = connection.connection.cursor()
    try:
        cursor.execute(sql, parameters)
        return (cursor.description, cursor.fetchone()) if reads else (None, None)
    except dialect.loaded_dbapi.Error as error:
        gone = dialect.is_disconnect(error, driver, cursor)
        told = DBAPIError.instance(
            sql,
            None,
            error,
            dialect.loaded_dbapi.Error,
            hide_parameters=True,
            connection_invalidated=gone,
            dialect=dialect,
        )
        if gone:
            connection.invalidate(error)
        raise told from error
    finally:
        cursor.close()


def _portions(rows: int) -> Iterator[int]:
    """Powers of two that sum up to `rows`, the largest first: a database prepares few statements, each used often."""
    while rows:
        many = min(1 << rows.bit_length() - 1, MOST_ROWS)
        yield many
        rows -= many


class _Compiled:
    """The SQL of one dialect, with places instead of names, and how its parameters are made."""

    def __init__(self, statement: Executable, columns: list[str] | None, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=columns)  # type: ignore[attr-defined]
        if not isinstance(compiled, SQLCompiler):
            raise TypeError("only statements that become SQL can be prepared")
        if compiled.positional:
            self.sql, self._names = compiled.string, list(compiled.positiontup or ())
        else:
            self.sql, self._names = _NAMED.sub("%s", compiled.string), _NAMED.findall(compiled.string)
        converts: Mapping[str, Any] = compiled._bind_processors
        self._converts: list[tuple[int, Convert]] = [
            (index, converts[name]) for index, name in enumerate(self._names) if name in converts
        ]
        self._fixed = {name: bind.value for bind, name in compiled.bind_names.items() if not bind.required}
        # One call of C takes all values out of a row; it gives a tuple for two and more.
        self._take: Convert | None = itemgetter(*self._names) if len(self._names) > 1 else None
        self._row: Callable[..., Any] | None = None
        self._inserts: dict[int, str] = {1: self.sql}

    def insert_of(self, rows: int) -> str:
        """The statement that inserts so many rows at once."""
        found = self._inserts.get(rows)
        if found is None:
            start, end = _places(self.sql)
            places = self.sql[start:end]
            found = f"{self.sql[:start]}{', '.join([places] * rows)}{self.sql[end:]}"
            self._inserts[rows] = found
        return found

    def parameters(self, values: Values) -> list[Any]:
        """The values in their places, as the driver wants them."""
        if self._fixed:
            values = {**self._fixed, **values}
        row = list(self._take(values)) if self._take else [values[name] for name in self._names]
        for index, convert in self._converts:
            row[index] = convert(row[index])
        return row

    def parameters_of(self, rows: Sequence[Values]) -> list[Sequence[Any]]:
        """The parameters of many rows, by columns: most need no conversion, and rows of one thing share its id."""
        if self._fixed or self._take is None:
            return [self.parameters(row) for row in rows]
        if not self._converts:
            return list(map(self._take, rows))
        columns: list[Sequence[Any]] = list(zip(*map(self._take, rows), strict=True))
        for index, convert in self._converts:
            columns[index] = _converted(convert, columns[index])
        return list(zip(*columns, strict=True))

    def named(self, description: Sequence[Sequence[Any]], row: Sequence[Any]) -> Any:
        """A driver's row with the names of its columns."""
        if self._row is None:
            self._row = namedtuple("Row", [column[0] for column in description])  # type: ignore[misc]
        return self._row(*row)


def _converted(convert: Convert, values: Sequence[Any]) -> list[Any]:
    """Each value converted; an id that the rows share only once (nothing else: what is sealed is sealed each time)."""
    first = values[0]
    if isinstance(first, UUID) and all(value is first for value in values):
        return [convert(first)] * len(values)
    return [convert(value) for value in values]


def _places(sql: str) -> tuple[int, int]:
    """Where the brackets of an insert's values begin and end."""
    start = end = sql.index(_VALUES) + len(_VALUES) - 1
    depth = 0
    while depth or end == start:
        depth += {"(": 1, ")": -1}.get(sql[end], 0)
        end += 1
    return start, end
