"""One row of a list of outlets: what it says, and what is wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from server.domain.coordinates import Box, Crs, lone_position_fault, to_wgs84
from server.domain.imports.findings import INFO, CheckedRow, Finding
from server.domain.imports.hours import read_hours
from server.domain.imports.values import (
    BAD_CHARACTERS,
    BadCell,
    looks_of,
    read_class,
    read_degrees,
    read_frequency,
    read_phone,
    read_whole,
    squeezed,
)
from server.domain.masking import HIDDEN
from server.domain.tabular_writing import unescaped

# Longest text of each field, as the tables hold it.
TEXT_LENGTHS: Final = {
    "code": 40,
    "name": 200,
    "name_en": 200,
    "chain": 100,
    "channel": 40,
    "address": 300,
    "contact_name": 100,
    "contact_phone": 64,
    "note": 2000,
}
# What people and programs write for "nothing".
NOTHING: Final = frozenset(
    {"", "-", "--", "—", "/", "n/a", "na", "null", "none", "#n/a", "无", "無", "暂无", "暫無"}
)
NOTHING_LONGEST: Final = max(map(len, NOTHING))
VISIT_MINUTES_MOST: Final = 480
# A space as web addresses write it, and the fields in which it can be nothing else.
WEB_SPACE: Final = "%20"
SPOKEN: Final = frozenset({"name", "name_en", "chain", "address", "contact_name"})
# Between chain and address in a name that is built from them.
NAME_JOINT: Final = " · "


@dataclass(frozen=True)
class OutletOptions:
    """How a list of outlets is to be read.

    crs: of its positions. region: ISO 3166 country of phone numbers without a country code. home: box of
    the company's territory, None where it has no outlets yet.
    """

    crs: Crs = Crs.WGS84
    region: str = "HK"
    home: Box | None = None


def check_outlets(
    rows: Sequence[tuple[int, list[str]]],
    columns: Mapping[str, int],
    width: int,
    options: OutletOptions,
) -> list[CheckedRow]:
    """Check a chunk of rows. `width`: number of headings. Positions come out in WGS-84, rounded to a
    centimetre.

    What needs the whole list (swapped positions below 90 degrees, duplicates) is found afterwards.
    """
    build_name = "name" not in columns and "chain" in columns and "address" in columns
    checked = [_check(number, cells, columns, width, options.region, build_name) for number, cells in rows]
    _convert(checked, options.crs)
    return checked


def cell_texts(
    cells: Sequence[str], columns: Mapping[str, int], width: int, findings: list[Finding]
) -> dict[str, str]:
    """Trimmed text of each field that has one, with findings for cells too many and forbidden characters."""
    if len(cells) > width and any(cell.strip() for cell in cells[width:]):
        findings.append(Finding("row", "extra_cells", {"cells": len(cells), "columns": width}))
    # Printable text needs no closer look; nearly all rows are.
    dirty = not "".join(cells).isprintable()
    count = len(cells)
    texts = {}
    for field, column in columns.items():
        text = cells[column].strip() if column < count else ""
        if not text:
            continue
        if text[0] == "'":
            text = unescaped(text)
        if dirty and BAD_CHARACTERS.search(text):
            findings.append(Finding(field, "control_character"))
            text = BAD_CHARACTERS.sub("", text).strip()
        if WEB_SPACE in text and field in SPOKEN:
            # Lists that were fetched from a web address carry its way of writing a space.
            findings.append(Finding(field, "spaces_restored", severity=INFO))
            text = text.replace(WEB_SPACE, " ").strip()
        if len(text) > NOTHING_LONGEST or text.casefold() not in NOTHING:
            texts[field] = text
    return texts


def keep_texts(
    texts: Mapping[str, str], lengths: Mapping[str, int], values: dict[str, object], findings: list[Finding]
) -> None:
    """Move the text fields over, squeezed to one line but for notes; too long is a fault, never cut."""
    for field, most in lengths.items():
        text = texts.get(field)
        if text is None:
            continue
        if field != "note":
            text = squeezed(text)
        if len(text) > most:
            findings.append(Finding(field, "text_too_long", {"most": most, "length": len(text)}))
            continue
        values[field] = text


def _check(
    number: int, cells: list[str], columns: Mapping[str, int], width: int, region: str, build_name: bool
) -> CheckedRow:
    findings: list[Finding] = []
    values: dict[str, object] = {}
    texts = cell_texts(cells, columns, width, findings)
    if build_name and "chain" in texts and "address" in texts:
        texts["name"] = texts["chain"] + NAME_JOINT + texts["address"]
        findings.append(Finding("name", "name_built", severity=INFO))
    keep_texts(texts, TEXT_LENGTHS, values, findings)
    _check_name(texts, values, findings)
    for field, read in (("outlet_class", read_class), ("hours", read_hours), ("frequency", read_frequency)):
        if field in texts:
            try:
                values[field] = read(texts[field])
            except BadCell as fault:
                findings.append(Finding(field, fault.rule, dict(fault.params)))
    if "minutes" in texts:
        try:
            values["minutes"] = read_whole(texts["minutes"], 1, VISIT_MINUTES_MOST)
        except BadCell as fault:
            findings.append(Finding("minutes", fault.rule, dict(fault.params)))
    if "contact_phone" in values:
        _read_phone(str(values["contact_phone"]), region, values, findings)
    _read_position(texts, values, findings)
    return CheckedRow(number, cells, values, findings)


def _check_name(texts: Mapping[str, str], values: dict[str, object], findings: list[Finding]) -> None:
    if "name" not in texts:
        findings.append(Finding("name", "missing_name"))
        return
    name = values.get("name")
    if name is None:
        return
    looks = looks_of(str(name))
    if looks:
        values["name_skeleton"] = looks[:200]
    else:
        # "???" is what a lost coding leaves of a Chinese name.
        del values["name"]
        findings.append(Finding("name", "missing_name"))


def _read_phone(phone: str, region: str, values: dict[str, object], findings: list[Finding]) -> None:
    if HIDDEN in phone:
        # A list of faulty rows came back with its numbers masked: what is hidden cannot be stored.
        del values["contact_phone"]
        findings.append(Finding("contact_phone", "phone_masked", severity=INFO))
        return
    e164, state = read_phone(phone, region)
    values["phone_state"] = state
    if e164:
        values["contact_phone_e164"] = e164
    else:
        findings.append(Finding("contact_phone", "phone_kept_raw", severity=INFO))


def _read_position(texts: Mapping[str, str], values: dict[str, object], findings: list[Finding]) -> None:
    """Degrees as the list has them; `_convert` makes them WGS-84."""
    if "latitude" not in texts and "longitude" not in texts:
        findings.append(Finding("latitude", "no_position", severity=INFO))
        return
    degrees = []
    for field in ("latitude", "longitude"):
        if field not in texts:
            findings.append(Finding(field, "half_position"))
            continue
        try:
            degrees.append(read_degrees(texts[field]))
        except BadCell as fault:
            findings.append(Finding(field, fault.rule, dict(fault.params)))
    if len(degrees) < 2:
        return
    fault_found = lone_position_fault(degrees[0], degrees[1])
    if fault_found:
        where = {"latitude": texts["latitude"][:24], "longitude": texts["longitude"][:24]}
        findings.append(Finding("latitude", fault_found.value, dict(where)))
        return
    values["latitude"], values["longitude"] = degrees


def _convert(checked: Sequence[CheckedRow], crs: Crs) -> None:
    placed = [row for row in checked if "latitude" in row.values]
    if crs is Crs.WGS84 or not placed:
        return
    lat, lon = to_wgs84(
        crs,
        np.array([row.values["latitude"] for row in placed], dtype=np.float64),
        np.array([row.values["longitude"] for row in placed], dtype=np.float64),
    )
    for row, latitude, longitude in zip(placed, lat.tolist(), lon.tolist(), strict=True):
        row.values["latitude"], row.values["longitude"] = round(latitude, 7), round(longitude, 7)
