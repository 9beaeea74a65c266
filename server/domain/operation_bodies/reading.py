"""Reading values from JSON, fast and strictly: each function returns the value or raises a DomainError that names
the field (`counts.shelf.3`, counted from 0) and the rule."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from server.domain.errors import DomainError
from server.domain.quantities import MAX_PIECES

# What no text may hold: control characters (line breaks and tabs only where lines are meant) and lone surrogates.
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_CONTROL_IN_LINES: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
MAX_ID: Final = 2**31 - 1
_INTS: Final = {int}
_ROUND_THE_EARTH_M: Final = 40_100_000


class Fix(NamedTuple):
    """Where the phone was: WGS-84 degrees, and metres of uncertainty."""

    latitude: float
    longitude: float
    accuracy_m: float


def record(
    path: str, value: object, required: Collection[str], optional: Collection[str] = ()
) -> dict[str, Any]:
    """An object that has all `required` keys and no others but `optional` ones. Path "" is the body itself."""
    if type(value) is not dict:
        raise DomainError(path or "body", "type")
    keys = value.keys()
    if keys != set(required):
        prefix = f"{path}." if path else ""
        for key in required:
            if key not in keys:
                raise DomainError(f"{prefix}{key}", "required")
        for key in keys:
            if key not in required and key not in optional:
                raise DomainError(f"{prefix}{str(key)[:40]}", "unknown_field")
    return value


def items(path: str, value: object, *, most: int, least: int = 0) -> list[Any]:
    """A list of `least` to `most` items."""
    if type(value) is not list:
        raise DomainError(path, "type")
    if not least <= len(value) <= most:
        raise DomainError(path, "at_least" if len(value) < least else "at_most", least=least, most=most)
    return value


def row(path: str, value: object, length: int) -> list[Any]:
    """A list of exactly `length` items."""
    if type(value) is not list or len(value) != length:
        raise DomainError(path, "length", min=length, max=length)
    return value


def text(path: str, value: object, most: int, *, least: int = 0, lines: bool = False) -> str:
    """Text of `least` to `most` characters in NFC, without control characters."""
    if type(value) is not str:
        raise DomainError(path, "type")
    if value.isascii():
        if value.isprintable() and least <= len(value) <= most:
            return value
    else:
        value = unicodedata.normalize("NFC", value)
    if not least <= len(value) <= most:
        raise DomainError(path, "length", min=least, max=most)
    if (_CONTROL_IN_LINES if lines else _CONTROL).search(value):
        raise DomainError(path, "text")
    return value


def choice(path: str, value: object, allowed: Collection[str]) -> str:
    if type(value) is not str or value not in allowed:
        raise DomainError(path, "one_of", allowed=", ".join(sorted(allowed)))
    return value


def flag(path: str, value: object) -> bool:
    if type(value) is not bool:
        raise DomainError(path, "type")
    return value


def whole(path: str, value: object, *, least: int = 0, most: int = MAX_PIECES) -> int:
    """An int that is no bool and within its range."""
    if type(value) is not int:
        raise DomainError(path, "whole_number")
    if not least <= value <= most:
        raise DomainError(path, "at_least" if value < least else "at_most", least=least, most=most)
    return value


def wholes(path: str, value: object, *, length: int, least: int = 0, most: int = MAX_PIECES) -> list[int]:
    """A list of `length` whole numbers within one range; checked as a whole first, item by item to name the fault."""
    values = row(path, value, length)
    if values and (set(map(type, values)) != _INTS or min(values) < least or max(values) > most):
        for index, one in enumerate(values):
            whole(f"{path}.{index}", one, least=least, most=most)
    return values


def id_list(path: str, value: object, *, most: int) -> list[int]:
    """Ids of server-made nouns, each once."""
    values = items(path, value, most=most)
    wholes(path, values, length=len(values), least=1, most=MAX_ID)
    once(path, values)
    return values


def once(path: str, values: Sequence[object]) -> None:
    """Each value once, or `twice` for the first that comes again."""
    if len(set(values)) != len(values):
        seen: set[object] = set()
        for index, value in enumerate(values):
            if value in seen:
                raise DomainError(f"{path}.{index}", "twice")
            seen.add(value)


def number(path: str, value: object, least: float, most: float) -> float:
    """A finite number within its range; bools are none."""
    if type(value) is not float and type(value) is not int:
        raise DomainError(path, "number")
    if not math.isfinite(value):
        raise DomainError(path, "finite")
    if not least <= value <= most:
        raise DomainError(path, "at_least" if value < least else "at_most", least=least, most=most)
    return float(value)


def uuid(path: str, value: object) -> UUID:
    """A UUID as 36 characters; its version and the time in it mean nothing here (C5)."""
    if type(value) is not str or len(value) != 36:
        raise DomainError(path, "format")
    try:
        return UUID(value)
    except ValueError:
        raise DomainError(path, "format") from None


def instant(path: str, value: object) -> datetime:
    """An instant with a zone, as UTC, from 1970 to 2200: phones with a dead clock say 1970."""
    if type(value) is not str or not 16 <= len(value) <= 40:
        raise DomainError(path, "instant")
    try:
        found = datetime.fromisoformat(value)
        if found.tzinfo is None:
            raise DomainError(path, "instant")
        found = found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise DomainError(path, "instant") from None
    if not _EARLIEST <= found <= _LATEST:
        raise DomainError(path, "at_most" if found > _LATEST else "at_least", least="1970", most="2200")
    return found


def day(path: str, value: object) -> date:
    """A calendar day as YYYY-MM-DD, from 2000 to 2199."""
    if type(value) is not str or len(value) != 10 or value[4] != "-" or value[7] != "-":
        raise DomainError(path, "date")
    try:
        found = date.fromisoformat(value)
    except ValueError:
        raise DomainError(path, "date") from None
    if not 2000 <= found.year < 2200:
        raise DomainError(path, "date")
    return found


def fix(path: str, value: object) -> Fix | None:
    """A position, or None where the phone had none."""
    if value is None:
        return None
    values = record(path, value, ("latitude", "longitude", "accuracy_m"))
    return Fix(
        number(f"{path}.latitude", values["latitude"], -90, 90),
        number(f"{path}.longitude", values["longitude"], -180, 180),
        number(f"{path}.accuracy_m", values["accuracy_m"], 0, _ROUND_THE_EARTH_M),
    )


def distance(path: str, value: object) -> float | None:
    """Metres, or None where there was no fix or no position to measure to."""
    return None if value is None else number(path, value, 0, _ROUND_THE_EARTH_M)
