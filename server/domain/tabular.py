"""Reading lists: CSV and XLSX files of unknown origin as a bounded stream of rows of text.

The file's content decides what it is, never its name. Whatever cannot be read whole is refused as
`UnreadableFile` with the rule it broke and, where there is one, the row: nothing is guessed, because half a
list that looks whole is worse than none.
"""

import codecs
import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from server.domain.errors import DomainError, Figure
from server.domain.tabular_encoding import find_encoding
from server.domain.tabular_workbook import read_workbook

# (row number as a person counts it, the heading being row 1 of most files; cells as text)
Row = tuple[int, list[str]]


@dataclass(frozen=True)
class Limits:
    """How large a list may be. Counted while reading; the first excess ends it."""

    # Size of the file itself.
    file_bytes: int = 64 * 1024 * 1024
    # What a workbook may unpack to, in all and in files.
    unpacked_bytes: int = 512 * 1024 * 1024
    entries: int = 1_000
    # Unpacked ÷ packed of one file of more than 1 MiB. Deflate ends at 1,032; sheets of one repeated row
    # reach 60.
    ratio: int = 150
    rows: int = 200_000
    columns: int = 200
    # Characters of one cell.
    cell: int = 5_000
    # Memory and processor time of the process that opens a workbook.
    workbook_memory_bytes: int = 3 * 1024 * 1024 * 1024
    workbook_seconds: int = 120

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value < 1:
                raise DomainError(name, "at_least", least=1)


class UnreadableFile(DomainError):
    """The file as a whole cannot be taken. `row` where the fault has a place."""

    def __init__(self, rule: str, row: int | None = None, **params: Figure) -> None:
        super().__init__("file", rule, **params)
        self.row = row


@dataclass(frozen=True)
class Table:
    """An opened list. `rows` can be walked once; it raises UnreadableFile where the file breaks off."""

    format: str
    rows: Iterator[Row]
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    # Names of further sheets with something in them, which are not read.
    other_sheets: tuple[str, ...] = ()


# First bytes of files that get mistaken for lists.
SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"RIFF", "WebP"),
    (b"BM", "BMP"),
    (b"%PDF", "PDF"),
    (b"\x1f\x8b\x08", "gzip"),
    (b"7z\xbc\xaf", "7z"),
    (b"Rar!", "RAR"),
    (b"SQLite format 3", "SQLite"),
    (b"\x7fELF", "ELF"),
    (b"MZ", "EXE"),
)
OLD_OFFICE = b"\xd0\xcf\x11\xe0"
DELIMITERS = (",", "\t", ";", "|")


@contextmanager
def open_table(path: Path, limits: Limits | None = None, encoding: str = "") -> Iterator[Table]:
    """Open a list for reading. `encoding` overrides the detection for CSV."""
    limits = limits or Limits()
    size = path.stat().st_size
    if size == 0:
        raise UnreadableFile("empty_file")
    if size > limits.file_bytes:
        raise UnreadableFile("file_too_large", most=limits.file_bytes // 1024 // 1024)
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(b"PK"):
        with _open_workbook(path, limits) as table:
            yield table
        return
    _refuse_other_formats(head)
    with _open_csv(path, limits, encoding) as table:
        yield table


def _refuse_other_formats(head: bytes) -> None:
    if head.startswith(OLD_OFFICE):
        raise UnreadableFile("old_or_locked_workbook")
    for signature, name in SIGNATURES:
        # Two letters alone may begin a heading ("BM", "MZ"): such a file must be binary as well.
        if head.startswith(signature) and (len(signature) > 2 or b"\0" in head):
            raise UnreadableFile("not_a_table", format=name)
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()[:200].lower()
    if start.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<svg")):
        raise UnreadableFile("not_a_table", format="HTML/XML")


@contextmanager
def _open_workbook(path: Path, limits: Limits) -> Iterator[Table]:
    with read_workbook(path, vars(limits), UnreadableFile) as (sheet, others, rows):
        bounded = _bounded(((number, cells) for number, cells in enumerate(rows, start=1)), limits)
        yield Table("xlsx", bounded, sheet=sheet, other_sheets=tuple(others))


@contextmanager
def _open_csv(path: Path, limits: Limits, encoding: str) -> Iterator[Table]:
    found = find_encoding(path, encoding, UnreadableFile)
    with path.open(encoding=found, newline="") as file:
        sample = file.read(64 * 1024)
        whole = len(sample) < 64 * 1024
        file.seek(0)
        # Excel writes the delimiter on a line of its own and hides it again when it opens the file.
        stated = sample[:6].lower().startswith("sep=") and sample[5:6] in ("\r", "\n")
        delimiter = sample[4] if stated else sniff_delimiter(sample, whole)
        rows = _csv_rows(csv.reader(file, delimiter=delimiter, strict=True), skip=1 if stated else 0)
        ends_with_newline = _ends_with_newline(path, found)
        yield Table("csv", _bounded(_not_cut_off(rows, ends_with_newline), limits), found, delimiter)


def sniff_delimiter(sample: str, whole: bool) -> str:
    """The delimiter under which the first records have the most columns, agreed on by most of them."""
    best, best_score = ",", 0.0
    lines = sample.splitlines(keepends=True)
    if not whole and len(lines) > 1:
        lines = lines[:-1]
    for delimiter in DELIMITERS:
        widths = []
        try:
            for record in csv.reader(lines, delimiter=delimiter):
                if record:
                    widths.append(len(record))
                if len(widths) >= 50:
                    break
        except csv.Error:
            pass
        if not widths:
            continue
        width = max(set(widths), key=widths.count)
        score = (width - 1) * widths.count(width) / len(widths)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _ends_with_newline(path: Path, encoding: str) -> bool:
    """Whether the last character ends a line. In UTF-16 a newline has a zero byte beside it."""
    with path.open("rb") as file:
        file.seek(-min(4, path.stat().st_size), 2)
        tail = file.read().decode(encoding, errors="replace")
    return tail.endswith(("\n", "\r"))


def _csv_rows(reader: Iterator[list[str]], skip: int) -> Iterator[Row]:
    number = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            words = str(error)
            if "unexpected end" in words:
                raise UnreadableFile("open_quote", row=number + 1) from error
            if "larger than field limit" in words:
                raise UnreadableFile("cell_too_long_or_open_quote", row=number + 1) from error
            raise UnreadableFile("broken_quotes", row=number + 1) from error
        number += 1
        if number > skip:
            yield number, cells


def _not_cut_off(rows: Iterator[Row], ends_with_newline: bool) -> Iterator[Row]:
    """Refuse a file whose last row is shorter than all others and has no line end: it was cut off there.

    A file cut off within its very last cell cannot be told from a whole one.
    """
    held: Row | None = None
    least, seen = 0, 0
    for row in rows:
        if held is not None:
            if any(held[1]):
                least = len(held[1]) if seen == 0 else min(least, len(held[1]))
                seen += 1
            yield held
        held = row
    if held is None:
        return
    if not ends_with_newline and seen and 0 < len(held[1]) < least:
        raise UnreadableFile("half_file", row=held[0], cells=len(held[1]), columns=least)
    yield held


def _bounded(rows: Iterator[Row], limits: Limits) -> Iterator[Row]:
    """Rows with something in them, within the limits."""
    count = 0
    for number, cells in rows:
        if not any(cells):
            continue
        count += 1
        # One more than allowed for the heading.
        if count > limits.rows + 1:
            raise UnreadableFile("too_many_rows", row=number, most=limits.rows)
        if len(cells) > limits.columns:
            raise UnreadableFile("too_many_columns", row=number, most=limits.columns)
        if max(map(len, cells)) > limits.cell:
            column = next(i for i, cell in enumerate(cells, start=1) if len(cell) > limits.cell)
            raise UnreadableFile("cell_too_long", row=number, column=column, most=limits.cell)
        yield number, cells
