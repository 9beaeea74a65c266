"""What makes an order: lines of whole packs at a price a piece, a reason where the rep changed the
suggestion."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from server.domain.errors import Problem
from server.domain.quantities import MAX_PIECES, whole_number

CHANGE_REASONS: Final = (
    "owner_wants_more",
    "owner_wants_less",
    "no_space",
    "no_cash",
    "promotion",
    "competitor",
    "other",
)
"""Why a quantity is not the suggested one."""

MAX_PIECE_MINOR: Final = 10_000_000
"""The highest price of one piece in minor units. With 100,000 pieces a line and 1,000 lines, totals stay
below 2^53 and are exact on the phone."""

MAX_LINES: Final = 1_000


@dataclass(frozen=True, slots=True)
class OrderLine:
    """`quantity` and `suggested` in pieces (`suggested` None: nothing was suggested for this SKU),
    `piece_minor` the price of one piece in minor units (fen), `pack` the pieces of a pack, `loose`: single
    pieces are sold too."""

    sku_id: int
    quantity: int
    suggested: int | None
    piece_minor: int
    pack: int
    reason: str = ""
    loose: bool = False


@dataclass(frozen=True, slots=True)
class Declined:
    """A SKU that was suggested and not ordered: the change to nothing is kept with its reason, the order has
    no line of zero pieces."""

    sku_id: int
    suggested: int
    reason: str = ""


def line_total(quantity: int, piece_minor: int) -> int:
    """Minor units for one line. Errors: DomainError for `quantity` (0 to 100,000), `piece_minor`."""
    whole_number("quantity", quantity)
    return quantity * whole_number("piece_minor", piece_minor, most=MAX_PIECE_MINOR)


def order_total(lines: Iterable[OrderLine]) -> int:
    """Minor units for the order, exact. Errors as `line_total`."""
    return sum(line_total(line.quantity, line.piece_minor) for line in lines)


def order_problems(lines: Collection[OrderLine], declined: Collection[Declined] = ()) -> list[Problem]:
    """What keeps an order from being right, by field (`lines.0.quantity`, counted from 0) and rule; [] when
    it is.

    A line's quantity is 1 to 100,000 pieces (`whole_number`, `at_least`, `at_most`) and a multiple of the
    pack unless the SKU is sold loose (`multiple_of_pack`); its price is a whole number of minor units. A
    quantity that differs from the suggestion has a reason of CHANGE_REASONS (`reason_required`,
    `reason_unknown`). A SKU is there once (`twice`); an order has 1 to 1,000 lines (`required`, `at_most`).
    Each field is named once, by the first rule it breaks.
    """
    if not lines:
        return [Problem("lines", "required")]
    if len(lines) > MAX_LINES:
        return [Problem("lines", "at_most", {"most": MAX_LINES})]
    problems: list[Problem] = []
    seen: set[int] = set()
    for index, line in enumerate(lines):
        if line.sku_id in seen:
            problems.append(Problem(f"lines.{index}.sku_id", "twice"))
        seen.add(line.sku_id)
        problems.extend(_line_problems(f"lines.{index}", line))
    for index, gone in enumerate(declined):
        if gone.sku_id in seen:
            problems.append(Problem(f"declined.{index}.sku_id", "twice"))
        seen.add(gone.sku_id)
        rule = _reason_rule(gone.reason, changed=gone.suggested != 0)
        if rule:
            problems.append(Problem(f"declined.{index}.reason", rule))
    return problems


def _line_problems(path: str, line: OrderLine) -> list[Problem]:
    problems = []
    quantity = _number_problem(f"{path}.quantity", line.quantity, 1, MAX_PIECES)
    pack = _number_problem(f"{path}.pack", line.pack, 1, MAX_PIECES)
    if quantity is None and pack is None and not line.loose and line.quantity % line.pack:
        quantity = Problem(f"{path}.quantity", "multiple_of_pack", {"pack": line.pack})
    problems.append(quantity)
    problems.append(pack)
    problems.append(_number_problem(f"{path}.piece_minor", line.piece_minor, 0, MAX_PIECE_MINOR))
    if line.suggested is not None:
        problems.append(_number_problem(f"{path}.suggested", line.suggested, 0, None))
    rule = _reason_rule(line.reason, changed=line.suggested is not None and line.suggested != line.quantity)
    if rule:
        problems.append(Problem(f"{path}.reason", rule))
    return [problem for problem in problems if problem]


def _number_problem(path: str, value: object, least: int, most: int | None) -> Problem | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return Problem(path, "whole_number")
    if value < least:
        return Problem(path, "at_least", {"least": least})
    return Problem(path, "at_most", {"most": most}) if most is not None and value > most else None


def _reason_rule(reason: str, *, changed: bool) -> str | None:
    if not reason:
        return "reason_required" if changed else None
    return None if reason in CHANGE_REASONS else "reason_unknown"
