"""Rules of alerts (预警): which kinds there are, how severe each is, whose it is, and from which number on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from server.domain.errors import DomainError
from server.domain.reveals import PACE_MOST, SHARE_TOLD

SEVERITIES: Final = ("notice", "warning", "alarm")
OWNER_ROLES: Final = ("supervisor", "manager", "auditor", "administrator")


@dataclass(frozen=True, slots=True)
class Number:
    """The number from which on a kind of alert is raised, and within which limits it may be set."""

    default: int
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Kind:
    """What the house brings along. `fixed`: nobody switches it off or makes less of it: the house is in doubt."""

    severity: str
    owner_role: str
    number: Number | None = None
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for a kind of alert: a person owns it, or whoever has `owner_role` in the territory; or nobody."""

    kind: str
    is_on: bool
    severity: str
    threshold: int | None
    owner_id: int | None
    owner_role: str


_ALARM: Final = Kind("alarm", "manager")
KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "reveal.quota_nearly_used": Kind("notice", "supervisor", Number(round(SHARE_TOLD * 100), 50, 100)),
        "reveal.over_quota": Kind("warning", "supervisor"),
        "reveal.unusual_hour": Kind("warning", "supervisor"),
        "reveal.unusual_pace": Kind("warning", "supervisor", Number(PACE_MOST, 2, 60)),
        "reveal.off_route": Kind("warning", "supervisor"),
        "reveal.not_lent": Kind("warning", "manager"),
        "handover.denied": _ALARM,
        "handover.wrong": _ALARM,
        "call_back.route_closed": _ALARM,
        "retention.lost": _ALARM,
        "retention.shrunk": Kind("warning", "manager"),
        "retention.ended": Kind("notice", "manager"),
        "audit.mismatch": Kind("alarm", "auditor", fixed=True),
        "audit.false_checkpoint": Kind("alarm", "auditor", fixed=True),
        "audit.broken": Kind("alarm", "auditor", fixed=True),
        "sealed.unreadable": Kind("alarm", "auditor", fixed=True),
        "clock.behind": Kind("alarm", "administrator", fixed=True),
        "clock.jumped": Kind("alarm", "administrator", fixed=True),
        "clock.unsynchronised": Kind("alarm", "administrator", fixed=True),
    }
)


def default_rule(kind: str) -> Rule:
    """What holds while nobody said otherwise; a kind without a rule of its own is on and nobody's."""
    known = KINDS.get(kind)
    if known is None:
        return Rule(kind, True, "", None, None, "")
    return Rule(
        kind, True, known.severity, known.number.default if known.number else None, None, known.owner_role
    )


def check_rule(rule: Rule) -> None:
    """Errors: DomainError for a rule that its kind does not allow. KeyError for a kind that there is not."""
    kind = KINDS[rule.kind]
    if kind.fixed and not rule.is_on:
        raise DomainError("is_on", "fixed")
    if kind.fixed and rule.severity != kind.severity:
        raise DomainError("severity", "fixed")
    if rule.owner_id is not None and rule.owner_role:
        raise DomainError("owner_id", "one_owner")
    if kind.number is None:
        if rule.threshold is not None:
            raise DomainError("threshold", "no_number")
        return
    if rule.threshold is None:
        raise DomainError("threshold", "required")
    if not kind.number.least <= rule.threshold <= kind.number.most:
        raise DomainError(
            "threshold",
            "at_least" if rule.threshold < kind.number.least else "at_most",
            least=kind.number.least,
            most=kind.number.most,
        )
