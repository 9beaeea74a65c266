"""Store lists: CSV with name (or address), longitude, latitude, and if wanted class, frequency, minutes."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from routes_planner.calendar.patterns import FREQUENCIES
from routes_planner.errors import FormatError

CLASS_FREQUENCY = {"A": "2/week", "B": "1/week", "C": "fortnightly", "D": "4-weekly"}


@dataclass(frozen=True, slots=True)
class Outlet:
    """A row of the list. `id` is unique: the row's number and its name."""

    id: str
    name: str
    longitude: float
    latitude: float
    frequency: str
    minutes: float


def read_outlets(path: Path, frequency: str = "1/week", minutes: float = 12.0) -> list[Outlet]:
    """Every row as an outlet; `frequency` and `minutes` where a row (or its class) does not say.

    Raises FormatError with the line and what is wrong with it.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        columns = set(rows.fieldnames or ())
        if not {"longitude", "latitude"} <= columns or not columns & {"name", "address"}:
            raise FormatError(path.name, 1, "needs the columns name (or address), longitude and latitude")
        return [
            _outlet(path.name, number, row, frequency, minutes) for number, row in enumerate(rows, start=2)
        ]


def _outlet(source: str, line: int, row: dict[str, str], frequency: str, minutes: float) -> Outlet:
    name = (row.get("name") or row.get("address") or "").strip()
    try:
        longitude, latitude = float(row["longitude"]), float(row["latitude"])
        spent = float(row.get("minutes") or minutes)
    except (TypeError, ValueError) as error:
        raise FormatError(source, line, "longitude, latitude and minutes must be numbers") from error
    if not (-180 <= longitude <= 180 and -90 <= latitude <= 90 and 0 <= spent <= 1440):
        raise FormatError(source, line, "longitude, latitude or minutes is out of range")
    grade = (row.get("class") or "").strip().upper()
    wanted = (row.get("frequency") or CLASS_FREQUENCY.get(grade, frequency)).strip()
    if wanted not in FREQUENCIES:
        raise FormatError(source, line, f"frequency {wanted} is none of {', '.join(FREQUENCIES)}")
    return Outlet(f"{line - 1} {name}".strip(), name, longitude, latitude, wanted, spent)
