"""What to order for one SKU at one outlet: the x1.5 rule.

    sold since the last visit = last count + delivered since - count now, never below zero
    safety stock              = sold x factor
    suggested                 = safety stock - count now, never below zero, rounded up to the pack

All in whole pieces and thousandths of a piece, so that phone and server agree to the piece.

**First visit** (`last_count` is None): the last count is taken as 0, so `sold = max(0, delivered - count)`;
what stood there before the first delivery is unknown and nobody is told that it was sold. When that sale is 0
and the shelf is empty, one pack is suggested: a listed SKU on an empty shelf is offered a start.

**Stock that grew** (`count > last_count + delivered`): somebody else delivered, goods came back, or one of
the two counts is wrong. The sale is 0, never negative, and the basis says `stock_grew`.

`delivered` is what the driver handed over since the last count, not what was ordered; None means nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from server.domain.quantities import MAX_SUM, factor_in_thousandths, whole_number

Basis = Literal["measured", "first_visit", "stock_grew"]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A suggested quantity with its arithmetic.

    sold: pieces sold since the last visit, never negative.
    safety_thousandths: the safety stock in thousandths of a piece (4.5 pieces are 4500).
    needed: pieces short of the safety stock, a started piece counted whole; before rounding to the pack.
    suggested: pieces, a multiple of the pack; packs: the same in packs.
    basis: `measured`, `first_visit` (no last count; one pack when nothing was sold and nothing is there, then
        `needed` is 0 and `packs` is 1) or `stock_grew`.
    """

    sold: int
    safety_thousandths: int
    needed: int
    suggested: int
    packs: int
    basis: Basis


def explain(
    last_count: int | None,
    delivered: int | None,
    count: int,
    pack: int,
    factor: float = 1.5,
) -> Suggestion:
    """The suggestion for one SKU with its arithmetic.

    Pieces: `last_count`, `delivered`, `count` from 0 to 1,000,000,000; `pack` from 1 to the same; `factor`
    from 0 to 20, taken to the nearest thousandth. Errors: DomainError (a ValueError) that names the field and
    the rule.
    """
    last = None if last_count is None else whole_number("last_count", last_count, most=MAX_SUM)
    came = 0 if delivered is None else whole_number("delivered", delivered, most=MAX_SUM)
    whole_number("count", count, most=MAX_SUM)
    whole_number("pack", pack, least=1, most=MAX_SUM)
    thousandths = factor_in_thousandths(factor)

    available = (last or 0) + came
    sold = max(0, available - count)
    safety = sold * thousandths
    needed = max(0, -(-safety // 1000) - count)
    packs = -(-needed // pack)
    if last is None:
        basis: Basis = "first_visit"
        packs = 1 if sold == 0 and count == 0 else packs
    else:
        basis = "stock_grew" if count > available else "measured"
    return Suggestion(sold, safety, needed, packs * pack, packs, basis)


def suggest(
    last_count: int | None,
    delivered: int | None,
    count: int,
    pack: int,
    factor: float = 1.5,
) -> int:
    """Pieces to suggest, a multiple of `pack`; see `explain` for the arithmetic, the fallback and the
    errors."""
    return explain(last_count, delivered, count, pack, factor).suggested
