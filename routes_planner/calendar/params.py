"""How the calendar search goes about its work, and what it counts as a cost besides travel."""

from __future__ import annotations

from dataclasses import dataclass

from routes_planner.errors import require


@dataclass(frozen=True, slots=True)
class CalendarParams:
    """Search: sizes after Christiaens and Vanden Berghe (2020); temperatures are in mean legs of a first plan.

    mean_removed, longest_string, split_chance, split_stop, blink: ruin and recreate; with `storm_chance` a step tears
    out `storm_factor` times as much. hot, cold: temperatures between
    which a round cools. round_steps: steps of the first round; each later round is `growth` times as long.

    Prices, in cost units: calls_price × (calls beyond `calls_slack` from even)² a day; work_price × (minutes beyond
    even + `work_slack`)² a day; same_time_price × minutes between a store's earliest and latest start beyond
    `same_time_slack`; change_price × visits that leave the day they had in the start plan.
    """

    mean_removed: float = 10.0
    longest_string: int = 10
    split_chance: float = 0.5
    split_stop: float = 0.1
    blink: float = 0.01
    storm_chance: float = 0.0
    storm_factor: float = 4.0
    hot: float = 1.0
    reheat: float = 0.3
    cold: float = 0.03
    round_steps: int = 20_000
    growth: float = 1.5
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
        require(self.storm_factor >= 1, "params.storm_factor", "range", "must be at least 1")
        for name in ("split_chance", "split_stop", "blink", "storm_chance"):
            require(0 <= getattr(self, name) <= 1, f"params.{name}", "range", "must be from 0 to 1")
        require(
            self.hot >= self.reheat >= self.cold > 0,
            "params.hot",
            "range",
            "hot ≥ reheat ≥ cold > 0 must hold",
        )
        require(self.round_steps > 0, "params.round_steps", "positive", "must be more than zero")
        require(self.growth >= 1, "params.growth", "range", "must be at least 1")
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
