"""Imports: a list is staged, looked at, confirmed once.

Staging writes only to the import's own tables, in a transaction for each chunk: a long list never holds the
one writer that SQLite has for more than a moment, and the phones keep sending. Confirming is one transaction.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.domain.coordinates import Crs
from server.domain.imports.findings import CheckedRow, Finding
from server.domain.imports.headings import (
    HEADING_ROWS,
    UnknownMapping,
    columns_of,
    find_heading_row,
    ignored_headings,
)
from server.domain.imports.outlets import OutletOptions, check_outlets
from server.domain.imports.skus import check_skus
from server.domain.tabular import Limits, Row, Table, UnreadableFile, open_table
from server.errors import Conflict, FieldError, Invalid, NotFound, TooLarge
from server.extensions import db
from server.models import ImportBatch, ImportRow, Territory
from server.services import audit, import_rows
from server.services.company import get_company, raise_catalogue_version
from server.services.import_applying import Source, add_outlets, add_skus
from server.services.import_judging import Judge, OutletJudge, SkuJudge, copies_in_book, load_book
from server.services.import_rows import CHUNK, DUPLICATE, FAULTY, GOOD, Mark, StagedRow
from server.services.transaction import deed

T = TypeVar("T")
KINDS = ("outlets", "skus")
STAGING, STAGED, CONFIRMED, DISCARDED = "staging", "staged", "confirmed", "discarded"
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
# Country of phone numbers that have no country code, by the company's time zone.
REGIONS = {
    "Asia/Hong_Kong": "HK",
    "Asia/Macau": "MO",
    "Asia/Taipei": "TW",
    "Asia/Singapore": "SG",
    "Asia/Kuala_Lumpur": "MY",
}


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


# -- staging


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
        for chunk in _chunks(chain(first[at + 1 :], table.rows)):
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


def _chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    items = iter(items)
    while chunk := list(islice(items, size)):
        yield chunk


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
        _delete(session, import_id)
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
    return fresh.id, REGIONS.get(company.timezone, "CN")


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
    batch = _get(session, import_id)
    import_rows.mark(session, import_id, marks)
    batch.state = STAGED
    import_rows.count(session, batch)
    _record(session, batch, deed_name, person_id, now)


def _record(
    session: Session, batch: ImportBatch, deed_name: str, person_id: int | None, now: datetime
) -> None:
    detail: dict[str, object] = {
        "kind": batch.kind,
        "rows": batch.rows,
        "good": batch.good,
        "faulty": batch.faulty,
        "duplicates": batch.duplicates,
        "accepted": batch.accepted,
    }
    audit.record(
        session, at=now, person_id=person_id, deed=deed_name, subject=f"import:{batch.id}", detail=detail
    )


@deed
def _forget(session: Session, import_id: int) -> None:
    _delete(session, import_id)


def _delete(session: Session, import_id: int) -> None:
    session.execute(delete(ImportRow).where(ImportRow.import_id == import_id))
    session.execute(delete(ImportBatch).where(ImportBatch.id == import_id))


# -- looking at it


def find_imports(session: Session, limit: int = 50) -> list[ImportBatch]:
    """The newest imports; those still being read, and those thrown away, are left out."""
    query = (
        select(ImportBatch)
        .where(ImportBatch.state.in_((STAGED, CONFIRMED)))
        .order_by(ImportBatch.id.desc())
        .limit(limit)
    )
    return list(session.execute(query).scalars())


def get_import(session: Session, import_id: int) -> ImportBatch:
    """Errors: NotFound."""
    batch = session.get(ImportBatch, import_id)
    if batch is None or batch.state in (STAGING, DISCARDED):
        raise NotFound("no_import")
    return batch


def _get(session: Session, import_id: int) -> ImportBatch:
    """The batch under a lock, so that two confirmations cannot both find it staged."""
    query = select(ImportBatch).where(ImportBatch.id == import_id).with_for_update()
    batch = session.execute(query).scalar_one_or_none()
    if batch is None:
        raise NotFound("no_import")
    return batch


def _get_staged(session: Session, import_id: int) -> ImportBatch:
    batch = _get(session, import_id)
    if batch.state in (STAGING, DISCARDED):
        raise NotFound("no_import")
    if batch.state != STAGED:
        raise Conflict("import_confirmed")
    return batch


def ignored(batch: ImportBatch) -> list[str]:
    """Headings that no field takes."""
    places = {heading: column for column, heading in enumerate(batch.headings)}
    columns = {field: places[heading] for field, heading in batch.mapping.items() if heading in places}
    return ignored_headings(batch.headings, columns)


def find_rows(
    session: Session, import_id: int, *, state: str = "", offset: int = 0, limit: int = 100
) -> tuple[list[StagedRow], int]:
    """A page of rows in the file's order, and how many there are in this state (all states for "")."""
    where = [ImportRow.import_id == import_id]
    if state:
        where.append(ImportRow.state == state)
    total = session.execute(select(func.count()).select_from(ImportRow).where(*where)).scalar_one()
    numbers = session.execute(
        select(ImportRow.row).where(*where).order_by(ImportRow.row).offset(offset).limit(limit)
    ).scalars()
    return import_rows.find_some(session, import_id, list(numbers)), total


def walk_faults(session: Session, import_id: int) -> Iterator[tuple[StagedRow, list[Finding]]]:
    """Rows that are faulty or held out as copies, each with its errors, in the file's order."""
    for chunk in import_rows.walk(session, import_id, (FAULTY, DUPLICATE)):
        for row in chunk:
            yield row, [finding for finding in row.findings() if finding.severity == "error"]


# -- changing the mapping


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
    batch = _get_staged(session, import_id)
    _known(batch.kind, crs or batch.crs)
    try:
        columns = columns_of(batch.kind, batch.headings, mapping)
    except UnknownMapping as error:
        raise _unknown_mapping(error) from error
    batch.mapping = {field: batch.headings[column] for field, column in columns.items()}
    batch.crs = str(crs or batch.crs)
    batch.state = STAGING
    region = REGIONS.get(get_company(session).timezone, "CN")
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
    batch = _get_staged(session, import_id)
    import_rows.mark(session, import_id, marks)
    import_rows.count(session, batch)
    _record(session, batch, "import.locate", person_id, now)


# -- confirming


@deed
def confirm(
    session: Session,
    *,
    import_id: int,
    rows: str = "all_good",
    duplicates: Sequence[int] = (),
    person_id: int | None,
    now: datetime,
) -> ImportBatch:
    """Write the rows into the book, once: a second call changes nothing and gives the first one's figures.

    `rows`: `all_good`, or `all` to take faulty ones as well, without their faulty fields, where enough is
    left to store. `duplicates`: rows that are held out as copies and are others all the same. Rows that
    have become copies of outlets written since the list was read are held out. Errors: NotFound, Conflict
    `import_discarded`, Invalid with the row.
    """
    batch = _get(session, import_id)
    if batch.state == CONFIRMED:
        return batch
    batch = _get_staged(session, import_id)
    if rows not in ("all_good", "all"):
        raise Invalid(errors=[FieldError("rows", "choice", {"choices": "all_good, all"})])
    ticked = sorted(set(duplicates))
    _check_ticked(import_rows.find_some(session, import_id, ticked), ticked)
    _hold_out_fresh_copies(session, batch, set(ticked))
    company = get_company(session)
    today = now.astimezone(ZoneInfo(company.timezone)).date()
    source = Source(batch.id, person_id, batch.territory_id, now, today)
    _accept(session, batch, source, ImportRow.state == GOOD)
    numbers = list(ticked)
    for chunk in import_rows.walk(session, import_id, (FAULTY,)) if rows == "all" else ():
        numbers += [row.row for row in chunk if _storable(row)]
    for some in _chunks(sorted(numbers), 500):
        _accept(session, batch, source, ImportRow.row.in_(some))
    if batch.kind == "skus":
        raise_catalogue_version(session)
    batch.state = CONFIRMED
    batch.confirmed_at = now
    import_rows.count(session, batch)
    _record(session, batch, "import.confirm", person_id, now)
    return batch


def _storable(row: StagedRow) -> bool:
    """Whether a faulty row can go in without its faulty fields, and is no copy."""
    return not row.duplicate_of and row.checked().storable


def _check_ticked(found: Sequence[StagedRow], ticked: Sequence[int]) -> None:
    by_number = {row.row: row for row in found}
    errors = []
    for number in ticked:
        row = by_number.get(number)
        if row is None or row.state != DUPLICATE:
            errors.append(FieldError("duplicates", "not_a_duplicate_row", {"row": number}, number))
        elif any(finding.rule.startswith(("same_code_", "same_sku_")) for finding in row.findings()):
            errors.append(FieldError("duplicates", "same_code_cannot_go_in", {"row": number}, number))
    if errors:
        raise Invalid(errors=errors)


def _hold_out_fresh_copies(session: Session, batch: ImportBatch, ticked: set[int]) -> None:
    """Mark rows that are copies of what another import or a custodian wrote after this list was read."""
    if batch.kind == "skus":
        judge = SkuJudge()
        for chunk in import_rows.walk(session, batch.id, (GOOD, FAULTY)):
            judge.take(row.checked() for row in chunk if not row.duplicate_of)
        import_rows.mark(session, batch.id, judge.marks(session))
        return
    fresh = load_book(session, since=batch.created_at)
    if not len(fresh):
        return
    for chunk in import_rows.walk(session, batch.id, (GOOD, FAULTY)):
        rows = [row.checked() for row in chunk if not row.duplicate_of and row.row not in ticked]
        import_rows.mark(session, batch.id, copies_in_book(fresh, rows))


def _accept(session: Session, batch: ImportBatch, source: Source, which: ColumnElement[bool]) -> None:
    try:
        (add_outlets if batch.kind == "outlets" else add_skus)(session, source, which)
    except IntegrityError as error:
        # Somebody else has just written an outlet or SKU with one of these codes.
        raise Conflict from error
    import_rows.accept(session, batch.id, which)


@deed
def discard(session: Session, *, import_id: int, person_id: int | None, now: datetime) -> None:
    """Throw a staged import's rows away; that there was one is kept. Errors: NotFound, Conflict."""
    batch = _get_staged(session, import_id)
    session.execute(delete(ImportRow).where(ImportRow.import_id == import_id))
    batch.state = DISCARDED
    _record(session, batch, "import.discard", person_id, now)
