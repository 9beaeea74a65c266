"""A small generator of our own (xorshift64*, Vigna 2016), so that a seed means the same on every platform."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from routes_planner.compiled import inlined

_A = np.uint64(12)
_B = np.uint64(25)
_C = np.uint64(27)
_MULTIPLY = np.uint64(0x2545F4914F6CDD1D)
_SHIFT = np.uint64(11)
_SCALE = 1.0 / 9007199254740992.0


@inlined
def draw(state: NDArray[np.uint64]) -> float:
    """Uniform in [0, 1)."""
    x = state[0]
    x ^= x >> _A
    x ^= x << _B
    x ^= x >> _C
    state[0] = x
    return float(((x * _MULTIPLY) >> _SHIFT) * _SCALE)


@inlined
def draw_below(state: NDArray[np.uint64], n: int) -> int:
    """Uniform among 0…n - 1."""
    return int(draw(state) * n)
