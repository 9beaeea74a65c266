"""Files of commercial territory design (2DU, DU; Ríos-Mercado and Fernández 2009).

Count; `id x y activity…` each; number of edges and the edges; then `territories territories tolerance…`. A table of
ones may follow and is ignored, as is an activity that is zero everywhere.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from routes_planner.errors import FormatError
from routes_planner.territory.problem import TerritoryProblem, Unit


def read_two_du(path: Path) -> TerritoryProblem:
    """Read an instance. Distances are Euclidean; the cost is the sum of distances to the territories' centres."""
    rows = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    try:
        n = int(rows[0][0])
        nodes = [[float(word) for word in row] for row in rows[1 : 1 + n]]
        count = int(rows[1 + n][0])
        edges = [(int(row[0]), int(row[1])) for row in rows[2 + n : 2 + n + count]]
        last = rows[2 + n + count]
        territories, tolerances = int(last[0]), [float(word) for word in last[2:]]
    except (IndexError, ValueError) as error:
        raise FormatError(path.name, 1, "expected nodes, edges and the parameters") from error
    activities = np.array([node[3:] for node in nodes])
    used = [a for a in range(activities.shape[1]) if activities[:, a].any()]
    units = tuple(
        Unit(str(int(node[0])), node[1], node[2], tuple(float(activities[i, a]) for a in used))
        for i, node in enumerate(nodes)
    )
    return TerritoryProblem(
        name=path.stem,
        units=units,
        territories=territories,
        tolerances=tuple(tolerances[a] for a in used),
        edges=tuple(edges),
        contiguous=True,
        plane=True,
    )
