"""A device's gapless sequence: which numbers have arrived, which are missing, which are lost for good.

Ranges, never single numbers: a phone may say anything about how far it counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

MAX_SEQ: Final = 10_000_000
"""A phone that saved a hundred operations every day for 250 years."""


class Range(NamedTuple):
    """Numbers from `first` to `last`, both included."""

    first: int
    last: int


def missing_ranges(
    contiguous: int, arrived: Iterable[int], highest: int, lost: Sequence[Range] = ()
) -> list[Range]:
    """The numbers above `contiguous` and up to `highest` that neither arrived nor are lost, in order."""
    holes: list[Range] = []
    following = contiguous + 1
    for one in _merged(arrived, lost):
        if one.first > highest:
            break
        if one.first > following:
            holes.append(Range(following, one.first - 1))
        following = max(following, one.last + 1)
    if following <= highest:
        holes.append(Range(following, highest))
    return holes


def advanced(contiguous: int, arrived: Iterable[int], lost: Sequence[Range] = ()) -> int:
    """The number up to which everything has arrived or is lost, from `contiguous` on."""
    for one in _merged(arrived, lost):
        if one.first > contiguous + 1:
            break
        contiguous = max(contiguous, one.last)
    return contiguous


def without(ranges: Sequence[Range], numbers: Iterable[int]) -> list[Range]:
    """The ranges less some numbers: what was thought lost and came after all."""
    left = list(ranges)
    for number in numbers:
        for index, one in enumerate(left):
            if one.first <= number <= one.last:
                left[index : index + 1] = [
                    part
                    for part in (Range(one.first, number - 1), Range(number + 1, one.last))
                    if part.first <= part.last
                ]
                break
    return left


def _merged(arrived: Iterable[int], lost: Sequence[Range]) -> list[Range]:
    if not lost:
        return [Range(one, one) for one in sorted(arrived)]
    return sorted([*(Range(one, one) for one in arrived), *lost])
