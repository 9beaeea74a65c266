"""The journey-plan search: rounds of annealing whose course depends on the seed alone."""

from __future__ import annotations

import numpy as np

from routes_planner.calendar.kernel_arrays import T_BEST, T_COST, T_TEMPERATURE, Kept, Pace
from routes_planner.calendar.kernel_routes import take_up
from routes_planner.calendar.kernel_search import anneal, price_all_spreads
from routes_planner.calendar.model import Compiled, compile_model
from routes_planner.calendar.params import CalendarParams
from routes_planner.calendar.plan import CalendarPlan
from routes_planner.calendar.problem import CalendarProblem
from routes_planner.calendar.state import empty_kept, empty_state
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


class Search:
    """One search under way. `run` may be called again to go on."""

    def __init__(
        self, problem: CalendarProblem, params: CalendarParams, seed: int, start: CalendarPlan | None = None
    ) -> None:
        self.problem = problem
        self.params = params
        self.compiled: Compiled = compile_model(problem, params, start)
        self.state = empty_state(self.compiled, seed)
        self.best: Kept = empty_kept(self.compiled)
        self.steps = 0
        self.round = 0
        self.left = 0
        self.cooling = 1.0
        self.leg = 0.0
        if start is not None:
            load_plan(self.compiled, problem, start, self.best)
        self._take_up(self.best)
        self.state.total[T_BEST] = self.state.total[T_COST]

    @property
    def cost(self) -> float:
        """The best objective so far, prices and absent stores included."""
        return float(self.state.total[T_BEST])

    @property
    def absent(self) -> int:
        """Stores that the best plan so far leaves out."""
        return int((self.best.pattern < 0).sum())

    def _take_up(self, kept: Kept) -> None:
        c = self.compiled
        take_up(c.model, self.state, kept, c.cell_of)
        if c.model.same_time_price > 0:
            price_all_spreads(c.model, self.state, c.cell_of)

    def _begin_round(self) -> None:
        """Set temperature and length of the next round."""
        p = self.params
        if self.round == 0:
            self._anneal(1)
            self.leg = self._mean_leg()
        hot = p.hot if self.round == 0 else p.reheat
        self.left = int(p.round_steps * p.growth**self.round)
        self.cooling = (p.cold / hot) ** (1.0 / self.left)
        if self.round > 0:
            self._take_up(self.best)
        self.state.total[T_TEMPERATURE] = hot * self.leg
        self.round += 1

    def _mean_leg(self) -> float:
        c, s = self.compiled, self.state
        live = 2 * np.arange(len(c.shifts)) + s.side
        legs = int(s.length[live].sum() + (s.length[live] > 0).sum())
        return float(s.route_cost[live].sum() / legs) if legs else c.mean_leg

    def _anneal(self, steps: int) -> None:
        p, c = self.params, self.compiled
        pace = Pace(
            p.mean_removed,
            p.longest_string,
            p.split_chance,
            p.split_stop,
            p.blink,
            p.storm_chance,
            p.storm_factor,
        )
        anneal(c.model, self.state, pace, c.cell_of, self.best, steps, self.cooling)
        self.steps += steps

    def run(self, stop: Stop, on_progress: OnProgress | None = None) -> CalendarPlan:
        """Go on until `stop`; steps and seconds count from this call."""
        begun = stop.clock()
        first = self.steps
        while len(self.compiled.stores) > 0:
            if self.left <= 0:
                self._begin_round()
            chunk = min(CHUNK, self.left)
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
        return read_plan(self.compiled, self.problem, self.best, self.cost, seconds, self.steps)
