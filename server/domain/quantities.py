"""Pieces. Every quantity in Routebook is a whole number of pieces; cases and packs are ways to say it."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from server.domain.errors import DomainError

MAX_PIECES: Final = 100_000
"""The most that one count, one order line or one delivery line may hold (a lorry carries less)."""

MAX_SUM: Final = 1_000_000_000
"""The most that a sum over many deliveries may hold. Times the largest factor in thousandths it is 2e13, so
the arithmetic stays exact in the phone's 53-bit numbers."""

MAX_FACTOR: Final = 20


def whole_number(field: str, value: object, *, least: int = 0, most: int = MAX_PIECES) -> int:
    """The value as an int, or DomainError: `whole_number` (bool, text, fraction, NaN), `at_least`,
    `at_most`."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise DomainError(field, "whole_number")
    if value < least:
        raise DomainError(field, "at_least", least=least)
    if value > most:
        raise DomainError(field, "at_most", most=most)
    return value


def factor_in_thousandths(factor: object) -> int:
    """A safety factor (0 to 20) as whole thousandths, the nearest one, halves upward: 1.1 becomes 1100.

    Integers from here on, so that 1.1 x 10 is 11 on every machine and never gains a pack from
    11.000000000000002.
    Errors: DomainError `number`, `finite`, `at_least`, `at_most` for the field `factor`.
    """
    if isinstance(factor, bool) or not isinstance(factor, int | float):
        raise DomainError("factor", "number")
    if isinstance(factor, float) and not math.isfinite(factor):
        raise DomainError("factor", "finite")
    if factor < 0:
        raise DomainError("factor", "at_least", least=0)
    if factor > MAX_FACTOR:
        raise DomainError("factor", "at_most", most=MAX_FACTOR)
    return math.floor(factor * 1000 + 0.5)


class CasesAndUnits(NamedTuple):
    cases: int
    units: int


def pieces(cases: int, units: int, pack: int) -> int:
    """Pieces in `cases` full cases of `pack` pieces and `units` loose ones, 0 to 100,000.

    `units` may exceed `pack`: 30 loose bottles are not made into a case by being counted.
    Errors: DomainError for `cases`, `units`, `pack`, or `pieces` when the sum is too large.
    """
    whole_number("cases", cases)
    whole_number("units", units)
    whole_number("pack", pack, least=1)
    return whole_number("pieces", cases * pack + units)


def split(quantity: int, pack: int) -> CasesAndUnits:
    """A number of pieces said as full cases and loose units; the inverse of `pieces` for units below a
    pack."""
    whole_number("quantity", quantity, most=MAX_SUM)
    whole_number("pack", pack, least=1)
    return CasesAndUnits(*divmod(quantity, pack))
