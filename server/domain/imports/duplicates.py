"""Which rows of a list of outlets may be an outlet that is there already: in the list above, or in the book.

Two rows are held to be one outlet when
- their names and addresses read the same, wherever they lie (unless the address has no number and they lie
  more than a block apart: every shop of a village may write the village), or
- they lie close together and their names are one or alike, as `domain.outlets.near_duplicate` has it, and
  nothing tells them apart. For shops of a chain (a chain is named, or five rows or more bear the name) the
  name says nothing, so there the rest decides: numbers in the address that differ are two shops, as two
  7-Elevens thirty metres apart are.

The list is compared in one sweep over a grid, so that time grows with its length and not with its square.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from server.domain.coordinates import METRES_PER_DEGREE, Degrees, distance_m
from server.domain.names import likeness, skeleton
from server.domain.outlets import SAME_NAME_M, SIMILAR_NAME, SIMILAR_NAME_M

# A name that this many rows bear is a chain's.
CHAIN_FROM: Final = 5
# How alike the addresses of two shops of a chain must be. Names are held to be alike from 0.6 on; addresses
# of one district share their beginning and end, and 雲咸街41號 and 德己立街41號 of one place are 0.7 alike.
ALIKE_ADDRESS: Final = 0.75
# Neighbours compared in one cell, on each side in the order of names. A list with thousands of rows on one
# spot (all at the company's own address) must not take hours; alike names stand near each other in that
# order.
WINDOW: Final = 24
# Rows whose neighbours are looked up at once, which bounds memory.
SWEEP: Final = 20_000
_NUMBER_MARK: Final = re.compile(r"[a-z]{0,4}\d+[a-z]?|(?<![a-z])[a-z](?![a-z])")
_NOT_WORD: Final = re.compile(r"[\W_]+")

Integers = NDArray[np.int64]


@dataclass
class Places:
    """Outlets as far as they are compared, one entry each: parallel lists, degrees WGS-84 or NaN.

    `keys` are file rows or outlet ids. `looks` are skeletons of names. `built`: the name holds the address.
    """

    keys: list[int] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    looks: list[str] = field(default_factory=list)
    chains: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    lat: list[float] = field(default_factory=list)
    lon: list[float] = field(default_factory=list)

    def add(self, key: int, values: Mapping[str, object]) -> None:
        """Take in a row's values or an outlet's columns."""
        latitude, longitude = values.get("latitude"), values.get("longitude")
        self.keys.append(key)
        self.codes.append(str(values.get("code") or ""))
        self.looks.append(str(values.get("name_skeleton") or ""))
        self.chains.append(str(values.get("chain") or ""))
        self.addresses.append(str(values.get("address") or ""))
        self.lat.append(float("nan") if latitude is None else float(str(latitude)))
        self.lon.append(float("nan") if longitude is None else float(str(longitude)))

    def __len__(self) -> int:
        return len(self.keys)


@dataclass(frozen=True, slots=True)
class Likeness:
    """Why a row may be another: `rule`, the key of the other and its place (book or file), metres or None."""

    rule: str
    other: int
    in_book: bool
    metres: int | None = None


def find_duplicates(book: Places, new: Places) -> dict[int, Likeness]:
    """Key of each new row that may be one above it or one in the book -> the first such finding."""
    both = _joined(book, new)
    first_new = len(book)
    found: dict[int, Likeness] = {}
    for index, other, rule, metres in _matches(both, first_new):
        key = both.keys[index]
        if key not in found:
            found[key] = Likeness(rule, both.keys[other], other < first_new, metres)
    return found


def _joined(book: Places, new: Places) -> Places:
    return Places(
        book.keys + new.keys,
        book.codes + new.codes,
        book.looks + new.looks,
        book.chains + new.chains,
        book.addresses + new.addresses,
        book.lat + new.lat,
        book.lon + new.lon,
    )


def _matches(places: Places, first_new: int) -> Iterator[tuple[int, int, str, int | None]]:
    """(later, earlier, rule, metres) for pairs of which the later is new: codes, then texts, then places."""
    lat, lon = np.array(places.lat, dtype=np.float64), np.array(places.lon, dtype=np.float64)
    yield from _same_code(places, first_new)
    yield from _same_text(places, first_new, lat, lon)
    bearers = Counter(places.looks)
    chainlike = [
        bool(chain) or bearers[looks] >= CHAIN_FROM
        for chain, looks in zip(places.chains, places.looks, strict=True)
    ]
    for later, earlier, metres in _close_pairs(places, first_new, lat, lon):
        rule = _same_shop(places, later, earlier, metres, chainlike)
        if rule:
            yield later, earlier, rule, round(metres)


def _same_code(places: Places, first_new: int) -> Iterator[tuple[int, int, str, int | None]]:
    seen: dict[str, int] = {}
    for index, code in enumerate(places.codes):
        if not code:
            continue
        earlier = seen.setdefault(code, index)
        if earlier != index and index >= first_new:
            yield index, earlier, "same_code", None


def _same_text(
    places: Places, first_new: int, lat: Degrees, lon: Degrees
) -> Iterator[tuple[int, int, str, int | None]]:
    seen: dict[tuple[str, str], int] = {}
    for index, (looks, address) in enumerate(zip(places.looks, places.addresses, strict=True)):
        plain = _plain(address)
        earlier = seen.setdefault((looks, plain), index)
        if earlier == index or index < first_new or not looks:
            continue
        metres = float(distance_m(lat[index], lon[index], lat[earlier], lon[earlier]))
        apart = metres > SAME_NAME_M  # false where a position is unknown
        if apart and not _marks(address):
            continue
        if not plain and metres == metres:
            continue  # names alone: the distance rule below decides
        yield index, earlier, "same_outlet", None if metres != metres else round(metres)


def _same_shop(places: Places, a: int, b: int, metres: float, chainlike: Sequence[bool]) -> str | None:
    """The rule by which two places within reach are one shop, or None."""
    looks_a, looks_b = places.looks[a], places.looks[b]
    same = looks_a == looks_b and looks_a != ""
    if not same and metres > SIMILAR_NAME_M:
        return None
    address_a, address_b = places.addresses[a], places.addresses[b]
    if chainlike[a] or chainlike[b]:
        rest_a = _rest(looks_a, places.chains[a], address_a)
        rest_b = _rest(looks_b, places.chains[b], address_b)
        if _contradict(_marks(address_a) or _marks(looks_a), _marks(address_b) or _marks(looks_b)):
            return None
        if skeleton(places.chains[a]) != skeleton(places.chains[b]) and not same:
            return None
        if rest_a and rest_b and (metres > SIMILAR_NAME_M or likeness(rest_a, rest_b) < ALIKE_ADDRESS):
            return None
        return "near_duplicate" if same or (rest_a and rest_b) else None
    if same:
        return "near_duplicate"
    if _contradict(_marks(looks_a), _marks(looks_b)):
        return None
    return "near_duplicate" if likeness(looks_a, looks_b) >= SIMILAR_NAME else None


def _rest(looks: str, chain: str, address: str) -> str:
    """What tells one shop of a chain from the others: its address, or its name without the chain's."""
    return skeleton(address) or looks.removeprefix(skeleton(chain)) if chain else skeleton(address)


def _contradict(a: frozenset[str], b: frozenset[str]) -> bool:
    """Whether both name numbers and neither only says less than the other."""
    return bool(a) and bool(b) and not a <= b and not b <= a


@lru_cache(maxsize=4096)
def _marks(text: str) -> frozenset[str]:
    """House, shop and floor numbers, and letters that stand alone (3號A舖), without leading zeros."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return frozenset(re.sub(r"(?<!\d)0+(?=\d)", "", mark) for mark in _NUMBER_MARK.findall(plain))


def _plain(address: str) -> str:
    return _NOT_WORD.sub("", unicodedata.normalize("NFKC", address).casefold())


def _close_pairs(
    places: Places, first_new: int, lat: Degrees, lon: Degrees
) -> Iterator[tuple[int, int, float]]:
    """(later, earlier, metres) of pairs that lie close enough for a closer look, the later one new.

    Grid cells are SAME_NAME_M high and wide; each new row looks into nine of them. Within a cell rows stand
    in the order of their names, and a row looks at WINDOW of them on either side of its own place in that
    order.
    """
    known = np.flatnonzero(~np.isnan(lat))
    if known.size < 2:
        return
    name_ids, order = _name_order(places.looks)
    band = np.floor(np.nan_to_num(lat) * METRES_PER_DEGREE / SAME_NAME_M).astype(np.int64)
    keys = _cell_key(band[known], _column(band[known], lon[known])) * order.size + order[known]
    sorting = np.argsort(keys, kind="stable")
    keys, members = keys[sorting], known[sorting]
    new = known[known >= first_new]
    for start in range(0, new.size, SWEEP):
        chunk = new[start : start + SWEEP]
        for step_band in (-1, 0, 1):
            near_band = band[chunk] + step_band
            middle = _column(near_band, lon[chunk])
            for step_column in (-1, 0, 1):
                cell = _cell_key(near_band, middle + step_column) * order.size
                a, b = _within_window(keys, members, chunk, cell, order)
                yield from _reach(a, b, lat, lon, name_ids)


def _name_order(looks: Sequence[str]) -> tuple[Integers, Integers]:
    """Number of each name (equal names share it) and place of each row in the order of names."""
    ranks = {name: rank for rank, name in enumerate(sorted(set(looks)))}
    name_ids = np.array([ranks[name] for name in looks], dtype=np.int64)
    order = np.empty(name_ids.size, dtype=np.int64)
    order[np.argsort(name_ids, kind="stable")] = np.arange(name_ids.size)
    return name_ids, order


def _column(band: Integers, lon: Degrees) -> Integers:
    """Column of a cell within its band of latitude, at least SAME_NAME_M wide."""
    edge = np.minimum(89.9, (np.maximum(np.abs(band), np.abs(band + 1)) * SAME_NAME_M) / METRES_PER_DEGREE)
    columns: Integers = np.floor(lon * np.cos(np.radians(edge)) * METRES_PER_DEGREE / SAME_NAME_M).astype(
        np.int64
    )
    return columns


def _cell_key(band: Integers, column: Integers) -> Integers:
    """One number a cell. Columns reach ±133,500, bands ±66,800."""
    return (band + 70_000) * 300_000 + (column + 150_000)


def _within_window(
    keys: Integers, members: Integers, chunk: Integers, cell: Integers, order: Integers
) -> tuple[Integers, Integers]:
    """Pairs (row of the chunk, earlier row) out of one cell for each row of the chunk."""
    first = np.searchsorted(keys, cell)
    last = np.searchsorted(keys, cell + order.size)
    place = np.searchsorted(keys, cell + order[chunk])
    first, last = np.maximum(first, place - WINDOW), np.minimum(last, place + WINDOW + 1)
    counts = np.maximum(last - first, 0)
    a = np.repeat(chunk, counts)
    offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    b = members[np.repeat(first, counts) + offsets]
    earlier = b < a
    return a[earlier], b[earlier]


def _reach(
    a: Integers, b: Integers, lat: Degrees, lon: Degrees, name_ids: Integers
) -> Iterator[tuple[int, int, float]]:
    metres = distance_m(lat[a], lon[a], lat[b], lon[b])
    close = (metres <= SIMILAR_NAME_M) | ((metres <= SAME_NAME_M) & (name_ids[a] == name_ids[b]))
    order = np.argsort(a[close], kind="stable")
    yield from zip(
        a[close][order].tolist(), b[close][order].tolist(), metres[close][order].tolist(), strict=True
    )
