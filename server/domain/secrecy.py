"""Secrecy classes of outlets (普通/秘密/机密) and of a card's fields: who sees, for how long, and what a reveal needs.

One table says it all; the day book, reveals, exports and the desk's lists ask here and decide nothing themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from server.domain.errors import DomainError
from server.domain.lease import Lease

Secrecy = Literal["normal", "secret", "top_secret"]

CLASSES: Final[tuple[Secrecy, ...]] = ("normal", "secret", "top_secret")
"""普通, 秘密, 机密: each stricter than the one before."""


class Rule(NamedTuple):
    """What one class means.

    `desk`: roles that see such an outlet in the desk's lists and searches. `lease_hours`: how long after the beginning
    of the shift's lease the card may be held. `night_before`: whether the night's lease, before the day itself, has it.
    `borrowed`: whether it may be taken out for an unplanned visit. `lends_number`: whether a number may be lent to a
    phone at all. `reveal_approved`: whether opening a number needs another person's approval first.
    """

    desk: frozenset[str]
    lease_hours: int
    night_before: bool
    borrowed: bool
    lends_number: bool
    reveal_approved: bool


_EVERYBODY: Final = frozenset(("supervisor", "manager", "custodian", "auditor", "administrator"))

RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        "normal": Rule(_EVERYBODY, 16, True, True, True, False),
        "secret": Rule(
            frozenset(("supervisor", "manager", "custodian", "auditor")), 16, True, True, True, False
        ),
        "top_secret": Rule(frozenset(("manager", "custodian", "auditor")), 10, False, False, False, True),
    }
)

FIELD_CLASSES: Final[Mapping[str, Secrecy]] = MappingProxyType(
    {
        "code": "normal",
        "name": "normal",
        "name_en": "normal",
        "chain": "normal",
        "outlet_class": "normal",
        "channel": "normal",
        "address": "normal",
        "status": "normal",
        "territory": "normal",
        "position": "secret",
        "contact_name": "secret",
        "contact_phone": "top_secret",
    }
)
"""The classes of a card's fields as delivered; a custodian may set others (table field_secrecy)."""


def rule_of(secrecy: str) -> Rule:
    """The rule of a class. Errors: DomainError `one_of`: an unknown class is never taken for an open one."""
    found = RULES.get(secrecy)
    if found is None:
        raise DomainError("secrecy", "one_of", allowed=", ".join(CLASSES))
    return found


def strictest(classes: Iterable[str]) -> Secrecy:
    """The strictest of several classes; `normal` of none."""
    return CLASSES[max((CLASSES.index(_known(one)) for one in classes), default=0)]


def lends_number(secrecy: str, unlock: str) -> bool:
    """Whether a card may carry its numbers to a phone that is unlocked in this way (passkey | pin | '')."""
    return unlock == "passkey" and rule_of(secrecy).lends_number


def needs_approval(secrecy: str) -> bool:
    """Whether opening a number of such an outlet needs another person's approval first."""
    return rule_of(secrecy).reveal_approved


def may_borrow(secrecy: str) -> bool:
    """Whether such a card may be taken out for an unplanned visit."""
    return rule_of(secrecy).borrowed


def seen_at_desk(roles: Collection[str]) -> frozenset[str]:
    """The classes of outlets that somebody with these roles finds in the desk's lists."""
    return frozenset(one for one in CLASSES if not RULES[one].desk.isdisjoint(roles))


def card_until(secrecy: str, lease: Lease) -> datetime:
    """The instant at which a card of this class has to go: the lease's end, or sooner."""
    return min(lease.ends_at, lease.starts_at + timedelta(hours=rule_of(secrecy).lease_hours))


def is_lent(secrecy: str, lease: Lease, now: datetime, *, by_day: bool) -> bool:
    """Whether a card of this class may be on a phone at `now`. `by_day`: the lease is the day's, not the night's."""
    return (by_day or rule_of(secrecy).night_before) and now < card_until(secrecy, lease)


def field_class(field: str, overrides: Mapping[str, str] = MappingProxyType({})) -> Secrecy:
    """The class of a card's field. Errors: DomainError `one_of` for a field that no card has."""
    if field not in FIELD_CLASSES:
        raise DomainError("fields", "one_of", allowed=", ".join(FIELD_CLASSES))
    return _known(overrides.get(field, FIELD_CLASSES[field]))


ALWAYS_SEEN: Final = frozenset(("code", "name", "status", "territory", "outlet_class", "contact_phone"))
"""What an outlet is told apart and walked by; and the number, which is a mask everywhere and has a door of its own."""


def hidden_fields(
    roles: Collection[str] | None, overrides: Mapping[str, str] = MappingProxyType({})
) -> frozenset[str]:
    """The fields that are left out of what these roles are shown at the desk; None: out of what is lent to a phone,
    to which a field of the strictest class never goes, however long the lease."""
    strict = {field: field_class(field, overrides) for field in FIELD_CLASSES if field not in ALWAYS_SEEN}
    if roles is None:
        return frozenset(field for field, one in strict.items() if not RULES[one].night_before)
    return frozenset(field for field, one in strict.items() if RULES[one].desk.isdisjoint(roles))


def _known(secrecy: str) -> Secrecy:
    rule_of(secrecy)
    return next(one for one in CLASSES if one == secrecy)
