"""What can be wrong with what the planner is given. Every error says where and which rule."""

from __future__ import annotations


class PlannerError(Exception):
    """Anything the planner refuses to do."""


class ProblemError(PlannerError, ValueError):
    """A problem, plan or parameter that breaks a rule of its own.

    field: where, as a path (`stores[3].windows[0]`); rule: a short name that a program can tell apart; message: a
    sentence for a person.
    """

    def __init__(self, field: str, rule: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.rule = rule
        self.message = message


class FormatError(PlannerError, ValueError):
    """A file that is not in the format it is said to be in."""

    def __init__(self, source: str, line: int, message: str) -> None:
        super().__init__(f"{source}, line {line}: {message}")
        self.source = source
        self.line = line


class TravelError(PlannerError):
    """A travel service gave no usable answer."""


def require(condition: bool, field: str, rule: str, message: str) -> None:
    """Raise ProblemError unless the condition holds."""
    if not condition:
        raise ProblemError(field, rule, message)
