from dataclasses import replace

import numpy as np
import pytest

from routes_planner.assignment.contiguity import delaunay_edges, neighbour_lists, ranks
from routes_planner.bench.generate import division
from routes_planner.errors import ProblemError
from routes_planner.formats.two_du import read_two_du
from routes_planner.stopping import Stop
from routes_planner.territory.check import check
from routes_planner.territory.problem import TerritoryProblem, Unit
from routes_planner.territory.solve import NoDivision, solve
from tests.planner.problems import DATA


@pytest.fixture(scope="module")
def divided():
    problem = division(150, 5, 3)
    return problem, solve(problem, Stop(seconds=20.0), gap=0.02)


def test_territories_are_balanced_contiguous_and_proven(divided):
    problem, plan = divided
    assert check(problem, plan) == ()
    assert plan.bound <= plan.cost
    assert plan.gap <= 0.02


def test_the_checker_sees_imbalance_and_islands(divided):
    problem, plan = divided
    one = replace(plan, territory_of=(0,) * len(problem.units))
    assert "balance" in {breach.rule for breach in check(problem, one)}
    moved = list(plan.territory_of)
    far = max(range(len(moved)), key=lambda i: problem.units[i].x)
    moved[far] = moved[min(range(len(moved)), key=lambda i: problem.units[i].x)]
    rules = {breach.rule for breach in check(problem, replace(plan, territory_of=tuple(moved)))}
    assert {"contiguous", "cost"} <= rules


def test_homes_anchor_territories():
    units = tuple(Unit(f"u{i}", float(i % 10), float(i // 10), (1.0,)) for i in range(60))
    problem = TerritoryProblem("homes", units, 2, (0.1,), plane=True, homes=((0.0, 0.0), (9.0, 5.0)))
    plan = solve(problem, Stop(seconds=10.0))
    assert check(problem, plan) == ()
    assert plan.territory_of[0] == 0
    assert plan.territory_of[59] == 1


def test_shares_make_uneven_territories_on_purpose():
    units = tuple(Unit(f"u{i}", float(i % 10), float(i // 10), (1.0,)) for i in range(60))
    problem = TerritoryProblem("shares", units, 2, (0.05,), plane=True, shares=(0.75, 0.25))
    plan = solve(problem, Stop(seconds=10.0))
    assert check(problem, plan) == ()
    assert sorted([plan.territory_of.count(0), plan.territory_of.count(1)]) == [15, 45]


def test_degrees_become_metres():
    units = tuple(Unit(f"u{i}", 114.0 + 0.01 * i, 22.3, (1.0,)) for i in range(4))
    problem = TerritoryProblem("degrees", units, 2, (0.1,))
    plan = solve(problem, Stop(seconds=5.0))
    assert check(problem, plan) == ()
    assert plan.cost == pytest.approx(2 * 1030.5, rel=0.002)


def test_what_cannot_be_balanced_is_said():
    units = (Unit("big", 0.0, 0.0, (100.0,)), Unit("small", 1.0, 0.0, (1.0,)))
    with pytest.raises(NoDivision):
        solve(TerritoryProblem("uneven", units, 2, (0.05,), plane=True), Stop(seconds=2.0))


def test_more_territories_than_units_are_refused():
    with pytest.raises(ProblemError, match="1 units cannot make 2 territories"):
        TerritoryProblem("few", (Unit("u", 0.0, 0.0, (1.0,)),), 2, (0.05,))


def test_places_that_coincide_or_lie_on_a_line_still_have_neighbours():
    same = delaunay_edges(np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]))
    reach = ranks(np.array([[0.0, 0.0], [0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]), same, [[0]])
    assert np.isfinite(reach).all()
    assert neighbour_lists(4, same)[1] == [0]


@pytest.mark.skipif(
    not (DATA / "territory").exists(), reason="published instances are not part of the project"
)
def test_a_published_design_problem_is_divided():
    problem = read_two_du(DATA / "territory" / "2DU60-05-1-edited.dat")
    assert len(problem.tolerances) == 3
    plan = solve(problem, Stop(seconds=10.0))
    assert check(problem, plan) == ()
