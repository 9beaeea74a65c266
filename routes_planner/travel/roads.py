"""Road tables over HTTP from services that speak as OSRM or Valhalla do.

Answers are cached by position; a failed request is tried again, then the estimate stands in and the table says so.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from routes_planner.errors import TravelError, require
from routes_planner.travel.estimate import Estimate, check_places
from routes_planner.travel.table import TravelTable

Floats = NDArray[np.float64]
Fetch = Callable[[str, bytes | None, float], bytes]  # address, body to post or None, seconds


class TravelProvider(Protocol):
    """Anything that turns places into a travel table."""

    def table(self, places: Floats) -> TravelTable:
        """Travel between all places, (n, 2) as longitude, latitude in degrees."""
        ...


def fetch_http(address: str, body: bytes | None, seconds: float) -> bytes:
    """One HTTP request; raises TravelError with the reason."""
    headers = {"Content-Type": "application/json"} if body is not None else {}
    request = urllib.request.Request(address, data=body, headers=headers)  # noqa: S310 (checked by RoadService)
    try:
        with urllib.request.urlopen(request, timeout=seconds) as answer:  # noqa: S310
            return bytes(answer.read())
    except (urllib.error.URLError, OSError) as error:
        raise TravelError(f"{address.split('?')[0][:80]}: {error}") from error


@dataclass
class RoadService:
    """A table service and what to do when it fails.

    kind: `osrm` (GET /table/v1/PROFILE/…) or `valhalla` (POST /sources_to_targets). block: most places on one side
    of a request; tries: requests a block, with `pause` seconds before the second, doubled each time.
    """

    kind: Literal["osrm", "valhalla"]
    address: str
    profile: str = "driving"
    estimate: Estimate = field(default_factory=Estimate)
    block: int = 100
    tries: int = 3
    pause: float = 0.5
    timeout: float = 20.0
    fetch: Fetch = fetch_http
    sleep: Callable[[float], None] = time.sleep
    _known: dict[tuple[float, ...], float] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        good = self.address.startswith(("http://", "https://"))
        require(good, "address", "http", "must begin with http:// or https://")
        require(self.block >= 1, "block", "positive", "must be at least 1")
        require(self.tries >= 1, "tries", "positive", "must be at least 1")

    def table(self, places: Floats) -> TravelTable:
        """Minutes by road, which are also the cost. Pairs without a road get the estimate's minutes."""
        check_places(places)
        try:
            minutes = self._minutes(np.round(places, 6))
        except TravelError as error:
            stand_in = self.estimate.table(places)
            source = f"{stand_in.source}; the road service failed: {error}"
            return TravelTable(stand_in.cost, stand_in.minutes, source, fell_back=True, places=places)
        missing = ~np.isfinite(minutes)
        if missing.any():
            minutes = np.where(missing, self.estimate.table(places).minutes, minutes)
        np.fill_diagonal(minutes, 0.0)
        note = f", {int(missing.sum())} pairs without a road estimated" if missing.any() else ""
        return TravelTable(minutes, minutes, f"{self.kind} {self.address}{note}", bool(missing.any()), places)

    def _minutes(self, places: Floats) -> Floats:
        n = len(places)
        minutes = np.full((n, n), np.nan)
        starts = range(0, n, self.block)
        for a in starts:
            for b in starts:
                rows, columns = slice(a, min(a + self.block, n)), slice(b, min(b + self.block, n))
                minutes[rows, columns] = self._block(places[rows], places[columns])
        return minutes

    def _block(self, origins: Floats, targets: Floats) -> Floats:
        keys = [[(*map(float, o), *map(float, t)) for t in targets] for o in origins]
        if all(key in self._known for row in keys for key in row):
            return np.array([[self._known[key] for key in row] for row in keys])
        found = self._ask(origins, targets)
        for row, values in zip(keys, found, strict=True):
            for key, value in zip(row, values, strict=True):
                self._known[key] = float(value)
        return found

    def _ask(self, origins: Floats, targets: Floats) -> Floats:
        error: TravelError | None = None
        for turn in range(self.tries):
            if turn > 0:
                self.sleep(self.pause * 2 ** (turn - 1))
            try:
                if self.kind == "osrm":
                    return self._osrm(origins, targets)
                return self._valhalla(origins, targets)
            except TravelError as failed:
                error = failed
        raise error or TravelError("not asked")

    def _osrm(self, origins: Floats, targets: Floats) -> Floats:
        pairs = ";".join(f"{x:.6f},{y:.6f}" for x, y in np.vstack([origins, targets]))
        sources = ";".join(str(i) for i in range(len(origins)))
        wanted = ";".join(str(len(origins) + i) for i in range(len(targets)))
        query = f"sources={sources}&destinations={wanted}&annotations=duration"
        address = f"{self.address.rstrip('/')}/table/v1/{self.profile}/{pairs}?{query}"
        answer = _parsed(self.fetch(address, None, self.timeout))
        if answer.get("code") != "Ok":
            raise TravelError(f"the service answered {answer.get('code')}")
        return _seconds(answer.get("durations"), (len(origins), len(targets))) / 60.0

    def _valhalla(self, origins: Floats, targets: Floats) -> Floats:
        costing = "auto" if self.profile == "driving" else self.profile
        ends = {
            name: [{"lon": float(x), "lat": float(y)} for x, y in side]
            for name, side in (("sources", origins), ("targets", targets))
        }
        body = json.dumps({**ends, "costing": costing}).encode()
        answer = _parsed(self.fetch(f"{self.address.rstrip('/')}/sources_to_targets", body, self.timeout))
        rows = answer.get("sources_to_targets")
        if not isinstance(rows, list):
            raise TravelError("the answer has no sources_to_targets")
        try:
            times = [[cell.get("time") for cell in row] for row in rows]
        except (AttributeError, TypeError) as error:
            raise TravelError("the answer's table is not one of cells with a time") from error
        return _seconds(times, (len(origins), len(targets))) / 60.0


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(raw)
    except ValueError as error:
        raise TravelError("the answer is not JSON") from error
    if not isinstance(answer, dict):
        raise TravelError("the answer is not an object")
    return answer


def _seconds(rows: object, shape: tuple[int, int]) -> Floats:
    """A table of seconds; null = no road."""
    try:
        table = np.array(rows, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise TravelError("the answer's table is not one of numbers") from error
    if table.shape != shape or bool((table < 0).any()):
        raise TravelError(f"the answer's table is not {shape[0]} × {shape[1]} of numbers from zero up")
    return table
