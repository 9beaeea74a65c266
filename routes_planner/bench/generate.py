"""Made-up problems of real sizes, the same for the same seed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from routes_planner.calendar.journey import JourneyTerms, journey_problem
from routes_planner.calendar.problem import CalendarProblem
from routes_planner.reassign.problem import HeldStore, ReassignProblem, Receiver
from routes_planner.territory.problem import TerritoryProblem, Unit
from routes_planner.travel.table import TravelTable

Floats = NDArray[np.float64]
METRES_A_MINUTE = 400.0  # 24 km/h


def town(stores: int, size: float, rng: np.random.Generator) -> Floats:
    """(stores, 2) metres: half in a dozen quarters, half anywhere in a square of `size`."""
    quarters = rng.uniform(0.0, size, (12, 2))
    pick = rng.integers(0, 12, stores)
    dense = quarters[pick] + rng.normal(0.0, size * 0.06, (stores, 2))
    return np.where(rng.random((stores, 1)) < 0.5, dense, rng.uniform(0.0, size, (stores, 2)))


def flat_table(places: Floats, metres_a_minute: float = METRES_A_MINUTE) -> TravelTable:
    """Minutes at a constant speed in the plane, whole seconds, with a detour of 1.3."""
    metres = np.linalg.norm(places[:, None, :] - places[None, :, :], axis=2) * 1.3
    minutes = np.round(metres / metres_a_minute * 60.0) / 60.0
    return TravelTable(minutes, minutes, "plane × 1.3", places=places)


def journey(seed: int, stores: int = 110, size: float = 16_000.0) -> CalendarProblem:
    """One rep, four weeks: 110 stores, about 400 visits of 8 to 20 minutes, depot near the middle."""
    rng = np.random.default_rng([7, seed])
    places = np.vstack([town(stores, size, rng), rng.uniform(0.35 * size, 0.65 * size, (1, 2))])
    kinds = ["3/week", "2/week", "1/week", "fortnightly", "4-weekly"]
    frequencies = [str(f) for f in rng.choice(kinds, stores, p=[0.04, 0.14, 0.42, 0.25, 0.15])]
    minutes = [float(m) for m in rng.integers(8, 21, stores)]
    ids = [f"s{i:03d}" for i in range(stores)]
    return journey_problem(
        f"journey {seed}", ids, frequencies, minutes, flat_table(places), stores, JourneyTerms()
    )


def division(units: int, territories: int, seed: int) -> TerritoryProblem:
    """Stores of uneven work to divide within ± 5 %."""
    rng = np.random.default_rng([8, seed])
    places = town(units, 100_000.0, rng)
    work = rng.lognormal(3.5, 0.5, units)
    made = tuple(
        Unit(f"u{i}", float(x), float(y), (float(w),))
        for i, ((x, y), w) in enumerate(zip(places, work, strict=True))
    )
    return TerritoryProblem(f"{units} × {territories}", made, territories, (0.05,), plane=True)


def departure(
    seed: int, slack: float = 0.1, cascade: bool = False, stores: int = 200, reps: int = 11
) -> ReassignProblem:
    """A leaver in the middle of ten colleagues with about 200 stores each.

    slack: spare capacity over all, as a share of the leaver's work besides what must be taken over.
    """
    rng = np.random.default_rng([9, seed])
    size = 40_000.0
    places = rng.uniform(0.0, size, (stores * reps, 2))
    homes = rng.uniform(0.0, size, (reps, 2))
    for _ in range(10):
        holder = np.linalg.norm(places[:, None] - homes[None], axis=2).argmin(axis=1)
        homes = np.array(
            [places[holder == j].mean(axis=0) if (holder == j).any() else homes[j] for j in range(reps)]
        )
    holder = np.linalg.norm(places[:, None] - homes[None], axis=2).argmin(axis=1)
    leaver = int(np.linalg.norm(homes - size / 2, axis=1).argmin())
    work = rng.lognormal(3.4, 0.4, len(places))
    taken = float(work[holder == leaver].sum()) / (reps - 1)
    receivers = tuple(
        Receiver(f"r{j}", float(work[holder == j].sum() * (1.0 + slack) + taken))
        for j in range(reps)
        if j != leaver
    )
    made = tuple(
        HeldStore(
            f"s{i}",
            float(places[i, 0]),
            float(places[i, 1]),
            float(work[i]),
            f"r{holder[i]}",
            {f"r{j}": float(rng.random()) for j in rng.choice(reps, 3, replace=False)},
        )
        for i in range(len(places))
    )
    return ReassignProblem(
        f"departure {seed}", f"r{leaver}", made, receivers, cascade=cascade, cascade_reach=6, plane=True
    )
