"""When a search ends, and how it tells how far it is. The planner has no clock: one is handed in."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from routes_planner.errors import require

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Stop:
    """End a search after so many seconds of `clock`, after so many steps, or at a cost that is good enough.

    seconds: of `clock` (the monotonic wall clock unless another is given); steps: of the search's own unit;
    target: a cost at or below which nothing more is sought. Whichever comes first; at least one must be set.
    A search's course depends on its seed alone, so a stop only decides how far along that course it gets.
    """

    seconds: float = inf
    steps: int | None = None
    target: float = -inf
    clock: Clock = time.monotonic

    def __post_init__(self) -> None:
        require(self.seconds > 0, "stop.seconds", "positive", "must be more than zero")
        require(self.steps is None or self.steps > 0, "stop.steps", "positive", "must be more than zero")
        require(
            self.seconds < inf or self.steps is not None or self.target > -inf,
            "stop",
            "set",
            "set seconds, steps or target: the search would not end",
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """What a search tells its caller while it runs."""

    seconds: float
    steps: int
    cost: float
    absent: int  # stores not served by the best plan so far


OnProgress = Callable[[Progress], None]
