from dataclasses import replace
from math import inf

import numpy as np
import pytest

from routes_planner.calendar.check import check
from routes_planner.calendar.explain import explain
from routes_planner.calendar.params import CalendarParams
from routes_planner.calendar.problem import Break, CalendarProblem, Shift, Store
from routes_planner.calendar.solve import Search, solve
from routes_planner.errors import ProblemError
from routes_planner.stopping import Progress, Stop
from routes_planner.travel.table import plane_table
from tests.planner.problems import grid_calendar

FAST = CalendarParams(round_steps=400, child_steps=200)


def line_of(*x: float) -> np.ndarray:
    return np.array([[value, 0.0] for value in x])


def test_every_store_is_served_and_every_promise_kept():
    problem = grid_calendar(stores=20, reps=2)
    plan = solve(problem, Stop(steps=1500), 1, FAST)
    assert not plan.unserved
    assert check(problem, plan) == ()


def test_stores_side_by_side_are_visited_on_the_same_day():
    table = plane_table(line_of(-50.0, -49.0, 49.0, 50.0, 0.0))
    stores = tuple(Store(f"s{i}", i, ((0,), (1,))) for i in range(4))
    shifts = tuple(Shift("r", day, 4, 4, max_minutes=150.0) for day in range(2))
    plan = solve(CalendarProblem("line", 2, stores, shifts, table), Stop(steps=500), 1, FAST)
    assert plan.cost == pytest.approx(200.0)
    assert plan.days_of("s0") == plan.days_of("s1") != plan.days_of("s2") == plan.days_of("s3")


def test_the_same_seed_gives_the_same_plan():
    problem = grid_calendar(3, stores=18, reps=2, timed=True)
    first, second = (solve(problem, Stop(steps=900), 5, FAST) for _ in range(2))
    assert first.routes == second.routes


def test_cutting_a_search_into_pieces_changes_nothing():
    problem = grid_calendar(4, stores=16)
    whole = Search(problem, FAST, 2)
    whole.run(Stop(steps=1700))
    pieces = Search(problem, FAST, 2)
    for steps in (1, 650, 49, 1000):
        pieces.run(Stop(steps=steps))
    assert pieces.steps == whole.steps
    assert pieces.cost == whole.cost


def test_one_rep_serves_all_visits_of_a_store():
    problem = grid_calendar(5, stores=20, reps=3)
    plan = solve(problem, Stop(steps=800), 1, FAST)
    served_by = {}
    for route in plan.routes:
        for visit in route.visits:
            served_by.setdefault(visit.store, set()).add(route.rep)
    assert all(len(reps) == 1 for reps in served_by.values())


def test_windows_and_lunch_breaks_are_kept():
    problem = grid_calendar(6, stores=14, timed=True, breaks=(Break(30.0, 690.0, 750.0),), max_minutes=600.0)
    plan = solve(problem, Stop(steps=1500), 1, FAST)
    assert not plan.unserved
    assert check(problem, plan) == ()
    assert any(route.rests for route in plan.routes if route.returns > 750.0) or all(
        route.returns <= 750.0 for route in plan.routes
    )


def test_a_break_is_taken_on_a_long_day():
    table = plane_table(line_of(100.0, 200.0, 0.0))
    stores = tuple(Store(f"s{i}", i, ((0,),), 30.0) for i in range(2))
    shift = Shift("r", 0, 2, 2, 480.0, 1080.0, breaks=(Break(45.0, 600.0, 720.0),))
    problem = CalendarProblem("lunch", 1, stores, (shift,), table)
    plan = solve(problem, Stop(steps=300), 1, FAST)
    assert check(problem, plan) == ()
    (route,) = plan.routes
    assert [rest.minutes for rest in route.rests] == [45.0]
    assert route.returns - route.leaves >= 400.0 + 60.0 + 45.0


def test_calls_a_day_are_even_when_unevenness_has_a_price():
    problem = grid_calendar(7, stores=24, days=4)
    params = replace(FAST, calls_price=50.0, calls_slack=0.5, round_steps=2000)
    plan = solve(problem, Stop(steps=3000), 1, params)
    calls = [sum(len(r.visits) for r in plan.routes if r.day == day) for day in range(4)]
    assert max(calls) - min(calls) <= 2


def test_a_price_on_the_hour_keeps_a_store_at_about_the_same_time_each_day():
    problem = grid_calendar(8, stores=16)
    loose = solve(problem, Stop(steps=3000), 1, replace(FAST, round_steps=1500))
    tight = solve(
        problem,
        Stop(steps=3000),
        1,
        replace(FAST, round_steps=1500, same_time_price=5.0, same_time_slack=10.0),
    )
    assert check(problem, tight) == ()

    def drift(plan):
        starts = {}
        for route in plan.routes:
            for visit in route.visits:
                starts.setdefault(visit.store, []).append(visit.start - route.leaves)
        return sum(max(times) - min(times) for times in starts.values())

    assert drift(tight) < drift(loose)


def test_a_warm_start_is_never_made_worse():
    problem = grid_calendar(9, stores=18)
    first = solve(problem, Stop(steps=1500), 1, FAST)
    again = solve(problem, Stop(steps=300), 2, FAST, start=first)
    assert again.cost <= first.cost + 1e-6
    assert check(problem, again) == ()


def test_a_price_on_change_keeps_days_that_would_otherwise_move():
    problem = grid_calendar(10, stores=18)
    poor = solve(problem, Stop(steps=1), 3, FAST)
    free = solve(problem, Stop(steps=1500), 1, FAST, start=poor)
    dear = solve(problem, Stop(steps=1500), 1, replace(FAST, change_price=1000.0), start=poor)

    def moved(plan):
        return sum(plan.days_of(s.id) != poor.days_of(s.id) for s in problem.stores)

    assert moved(dear) == 0
    assert moved(free) > 0
    assert check(problem, dear) == ()


def test_locked_stores_and_days_stay_as_they_are():
    problem = grid_calendar(11, stores=18)
    today = solve(problem, Stop(steps=5), 3, FAST)
    store = next(s for s in problem.stores if len(s.patterns) == 4)
    locked = replace(problem, locked_days=(1,), locked_stores={store.id: today.days_of(store.id)})
    plan = solve(locked, Stop(steps=1500), 1, FAST, start=today)
    assert check(locked, plan, today) == ()
    assert plan.days_of(store.id) == today.days_of(store.id)
    assert plan.cost <= today.cost + 1e-6


def test_a_store_that_closes_before_anyone_arrives_says_so():
    table = plane_table(line_of(100.0, 10.0, 0.0))
    stores = (Store("far", 0, ((0,),), windows=((480.0, 500.0),)), Store("near", 1, ((0,),)))
    problem = CalendarProblem("early", 1, stores, (Shift("r", 0, 2, 2, 480.0, 1080.0),), table)
    plan = solve(problem, Stop(steps=50), 1, FAST)
    (left_out,) = plan.unserved
    assert left_out.store == "far"
    assert left_out.reason == "its window closes at 08:20, before the earliest arrival at 09:40"
    assert explain(problem) == ("far: its window closes at 08:20, before the earliest arrival at 09:40",)


def test_too_much_work_is_told_in_hours():
    table = plane_table(line_of(1.0, 2.0, 0.0))
    stores = tuple(Store(f"s{i}", i, ((0,),), 600.0) for i in range(2))
    problem = CalendarProblem("work", 1, stores, (Shift("r", 0, 2, 2, 0.0, 700.0),), table)
    assert explain(problem) == ("total work exceeds capacity by 8.3 hours, travel not counted",)
    plan = solve(problem, Stop(steps=50), 1, FAST)
    assert len(plan.unserved) == 1
    assert "total work exceeds capacity by 8.3 hours" in plan.unserved[0].reason


def test_a_day_without_a_shift_is_a_holiday():
    problem = grid_calendar(12, stores=8)
    shifts = tuple(s for s in problem.shifts if s.day != 2)
    stores = tuple(s for s in problem.stores if any(2 not in p for p in s.patterns))
    short = replace(problem, shifts=shifts, stores=stores)
    plan = solve(short, Stop(steps=300), 1, FAST)
    assert all(route.day != 2 for route in plan.routes)
    assert check(short, plan) == ()


def test_a_route_may_end_at_its_last_stop():
    table = plane_table(line_of(10.0, 20.0, 0.0))
    stores = tuple(Store(f"s{i}", i, ((0,),)) for i in range(2))
    problem = CalendarProblem("open", 1, stores, (Shift("r", 0, 2, None),), table)
    plan = solve(problem, Stop(steps=50), 1, FAST)
    assert plan.cost == pytest.approx(20.0)
    assert check(problem, plan) == ()


def test_progress_never_gets_worse_and_a_target_ends_the_search():
    problem = grid_calendar(13, stores=20)
    told: list[Progress] = []
    plan = solve(problem, Stop(steps=6000), 1, FAST, on_progress=told.append)
    costs = [entry.cost for entry in told]
    assert costs == sorted(costs, reverse=True)
    early = solve(problem, Stop(steps=100_000, target=plan.cost * 1.5), 1, FAST)
    assert early.steps < 100_000


def test_a_day_without_opening_hours_begins_when_the_shift_opens():
    problem = grid_calendar(7, stores=12)
    shifts = tuple(replace(shift, closes=inf) for shift in problem.shifts)
    plan = solve(replace(problem, shifts=shifts), Stop(steps=300), 1, FAST)
    assert {route.leaves for route in plan.routes} == {480.0}


def test_stores_open_all_day_among_others_do_not_move_a_day_to_the_end_of_time():
    table = plane_table(line_of(-30.0, 20.0, 0.0))
    stores = (Store("a", 0, ((0,),), 10.0), Store("b", 1, ((0,),), 10.0, windows=((600.0, inf),)))
    shift = Shift("r", 0, 2, 2, 480.0)
    plan = solve(CalendarProblem("open", 1, stores, (shift,), table), Stop(steps=50), 1, FAST)
    assert not plan.unserved
    assert all(route.returns <= 700.0 for route in plan.routes)


def test_a_capacity_that_was_exceeded_on_the_way_is_kept_in_the_plan():
    table = plane_table(np.random.default_rng(3).uniform(0, 60, (31, 2)))
    stores = tuple(Store(f"s{i}", i, ((0,), (1,)), demand=1.0 + i % 7) for i in range(30))
    load = sum(store.demand for store in stores)
    shifts = tuple(
        Shift(f"t{truck}", day, 30, 30, capacity=float(np.ceil(1.05 * load / 6)), max_minutes=250.0)
        for day in range(2)
        for truck in range(3)
    )
    problem = CalendarProblem("tight", 2, stores, shifts, table, same_rep=False, days_a_week=2)
    search = Search(problem, CalendarParams(round_steps=4000, child_steps=2000), 1)
    passed_over = False
    for _ in range(12):
        plan = search.run(Stop(steps=1000))
        assert check(problem, plan) == ()
        passed_over = passed_over or search.soft
    assert passed_over
    assert not plan.unserved


def test_work_that_no_one_has_room_for_is_left_out_and_the_limits_stay_walls():
    table = plane_table(np.random.default_rng(4).uniform(0, 60, (21, 2)))
    stores = tuple(Store(f"s{i}", i, ((0,), (1,)), demand=3.0) for i in range(20))
    shifts = tuple(Shift("t", day, 20, 20, capacity=24.0) for day in range(2))
    problem = CalendarProblem("too much", 2, stores, shifts, table, days_a_week=2)
    search = Search(problem, CalendarParams(round_steps=1500, child_steps=1500), 1)
    plan = search.run(Stop(steps=5000))
    assert not search.soft
    assert len(plan.unserved) == 4
    assert check(problem, plan) == ()


def test_an_empty_problem_has_an_empty_plan():
    problem = replace(grid_calendar(1), stores=())
    plan = solve(problem, Stop(seconds=1.0), 1, FAST)
    assert plan.routes == ()
    assert plan.unserved == ()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"location": 99}, "stores[0].location"),
        ({"patterns": ()}, "stores[0].patterns"),
        ({"patterns": ((9,),)}, "stores[0].patterns[0]"),
        ({"minutes": -1.0}, "stores[0].minutes"),
        ({"windows": ((10.0, 5.0),)}, "stores[0].windows"),
        ({"reps": ("nobody",)}, "stores[0].reps"),
    ],
)
def test_a_wrong_store_is_refused_with_the_field_named(change, field):
    problem = grid_calendar(1)
    stores = (replace(problem.stores[0], **change), *problem.stores[1:])
    with pytest.raises(ProblemError) as refused:
        replace(problem, stores=stores)
    assert refused.value.field == field
