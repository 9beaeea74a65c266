"""How a number is shown before it is opened: enough to tell two apart, never enough to dial.

The same rule runs on the phone (pwa/src/domain/masking.ts); the examples of both are tests/contracts/masking.json.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from server.domain.sealing import UNREADABLE

HIDDEN: Final = "****"
"""Always four stars: how long the hidden part is, nobody needs to know."""

MOST_SHOWN: Final = 4
SHOWN_SHARE: Final = (2, 5)
"""At most 40 % of the digits, and four: below five digits that would be one, so nothing is shown."""

LEAST_SHOWN: Final = 2

LEAST_DIGITS: Final = 7

# Digits with what people write between them, not within a longer word (an id, a checksum).
_NUMBERS: Final = re.compile(
    r"(?<![0-9A-Za-z_.])(?<![0-9a-f]-)[+(]{0,2}[0-9０-９][0-9０-９()\-/ ]{5,24}[0-9０-９](?![0-9A-Za-z_])"
)
# A day is no number, and neither is a range of minutes or the decimals of a position.
_NO_NUMBER: Final = re.compile(r"[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}")

_EXTENSION: Final = re.compile(r"[^0-9+()\-./\s].*$|[,;#*].*$", re.DOTALL)
_MAINLAND: Final = re.compile(r"(?:0086|86)?(1[3-9][0-9]{9})")


def mask_phone(phone: str) -> str:
    """A number with its middle hidden: `138****1234` for a mainland mobile, with or without +86; else the last digits,
    two to four of them; `****` for what is short or no number; an extension is hidden. Nothing stays nothing,
    and a number that does not open says so."""
    if phone == UNREADABLE:
        return UNREADABLE
    text = unicodedata.normalize("NFKC", phone).strip()
    if not text:
        return ""
    digits = re.sub(r"[^0-9]", "", _EXTENSION.sub("", text))
    mainland = _MAINLAND.fullmatch(digits)
    if mainland:
        return f"{mainland[1][:3]}{HIDDEN}{mainland[1][-4:]}"
    shown = min(MOST_SHOWN, len(digits) * SHOWN_SHARE[0] // SHOWN_SHARE[1])
    return HIDDEN + (digits[-shown:] if shown >= LEAST_SHOWN else "")


def mask_numbers(value: object) -> object:
    """What JSON can say, with everything in its texts hidden that may be a number to dial: for contents that nobody
    has read yet, such as a row of a list or an operation that waits for a decision."""
    if isinstance(value, str):
        return _NUMBERS.sub(_masked, value)
    if isinstance(value, Mapping):
        return {name: mask_numbers(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [mask_numbers(one) for one in value]
    return value


def _masked(found: re.Match[str]) -> str:
    text = unicodedata.normalize("NFKC", found[0])
    digits = sum(one.isdigit() for one in text)
    return found[0] if digits < LEAST_DIGITS or _NO_NUMBER.fullmatch(text) else mask_phone(text)
