"""What holds for any problem: drawn by hypothesis, small, and checked by the checkers."""

from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routes_planner.calendar.check import check as check_calendar
from routes_planner.calendar.params import CalendarParams
from routes_planner.calendar.problem import Break, CalendarProblem, Shift, Store
from routes_planner.calendar.solve import solve as solve_calendar
from routes_planner.formats.problems import problem_from_json, to_json
from routes_planner.sequence.check import check as check_sequence
from routes_planner.sequence.problem import SequenceProblem
from routes_planner.sequence.problem import Stop as SequenceStop
from routes_planner.sequence.solve import solve as solve_sequence
from routes_planner.stopping import Stop
from routes_planner.travel.table import plane_table

FAST = CalendarParams(round_steps=60, child_steps=40, elites=2)
BOUNDED = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)

places = st.tuples(st.integers(0, 60), st.integers(0, 60))


@st.composite
def windows(draw):
    found = []
    at = draw(st.integers(470, 700))
    for _ in range(draw(st.integers(0, 2))):
        width = draw(st.integers(0, 120))
        found.append((float(at), float(at + width)))
        at += width + draw(st.integers(1, 120))
    return tuple(found)


@st.composite
def calendars(draw):
    days = draw(st.integers(1, 4))
    positions = draw(st.lists(places, min_size=1, max_size=9))
    reps = draw(st.integers(1, 2))
    stores = []
    for number in range(len(positions)):
        size = draw(st.integers(1, days))
        patterns = draw(
            st.lists(
                st.permutations(range(days)).map(lambda p, n=size: tuple(sorted(p[:n]))),
                min_size=1,
                max_size=3,
            )
        )
        stores.append(
            Store(
                f"s{number}",
                number,
                tuple(dict.fromkeys(patterns)),
                float(draw(st.integers(0, 40))),
                float(draw(st.integers(0, 5))),
                draw(windows()),
                reps=("r0",) if draw(st.booleans()) else (),
            )
        )
    rests = (Break(20.0, 660.0, 720.0),) if draw(st.booleans()) else ()
    home = len(positions)
    shifts = tuple(
        Shift(
            f"r{rep}",
            day,
            home,
            draw(st.sampled_from([home, None])),
            480.0,
            float(draw(st.integers(560, 1000))),
            float(draw(st.integers(100, 500))),
            float(draw(st.integers(3, 30))),
            draw(st.sampled_from([None, 2, 6])),
            rests,
        )
        for rep in range(reps)
        for day in range(days)
        if day == 0 or draw(st.integers(0, 5)) > 0
    )
    table = plane_table(np.array([*positions, (30, 30)], dtype=float))
    return CalendarProblem(
        "drawn",
        days,
        tuple(stores),
        shifts,
        table,
        draw(st.booleans()),
        draw(st.booleans()),
        days_a_week=days,
    )


@BOUNDED
@given(calendars(), st.integers(0, 3))
def test_any_calendar_that_solve_returns_passes_check(problem, seed):
    plan = solve_calendar(problem, Stop(steps=120), seed, FAST)
    assert check_calendar(problem, plan) == ()


@BOUNDED
@given(calendars())
def test_any_calendar_with_prices_passes_check_and_warm_starts_stay_sound(problem):
    params = replace(FAST, calls_price=3.0, work_price=0.01, same_time_price=0.1, change_price=2.0)
    first = solve_calendar(problem, Stop(steps=40), 1, params)
    plan = solve_calendar(problem, Stop(steps=80), 2, params, start=first)
    assert check_calendar(problem, plan) == ()
    assert len(plan.unserved) <= len(first.unserved)


@BOUNDED
@given(calendars(), st.integers(1, 150), st.integers(1, 150))
def test_more_steps_never_give_a_worse_calendar_for_the_same_seed(problem, fewer, more):
    short = solve_calendar(problem, Stop(steps=fewer), 1, FAST)
    long = solve_calendar(problem, Stop(steps=fewer + more), 1, FAST)
    assert (len(long.unserved), long.cost) <= (len(short.unserved), short.cost + 1e-6)


@BOUNDED
@given(calendars(), st.randoms(use_true_random=False))
def test_permuting_the_stores_does_not_change_what_can_be_served_at_all(problem, shuffle):
    from_one = {s.id for s in problem.stores if _alone(problem, s)}
    order = list(problem.stores)
    shuffle.shuffle(order)
    mixed = replace(problem, stores=tuple(order))
    assert {s.id for s in mixed.stores if _alone(mixed, s)} == from_one
    plan = solve_calendar(mixed, Stop(steps=60), 1, FAST)
    assert check_calendar(problem, plan) == ()
    assert {s.id for s in problem.stores} - from_one <= {entry.store for entry in plan.unserved}


def _alone(problem, store):
    """Can this store be served when it is the only one?"""
    return not solve_calendar(replace(problem, stores=(store,)), Stop(steps=2), 1, FAST).unserved


@BOUNDED
@given(calendars())
def test_a_problem_reads_back_from_json_as_it_was(problem):
    again = problem_from_json(CalendarProblem, to_json(problem))
    assert again.stores == problem.stores
    assert again.shifts == problem.shifts
    assert (again.travel.cost == problem.travel.cost).all()
    assert replace(again, travel=problem.travel) == problem


@st.composite
def days(draw):
    positions = draw(st.lists(places, min_size=1, max_size=9))
    stops = tuple(
        SequenceStop(f"s{n}", n, float(draw(st.integers(0, 30))), draw(windows()))
        for n in range(len(positions))
    )
    table = plane_table(np.array([*positions, (30, 30)], dtype=float))
    home = len(positions)
    return SequenceProblem(
        "drawn",
        stops,
        home,
        draw(st.sampled_from([home, None])),
        table,
        480.0,
        float(draw(st.integers(600, 1100))),
        max_calls=draw(st.sampled_from([None, 4])),
        breaks=(Break(20.0, 660.0, 720.0),) if draw(st.booleans()) else (),
        late_price=draw(st.sampled_from([None, 2.0])),
    )


@BOUNDED
@given(days())
def test_any_day_that_solve_returns_passes_check(problem):
    plan = solve_sequence(problem, Stop(steps=120), 1, FAST)
    assert check_sequence(problem, plan) == ()
