"""Imports: a list is staged, looked at, confirmed once. Staging touches nothing of the book; confirming is
one transaction.

This is the noun's door: what others call is here, whichever of the files beside it holds it.
"""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.errors import Conflict, FieldError, Invalid
from server.models import ImportBatch, ImportRow
from server.services import import_rows
from server.services.company import get_company, raise_catalogue_version
from server.services.import_applying import Source, add_outlets, add_skus
from server.services.import_batches import (
    CONFIRMED,
    DISCARDED,
    STAGED,
    find_imports,
    find_rows,
    get_import,
    ignored,
    lock_import,
    lock_staged,
    record,
    walk_faults,
)
from server.services.import_judging import SkuJudge, copies_in_book, load_book
from server.services.import_rows import DUPLICATE, FAULTY, GOOD, StagedRow, chunks
from server.services.import_staging import ListFile, change_mapping, display_name, stage_file, unique_headings
from server.services.transaction import deed

__all__ = [
    "CONFIRMED",
    "STAGED",
    "ListFile",
    "change_mapping",
    "confirm",
    "discard",
    "display_name",
    "find_imports",
    "find_rows",
    "get_import",
    "ignored",
    "stage_file",
    "unique_headings",
    "walk_faults",
]


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
    batch = lock_import(session, import_id)
    if batch.state == CONFIRMED:
        return batch
    batch = lock_staged(session, import_id)
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
    for some in chunks(sorted(numbers), 500):
        _accept(session, batch, source, ImportRow.row.in_(some))
    if batch.kind == "skus":
        raise_catalogue_version(session)
    batch.state = CONFIRMED
    batch.confirmed_at = now
    import_rows.count(session, batch)
    record(session, batch, "import.confirm", person_id, now)
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
    batch = lock_staged(session, import_id)
    session.execute(delete(ImportRow).where(ImportRow.import_id == import_id))
    batch.state = DISCARDED
    record(session, batch, "import.discard", person_id, now)
