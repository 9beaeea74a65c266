"""Imports as they stand: found, locked, counted, recorded."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from server.domain.imports.findings import Finding
from server.domain.imports.headings import ignored_headings
from server.errors import Conflict, NotFound
from server.models import ImportBatch, ImportRow
from server.services import audit, import_rows
from server.services.import_rows import DUPLICATE, FAULTY, StagedRow

STAGING, STAGED, CONFIRMED, DISCARDED = "staging", "staged", "confirmed", "discarded"


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


def lock_import(session: Session, import_id: int) -> ImportBatch:
    """The batch under a lock, so that two confirmations cannot both find it staged."""
    query = select(ImportBatch).where(ImportBatch.id == import_id).with_for_update()
    batch = session.execute(query).scalar_one_or_none()
    if batch is None:
        raise NotFound("no_import")
    return batch


def lock_staged(session: Session, import_id: int) -> ImportBatch:
    batch = lock_import(session, import_id)
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


def record(
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


def delete_import(session: Session, import_id: int) -> None:
    session.execute(delete(ImportRow).where(ImportRow.import_id == import_id))
    session.execute(delete(ImportBatch).where(ImportBatch.id == import_id))
