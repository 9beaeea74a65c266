"""The coaching form of a joint visit (随访): a mark beside each of the rep's eight steps."""

from collections.abc import Sequence
from typing import Final

STEPS: Final = ("prepare", "outdoor", "greet", "merchandise", "count", "present", "order", "thank")
MARKS: Final = ("well", "improve", "not_seen")


def total(marks: Sequence[str]) -> tuple[int, int]:
    """How many steps were done well, of how many that were seen."""
    return marks.count("well"), len(marks) - marks.count("not_seen")
