"""Proposals for a hand-over: an assignment problem with capacities, contiguity and limits on receivers."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from routes_planner.assignment.contiguity import delaunay_edges, neighbour_lists, ranks
from routes_planner.assignment.model import Assignment, AssignmentModel
from routes_planner.assignment.solve import solve_assignment
from routes_planner.errors import PlannerError
from routes_planner.reassign.cost import cost_table
from routes_planner.reassign.problem import Proposal, ReassignPlan, ReassignProblem, Transfer
from routes_planner.stopping import OnProgress, Progress, Stop

DIFFERENT = 0.1  # each further proposal sends at least this share of the leaver's stores elsewhere


class NoHandover(PlannerError):
    """Nobody can take the stores over under the terms; the sentence says what is short."""


@dataclass(frozen=True)
class _Terms:
    model: AssignmentModel
    movable: NDArray[np.int64]  # store numbers that take part
    holder: NDArray[np.int64]  # (n,) receiver number, -1 = the leaver


def _movable(problem: ReassignProblem, neighbours: list[list[int]]) -> NDArray[np.bool_]:
    """The leaver's stores and, with cascade, kept stores within reach of them."""
    take = np.array([store.holder == problem.leaver for store in problem.stores])
    if not problem.cascade:
        return take
    ring = np.flatnonzero(take)
    for _ in range(problem.cascade_reach):
        fresh = {k for i in ring for k in neighbours[i] if not take[k]}
        ring = np.array(sorted(fresh), dtype=np.int64)
        take[ring] = True
    fixed = np.array([s.fixed and s.holder != problem.leaver for s in problem.stores])
    return np.asarray(take & ~fixed)


def _terms(problem: ReassignProblem) -> _Terms:
    places = problem.places()
    edges = problem.edges if problem.edges is not None else delaunay_edges(places)
    neighbours = neighbour_lists(len(problem.stores), edges)
    number = {receiver.id: j for j, receiver in enumerate(problem.receivers)}
    holder = np.array([number.get(store.holder, -1) for store in problem.stores], dtype=np.int64)
    take = _movable(problem, neighbours)
    movable = np.flatnonzero(take)
    minutes = np.array([store.minutes for store in problem.stores])
    kept = np.zeros(len(problem.receivers))
    np.add.at(kept, holder[~take], minutes[~take])
    capacity = np.array([receiver.capacity for receiver in problem.receivers])
    cost = cost_table(problem)
    cores = [[int(i) for i in np.flatnonzero(~take & (holder == j))] for j in range(len(problem.receivers))]
    rank, local = None, None
    if problem.contiguous:
        full = ranks(places, edges, cores)
        empty = [j for j, core in enumerate(cores) if not core]
        full[:, empty] = 0.0  # a receiver without kept stores may begin anywhere
        # only neighbours that take part, and cores, matter: cores are added as units settled beforehand
        rank, local = full, neighbours
    return _build(problem, cost, minutes, kept, capacity, holder, movable, rank, local, cores)


def _groups(
    problem: ReassignProblem, holder: NDArray[np.int64], movable: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The number of each leaver's store's chain or street; -1 = in none, or kept by its holder."""
    names = sorted({problem.stores[int(i)].group for i in movable if problem.stores[int(i)].group})
    codes = {name: g for g, name in enumerate(names)}
    own = [codes.get(problem.stores[int(i)].group, -1) if holder[i] < 0 else -1 for i in movable]
    return np.array(own, dtype=np.int64)


def _build(
    problem: ReassignProblem,
    cost: NDArray[np.float64],
    minutes: NDArray[np.float64],
    kept: NDArray[np.float64],
    capacity: NDArray[np.float64],
    holder: NDArray[np.int64],
    movable: NDArray[np.int64],
    rank: NDArray[np.float64] | None,
    neighbours: list[list[int]] | None,
    cores: list[list[int]],
) -> _Terms:
    """Only movable stores become units. A pair next to the receiver's core gets rank 0: it needs nobody else."""
    place = {int(i): k for k, i in enumerate(movable)}
    cut_rank, cut_neighbours = None, None
    cut_cost = cost[movable].copy()
    for k, i in enumerate(movable):
        if holder[i] >= 0:  # what moving a kept store costs is counted from its staying
            cut_cost[k] -= cost[i, holder[i]]
    if rank is not None and neighbours is not None:
        core_of = {i: j for j, core in enumerate(cores) for i in core}
        cut_rank = rank[movable].copy()
        cut_neighbours = [[place[k] for k in neighbours[int(i)] if k in place] for i in movable]
        for k, i in enumerate(movable):
            for near in neighbours[int(i)]:
                if near in core_of:
                    cut_rank[k, core_of[near]] = 0.0
        kept_here = np.flatnonzero(holder[movable] >= 0)
        cut_rank[kept_here, holder[movable][kept_here]] = 0.0  # staying needs no way
        cut_cost[~np.isfinite(cut_rank)] = inf
    model = AssignmentModel(
        cost=cut_cost,
        weights=minutes[movable][:, None],
        low=np.full((len(capacity), 1), -inf),
        high=(capacity - kept)[:, None],
        neighbours=cut_neighbours,
        rank=cut_rank,
        groups=_groups(problem, holder, movable) if problem.most_receivers > 0 else None,
        group_most=problem.most_receivers,
    )
    return _Terms(model, movable, holder)


def shortage(problem: ReassignProblem) -> str:
    """What makes a hand-over impossible, in a sentence with the figures."""
    work = sum(store.minutes for store in problem.stores)
    room = sum(receiver.capacity for receiver in problem.receivers)
    if work > room:
        return f"total work exceeds the receivers' capacity by {(work - room) / 60:.1f} hours a cycle"
    if not problem.cascade and problem.contiguous:
        return "no contiguous hand-over fits the capacities; let kept stores move too, or contiguity go"
    return "no hand-over fits the capacities and limits"


def solve(
    problem: ReassignProblem,
    stop: Stop,
    seed: int = 1,
    proposals: int = 1,
    gap: float = 0.01,
    on_progress: OnProgress | None = None,
) -> ReassignPlan:
    """Up to `proposals` distinct hand-overs, each proven within `gap` if time allows. Raises NoHandover.

    The time of `stop` is shared evenly among the proposals still to make. Each further proposal sends at least a
    tenth of the leaver's stores to other receivers than any before it does; its bound holds under that term too.
    """
    begun = stop.clock()
    terms = _terms(problem)
    found: list[Proposal] = []
    differs: list[tuple[NDArray[np.int64], NDArray[np.int64], int]] = []
    for turn in range(proposals):
        used = stop.clock() - begun
        share = max((stop.seconds - used) / (proposals - turn), 0.3)
        model = AssignmentModel(**{**vars(terms.model), "differs": tuple(differs)})
        answer = solve_assignment(model, Stop(seconds=share, clock=stop.clock), gap, seed)
        if answer is None:
            break
        found.append(_proposal(problem, terms, answer, stop.clock() - begun))
        if on_progress is not None:
            on_progress(Progress(stop.clock() - begun, turn + 1, answer.cost, 0))
        own = np.flatnonzero(terms.holder[terms.movable] < 0)
        differs.append((own, answer.owner_of[own], int(len(own) * (1.0 - DIFFERENT))))
    if not found:
        raise NoHandover(shortage(problem))
    return ReassignPlan(tuple(sorted(found, key=lambda proposal: proposal.cost)))


def _proposal(problem: ReassignProblem, terms: _Terms, answer: Assignment, seconds: float) -> Proposal:
    transfers = []
    minutes = dict.fromkeys((receiver.id for receiver in problem.receivers), 0.0)
    owner = terms.holder.copy()
    owner[terms.movable] = answer.owner_of
    for i, store in enumerate(problem.stores):
        receiver = problem.receivers[int(owner[i])].id
        minutes[receiver] += store.minutes
    for k, i in enumerate(terms.movable):
        store = problem.stores[int(i)]
        receiver = problem.receivers[int(answer.owner_of[k])].id
        if receiver != store.holder:
            cost = float(terms.model.cost[k, answer.owner_of[k]])
            transfers.append(Transfer(store.id, store.holder, receiver, cost))
    return Proposal(tuple(transfers), answer.cost, answer.bound, minutes, seconds)
