"""One row of a list of SKUs: what it says, and what is wrong with it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from server.domain.imports.findings import INFO, CheckedRow, Finding
from server.domain.imports.outlets import cell_texts, keep_texts
from server.domain.imports.values import (
    BadCell,
    read_barcode,
    read_classes,
    read_money_minor,
    read_pack,
    read_volume_ml,
    read_whole,
)
from server.domain.names import skeleton

TEXT_LENGTHS: Final = {"code": 40, "name": 200, "name_en": 200, "brand": 100}
POSITION_MOST: Final = 100_000
PRICE_MINOR_MOST: Final = 100_000_000
# Brand of SKUs whose list names none.
OTHER_BRAND: Final = "其他"

_READERS: Final[tuple[tuple[str, str, Callable[[str], object]], ...]] = (
    ("volume_ml", "volume_ml", read_volume_ml),
    ("price_minor", "price_minor", lambda cell: read_whole(cell, 0, PRICE_MINOR_MOST)),
    ("price", "price_minor", read_money_minor),
    ("must_sell", "must_sell", read_classes),
    ("position", "position", lambda cell: read_whole(cell, 0, POSITION_MOST)),
    ("barcode", "barcode", read_barcode),
)


def check_skus(
    rows: Sequence[tuple[int, list[str]]], columns: Mapping[str, int], width: int
) -> list[CheckedRow]:
    """Check a chunk of rows. `width`: number of headings. Prices come out in minor units a piece."""
    return [_check(number, cells, columns, width) for number, cells in rows]


def _check(number: int, cells: list[str], columns: Mapping[str, int], width: int) -> CheckedRow:
    findings: list[Finding] = []
    values: dict[str, object] = {}
    texts = cell_texts(cells, columns, width, findings)
    keep_texts(texts, TEXT_LENGTHS, values, findings)
    if "name" not in texts or ("name" in values and not skeleton(str(values["name"]))):
        values.pop("name", None)
        findings.append(Finding("name", "missing_name"))
    if "brand" not in texts:
        values["brand"] = OTHER_BRAND
        findings.append(Finding("brand", "brand_set", {"brand": OTHER_BRAND}, INFO))
    volume = None
    if "pack" in texts:
        try:
            values["pack"], volume = read_pack(texts["pack"])
        except BadCell as fault:
            findings.append(Finding("pack", fault.rule, dict(fault.params)))
    else:
        findings.append(Finding("pack", "missing_pack"))
    for field, target, read in _READERS:
        if field in texts:
            try:
                values[target] = read(texts[field])
            except BadCell as fault:
                findings.append(Finding(field, fault.rule, dict(fault.params)))
    if volume is not None and "volume_ml" not in texts:
        values["volume_ml"] = volume
    return CheckedRow(number, cells, values, findings)


def sku_identities(values: Mapping[str, object]) -> Iterable[tuple[str, ...]]:
    """What makes two rows the same SKU: its code (the barcode where it has none), its barcode, or brand
    with name, pack and volume."""
    code = values.get("code") or values.get("barcode")
    if code:
        yield "code", str(code).casefold()
    if values.get("barcode"):
        yield "barcode", str(values["barcode"])
    if values.get("name"):
        looks = skeleton(str(values["name"])), skeleton(str(values.get("brand", "")))
        yield "name", *looks, str(values.get("pack", "")), str(values.get("volume_ml") or "")
