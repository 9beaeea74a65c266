"""Writing lists that open in a spreadsheet without running anything.

A spreadsheet takes a cell that begins with = + - @ (or a tab or carriage return before them) for a formula,
also in a CSV. Such text gets a leading apostrophe, the spreadsheet's own mark for "this is text";
`unescaped` takes it off again when a corrected list comes back. Plain numbers are no formulas and stay as
they are.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from typing import IO

import xlsxwriter

_PLAIN_NUMBER = re.compile(r"[+-]?\d{1,20}(\.\d{1,20})?")
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def formula_safe(cell: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would take it for a formula."""
    if cell.startswith(_DANGEROUS) and not _PLAIN_NUMBER.fullmatch(cell):
        return "'" + cell
    return cell


def unescaped(cell: str) -> str:
    """The inverse of `formula_safe`; other apostrophes stay."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_DANGEROUS) else cell


def write_csv(file: IO[str], rows: Iterable[Sequence[str]]) -> None:
    """CSV with CRLF. The file's encoding should be utf-8-sig: without the mark Excel takes it for a local
    coding."""
    writer = csv.writer(file)
    for row in rows:
        writer.writerow([formula_safe(cell) for cell in row])


def write_xlsx(
    file: IO[bytes], rows: Iterable[Sequence[str]], sheet: str = "rows", *, mark: str = ""
) -> None:
    """A workbook of one sheet with a fixed heading row, every cell written as text. Memory stays flat. `mark`: whose it
    is, in the head of each printed page and in the workbook's properties."""
    workbook = xlsxwriter.Workbook(
        file,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": False},
    )
    worksheet = workbook.add_worksheet(sheet)
    worksheet.freeze_panes(1, 0)
    if mark:
        # In a page's head "&" begins a command of the spreadsheet's.
        worksheet.set_header(f"&R{mark.replace('&', '&&')}"[:255])
        workbook.set_properties({"author": mark, "comments": mark})
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            worksheet.write_string(number, column, formula_safe(cell))
    workbook.close()
