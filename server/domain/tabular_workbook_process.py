"""The process that opens one workbook within limits of memory and time, and writes its rows to standard
output.

Run by path, so that it starts without the rest of the server. Arguments: file, memory (bytes), processor time
(seconds), rows, columns. Messages are marshalled: {"sheet", "others"}, lists of rows of text, None at the
end; or {"rule", "params"} when the workbook is refused.
"""

import datetime
import marshal
import resource
import sys
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

BATCH = 500


def text(value: object) -> str:
    """A cell as a person would have typed it: whole numbers without a point, days and times in ISO 8601."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime.datetime):
        # A time of day comes as that time on the day the sheet counts from.
        return value.isoformat(sep=" ")
    if isinstance(value, datetime.time):
        return value.isoformat(timespec="minutes")
    if isinstance(value, datetime.timedelta):
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    return str(value)


def send(message: Any) -> None:
    marshal.dump(message, sys.stdout.buffer)


def main(path: str, memory: int, seconds: int, rows: int, columns: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        workbook = CalamineWorkbook.from_path(path)
        names = [
            sheet.name
            for sheet in workbook.sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
        ]
        sheets = [sheet for sheet in map(workbook.get_sheet_by_name, names) if sheet.end is not None]
        if not sheets:
            return send({"rule": "empty_file", "params": {}})
        sheet = sheets[0]
        height, width = sheet.total_height, sheet.total_width
        # A thousand rows more than allowed, for blank ones among them; the reader counts exactly.
        if height > rows + 1_000:
            return send({"rule": "too_many_rows", "params": {"most": rows}})
        if width > columns:
            return send({"rule": "too_many_columns", "params": {"most": columns}})
        send({"sheet": sheet.name, "others": [other.name for other in sheets[1:]]})
        batch: list[list[str]] = []
        for row in sheet.iter_rows():
            batch.append([cell if type(cell) is str else text(cell) for cell in row])
            if len(batch) == BATCH:
                send(batch)
                batch = []
        send(batch)
        send(None)
    except (CalamineError, OSError, MemoryError) as error:
        send({"rule": "broken_workbook", "params": {"reason": str(error)[:200]}})
    return None


if __name__ == "__main__":
    main(sys.argv[1], *(int(number) for number in sys.argv[2:6]))
