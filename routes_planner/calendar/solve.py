"""The journey-plan search: annealed rounds, then children of the best; the course depends on the seed alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from routes_planner.calendar.kernel_arrays import (
    T_BEST,
    T_COST,
    T_LONG,
    T_LONG_LEAST,
    T_LONG_PRICE,
    T_OVER,
    T_OVER_LEAST,
    T_OVER_PRICE,
    T_TEMPERATURE,
    TINY,
    Kept,
    Pace,
)
from routes_planner.calendar.kernel_search import anneal, cross, price_all_spreads
from routes_planner.calendar.kernel_whole import put_aside, take_up
from routes_planner.calendar.model import Compiled, compile_model
from routes_planner.calendar.params import CalendarParams
from routes_planner.calendar.plan import CalendarPlan
from routes_planner.calendar.problem import CalendarProblem
from routes_planner.calendar.state import copy_kept, empty_kept, empty_state
from routes_planner.calendar.translate import load_plan, read_plan
from routes_planner.stopping import OnProgress, Progress, Stop

CHUNK = 1000  # steps between two looks at the clock


def solve(
    problem: CalendarProblem,
    stop: Stop,
    seed: int = 1,
    params: CalendarParams | None = None,
    start: CalendarPlan | None = None,
    on_progress: OnProgress | None = None,
) -> CalendarPlan:
    """The best plan found until `stop`. Same seed, same course: more time only goes further along it.

    start: today's plan; the search begins there, and `params.change_price` is what a moved visit costs.
    """
    search = Search(problem, params or CalendarParams(), seed, start)
    return search.run(stop, on_progress)


@dataclass(frozen=True)
class Elite:
    """A plan that the search keeps for breeding."""

    cost: float
    kept: Kept


class Search:
    """One search under way. `run` may be called again to go on."""

    def __init__(
        self, problem: CalendarProblem, params: CalendarParams, seed: int, start: CalendarPlan | None = None
    ) -> None:
        self.problem = problem
        self.params = params
        self.compiled: Compiled = compile_model(problem, params, start)
        self.state = empty_state(self.compiled, seed)
        self.rng = np.random.default_rng(seed)
        self.live: Kept = empty_kept(self.compiled)  # best of the round under way
        self.elites: list[Elite] = []
        self.steps = 0
        self.round = 0
        self.left = 0
        self.cooling = 1.0
        self.leg = 0.0
        self.started = start is not None
        self.soften = self.params.soft  # may limits still become soft?
        if start is not None:
            load_plan(self.compiled, problem, start, self.live)
        self._take_up(self.live)
        self.state.total[T_BEST] = self.state.total[T_COST]
        self.best = Elite(float(self.state.total[T_COST]), copy_kept(self.live))

    @property
    def cost(self) -> float:
        """The best objective so far, prices and absent stores included."""
        return min(self.best.cost, float(self.state.total[T_BEST]))

    def _best_kept(self) -> Kept:
        return self.live if self.state.total[T_BEST] < self.best.cost else self.best.kept

    @property
    def absent(self) -> int:
        """Stores that the best plan so far leaves out."""
        return int((self._best_kept().pattern < 0).sum())

    def _take_up(self, kept: Kept) -> None:
        c = self.compiled
        take_up(c.model, self.state, kept, c.cell_of)
        if c.model.same_time_price > 0:
            price_all_spreads(c.model, self.state, c.cell_of)

    def _end_round(self) -> None:
        """Keep what the round found: among the elites if it is new there and better than the costliest."""
        found = Elite(float(self.state.total[T_BEST]), copy_kept(self.live))
        if self.soft and not (found.cost < np.inf and (found.kept.pattern >= 0).all()):
            self.state.total[[T_OVER_PRICE, T_LONG_PRICE]] = np.inf
            self.soften = False
        if found.cost == np.inf:
            return
        if found.cost < self.best.cost:
            self.best = found
        same = any((e.kept.pattern == found.kept.pattern).all() and e.cost <= found.cost for e in self.elites)
        if not same:
            self.elites.append(found)
            self.elites.sort(key=lambda elite: elite.cost)
            del self.elites[self.params.elites :]

    def _begin_round(self) -> None:
        """Set temperature, length and first plan of the next round."""
        p, c, s = self.params, self.compiled, self.state
        if self.round > 0:
            self._end_round()
        if self.soften and not self.soft and self.round == 1:
            self._soften()  # walls left someone out: prices may find room; one round, see `_end_round`
        crossing = self.round >= p.elites and len(self.elites) > 1
        if crossing:
            first, second = self.rng.choice(len(self.elites), 2, replace=False)
            self._take_up(self.elites[int(first)].kept)
            cross(c.model, s, c.cell_of, self.elites[int(second)].kept)
            put_aside(c.model, s, self.live)
            self._take_up(self.live)
        elif self.round > 0:
            self._take_up(empty_kept(c))
        if self.leg == 0.0:
            self._anneal(1)
            self.leg = self._mean_leg()
        put_aside(c.model, s, self.live)
        s.total[T_BEST] = s.total[T_COST] if max(s.total[T_OVER], s.total[T_LONG]) <= TINY else np.inf
        warm = crossing or (self.round == 0 and self.started)
        hot = p.warm if warm else p.hot
        self.left = p.child_steps if crossing else p.round_steps
        self.cooling = (p.cold / hot) ** (1.0 / self.left)
        s.total[T_TEMPERATURE] = hot * self.leg
        self.round += 1

    @property
    def soft(self) -> bool:
        """Are capacities and longest days prices for now, not walls?"""
        return bool(np.isfinite(self.state.total[T_OVER_PRICE]))

    def _soften(self) -> None:
        """Once every store has a place, plans that exceed a limit may be passed through, at a price."""
        m, total = self.compiled.model, self.state.total
        load = float(m.demand.mean())
        minutes = float(m.service.mean()) + self.leg
        total[T_OVER_PRICE] = self.leg / load if load > 0 else 1.0
        total[T_LONG_PRICE] = self.leg / minutes if minutes > 0 else 1.0
        total[[T_OVER_LEAST, T_LONG_LEAST]] = 0.05 * total[[T_OVER_PRICE, T_LONG_PRICE]]

    def _mean_leg(self) -> float:
        c, s = self.compiled, self.state
        live = 2 * np.arange(len(c.shifts)) + s.side
        legs = int(s.length[live].sum() + (s.length[live] > 0).sum())
        return float(s.route_cost[live].sum() / legs) if legs else c.mean_leg

    def _anneal(self, steps: int) -> None:
        p, c = self.params, self.compiled
        ruin = (float(p.mean_removed), int(p.longest_string), float(p.split_chance), float(p.split_stop))
        pace = Pace(*ruin, float(p.blink), float(p.keep_least), float(p.keep_most))
        anneal(c.model, self.state, pace, c.cell_of, self.live, steps, self.cooling)
        self.steps += steps

    def run(self, stop: Stop, on_progress: OnProgress | None = None) -> CalendarPlan:
        """Go on until `stop`; steps and seconds count from this call."""
        begun = stop.clock()
        first = self.steps
        while len(self.compiled.stores) > 0:
            if self.left <= 0:
                self._begin_round()
            if self.soften and not self.soft and self.steps % CHUNK == 0 and self.absent == 0:
                self._soften()
            chunk = min(CHUNK - self.steps % CHUNK, self.left)
            if stop.steps is not None:
                chunk = min(chunk, stop.steps - (self.steps - first))
            if chunk <= 0:
                break
            self._anneal(chunk)
            self.left -= chunk
            seconds = stop.clock() - begun
            if on_progress is not None:
                on_progress(Progress(seconds, self.steps, self.cost, self.absent))
            if seconds >= stop.seconds or self.cost <= stop.target:
                break
        return self.plan(stop.clock() - begun)

    def plan(self, seconds: float = 0.0) -> CalendarPlan:
        """The best plan so far."""
        return read_plan(self.compiled, self.problem, self._best_kept(), self.cost, seconds, self.steps)
