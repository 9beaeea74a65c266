"""Files of the travelling salesman problem with time windows (Dumas et al. 1995 and others).

n; n × n matrix; n lines `earliest latest`. Node 0 is start and end; cost is the sum of arcs, waiting is free.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from routes_planner.errors import FormatError
from routes_planner.sequence.problem import SequenceProblem, Stop
from routes_planner.travel.table import TravelTable


def read_tsptw(path: Path) -> SequenceProblem:
    """Read an instance; text after the last window is ignored."""
    words = path.read_text(encoding="utf-8").split()
    try:
        n = int(words[0])
        body = [float(word) for word in words[1 : 1 + n * n + 2 * n]]
    except (IndexError, ValueError) as error:
        raise FormatError(path.name, 1, "expected n, an n × n matrix and n windows, numbers only") from error
    if n < 1 or len(body) < n * n + 2 * n:
        raise FormatError(path.name, 1, f"{n} nodes need {n * n + 2 * n} numbers, {len(body)} are there")
    matrix = np.array(body[: n * n]).reshape(n, n)
    hours = np.array(body[n * n :]).reshape(n, 2)
    stops = tuple(Stop(str(i), i, windows=((float(hours[i, 0]), float(hours[i, 1])),)) for i in range(1, n))
    table = TravelTable(cost=matrix, minutes=matrix)
    opens, closes = (float(edge) for edge in hours[0])
    return SequenceProblem(path.stem, stops, 0, 0, table, opens=opens, closes=closes)
