from dataclasses import replace

import numpy as np
import pytest

from routes_planner.bench.generate import departure
from routes_planner.errors import ProblemError
from routes_planner.reassign.check import check
from routes_planner.reassign.cost import extra_travel
from routes_planner.reassign.problem import HeldStore, ReassignProblem, Receiver
from routes_planner.reassign.solve import NoHandover, solve
from routes_planner.stopping import Stop
from routes_planner.travel.table import plane_table


def street(**change) -> ReassignProblem:
    """Ten stores in a street: a holds 0–2, the leaver 3–6, b 7–9."""
    holders = ["a"] * 3 + ["leaver"] * 4 + ["b"] * 3
    stores = tuple(HeldStore(f"s{i}", float(i), 0.0, 10.0, holder) for i, holder in enumerate(holders))
    terms = {
        "familiarity_price": 0.0,
        "plane": True,
        "speed": 1.0,
        "edges": tuple((i, i + 1) for i in range(9)),
    }
    terms.update(change)
    return ReassignProblem("street", "leaver", stores, (Receiver("a", 60.0), Receiver("b", 60.0)), **terms)


def receivers(proposal):
    return {transfer.store: transfer.receiver for transfer in proposal.transfers}


def test_a_leavers_stores_go_to_the_nearest_colleagues():
    problem = street()
    (proposal,) = solve(problem, Stop(seconds=5.0)).proposals
    assert check(problem, proposal) == ()
    assert receivers(proposal) == {"s3": "a", "s4": "a", "s5": "b", "s6": "b"}


def test_capacity_sends_more_to_the_one_who_has_room():
    problem = street()
    problem = replace(problem, receivers=(Receiver("a", 40.0), Receiver("b", 60.0)))
    (proposal,) = solve(problem, Stop(seconds=5.0)).proposals
    assert receivers(proposal) == {"s3": "a", "s4": "b", "s5": "b", "s6": "b"}


def test_familiarity_wins_where_travel_is_about_equal():
    problem = street(familiarity_price=50.0, contiguous=False)
    known = replace(problem.stores[4], familiarity={"b": 1.0})
    problem = replace(problem, stores=(*problem.stores[:4], known, *problem.stores[5:]))
    (proposal,) = solve(problem, Stop(seconds=5.0)).proposals
    assert receivers(proposal)["s4"] == "b"


def test_a_chain_goes_to_one_receiver_when_told_so():
    problem = street(most_receivers=1)
    stores = tuple(replace(s, group="chain") if s.holder == "leaver" else s for s in problem.stores)
    problem = replace(problem, stores=stores, receivers=(Receiver("a", 70.0), Receiver("b", 70.0)))
    (proposal,) = solve(problem, Stop(seconds=5.0)).proposals
    assert check(problem, proposal) == ()
    assert len(set(receivers(proposal).values())) == 1


def test_further_proposals_differ_and_each_has_its_bound():
    problem = departure(2, 0.15, stores=40, reps=6)
    plan = solve(problem, Stop(seconds=6.0), proposals=3)
    assert len(plan.proposals) == 3
    seen = [receivers(proposal) for proposal in plan.proposals]
    own = {s.id for s in problem.stores if s.holder == problem.leaver}
    for number, proposal in enumerate(plan.proposals):
        assert check(problem, proposal) == ()
        assert proposal.bound <= proposal.cost + 1e-6
        for other in seen[:number]:
            assert sum(seen[number][i] != other[i] for i in own) >= 0.1 * len(own) - 1


def test_kept_stores_move_only_when_told_they_may():
    problem = departure(3, 0.02, stores=30, reps=5)
    cascade = replace(problem, cascade=True)
    for asked in (problem, cascade):
        try:
            plan = solve(asked, Stop(seconds=5.0))
        except NoHandover:
            assert not asked.cascade
            continue
        assert check(asked, plan.proposals[0]) == ()


def test_too_little_capacity_is_told_in_hours():
    problem = street()
    problem = replace(problem, receivers=(Receiver("a", 40.0), Receiver("b", 30.0)))
    with pytest.raises(NoHandover, match=r"exceeds the receivers' capacity by 0\.5 hours"):
        solve(problem, Stop(seconds=2.0))


def test_the_checker_sees_each_broken_promise():
    problem = street()
    (proposal,) = solve(problem, Stop(seconds=5.0)).proposals
    swapped = tuple(replace(t, receiver="b" if t.receiver == "a" else "a") for t in proposal.transfers)
    assert "contiguous" in {b.rule for b in check(problem, replace(proposal, transfers=swapped))}
    assert "taken" in {b.rule for b in check(problem, replace(proposal, transfers=proposal.transfers[1:]))}
    small = replace(problem, receivers=(Receiver("a", 1.0), Receiver("b", 1.0)))
    assert "capacity" in {b.rule for b in check(small, proposal)}
    grouped = replace(problem, most_receivers=1, stores=tuple(replace(s, group="g") for s in problem.stores))
    assert "most_receivers" in {b.rule for b in check(grouped, proposal)}


def test_the_leaver_cannot_receive():
    with pytest.raises(ProblemError, match="cannot be a receiver"):
        replace(street(), leaver="a")


def test_extra_travel_is_the_cheapest_detour_on_each_day():
    table = plane_table(np.array([[0.0, 0.0], [10.0, 0.0], [5.0, 3.0], [0.0, 4.0]]))
    assert extra_travel(table, 3, [[0, 1, 0]]) == pytest.approx(min(4 + 116**0.5 - 10, 4 + 116**0.5 - 10))
    assert extra_travel(table, 2, [[0, 1], [0, 0]]) == pytest.approx(2 * 34**0.5 - 10 + 2 * 34**0.5)
