"""How the calendar search goes about its work, and what it counts as a cost besides travel."""

from __future__ import annotations

from dataclasses import dataclass

from routes_planner.errors import require


@dataclass(frozen=True, slots=True)
class CalendarParams:
    """Search: sizes after Christiaens and Vanden Berghe (2020); temperatures are in mean legs of a first plan.

    mean_removed, longest_string, split_chance, split_stop, blink: ruin and recreate; each step tears out strings of at
    most so many stops as are drawn for it, up to `longest_string`.

    soft: once every store has a place, capacities (and longest days where no hours bind) may be exceeded on the way at
    a price, adapted so that a share from `keep_least` to `keep_most` of steps keeps them. Plans never exceed them.

    The search keeps `elites` plans. Each is annealed from `hot` to `cold` over `round_steps` steps from nothing (the
    first from the start plan, if there is one). Then children of two of them are annealed from `warm` to `cold` over
    `child_steps` steps, and take the place of the costliest when they are better.

    Prices, in cost units: calls_price × (calls beyond `calls_slack` from even)² a day; work_price × (minutes beyond
    even + `work_slack`)² a day; same_time_price × minutes between a store's earliest and latest start beyond
    `same_time_slack`; change_price × visits that leave the day they had in the start plan.
    """

    mean_removed: float = 8.0
    longest_string: int = 10
    split_chance: float = 0.5
    split_stop: float = 0.1
    blink: float = 0.01
    soft: bool = True
    keep_least: float = 0.3
    keep_most: float = 0.5
    elites: int = 3
    hot: float = 1.5
    warm: float = 0.4
    cold: float = 0.06
    round_steps: int = 200_000
    child_steps: int = 100_000
    calls_price: float = 0.0
    calls_slack: float = 1.0
    work_price: float = 0.0
    work_slack: float = 15.0
    same_time_price: float = 0.0
    same_time_slack: float = 60.0
    change_price: float = 0.0

    def __post_init__(self) -> None:
        require(self.mean_removed >= 1, "params.mean_removed", "range", "must be at least 1")
        require(self.longest_string >= 1, "params.longest_string", "range", "must be at least 1")
        for name in ("split_chance", "split_stop", "blink", "keep_least", "keep_most"):
            require(0 <= getattr(self, name) <= 1, f"params.{name}", "range", "must be from 0 to 1")
        require(
            self.hot >= self.warm >= self.cold > 0, "params.hot", "range", "hot ≥ warm ≥ cold > 0 must hold"
        )
        for name in ("elites", "round_steps", "child_steps"):
            require(getattr(self, name) > 0, f"params.{name}", "positive", "must be more than zero")
        for name in ("calls", "work", "same_time", "change"):
            require(
                getattr(self, f"{name}_price") >= 0,
                f"params.{name}_price",
                "not_negative",
                "must not be negative",
            )
        for name in ("calls", "work", "same_time"):
            require(
                getattr(self, f"{name}_slack") >= 0,
                f"params.{name}_slack",
                "not_negative",
                "must not be negative",
            )

    @property
    def priced(self) -> bool:
        """True when a day or a store costs something besides travel."""
        return self.calls_price > 0 or self.work_price > 0 or self.same_time_price > 0
