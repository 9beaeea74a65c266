"""Examples of the rules that run on both sides. pytest reads them here, vitest in pwa/src/domain.

Expected values are worked by hand or from a rule's definition, never by running it.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

# What JSON has no way to write.
_NUMBERS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def contract(rule: str) -> dict[str, Any]:
    """The examples of one rule; the texts NaN, Infinity and -Infinity are the numbers."""
    read = json.loads((Path(__file__).parent / f"{rule}.json").read_text("utf-8"))
    numbers = _with_numbers(read)
    assert isinstance(numbers, dict)
    return numbers


def _with_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_numbers(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_with_numbers(part) for part in value]
    return _NUMBERS.get(value, value) if isinstance(value, str) else value
