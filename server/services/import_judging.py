"""What only the whole list and the book together show: positions that are exchanged, and copies."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.coordinates import Box, PositionFault, swapped_positions
from server.domain.errors import Figure
from server.domain.imports.duplicates import Likeness, Places, find_duplicates
from server.domain.imports.findings import CheckedRow, Finding
from server.domain.imports.skus import sku_identities
from server.models import Brand, Outlet, Sku
from server.services.import_rows import Mark

# From so many outlets on, the book's own spread tells where the company is at home.
HOME_FROM = 20
COPY = "duplicate"


class Judge(Protocol):
    """Takes in the rows of a list chunk by chunk, then says what marks they get."""

    def take(self, rows: Iterable[CheckedRow]) -> None: ...

    def marks(self, session: Session) -> dict[int, Mark]: ...


class OutletJudge:
    """Remembers of each row what outlets are compared by: about 300 bytes a row."""

    def __init__(self) -> None:
        self._good = Places()
        # Rows with a fault that could still go in without the faulty field.
        self._faulty = Places()

    def take(self, rows: Iterable[CheckedRow]) -> None:
        for row in rows:
            if not row.faulty:
                self._good.add(row.row, row.values)
            elif row.storable:
                self._faulty.add(row.row, row.values)

    def marks(self, session: Session) -> dict[int, Mark]:
        book = load_book(session)
        marks = self._swapped(_home(book))
        # Good rows stand before faulty ones: a good row is never called a copy of one that stays out.
        new = _without(_joined(self._good, self._faulty), marks)
        for row, likeness in find_duplicates(book, new).items():
            copy = _copy_of_outlet(likeness)
            if row in marks:
                copy = Mark(marks[row].findings + copy.findings, marks[row].without, copy.duplicate_of)
            marks[row] = copy
        return marks

    def _swapped(self, home: Box | None) -> dict[int, Mark]:
        places = _joined(self._good, self._faulty)
        lat, lon = np.array(places.lat, dtype=np.float64), np.array(places.lon, dtype=np.float64)
        marks: dict[int, Mark] = {}
        for index in np.flatnonzero(swapped_positions(lat, lon, home)).tolist():
            where: dict[str, Figure] = {"latitude": places.lat[index], "longitude": places.lon[index]}
            finding = Finding("latitude", PositionFault.SWAPPED.value, where)
            marks[places.keys[index]] = Mark([finding], ("latitude", "longitude"))
        return marks


def load_book(session: Session, since: datetime | None = None) -> Places:
    """Active outlets as they are compared, all or those written at `since` or later."""
    columns = (
        Outlet.id,
        Outlet.code,
        Outlet.name_skeleton,
        Outlet.chain,
        Outlet.address,
        Outlet.latitude,
        Outlet.longitude,
    )
    query = select(*columns).where(Outlet.status == "active").order_by(Outlet.id)
    if since is not None:
        query = query.where(Outlet.created_at >= since)
    book = Places()
    for outlet_id, code, looks, chain, address, lat, lon in session.execute(
        query.execution_options(yield_per=5_000)
    ):
        book.keys.append(outlet_id)
        book.codes.append(code)
        book.looks.append(looks)
        book.chains.append(chain)
        book.addresses.append(address)
        book.lat.append(float("nan") if lat is None else lat)
        book.lon.append(float("nan") if lon is None else lon)
    return book


def copies_in_book(book: Places, rows: Sequence[CheckedRow]) -> dict[int, Mark]:
    """Rows that are copies of outlets in `book`, not of one another."""
    new = Places()
    for row in rows:
        new.add(row.row, row.values)
    found = find_duplicates(book, new)
    return {row: _copy_of_outlet(likeness) for row, likeness in found.items() if likeness.in_book}


def _copy_of_outlet(likeness: Likeness) -> Mark:
    place, noun = ("in_book", "outlet") if likeness.in_book else ("in_file", "row")
    params: dict[str, Figure] = {noun: likeness.other}
    if likeness.metres is not None:
        params["metres"] = likeness.metres
    finding = Finding(COPY, f"{likeness.rule}_{place}", params)
    return Mark([finding], duplicate_of=f"{noun}:{likeness.other}")


def _home(book: Places) -> Box | None:
    """The box in which nearly all of the book's outlets lie: the outermost hundredth of each side left
    out."""
    lat, lon = np.array(book.lat, dtype=np.float64), np.array(book.lon, dtype=np.float64)
    known = ~np.isnan(lat)
    if known.sum() < HOME_FROM:
        return None
    south, north = np.percentile(lat[known], [1, 99]).tolist()
    west, east = np.percentile(lon[known], [1, 99]).tolist()
    return Box(south, west, north, east)


def _joined(first: Places, second: Places) -> Places:
    return Places(
        first.keys + second.keys,
        first.codes + second.codes,
        first.looks + second.looks,
        first.chains + second.chains,
        first.addresses + second.addresses,
        first.lat + second.lat,
        first.lon + second.lon,
    )


def _without(places: Places, marks: dict[int, Mark]) -> Places:
    """The places without positions that were found to be wrong."""
    if marks:
        for index, key in enumerate(places.keys):
            if key in marks:
                places.lat[index] = places.lon[index] = float("nan")
    return places


class SkuJudge:
    """Remembers what makes each row its SKU."""

    def __init__(self) -> None:
        self._good: list[tuple[int, list[tuple[str, ...]]]] = []
        self._faulty: list[tuple[int, list[tuple[str, ...]]]] = []

    def take(self, rows: Iterable[CheckedRow]) -> None:
        for row in rows:
            if row.storable:
                (self._faulty if row.faulty else self._good).append(
                    (row.row, list(sku_identities(row.values)))
                )

    def marks(self, session: Session) -> dict[int, Mark]:
        book = load_sku_identities(session)
        first: dict[tuple[str, ...], int] = {}
        marks: dict[int, Mark] = {}
        for row, identities in self._good + self._faulty:
            for identity in identities:
                if identity in book:
                    marks[row] = _copy_of_sku("sku", "in_book", book[identity], identity[0])
                    break
                if first.setdefault(identity, row) != row:
                    marks[row] = _copy_of_sku("row", "in_file", first[identity], identity[0])
                    break
        return marks


def load_sku_identities(session: Session) -> dict[tuple[str, ...], int]:
    """What makes each SKU of the book itself -> its id."""
    query = select(
        Sku.id, Sku.code, Sku.barcode, Sku.name, Sku.pack, Sku.volume_ml, Brand.name.label("brand")
    ).join(Brand, Brand.id == Sku.brand_id)
    return {
        identity: values["id"]
        for values in session.execute(query).mappings()
        for identity in sku_identities(dict(values))
    }


def _copy_of_sku(noun: str, place: str, other: int, by: str) -> Mark:
    return Mark([Finding(COPY, f"same_sku_{place}", {noun: other, "by": by})], duplicate_of=f"{noun}:{other}")
