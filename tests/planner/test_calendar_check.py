"""The checker is what every other test leans on: it must see each kind of broken promise."""

from dataclasses import replace

import pytest

from routes_planner.calendar.check import check
from routes_planner.calendar.params import CalendarParams
from routes_planner.calendar.plan import Unserved, Visit
from routes_planner.calendar.solve import solve
from routes_planner.stopping import Stop
from tests.planner.problems import grid_calendar


@pytest.fixture(scope="module")
def good():
    problem = grid_calendar(2, stores=10, timed=True, reps=2)
    plan = solve(problem, Stop(steps=400), 1, CalendarParams(round_steps=200, child_steps=100))
    assert check(problem, plan) == ()
    return problem, plan


def rules(problem, plan, start=None):
    return {breach.rule for breach in check(problem, plan, start)}


def with_route(plan, index, **change):
    routes = list(plan.routes)
    routes[index] = replace(routes[index], **change)
    return replace(plan, routes=tuple(routes))


def test_a_visit_left_out_breaks_the_pattern(good):
    problem, plan = good
    assert "pattern" in rules(problem, with_route(plan, 0, visits=plan.routes[0].visits[1:]))


def test_an_early_start_breaks_the_order(good):
    problem, plan = good
    visits = tuple(Visit(v.store, v.start - 50.0) for v in plan.routes[0].visits)
    assert {"order"} <= rules(problem, with_route(plan, 0, visits=visits))


def test_a_start_outside_opening_hours_is_seen(good):
    problem, plan = good
    store = next(s for s in problem.stores if s.windows)
    at = next(n for n, r in enumerate(plan.routes) if any(v.store == store.id for v in r.visits))
    late = tuple(Visit(v.store, v.start + 400.0) for v in plan.routes[at].visits)
    assert "window" in rules(problem, with_route(plan, at, visits=late))


def test_limits_of_the_shift_are_seen(good):
    problem, plan = good
    tight = tuple(
        replace(s, capacity=0.5, max_calls=0, max_minutes=1.0, closes=481.0) for s in problem.shifts
    )
    assert {"capacity", "max_calls", "max_minutes", "shift_hours"} <= rules(
        replace(problem, shifts=tight), plan
    )


def test_a_wrong_cost_is_seen(good):
    problem, plan = good
    assert rules(problem, replace(plan, cost=plan.cost + 1.0)) == {"cost"}
    assert "cost" in rules(problem, with_route(plan, 0, cost=0.0))


def test_a_visited_store_cannot_be_called_unserved(good):
    problem, plan = good
    liar = replace(plan, unserved=(Unserved(plan.routes[0].visits[0].store, "no reason"),))
    assert "unserved" in rules(problem, liar)


def test_another_rep_for_the_second_visit_is_seen(good):
    problem, plan = good
    store = next(s for s in problem.stores if len(s.patterns[0]) > 1)
    at = next(n for n, r in enumerate(plan.routes) if any(v.store == store.id for v in r.visits))
    other = "r1" if plan.routes[at].rep == "r0" else "r0"
    assert rules(problem, with_route(plan, at, rep=other)) & {"same_rep", "one_route"}


def test_a_route_without_a_shift_is_seen(good):
    problem, plan = good
    assert "shift" in rules(problem, with_route(plan, 0, rep="stranger"))


def test_a_locked_day_that_differs_is_seen(good):
    problem, plan = good
    day = plan.routes[0].day
    locked = replace(problem, locked_days=(day,))
    assert "locked_day" in rules(locked, with_route(plan, 0, visits=plan.routes[0].visits[::-1]), plan)
