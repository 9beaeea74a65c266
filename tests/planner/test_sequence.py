from dataclasses import replace

import numpy as np
import pytest

from routes_planner.calendar.problem import Break
from routes_planner.cli.bench import read_best_known
from routes_planner.errors import FormatError, ProblemError
from routes_planner.formats.tsptw import read_tsptw
from routes_planner.sequence.check import check
from routes_planner.sequence.problem import SequenceProblem
from routes_planner.sequence.problem import Stop as SequenceStop
from routes_planner.sequence.solve import solve
from routes_planner.stopping import Stop
from routes_planner.travel.table import plane_table
from tests.planner.problems import DATA


def day(*stops: SequenceStop, **terms) -> SequenceProblem:
    table = plane_table(np.array([[float(x), 0.0] for x in (10, 20, 30, 40, 0)]))
    return SequenceProblem("day", stops, 4, terms.pop("end", 4), table, **terms)


def order(plan):
    return [call.stop for call in plan.calls]


def test_stops_along_a_road_are_visited_there_and_back():
    plan = solve(day(*(SequenceStop(f"s{i}", i) for i in range(4))), Stop(steps=200))
    assert plan.cost == pytest.approx(80.0)


def test_a_morning_only_store_comes_first_though_it_is_far():
    stops = (SequenceStop("near", 0, 60.0), SequenceStop("far", 3, 60.0, ((0.0, 45.0),)))
    problem = day(*stops)
    plan = solve(problem, Stop(steps=100))
    assert order(plan) == ["far", "near"]
    assert check(problem, plan) == ()


def test_a_store_that_closes_over_lunch_is_visited_in_its_second_window():
    stops = (SequenceStop("a", 0, 10.0, ((0.0, 5.0), (300.0, 400.0))), SequenceStop("b", 1, 10.0))
    problem = day(*stops)
    plan = solve(problem, Stop(steps=100))
    assert not plan.unserved
    assert next(c.start for c in plan.calls if c.stop == "a") >= 300.0
    assert check(problem, plan) == ()


def test_the_rest_of_a_day_is_planned_from_where_the_rep_is():
    problem = day(SequenceStop("a", 0), SequenceStop("b", 1), opens=700.0, closes=1000.0)
    later = replace(problem, start=2)
    plan = solve(later, Stop(steps=100))
    assert order(plan) == ["b", "a"]
    assert plan.leaves >= 700.0


def test_being_late_is_allowed_only_at_a_price_and_is_told_in_minutes():
    stops = (SequenceStop("a", 0, 30.0, ((0.0, 10.0),)), SequenceStop("b", 1, 30.0, ((0.0, 20.0),)))
    strict = solve(day(*stops), Stop(steps=200))
    assert len(strict.unserved) == 1
    lenient = day(*stops, late_price=1.0)
    plan = solve(lenient, Stop(steps=200))
    assert not plan.unserved
    assert plan.late == pytest.approx(30.0)
    assert check(lenient, plan) == ()


def test_the_lunch_break_is_taken_inside_its_hours():
    stops = tuple(SequenceStop(f"s{i}", i, 60.0) for i in range(4))
    problem = day(*stops, opens=480.0, closes=1100.0, breaks=(Break(40.0, 600.0, 660.0),))
    plan = solve(problem, Stop(steps=300))
    assert check(problem, plan) == ()
    assert len(plan.rests) == 1
    assert 600.0 <= plan.rests[0].start <= 660.0


def test_no_more_calls_are_made_than_allowed():
    problem = day(*(SequenceStop(f"s{i}", i) for i in range(4)), max_calls=3)
    plan = solve(problem, Stop(steps=100))
    assert len(plan.calls) == 3
    assert check(problem, plan) == ()


def test_a_stop_known_twice_is_refused():
    with pytest.raises(ProblemError, match="is there twice"):
        day(SequenceStop("a", 0), SequenceStop("a", 1))


def test_a_broken_file_is_refused_with_its_name(tmp_path):
    path = tmp_path / "short.txt"
    path.write_text("3\n0 1 2\n")
    with pytest.raises(FormatError, match="3 nodes need 15 numbers, 3 are there"):
        read_tsptw(path)


@pytest.mark.skipif(not (DATA / "tsptw").exists(), reason="published instances are not part of the project")
@pytest.mark.parametrize(
    "name", ["Dumas-n20w100.001.txt", "Dumas-n40w20.002.txt", "SolomonPotvinBengio-rc_203.1.txt"]
)
def test_published_days_are_solved_to_the_best_known_cost(name):
    problem = read_tsptw(DATA / "tsptw" / name)
    best = read_best_known(DATA / "tsptw")[name]
    plan = solve(problem, Stop(steps=40_000, target=best))
    assert check(problem, plan) == ()
    assert not plan.unserved
    assert plan.cost == pytest.approx(best, rel=2e-5)
