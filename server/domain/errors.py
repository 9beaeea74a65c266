"""What a rule says when it is broken: which field, which rule, and the figures that its sentence needs.

`rule` is a stable key; the words in the user's language are made from it at the edge (server/errors.py, the
phone's i18n). The English words here are for logs and for developers.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

RULES: Final = MappingProxyType(
    {
        "at_least": "must be at least {least}",
        "at_most": "must be at most {most}",
        "date": "must be a calendar date",
        "finite": "must be a finite number",
        "instant": "must be an instant with a time zone",
        "local_time": "must be a local time such as 21:00",
        "monday": "must be a Monday",
        "multiple_of_pack": "must be a multiple of the pack of {pack}",
        "not_after": "must not be after {limit}",
        "number": "must be a number",
        "one_of": "must be one of {allowed}",
        "overlaps": "overlaps with what is already arranged",
        "position": "must be a latitude from -90 to 90 and a longitude from -180 to 180",
        "reason_required": "needs a reason because it differs from the suggestion",
        "reason_unknown": "is not a reason of the list",
        "required": "is required",
        "twice": "is there twice",
        "unknown_zone": "is not a known time zone",
        "whole_number": "must be a whole number",
    }
)

Figure = int | float | str


def _in_words(field_name: str, rule: str, params: dict[str, Figure]) -> str:
    words = RULES[rule].format_map(params) if rule in RULES else "is refused"
    return f"{field_name} {words} ({rule})"


class DomainError(ValueError):
    """A value that a rule cannot work with.

    `field` is the name of the offending value, `rule` the key of the broken rule, `params` its figures.
    """

    def __init__(self, field: str, rule: str, **params: Figure) -> None:
        super().__init__(_in_words(field, rule, params))
        self.field = field
        self.rule = rule
        self.params = params


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a deed that is otherwise readable; a deed may have many.

    `field` is a path such as `lines.2.quantity`, counted from 0.
    """

    field: str
    rule: str
    params: dict[str, Figure] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        return _in_words(self.field, self.rule, self.params)
