"""How a number is shown before it is opened: enough to tell two apart, never enough to dial.

The same rule runs on the phone (pwa/src/domain/masking.ts); the examples of both are tests/contracts/masking.json.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

HIDDEN: Final = "****"
"""Always four stars: how long the hidden part is, nobody needs to know."""

MOST_SHOWN: Final = 4
SHOWN_SHARE: Final = (2, 5)
"""At most 40 % of the digits, and four: below five digits that would be one, so nothing is shown."""

LEAST_SHOWN: Final = 2

_EXTENSION: Final = re.compile(r"[^0-9+()\-./\s].*$|[,;#*].*$", re.DOTALL)
_MAINLAND: Final = re.compile(r"(?:0086|86)?(1[3-9][0-9]{9})")


def mask_phone(phone: str) -> str:
    """A number with its middle hidden: `138****1234` for a mainland mobile, with or without +86; else the last digits,
    two to four of them; `****` for what is short or no number; an extension is hidden. Nothing stays nothing."""
    text = unicodedata.normalize("NFKC", phone).strip()
    if not text:
        return ""
    digits = re.sub(r"[^0-9]", "", _EXTENSION.sub("", text))
    mainland = _MAINLAND.fullmatch(digits)
    if mainland:
        return f"{mainland[1][:3]}{HIDDEN}{mainland[1][-4:]}"
    shown = min(MOST_SHOWN, len(digits) * SHOWN_SHARE[0] // SHOWN_SHARE[1])
    return HIDDEN + (digits[-shown:] if shown >= LEAST_SHOWN else "")
