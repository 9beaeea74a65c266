"""Does a hand-over keep its promises? Written apart from the search."""

from __future__ import annotations

from collections.abc import Iterator

from routes_planner.assignment.contiguity import delaunay_edges, neighbour_lists
from routes_planner.breach import Breach
from routes_planner.reassign.problem import Proposal, ReassignProblem

TOLERANCE = 1e-6


def holders_after(problem: ReassignProblem, proposal: Proposal) -> dict[str, str]:
    """Store → who holds it once the transfers are done."""
    holders = {store.id: store.holder for store in problem.stores}
    holders.update({transfer.store: transfer.receiver for transfer in proposal.transfers})
    return holders


def check(problem: ReassignProblem, proposal: Proposal) -> tuple[Breach, ...]:
    """Every broken promise; empty when all are kept."""
    stores = {store.id: store for store in problem.stores}
    unknown = [t.store for t in proposal.transfers if t.store not in stores]
    if unknown:
        return (Breach("known", unknown[0], "there is no such store"),)
    found = list(_transfers(problem, proposal))
    found += _capacities(problem, proposal)
    found += _contiguity(problem, proposal)
    found += _groups(problem, proposal)
    return tuple(found)


def _transfers(problem: ReassignProblem, proposal: Proposal) -> Iterator[Breach]:
    stores = {store.id: store for store in problem.stores}
    receivers = {receiver.id for receiver in problem.receivers}
    moved = [transfer.store for transfer in proposal.transfers]
    for transfer in proposal.transfers:
        store = stores[transfer.store]
        if transfer.receiver not in receivers:
            yield Breach("receiver", store.id, f"goes to {transfer.receiver}, who is not a receiver")
        if transfer.giver != store.holder:
            yield Breach("giver", store.id, f"comes from {transfer.giver}, is held by {store.holder}")
        if store.holder != problem.leaver and (store.fixed or not problem.cascade):
            yield Breach("kept", store.id, "changes hands, though it may not")
        if moved.count(store.id) > 1:
            yield Breach("once", store.id, "changes hands twice")
    for store in problem.stores:
        if store.holder == problem.leaver and store.id not in moved:
            yield Breach("taken", store.id, "is left with the leaver")


def _capacities(problem: ReassignProblem, proposal: Proposal) -> Iterator[Breach]:
    holders = holders_after(problem, proposal)
    for receiver in problem.receivers:
        work = sum(store.minutes for store in problem.stores if holders[store.id] == receiver.id)
        if work > receiver.capacity * (1 + TOLERANCE):
            yield Breach("capacity", receiver.id, f"has {work:.1f} minutes, may have {receiver.capacity:.1f}")
        if abs(work - proposal.minutes.get(receiver.id, 0.0)) > 1e-3:
            yield Breach("minutes", receiver.id, f"is said to have other minutes than {work:.1f}")


def _contiguity(problem: ReassignProblem, proposal: Proposal) -> Iterator[Breach]:
    """Each store that changes hands is joined to a store its receiver keeps, if the receiver keeps any."""
    if not problem.contiguous:
        return
    holders = holders_after(problem, proposal)
    ids = [store.id for store in problem.stores]
    number = {id_: i for i, id_ in enumerate(ids)}
    edges = problem.edges if problem.edges is not None else delaunay_edges(problem.places())
    neighbours = neighbour_lists(len(ids), edges)
    for receiver in problem.receivers:
        kept = [
            i
            for i, s in enumerate(problem.stores)
            if s.holder == receiver.id and holders[s.id] == receiver.id
        ]
        reached, queue = set(kept), list(kept)
        while queue:
            for k in neighbours[queue.pop()]:
                if holders[ids[k]] == receiver.id and k not in reached:
                    reached.add(k)
                    queue.append(k)
        for transfer in proposal.transfers:
            if kept and transfer.receiver == receiver.id and number[transfer.store] not in reached:
                yield Breach("contiguous", transfer.store, f"is cut off from what {receiver.id} keeps")


def _groups(problem: ReassignProblem, proposal: Proposal) -> Iterator[Breach]:
    if problem.most_receivers <= 0:
        return
    stores = {store.id: store for store in problem.stores}
    takers: dict[str, set[str]] = {}
    for transfer in proposal.transfers:
        store = stores[transfer.store]
        if store.group and store.holder == problem.leaver:
            takers.setdefault(store.group, set()).add(transfer.receiver)
    for group, who in takers.items():
        if len(who) > problem.most_receivers:
            yield Breach(
                "most_receivers", group, f"goes to {len(who)} receivers, may go to {problem.most_receivers}"
            )
