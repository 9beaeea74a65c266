import time
from dataclasses import replace

import pytest

from routes_planner.calendar.check import check
from routes_planner.calendar.insert import Inserter
from routes_planner.calendar.params import CalendarParams
from routes_planner.calendar.problem import Break
from routes_planner.calendar.schedule import schedule
from routes_planner.calendar.solve import solve
from routes_planner.stopping import Stop
from tests.planner.problems import grid_calendar

FAST = CalendarParams(round_steps=400, child_steps=200)


def planned(**change):
    problem = grid_calendar(21, stores=20, reps=2, timed=True, **change)
    newcomer = problem.stores[7]
    before = replace(problem, stores=tuple(s for s in problem.stores if s.id != newcomer.id))
    return problem, newcomer, before, solve(before, Stop(steps=1000), 1, FAST)


def carried_out(problem, plan, placement, store):
    """The plan with the store put where the placement says."""
    stores = {s.id: s for s in problem.stores}
    shifts = {(s.rep, s.day): s for s in problem.shifts}
    routes = {(r.rep, r.day): r for r in plan.routes}
    for day, after in zip(placement.days, placement.after, strict=True):
        key = (placement.rep, day)
        order = [v.store for v in routes[key].visits] if key in routes else []
        order.insert(order.index(after) + 1 if after else 0, store.id)
        made = schedule(problem, shifts[key], [stores[i] for i in order])
        assert made is not None
        routes[key] = made
    total = sum(r.cost for r in routes.values())
    return replace(plan, routes=tuple(routes.values()), cost=total)


def test_the_cheapest_placement_costs_what_it_says_and_keeps_every_promise():
    problem, newcomer, before, plan = planned()
    placements = Inserter(before, plan).cheapest(newcomer)
    assert 1 <= len(placements) <= 3
    assert [p.extra for p in placements] == sorted(p.extra for p in placements)
    for placement in placements:
        after = carried_out(problem, plan, placement, newcomer)
        assert check(problem, after) == ()
        assert after.cost == pytest.approx(plan.cost + placement.extra)


def test_a_store_nobody_has_room_for_gets_no_placement():
    _, newcomer, before, plan = planned()
    assert Inserter(before, plan).cheapest(replace(newcomer, demand=1e6)) == ()
    assert Inserter(before, plan).cheapest(replace(newcomer, windows=((0.0, 1.0),))) == ()


def test_breaks_are_left_in_place():
    _, newcomer, before, plan = planned(breaks=(Break(30.0, 690.0, 750.0),), max_minutes=600.0)
    for placement in Inserter(before, plan).cheapest(newcomer):
        assert placement.extra >= -1e-9


def test_an_answer_takes_milliseconds():
    _, newcomer, before, plan = planned()
    inserter = Inserter(before, plan)
    begun = time.process_time()
    for _ in range(20):
        inserter.cheapest(newcomer)
    assert (time.process_time() - begun) / 20 < 0.05
