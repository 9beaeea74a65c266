"""I1 to I4, I6, I7 and I9 over simulated phones, a real server that is killed, and links that break.

`make soak` runs the same with more seeds for as long as it is told.
"""

from __future__ import annotations

import pytest

from tests.databases import KINDS
from tests.faults.conftest import NewHouse
from tests.faults.invariants import Simulation

ROUNDS = 10


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("kind", KINDS)
def test_I1_to_I9_no_loss_no_double_no_poison_whatever_breaks(
    new_house: NewHouse, kind: str, seed: int
) -> None:
    simulation = Simulation(new_house(kind), seed)
    simulation.run(ROUNDS)
    assert simulation.kills, "choose a seed that kills the server at least once"
    assert simulation.broken, "and one whose links break"
