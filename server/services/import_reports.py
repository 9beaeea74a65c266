"""What an import comes to: figures, sentences in the reader's language, and the list of faulty rows to
mend."""

from collections.abc import Iterator
from typing import IO

from sqlalchemy.orm import Session

from server.domain.imports.findings import Finding
from server.domain.imports.headings import HEADINGS
from server.domain.imports.skus import OTHER_BRAND
from server.domain.masking import mask_numbers, mask_phone
from server.domain.tabular_writing import write_csv, write_xlsx
from server.messages import rule_sentence
from server.models import ImportBatch, Person
from server.services.import_batches import CONFIRMED, get_import, ignored, walk_faults
from server.services.import_rows import PERSONAL, StagedRow

# Headings of the two columns that the download adds.
ADDED_HEADINGS = {"zh-CN": ("文件行", "原因"), "en": ("file row", "reasons")}


def finding_words(finding: Finding, locale: str) -> dict[str, object]:
    """One finding as people and programs read it."""
    return {
        "field": finding.field,
        "rule": finding.rule,
        "severity": finding.severity,
        "message": rule_sentence(finding.rule, locale, finding.params),
    }


def figures(batch: ImportBatch) -> dict[str, int]:
    """`rows` = `accepted` + `rejected` + `duplicates`; before the confirmation `accepted` is what would go
    in."""
    accepted = batch.accepted if batch.state == CONFIRMED else batch.good
    return {
        "rows": batch.rows,
        "accepted": accepted,
        "rejected": batch.rows - accepted - batch.duplicates,
        "duplicates": batch.duplicates,
    }


def summary(session: Session, batch: ImportBatch, locale: str) -> dict[str, object]:
    """An import as the API shows it, without its rows."""
    person = session.get(Person, batch.person_id) if batch.person_id is not None else None
    return {
        "id": batch.id,
        "kind": batch.kind,
        "file_name": batch.file_name,
        "state": batch.state,
        "created_at": batch.created_at,
        "confirmed_at": batch.confirmed_at,
        "person": person.name if person else None,
        "crs": batch.crs,
        "territory_id": batch.territory_id,
        "headings": batch.headings,
        "fields": list(HEADINGS[batch.kind]),
        "mapping": batch.mapping,
        "ignored_headings": ignored(batch),
        "notes": notes(batch, locale),
        **figures(batch),
    }


def shown_cells(batch: ImportBatch, row: StagedRow) -> list[str]:
    """A row as it stood in the list, its numbers masked: in the numbers' own column, in texts about people, and in
    columns that nothing is read from. What else has digits (codes, positions) stays."""
    if batch.kind != "outlets":
        return row.cells
    fields = {heading: name for name, heading in batch.mapping.items()}
    names = [fields.get(heading, "") for heading in batch.headings]
    names += [""] * (len(row.cells) - len(names))
    return [_shown(name, cell) for name, cell in zip(names, row.cells, strict=False)]


def _shown(name: str, cell: str) -> str:
    if name == "contact_phone":
        return mask_phone(cell)
    return str(mask_numbers(cell)) if not name or name in PERSONAL else cell


def shown_values(row: StagedRow) -> dict[str, object]:
    """What was read from a row, its numbers masked."""
    shown = {name: value for name, value in row.values.items() if name != "contact_phone_e164"}
    return {name: _shown(name, str(value)) if name in PERSONAL else value for name, value in shown.items()}


def notes(batch: ImportBatch, locale: str) -> list[dict[str, object]]:
    """What is true of the whole list: names that are built, positions that are missing in every row."""
    mapped = set(batch.mapping)
    findings = []
    if batch.kind == "outlets" and "name" not in mapped and mapped >= {"chain", "address"}:
        findings.append(Finding("name", "name_built"))
    if batch.kind == "outlets" and not mapped & {"latitude", "longitude"}:
        findings.append(Finding("latitude", "no_position"))
    if batch.kind == "skus" and "brand" not in mapped:
        findings.append(Finding("brand", "brand_set", {"brand": OTHER_BRAND}))
    return [
        {key: words for key, words in finding_words(finding, locale).items() if key != "severity"}
        for finding in findings
    ]


def errors(session: Session, import_id: int, locale: str, limit: int) -> list[dict[str, object]]:
    """What is wrong with the rows that stay out, copies among them, in the file's order."""
    found: list[dict[str, object]] = []
    for row, findings in walk_faults(session, import_id):
        for finding in findings:
            words = finding_words(finding, locale)
            found.append({"row": row.row, **{key: words[key] for key in ("field", "rule", "message")}})
            if len(found) >= limit:
                return found
    return found


def write_faults(session: Session, import_id: int, locale: str, kind: str, file: IO[bytes] | IO[str]) -> None:
    """The rows that stay out, as they stood in the list but for masked numbers, each with its row number and
    reasons. Formula-safe.

    `kind`: csv (a text file) or xlsx (a binary one). Mended, the file can be imported as it is; a number that is still
    masked then is left out.
    """
    batch = get_import(session, import_id)
    added = ADDED_HEADINGS.get(locale, ADDED_HEADINGS["en"])
    rows = _fault_rows(session, batch, locale)
    table = _with_heading([*batch.headings, *added], rows)
    if kind == "xlsx":
        write_xlsx(file, table)  # type: ignore[arg-type]
    else:
        write_csv(file, table)  # type: ignore[arg-type]


def _with_heading(heading: list[str], rows: Iterator[list[str]]) -> Iterator[list[str]]:
    yield heading
    yield from rows


def _fault_rows(session: Session, batch: ImportBatch, locale: str) -> Iterator[list[str]]:
    width = len(batch.headings)
    for row, findings in walk_faults(session, batch.id):
        yield [
            *_padded(shown_cells(batch, row), width),
            str(row.row),
            "; ".join(_reason(finding, locale) for finding in findings),
        ]


def _padded(cells: list[str], width: int) -> list[str]:
    return (cells + [""] * width)[: max(width, 0)]


def _reason(finding: Finding, locale: str) -> str:
    return f"{finding.field}: {rule_sentence(finding.rule, locale, finding.params)}"
