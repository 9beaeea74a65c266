"""JSON as the standard means it: no NaN or infinity, no minus zero, no duplicate keys, no lone surrogates.

And inflating within a cap. Pure: requests are read in server/api/strict_json.py, bodies of operations in
server/domain/operations.py.
"""

from __future__ import annotations

import json
import re
import zlib
from typing import Any, Final, NoReturn

from server.domain.errors import DomainError

GZIP: Final = 31
RAW_DEFLATE: Final = -15

# Where a whole "-0" may stand; inside a text it may too, so a hit is looked at again with a slower parser.
_MINUS_ZERO: Final = re.compile(r"-0(?![.\deE])")


def loads(data: bytes | str) -> Any:
    """Parse one JSON text.

    Errors: DomainError for the field `body` with the rule `format` (no JSON, or a number of more than 4,300 digits),
    `text` (no UTF-8, a lone surrogate) or `finite` (NaN, an infinity, 1e400); for the key itself with
    `duplicate_key`; `whole_number` for a minus zero.
    """
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        value = json.loads(text, parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_unique)
        if _MINUS_ZERO.search(text):
            json.loads(text, parse_int=_no_minus_zero)
        # A lone surrogate can stand in a JSON escape; it cannot be stored or sent on.
        if "\\ud" in text.lower():
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeError:
        raise DomainError("body", "text") from None
    except DomainError:
        raise
    except (ValueError, RecursionError):
        raise DomainError("body", "format") from None
    return value


def inflate(data: bytes, cap: int, *, wbits: int = GZIP) -> bytes:
    """Inflate within a cap of bytes (A19): a bomb is refused before it is unpacked.

    Errors: DomainError for the field `body` with `format` (damaged, cut short, or followed by something else) or
    `too_large`.
    """
    engine = zlib.decompressobj(wbits)
    try:
        unpacked = engine.decompress(data, cap)
    except zlib.error:
        raise DomainError("body", "format") from None
    if engine.unconsumed_tail:
        raise DomainError("body", "too_large", most=cap)
    if not engine.eof or engine.unused_data:
        raise DomainError("body", "format")
    return unpacked


def _no_constant(name: str) -> NoReturn:
    raise DomainError("body", "finite", value=name)


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise DomainError("body", "finite", value=text[:20])
    return value


def _no_minus_zero(text: str) -> int:
    if text == "-0":
        raise DomainError("body", "whole_number", value=text)
    return int(text)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise DomainError(key, "duplicate_key")
            seen.add(key)
    return result
