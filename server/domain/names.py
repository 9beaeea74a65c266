"""Names as people type them: found whatever the case, the width or the keyboard, and compared by how they
look.

What was typed is always kept; these are keys to search and compare with. No locale takes part: a Turkish
phone and a German server fold the same way. The same steps run on the phone (pwa/src/domain/names.ts).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from itertools import pairwise
from typing import Final

# Decimal digits that NFKC leaves alone: Arabic-Indic, Persian, Devanagari, Bengali, Thai. (Full width is
# NFKC's.)
_DIGITS: Final = {zero + n: str(n) for zero in (0x660, 0x6F0, 0x966, 0x9E6, 0xE50) for n in range(10)}

# Letters whose small or capital form is drawn like a Latin one. Names reach this map folded, so a letter goes
# to what either of its forms looks like: Cyrillic в and В to b. After Unicode's confusables table, kept to
# what keyboards type.
_LOOK_ALIKES: Final = str.maketrans(
    # Cyrillic                     Greek
    "авекмнорстухіјѕԁԛԝһӏαβεζηικμνορτυχ",
    "abekmhopctyxijsdqwhlabezhikmnoptyx",
)
_GAPS: Final = re.compile("[\\s\x00-\x1f\x7f-\x9f\ufeff]+")
_MARKS: Final = re.compile("[\u0300-\u036f]")
_USER_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}", re.ASCII)


def fold(text: str) -> str:
    """The text without regard to case, width or spacing: NFKC, upper then lower case (so that ß meets SS and
    ı meets I), one form of sigma, Latin digits, single spaces. For search; `skeleton` goes further."""
    upper_lower = unicodedata.normalize("NFKC", text).upper().lower()
    plain = upper_lower.replace("i\u0307", "i").replace("ς", "σ").translate(_DIGITS)
    return _GAPS.sub(" ", unicodedata.normalize("NFC", plain)).strip()


def skeleton(text: str) -> str:
    """How a name looks: folded, without accents, look-alike letters of Cyrillic and Greek as Latin ones,
    letters and digits only. Two names with one skeleton are shown to a person as likely the same; neither is
    refused."""
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", fold(text)))
    latin = unicodedata.normalize("NFC", bare).translate(_LOOK_ALIKES)
    return "".join(letter for letter in latin if unicodedata.category(letter)[0] in "LNM")


def similarity(a: str, b: str, chain: str = "") -> float:
    """How alike two shop names are, 0 to 1: the Dice coefficient of their skeletons' letter pairs (bigrams),
    which serves Chinese and Latin names alike (L. R. Dice, Ecology 26, 1945). A repeated pair counts as often
    as both have it. Equal names are 1, a name without a letter or digit is like nothing: 0.

    `chain`: where all shops of a chain begin with its name, that beginning is left out of both, if both have
    it and both have something left.
    """
    return likeness(*without_chain(skeleton(a), skeleton(b), skeleton(chain)))


def likeness(a: str, b: str) -> float:
    """`similarity` of two skeletons."""
    if a == b:
        return 1.0 if a else 0.0
    pairs_a = Counter(pairwise(a))
    pairs_b = Counter(pairwise(b))
    total = max(0, len(a) - 1) + max(0, len(b) - 1)
    return 2 * (pairs_a & pairs_b).total() / total if total else 0.0


def is_user_name(text: str) -> bool:
    """Whether a text may be a user name: 2 to 32 of a-z, 0-9, dot, hyphen, underscore, beginning with a
    letter or digit. Shop names may hold any letter; names that people sign in with may not be mistaken for
    one another."""
    return _USER_NAME.fullmatch(text) is not None


def without_chain(a: str, b: str, chain: str) -> tuple[str, str]:
    """Two skeletons without the skeleton of their chain, if both begin with it and both have something
    left."""
    if chain and a.startswith(chain) and b.startswith(chain) and len(chain) < min(len(a), len(b)):
        return a[len(chain) :], b[len(chain) :]
    return a, b
