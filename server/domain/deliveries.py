"""What the driver handed over, and what the truck must carry for it. Sold and delivered are counted from
here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from server.domain.errors import Problem
from server.domain.quantities import MAX_PIECES, CasesAndUnits, split

Status = Literal["delivered", "partly", "refused"]

SHORT_REASONS: Final = ("short", "refused", "damaged", "other")
"""Why less was handed over than was ordered."""


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """Pieces ordered and pieces handed over of one SKU, with a reason of SHORT_REASONS where they differ."""

    sku_id: int
    ordered: int
    delivered: int
    reason: str = ""


class Load(NamedTuple):
    """What a truck carries of one SKU: pieces, and the same as full cases and loose units."""

    sku_id: int
    pieces: int
    cases: CasesAndUnits


def delivery_problems(lines: Collection[DeliveryLine]) -> list[Problem]:
    """What keeps a delivery from being right, by field (`lines.0.delivered`) and rule; [] when it is.

    Handed over is a whole number from 0 to what was ordered (`whole_number`, `at_least`, `at_most`): more is
    another order. Less asks for a reason (`reason_required`, `reason_unknown`). A SKU is there once
    (`twice`).
    """
    if not lines:
        return [Problem("lines", "required")]
    problems: list[Problem] = []
    seen: set[int] = set()
    for index, line in enumerate(lines):
        if line.sku_id in seen:
            problems.append(Problem(f"lines.{index}.sku_id", "twice"))
        seen.add(line.sku_id)
        rule = _delivered_problem(f"lines.{index}.delivered", line)
        if rule:
            problems.append(rule)
        elif line.reason and line.reason not in SHORT_REASONS:
            problems.append(Problem(f"lines.{index}.reason", "reason_unknown"))
        elif line.delivered < line.ordered and not line.reason:
            problems.append(Problem(f"lines.{index}.reason", "reason_required"))
    return problems


def delivery_status(lines: Collection[DeliveryLine]) -> Status:
    """`delivered` when every line was handed over in full, `refused` when nothing was, else `partly`."""
    if all(line.delivered == line.ordered for line in lines):
        return "delivered"
    return "refused" if all(line.delivered == 0 for line in lines) else "partly"


def load_sheet(lines: Iterable[tuple[int, int, int]]) -> list[Load]:
    """The load of one truck and day from `(sku_id, pieces ordered, pack)` of all its orders: one row a SKU,
    in the order in which the SKUs first appear. The pack of a SKU is the one it first appears with."""
    total: defaultdict[int, int] = defaultdict(int)
    packs: dict[int, int] = {}
    for sku_id, ordered, pack in lines:
        total[sku_id] += ordered
        packs.setdefault(sku_id, pack)
    return [Load(sku_id, pieces, split(pieces, packs[sku_id])) for sku_id, pieces in total.items()]


def _delivered_problem(path: str, line: DeliveryLine) -> Problem | None:
    value: object = line.delivered
    if isinstance(value, bool) or not isinstance(value, int):
        return Problem(path, "whole_number")
    if value < 0:
        return Problem(path, "at_least", {"least": 0})
    most = min(line.ordered, MAX_PIECES)
    return Problem(path, "at_most", {"most": most}) if value > most else None
