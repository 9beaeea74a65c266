"""One measured figure, as `make bench` prints it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Wanted = Callable[[str], bool]


@dataclass(frozen=True)
class Figure:
    """`value` in `unit` under the stable name `name`; `detail` says how it was measured, and beside what."""

    name: str
    value: float
    unit: str
    detail: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.name or " " in self.name or "." not in self.name:
            raise ValueError(f"a figure's name is family.what, not {self.name!r}")
        if type(self.value) not in (int, float) or not math.isfinite(self.value):
            raise ValueError(f"{self.name} has no finite value: {self.value!r}")

    def line(self) -> str:
        """The JSON object, on one line."""
        value = self.value if isinstance(self.value, int) else round(self.value, 4)
        return json.dumps(
            {"name": self.name, "value": value, "unit": self.unit, "detail": dict(self.detail)},
            ensure_ascii=False,
        )
