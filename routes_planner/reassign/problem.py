"""The leaver question: who takes which store."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, isfinite

import numpy as np
from numpy.typing import NDArray

from routes_planner.errors import require
from routes_planner.travel.geodesic import local_plane


@dataclass(frozen=True, slots=True)
class HeldStore:
    """A store and who holds it today.

    x, y: longitude and latitude, or plane coordinates; minutes: work a cycle (visits and the travel between them);
    familiarity: rep → score from 0 to 1 (joint visits, past assignments, language); extra: rep → extra travel a
    cycle if that rep took it (see `extra_travel`), otherwise estimated from distances; moves_day: reps with whom
    its weekday or time of day would change; group: a chain or street; fixed: it may not change hands.
    """

    id: str
    x: float
    y: float
    minutes: float
    holder: str
    familiarity: dict[str, float] = field(default_factory=dict)
    extra: dict[str, float] = field(default_factory=dict)
    moves_day: tuple[str, ...] = ()
    group: str = ""
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Receiver:
    """A rep who stays, and the most minutes of work a cycle that may be theirs afterwards."""

    id: str
    capacity: float


@dataclass(frozen=True, slots=True)
class ReassignProblem:
    """Stores of `leaver` go to the receivers.

    stores: the leaver's and the receivers' own. cascade: kept stores may change hands too, at `move_price` each
    (only those within `cascade_reach` neighbours of a leaver's store). contiguous: a store that changes hands must be
    joined to its new rep's kept stores through neighbours. most_receivers: at most so many receivers for the
    leaver's stores of one group, 0 = any. A transfer costs travel_price × extra travel +
    familiarity_price × (1 − score) + day_price if the day changes (+ move_price and less the travel saved, for kept
    stores). plane: x, y are plane coordinates.
    """

    name: str
    leaver: str
    stores: tuple[HeldStore, ...]
    receivers: tuple[Receiver, ...]
    contiguous: bool = True
    cascade: bool = False
    cascade_reach: int = 3
    move_price: float = 30.0
    travel_price: float = 1.0
    familiarity_price: float = 10.0
    day_price: float = 5.0
    most_receivers: int = 0
    speed: float = 400.0  # metres (or plane units) a minute, to turn distances into minutes
    plane: bool = False
    edges: tuple[tuple[int, int], ...] | None = None

    def __post_init__(self) -> None:
        names = {receiver.id for receiver in self.receivers}
        require(len(self.receivers) > 0, "receivers", "not_empty", "at least one receiver is needed")
        require(len(names) == len(self.receivers), "receivers", "unique", "one is there twice")
        require(self.leaver not in names, "leaver", "leaves", "cannot be a receiver")
        seen: set[str] = set()
        for number, store in enumerate(self.stores):
            path = f"stores[{number}]"
            require(store.id not in seen, f"{path}.id", "unique", f"{store.id} is there twice")
            seen.add(store.id)
            held = store.holder == self.leaver or store.holder in names
            require(held, f"{path}.holder", "known", f"there is no rep {store.holder}")
            good = 0 <= store.minutes < inf and isfinite(store.x) and isfinite(store.y)
            require(good, path, "finite", "has a figure that is not finite or is negative")
        for name in ("move_price", "travel_price", "familiarity_price", "day_price"):
            require(getattr(self, name) >= 0, name, "not_negative", "must not be negative")
        require(self.speed > 0, "speed", "positive", "must be more than zero")
        require(self.cascade_reach >= 1, "cascade_reach", "positive", "must be at least 1")
        for number, (a, b) in enumerate(self.edges or ()):
            known = 0 <= a < len(self.stores) and 0 <= b < len(self.stores)
            require(known, f"edges[{number}]", "known", "names a store that is not there")

    def places(self) -> NDArray[np.float64]:
        """(n, 2) plane positions."""
        raw = np.array([(store.x, store.y) for store in self.stores]).reshape(-1, 2)
        return raw if self.plane else local_plane(raw, raw)


@dataclass(frozen=True, slots=True)
class Transfer:
    """A store that changes hands. `cost` is its share of the proposal's cost."""

    store: str
    giver: str
    receiver: str
    cost: float


@dataclass(frozen=True, slots=True)
class Proposal:
    """One way to hand over. bound: no hand-over under the same terms costs less. minutes: work a cycle afterwards."""

    transfers: tuple[Transfer, ...]
    cost: float
    bound: float
    minutes: dict[str, float]
    seconds: float

    @property
    def gap(self) -> float:
        """How far at most the cost is above the least possible, as a share."""
        return max(self.cost - self.bound, 0.0) / max(abs(self.bound), 1e-9)


@dataclass(frozen=True, slots=True)
class ReassignPlan:
    """Proposals to choose from, the cheapest first."""

    proposals: tuple[Proposal, ...]
