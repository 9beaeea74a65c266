"""Weekly orders of made-up stores with the seasons, promotions and noise of real ones, and planted defections.

What stores share in a week, and what is left of each, come from weekly_sales.csv (42 supermarkets) where it is there;
else from figures measured on it. There each store counts its own weeks, so stores are first put side by side by their
prices and features, which are the chain's. Orders come in whole packs, every one, two or four weeks.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# Measured on weekly_sales.csv: standard deviations of the logarithm, and how heavy the tails are (Student's t).
SHARED_SD, OWN_SD, TAIL = 0.59, 0.21, 5.0
PACK = 12
BEFORE, AFTER = 52, 13


@dataclass(frozen=True)
class Noise:
    """`shared`: what a week does to all stores (logarithm); `own`: what is left, a row a store; `real`: from data."""

    shared: Floats
    own: Sequence[Floats]
    real: bool


@dataclass(frozen=True)
class Town:
    """Weekly orders (stores, weeks), which of the stores changed hands at week BEFORE, and which of these defected."""

    orders: Floats
    handed: NDArray[np.bool_]
    defected: NDArray[np.bool_]


def made_up_noise(seed: int = 0) -> Noise:
    """Noise with the measured figures, for a machine without the data."""
    rng = np.random.default_rng([11, seed])
    shared = rng.normal(0.0, SHARED_SD, 121)
    scale = OWN_SD / np.sqrt(TAIL / (TAIL - 2))
    return Noise(shared, [rng.standard_t(TAIL, 121) * scale for _ in range(42)], real=False)


def noise_of(path: Path) -> Noise:
    """What the real stores share, and what is left of each; made up where the file is not there."""
    if not path.is_file():
        return made_up_noise()
    stores = _read(path)
    longest = max(stores, key=lambda one: one.shape[1])
    table = np.full((len(stores), longest.shape[1]), np.nan)
    for row, store in enumerate(stores):
        table[row, _side_by_side(store, longest)] = np.log1p(np.nansum(store[:, :, 0], axis=0))
    left, shared = table.copy(), np.zeros(table.shape[1])
    for _ in range(50):
        left -= np.nanmean(left, axis=1, keepdims=True)
        common = np.nanmean(left, axis=0)
        left -= common
        shared += common
    return Noise(shared, [row[~np.isnan(row)] for row in left], real=True)


def _read(path: Path) -> list[Floats]:
    """A store each: (products, weeks, [sold, price, featured])."""
    rows: dict[str, dict[str, dict[int, tuple[float, float, float]]]] = defaultdict(lambda: defaultdict(dict))
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            figures = (float(row["sold"]), float(row["price"]), float(row["featured"]))
            rows[row["store"]][row["product"]][int(row["week"])] = figures
    nothing = (np.nan, np.nan, np.nan)
    return [
        np.array([[of.get(week, nothing) for week in range(1, max(map(max, products.values())) + 1)]
                  for _, of in sorted(products.items())])
        for _, products in sorted(rows.items())
    ]  # fmt: skip


def _side_by_side(store: Floats, longest: Floats) -> list[int]:
    """Which week of the longest store each week of a store is: in order, prices and features as near as can be."""
    price = np.abs(np.log(store[:, :, 1])[:, :, None] - np.log(longest[:, :, 1])[:, None, :])
    feature = np.abs(store[:, :, 2][:, :, None] - longest[:, :, 2][:, None, :])
    apart = np.nansum(price + 0.5 * feature, axis=0)
    weeks, all_weeks = apart.shape
    cost = np.full((weeks + 1, all_weeks + 1), np.inf)
    cost[0, :] = 0.0
    for i in range(1, weeks + 1):
        for j in range(1, all_weeks + 1):
            cost[i, j] = min(cost[i, j - 1], cost[i - 1, j - 1] + apart[i - 1, j - 1])
    found, i, j = [0] * weeks, weeks, all_weeks
    while i > 0:
        if cost[i, j] != cost[i, j - 1]:
            found[i - 1], i = j - 1, i - 1
        j -= 1
    return found


def town(
    noise: Noise, seed: int, *, stores: int = 200, handed: int = 60, share: float = 0.2, loss: float = 0.6
) -> Town:
    """Stores of one district. `handed` of them change hands at week BEFORE; `share` of these lose `loss` of their
    volume from then on."""
    rng = np.random.default_rng([12, seed])
    weeks = BEFORE + AFTER
    start = int(rng.integers(0, len(noise.shared)))
    shared = noise.shared[(start + np.arange(weeks)) % len(noise.shared)]
    level = rng.lognormal(np.log(120.0), 0.6, stores)
    cycles = rng.choice([1, 2, 4], stores, p=[0.7, 0.25, 0.05])
    changed = np.arange(stores) < handed
    defected = np.zeros(stores, dtype=bool)
    defected[rng.choice(handed, round(share * handed), replace=False)] = True
    orders = np.zeros((stores, weeks))
    for one in range(stores):
        left = rng.choice(noise.own[int(rng.integers(0, len(noise.own)))], weeks)
        demand = level[one] * np.exp(shared - shared.mean() + left)
        if defected[one]:
            demand[BEFORE:] *= 1.0 - loss
        orders[one] = _ordered(demand, int(cycles[one]), int(rng.integers(0, 4)))
    return Town(orders, changed, defected)


def _ordered(demand: Floats, cycle: int, phase: int) -> Floats:
    """What is ordered, in whole packs, on the store's own weeks: what was sold since, less what is still there."""
    orders, owed = np.zeros(len(demand)), 0.0
    for week, sold in enumerate(demand):
        owed += sold
        if (week + phase) % cycle == 0 and owed > 0:
            orders[week] = np.ceil(owed / PACK) * PACK
            owed -= orders[week]
    return orders
