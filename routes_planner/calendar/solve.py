"""The journey-plan search: rounds of annealing whose course depends on the seed alone."""

from __future__ import annotations

import numpy as np

from routes_planner.calendar.explain import reason_unserved
from routes_planner.calendar.kernel_arrays import T_BEST, T_COST, T_TEMPERATURE, Kept, Pace
from routes_planner.calendar.kernel_routes import take_up
from routes_planner.calendar.kernel_search import anneal, price_all_spreads
from routes_planner.calendar.model import FAR, Compiled, compile_model
from routes_planner.calendar.params import CalendarParams
from routes_planner.calendar.plan import CalendarPlan, DayRoute, Unserved
from routes_planner.calendar.problem import CalendarProblem, Shift, Store
from routes_planner.calendar.schedule import schedule, usable_windows
from routes_planner.calendar.state import empty_kept, empty_state
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
        pace = Pace(p.mean_removed, p.longest_string, p.split_chance, p.split_stop, p.blink)
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


def read_plan(
    c: Compiled, problem: CalendarProblem, kept: Kept, objective: float, seconds: float, steps: int
) -> CalendarPlan:
    """A kept solution in the problem's own words, the days that locks keep included."""
    routes: list[DayRoute] = []
    for number, shift in enumerate(c.shifts):
        n = int(kept.length[number])
        if n > 0:
            stores = [c.stores[int(i)] for i in kept.stops[number, 1 : n + 1]]
            routes.append(_day(problem, shift, stores))
    if c.fixed is not None:
        routes += [route for route in c.fixed.routes if route.day in problem.locked_days and route.visits]
    routes.sort(key=lambda route: (route.day, route.rep))
    absent = [c.stores[int(i)] for i in np.flatnonzero(kept.pattern < 0)]
    unserved = tuple(Unserved(store.id, reason_unserved(problem, store)) for store in absent)
    # the prices of unserved stores serve the search only
    priced = objective - float(c.model.absence_price[kept.pattern < 0].sum())
    cost = sum(route.cost for route in routes)
    return CalendarPlan(tuple(routes), unserved, cost, priced, seconds, steps)


def _day(problem: CalendarProblem, shift: Shift, stores: list[Store]) -> DayRoute:
    day = schedule(problem, shift, stores)
    if day is None:
        raise AssertionError(f"the search broke its own limits on day {shift.day} of {shift.rep}")
    return day


def load_plan(c: Compiled, problem: CalendarProblem, plan: CalendarPlan, kept: Kept) -> None:
    """Put a plan into `kept`. Stores whose days the problem no longer allows, or whose route no longer fits, are left
    out, to be put back by the search."""
    number = {store.id: i for i, store in enumerate(c.stores)}
    route_of = {(shift.rep, shift.day): r for r, shift in enumerate(c.shifts)}
    cells: dict[int, dict[int, int]] = {}
    days: dict[int, list[Store]] = {}
    for route in plan.routes:
        r = route_of.get((route.rep, route.day))
        if r is None:
            continue
        stores = [c.stores[number[visit.store]] for visit in route.visits if visit.store in number]
        if _fits(problem, c.shifts[r], stores):
            days[r] = stores
            for store in stores:
                cells.setdefault(number[store.id], {})[int(c.cell_of[r])] = r
    m = c.model
    for i in range(len(c.stores)):
        had = set(cells.get(i, {}))
        for p in range(int(m.pattern_from[i]), int(m.pattern_from[i + 1])):
            if had and had == {int(x) for x in m.cells[m.cells_from[p] : m.cells_from[p + 1]]}:
                kept.pattern[i] = p
    _drop_absent(problem, c, kept, days, number)
    for r, stores in days.items():
        _write_route(problem, c, kept, r, stores, number)


def _drop_absent(
    problem: CalendarProblem, c: Compiled, kept: Kept, days: dict[int, list[Store]], number: dict[str, int]
) -> None:
    """Take absent stores out of all routes; a route that no longer fits without them loses its other stores too."""
    changed = True
    while changed:
        changed = False
        for r, stores in days.items():
            stay = [store for store in stores if kept.pattern[number[store.id]] >= 0]
            if len(stay) < len(stores) and not _fits(problem, c.shifts[r], stay):
                for store in stay:
                    kept.pattern[number[store.id]] = -1
                stay = []
            changed = changed or len(stay) < len(stores)
            days[r] = stay


def _fits(problem: CalendarProblem, shift: Shift, stores: list[Store]) -> bool:
    calls = shift.max_calls is None or len(stores) <= shift.max_calls
    load = sum(store.demand for store in stores) <= shift.capacity + 1e-7
    return calls and load and schedule(problem, shift, stores) is not None


def _write_route(
    problem: CalendarProblem, c: Compiled, kept: Kept, r: int, stores: list[Store], number: dict[str, int]
) -> None:
    shift = c.shifts[r]
    day = _day(problem, shift, stores) if stores else None
    kept.length[r] = len(stores)
    kept.stops[r, len(stores) + 1] = c.model.end[r]
    for k, store in enumerate(stores, start=1):
        kept.stops[r, k] = number[store.id]
        start = day.visits[k - 1].start if day is not None else 0.0
        window = next(
            w for w in usable_windows(problem, store, shift.day) if w[0] - 1e-6 <= start <= w[1] + 1e-6
        )
        kept.window_opens[r, k] = max(window[0], -FAR)
        kept.window_closes[r, k] = min(window[1], FAR)
