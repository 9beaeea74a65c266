"""Staged rows: how they are stored, walked through in bounded memory, and marked after the whole list is
known."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from server.domain.imports.findings import CheckedRow, Finding
from server.models import ImportBatch, ImportRow

# Rows in memory at once.
CHUNK = 2_000
# What is about people is kept sealed, apart from what the database itself works with.
PERSONAL = ("contact_name", "contact_phone", "contact_phone_e164", "note")
GOOD, FAULTY, DUPLICATE, ACCEPTED = "good", "faulty", "duplicate", "accepted"


@dataclass(frozen=True)
class StagedRow:
    """One row as it stands in the table."""

    row: int
    state: str
    cells: list[str]
    values: dict[str, object]
    faults: list[dict[str, Any]]
    duplicate_of: str

    def findings(self) -> list[Finding]:
        return [finding_of(fault) for fault in self.faults]

    def checked(self) -> CheckedRow:
        return CheckedRow(self.row, self.cells, self.values, self.findings())


@dataclass
class Mark:
    """What the whole list shows about one row: findings to add, fields to take away, what it is a copy of."""

    findings: list[Finding] = field(default_factory=list)
    without: tuple[str, ...] = ()
    duplicate_of: str = ""


def finding_of(fault: Mapping[str, Any]) -> Finding:
    return Finding(
        str(fault["field"]), str(fault["rule"]), dict(fault.get("params", {})), str(fault["severity"])
    )


def fault_of(finding: Finding) -> dict[str, object]:
    return {
        "field": finding.field,
        "rule": finding.rule,
        "message_key": finding.rule,
        "params": finding.params,
        "severity": finding.severity,
    }


def _columns(row: CheckedRow) -> dict[str, object]:
    personal = {name: row.values[name] for name in PERSONAL if name in row.values}
    return {
        "state": FAULTY if row.faulty else GOOD,
        "cells": row.cells,
        "values": {name: value for name, value in row.values.items() if name not in PERSONAL},
        "personal": personal or None,
        "faults": [fault_of(finding) for finding in row.findings],
        "duplicate_of": "",
    }


T = TypeVar("T")


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """Lists of `size` items, the last one shorter."""
    items = iter(items)
    while chunk := list(islice(items, size)):
        yield chunk


def store(session: Session, import_id: int, rows: Sequence[CheckedRow]) -> None:
    """Write checked rows. Inside a deed."""
    if rows:
        session.connection().execute(
            insert(ImportRow), [{"import_id": import_id, "row": row.row, **_columns(row)} for row in rows]
        )


_UPDATE = update(ImportRow.__table__).where(  # type: ignore[arg-type]
    ImportRow.import_id == bindparam("for_import"), ImportRow.row == bindparam("for_row")
)


def _write(session: Session, import_id: int, rows: Sequence[tuple[int, Mapping[str, object]]]) -> None:
    if rows:
        names: dict[str, Any] = {name: bindparam(name) for name in rows[0][1]}
        session.connection().execute(
            _UPDATE.values(names),
            [{"for_import": import_id, "for_row": row, **values} for row, values in rows],
        )


_STAGED = (
    ImportRow.row,
    ImportRow.state,
    ImportRow.cells,
    ImportRow.values,
    ImportRow.personal,
    ImportRow.faults,
    ImportRow.duplicate_of,
)


def _staged(
    row: int,
    state: str,
    cells: list[str],
    values: dict[str, object],
    personal: dict[str, object] | None,
    faults: list[dict[str, Any]],
    duplicate_of: str,
) -> StagedRow:
    return StagedRow(row, state, cells, {**values, **(personal or {})}, faults, duplicate_of)


def rewrite(session: Session, import_id: int, rows: Sequence[CheckedRow]) -> None:
    """Replace what is known of rows that are stored already. Inside a deed."""
    _write(session, import_id, [(row.row, _columns(row)) for row in rows])


def keep_state(session: Session, import_id: int, rows: Sequence[tuple[StagedRow, CheckedRow]]) -> None:
    """Write findings and values that leave the row as good, faulty or held out as it was. Inside a deed."""
    changed = []
    for before, after in rows:
        columns = _columns(after)
        columns["state"], columns["duplicate_of"] = before.state, before.duplicate_of
        changed.append((before.row, columns))
    _write(session, import_id, changed)


def walk(
    session: Session, import_id: int, states: Sequence[str] = (), after: int = 0, chunk: int = CHUNK
) -> Iterator[list[StagedRow]]:
    """Chunks of staged rows in the order of the file."""
    while True:
        query = select(*_STAGED).where(ImportRow.import_id == import_id, ImportRow.row > after)
        if states:
            query = query.where(ImportRow.state.in_(states))
        rows = [_staged(*row) for row in session.execute(query.order_by(ImportRow.row).limit(chunk))]
        if not rows:
            return
        yield rows
        after = rows[-1].row


def find_some(session: Session, import_id: int, numbers: Sequence[int]) -> list[StagedRow]:
    """The staged rows of these numbers, in order; absent ones are left out."""
    found: list[StagedRow] = []
    for start in range(0, len(numbers), 500):
        query = select(*_STAGED).where(
            ImportRow.import_id == import_id, ImportRow.row.in_(numbers[start : start + 500])
        )
        found += [_staged(*row) for row in session.execute(query.order_by(ImportRow.row))]
    return found


def mark(session: Session, import_id: int, marks: Mapping[int, Mark]) -> None:
    """Add to rows what the whole list shows. A faulty row stays faulty when it is a copy as well. In a
    deed."""
    numbers = sorted(marks)
    for start in range(0, len(numbers), CHUNK):
        changed: list[tuple[int, Mapping[str, object]]] = []
        for row in find_some(session, import_id, numbers[start : start + CHUNK]):
            one = marks[row.row]
            checked = row.checked()
            checked.findings += one.findings
            for name in one.without:
                checked.values.pop(name, None)
            columns = _columns(checked)
            copy = one.duplicate_of or row.duplicate_of
            own_fault = any(f.severity == "error" for f in checked.findings if f.field != "duplicate")
            columns["state"] = FAULTY if own_fault else DUPLICATE if copy else GOOD
            columns["duplicate_of"] = copy
            changed.append((row.row, columns))
        _write(session, import_id, changed)


def accept(session: Session, import_id: int, which: ColumnElement[bool]) -> None:
    """Mark rows as written into the book. Inside a deed."""
    session.execute(
        update(ImportRow)
        .where(ImportRow.import_id == import_id, which)
        .values(state=ACCEPTED)
        .execution_options(synchronize_session=False)
    )


def count(session: Session, batch: ImportBatch) -> None:
    """Bring the batch's figures in line with its rows. Inside a deed."""
    states = dict(
        session.execute(
            select(ImportRow.state, func.count())
            .where(ImportRow.import_id == batch.id)
            .group_by(ImportRow.state)
        ).all()
    )
    batch.rows = sum(states.values())
    batch.good = states.get(GOOD, 0)
    batch.faulty = states.get(FAULTY, 0)
    batch.duplicates = states.get(DUPLICATE, 0)
    batch.accepted = states.get(ACCEPTED, 0)
