"""Staging a list: read, checked, stored, and judged as a whole; and once more under another mapping.

It writes only to the import's own tables, in a transaction for each chunk: a long list never holds the one
writer that SQLite has for more than a moment, and the phones keep sending.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice
from pathlib import Path, PurePosixPath, PureWindowsPath

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.coordinates import Crs
from server.domain.imports.findings import CheckedRow
from server.domain.imports.headings import (
    HEADING_ROWS,
    UnknownMapping,
    columns_of,
    find_heading_row,
)
from server.domain.imports.outlets import OutletOptions, check_outlets
from server.domain.imports.skus import check_skus
from server.domain.phones import region_of
from server.domain.tabular import Limits, Row, Table, UnreadableFile, open_table
from server.errors import FieldError, Invalid, TooLarge
from server.extensions import db
from server.models import ImportBatch, Territory
from server.services import import_rows
from server.services.company import get_company
from server.services.import_batches import STAGED, STAGING, delete_import, lock_import, lock_staged, record
from server.services.import_judging import Judge, OutletJudge, SkuJudge
from server.services.import_rows import FAULTY, GOOD, Mark, chunks
from server.services.transaction import deed

KINDS = ("outlets", "skus")
# A staging that was killed leaves its rows behind; the next one clears them away after this time.
ABANDONED_AFTER = timedelta(hours=1)
# Too large rather than wrong: answered with 413.
SIZE_RULES = frozenset(
    {
        "file_too_large",
        "too_many_rows",
        "too_many_columns",
        "too_many_entries",
        "unpacked_too_large",
        "packed_too_tightly",
        "workbook_too_large",
    }
)


@dataclass(frozen=True)
class ListFile:
    """A file to import: where it lies, what its sender called it, and its coding where that was said."""

    path: Path
    name: str
    encoding: str = ""


@dataclass(frozen=True)
class Reading:
    """How a list is read: its kind, and where each field stands."""

    kind: str
    columns: Mapping[str, int]
    width: int
    options: OutletOptions

    def check(self, rows: Sequence[Row]) -> list[CheckedRow]:
        if self.kind == "outlets":
            return check_outlets(rows, self.columns, self.width, self.options)
        return check_skus(rows, self.columns, self.width)

    def judge(self) -> Judge:
        return OutletJudge() if self.kind == "outlets" else SkuJudge()


def stage_file(
    file: ListFile,
    *,
    kind: str,
    now: datetime,
    person_id: int | None,
    crs: str = Crs.WGS84,
    mapping: Mapping[str, str] | None = None,
    territory_id: int | None = None,
    limits: Limits | None = None,
) -> int:
    """Read, check and store a list; returns the import's id. Nothing of the book changes.

    Errors: Invalid or TooLarge `unreadable_file` with the rule and row, Invalid for a mapping or territory
    that is not there. After an error nothing of the import is left.
    """
    _known(kind, crs)
    try:
        with open_table(file.path, limits, file.encoding) as table:
            return _stage(table, file, kind, now, person_id, crs, mapping or {}, territory_id)
    except UnreadableFile as error:
        raise unreadable(error) from error
    except UnknownMapping as error:
        raise _unknown_mapping(error) from error


def _known(kind: str, crs: str) -> None:
    errors = []
    if kind not in KINDS:
        errors.append(FieldError("kind", "choice", {"choices": ", ".join(KINDS)}))
    if crs not in list(Crs):
        errors.append(FieldError("crs", "choice", {"choices": ", ".join(Crs)}))
    if errors:
        raise Invalid(errors=errors)


def unreadable(error: UnreadableFile) -> Invalid | TooLarge:
    """A file that cannot be taken, as the API and the command say it."""
    refusal = TooLarge if error.rule in SIZE_RULES else Invalid
    return refusal("unreadable_file", errors=[FieldError("file", error.rule, error.params, error.row)])


def _unknown_mapping(error: UnknownMapping) -> Invalid:
    return Invalid(errors=[FieldError("mapping", error.rule, error.params)])


def _stage(
    table: Table,
    file: ListFile,
    kind: str,
    now: datetime,
    person_id: int | None,
    crs: str,
    mapping: Mapping[str, str],
    territory_id: int | None,
) -> int:
    first = list(islice(table.rows, HEADING_ROWS))
    at = find_heading_row(kind, first)
    headings = unique_headings(first[at][1]) if first else []
    columns = columns_of(kind, headings, mapping)
    batch = ImportBatch(
        kind=kind,
        file_name=display_name(file.name),
        person_id=person_id,
        created_at=now,
        crs=str(crs),
        headings=headings,
        mapping={field: headings[column] for field, column in columns.items()},
        state=STAGING,
        territory_id=territory_id,
    )
    import_id, region = _open_import(batch)
    reading = Reading(kind, columns, len(headings), OutletOptions(Crs(crs), region))
    judge = reading.judge()
    try:
        empty = True
        for chunk in chunks(chain(first[at + 1 :], table.rows)):
            checked = reading.check(chunk)
            _store_rows(import_id, checked)
            judge.take(checked)
            empty = False
        if empty:
            raise UnreadableFile("no_rows")
        _finish(import_id, _marks(judge), "import.stage", person_id, now)
    except BaseException:
        _forget(import_id)
        raise
    return import_id


def unique_headings(cells: Sequence[str]) -> list[str]:
    """Headings as they are shown and mapped by: trimmed, and the second "电话" called "电话 (2)"."""
    seen: dict[str, int] = {}
    headings = []
    for cell in cells:
        heading = " ".join(cell.split())[:200]
        seen[heading] = seen.get(heading, 0) + 1
        headings.append(f"{heading} ({seen[heading]})" if heading and seen[heading] > 1 else heading)
    return headings


def display_name(name: str) -> str:
    """The sender's file name as words only: no folders, no control characters, 200 characters at most
    (I5)."""
    bare = PureWindowsPath(PurePosixPath(name).name).name
    printable = "".join(char for char in bare if unicodedata.category(char)[0] != "C")
    return printable[:200] or "list"


@deed
def _open_import(session: Session, batch: ImportBatch) -> tuple[int, str]:
    if batch.territory_id is not None and session.get(Territory, batch.territory_id) is None:
        raise Invalid(errors=[FieldError("territory_id", "not_found")])
    stale = select(ImportBatch.id).where(
        ImportBatch.state == STAGING, ImportBatch.created_at < batch.created_at - ABANDONED_AFTER
    )
    for import_id in session.execute(stale).scalars().all():
        delete_import(session, import_id)
    # A copy, so that the deed can be tried again after a lost race.
    fresh = ImportBatch(
        **{
            column.key: getattr(batch, column.key)
            for column in ImportBatch.__table__.columns
            if column.key != "id"
        }
    )
    session.add(fresh)
    session.flush()
    company = get_company(session)
    return fresh.id, region_of(company.timezone)


@deed
def _store_rows(session: Session, import_id: int, rows: Sequence[CheckedRow]) -> None:
    import_rows.store(session, import_id, rows)


def _marks(judge: Judge) -> dict[int, Mark]:
    """The judgement of the whole list, read before the writing transaction opens: it takes seconds for a long
    one. What is written in between is compared when the list is confirmed."""
    session = db.session()
    marks = judge.marks(session)
    session.rollback()
    return marks


@deed
def _finish(
    session: Session,
    import_id: int,
    marks: Mapping[int, Mark],
    deed_name: str,
    person_id: int | None,
    now: datetime,
) -> None:
    batch = lock_import(session, import_id)
    import_rows.mark(session, import_id, marks)
    batch.state = STAGED
    import_rows.count(session, batch)
    record(session, batch, deed_name, person_id, now)


@deed
def _forget(session: Session, import_id: int) -> None:
    delete_import(session, import_id)


def change_mapping(
    *,
    import_id: int,
    mapping: Mapping[str, str],
    crs: str | None = None,
    person_id: int | None,
    now: datetime,
) -> None:
    """Check all rows anew under another mapping or coordinate system, chunk by chunk as staging does.

    Errors: NotFound, Conflict `import_confirmed`, Invalid for an unknown field or heading. When the check
    itself breaks down the import is gone, since its rows are of two kinds then.
    """
    reading = _open_mapping(import_id, mapping, crs)
    judge = reading.judge()
    try:
        for chunk in import_rows.walk(db.session(), import_id):
            checked = reading.check([(row.row, row.cells) for row in chunk])
            _rewrite_rows(import_id, checked)
            judge.take(checked)
        _finish(import_id, _marks(judge), "import.map", person_id, now)
    except BaseException:
        _forget(import_id)
        raise


@deed
def _open_mapping(session: Session, import_id: int, mapping: Mapping[str, str], crs: str | None) -> Reading:
    batch = lock_staged(session, import_id)
    _known(batch.kind, crs or batch.crs)
    try:
        columns = columns_of(batch.kind, batch.headings, mapping)
    except UnknownMapping as error:
        raise _unknown_mapping(error) from error
    batch.mapping = {field: batch.headings[column] for field, column in columns.items()}
    batch.crs = str(crs or batch.crs)
    batch.state = STAGING
    region = region_of(get_company(session).timezone)
    return Reading(batch.kind, columns, len(batch.headings), OutletOptions(Crs(batch.crs), region))


@deed
def _rewrite_rows(session: Session, import_id: int, rows: Sequence[CheckedRow]) -> None:
    import_rows.rewrite(session, import_id, rows)


def finish_positions(*, import_id: int, person_id: int | None, now: datetime) -> None:
    """Compare the rows once more, now that some have got a position, and record that they were looked up."""
    judge = OutletJudge()
    for chunk in import_rows.walk(db.session(), import_id, (GOOD, FAULTY)):
        judge.take(row.checked() for row in chunk if not row.duplicate_of)
    _finish_positions(import_id, _marks(judge), person_id, now)


@deed
def _finish_positions(
    session: Session, import_id: int, marks: Mapping[int, Mark], person_id: int | None, now: datetime
) -> None:
    batch = lock_staged(session, import_id)
    import_rows.mark(session, import_id, marks)
    import_rows.count(session, batch)
    record(session, batch, "import.locate", person_id, now)
