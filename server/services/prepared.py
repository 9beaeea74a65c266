"""Statements of the hot path, compiled once a dialect and run with the driver's own parameters.

SQLAlchemy spends about a tenth of a millisecond on every execution of a Core statement and more on every row of many;
a visit is a dozen statements and eighty rows. The SQL text and the conversion of values are still SQLAlchemy's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, CursorResult, Dialect, Executable, Table, insert
from sqlalchemy.sql.compiler import SQLCompiler

Values = Mapping[str, Any]
Convert = Callable[[Any], Any]


class Prepared:
    """One statement with named parameters. Results come as the driver gives them, without SQLAlchemy's conversion:
    select plain numbers and texts only."""

    def __init__(self, statement: Executable, *, columns: Sequence[str] | None = None) -> None:
        self._statement = statement
        self._columns = None if columns is None else list(columns)
        # By the dialect itself, not its name: each engine seals with a ring of its own.
        self._compiled: dict[Dialect, _Compiled] = {}

    def run(self, connection: Connection, values: Values) -> CursorResult[Any]:
        """Execute once."""
        compiled = self._for(connection.dialect)
        return connection.exec_driver_sql(compiled.sql, compiled.parameters(values))

    def run_many(self, connection: Connection, rows: Sequence[Values]) -> None:
        """Execute for every row; nothing for no row."""
        if rows:
            compiled = self._for(connection.dialect)
            connection.exec_driver_sql(compiled.sql, [compiled.parameters(row) for row in rows])

    def _for(self, dialect: Dialect) -> _Compiled:
        found = self._compiled.get(dialect)
        if found is None:
            found = self._compiled[dialect] = _Compiled(self._statement, self._columns, dialect)
        return found


def prepared_insert(table: Table) -> Prepared:
    """An insert that names every column of a table but a key that the database counts up itself."""
    counted = table.autoincrement_column
    return Prepared(insert(table), columns=[column.name for column in table.columns if column is not counted])


class _Compiled:
    """The SQL of one dialect and how its parameters are made."""

    def __init__(self, statement: Executable, columns: list[str] | None, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=columns)  # type: ignore[attr-defined]
        if not isinstance(compiled, SQLCompiler):
            raise TypeError("only statements that become SQL can be prepared")
        self.sql = compiled.string
        self._positional = compiled.positional
        self._names: list[str] = list(
            (compiled.positiontup if compiled.positional else None) or compiled.bind_names.values()
        )
        converts: Mapping[str, Any] = compiled._bind_processors
        self._converts: list[tuple[int, str, Convert]] = [
            (index, name, converts[name]) for index, name in enumerate(self._names) if name in converts
        ]
        self._fixed = {name: bind.value for bind, name in compiled.bind_names.items() if not bind.required}

    def parameters(self, values: Values) -> Any:
        """A tuple or a mapping, as the driver wants it."""
        if self._fixed:
            values = {**self._fixed, **values}
        if self._positional:
            row = [values[name] for name in self._names]
            for index, _, convert in self._converts:
                row[index] = convert(row[index])
            return tuple(row)
        if not self._converts:
            return values
        named = dict(values)
        for _, name, convert in self._converts:
            named[name] = convert(named[name])
        return named
