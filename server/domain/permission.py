"""Who may do what, as data. A permission is `noun.verb`; a role holds a set of them."""

from collections.abc import Iterable, Mapping
from typing import Final

ROLES: Final = ("rep", "driver", "supervisor", "manager", "custodian", "auditor", "administrator")

PERMISSIONS: Final[dict[str, frozenset[str]]] = {
    # the phone
    "daybook.read": frozenset({"rep", "driver", "supervisor"}),
    "operations.push": frozenset(
        {"rep", "driver", "supervisor", "manager", "custodian", "administrator", "auditor"}
    ),
    "photos.send": frozenset({"rep", "driver", "supervisor"}),
    "reveals.make": frozenset({"rep", "driver", "supervisor", "manager", "custodian"}),
    # the desk
    "reveals.approve": frozenset({"supervisor", "manager"}),
    "alerts.read": frozenset({"supervisor", "manager", "auditor", "administrator"}),
    "alerts.handle": frozenset({"manager", "auditor", "administrator"}),
    "alert_rules.write": frozenset({"manager", "administrator"}),
    "announcements.read": frozenset({"supervisor", "manager", "auditor", "administrator"}),
    "announcements.write": frozenset({"supervisor", "manager"}),
    "audit.read": frozenset({"auditor"}),
    "outlets.read": frozenset({"supervisor", "manager", "custodian", "administrator"}),
    "outlets.write": frozenset({"custodian", "administrator"}),
    "proposals.decide": frozenset({"custodian", "administrator"}),
    "requests.decide": frozenset({"custodian"}),
    "secrecy.read": frozenset({"manager", "custodian", "auditor"}),
    "secrecy.write": frozenset({"custodian"}),
    "exports.read": frozenset({"supervisor", "manager", "custodian", "auditor"}),
    "exports.ask": frozenset({"supervisor", "manager", "custodian"}),
    "exports.sign": frozenset({"manager", "custodian"}),
    "agreements.publish": frozenset({"manager"}),
    "agreements.read": frozenset({"manager", "custodian", "auditor"}),
    "catalogue.read": frozenset({"supervisor", "manager", "custodian", "administrator"}),
    "catalogue.write": frozenset({"custodian", "administrator"}),
    "imports.write": frozenset({"custodian", "administrator"}),
    "routes.read": frozenset({"supervisor", "manager", "custodian", "administrator"}),
    "routes.write": frozenset({"supervisor", "manager", "administrator"}),
    "absences.read": frozenset({"supervisor", "manager", "administrator"}),
    "absences.write": frozenset({"supervisor", "manager", "administrator"}),
    "cases.read": frozenset({"supervisor", "manager", "administrator"}),
    "cases.write": frozenset({"supervisor", "manager", "administrator"}),
    "tasks.read": frozenset({"rep", "supervisor", "manager", "administrator"}),
    "tasks.do": frozenset({"rep", "supervisor", "manager", "administrator"}),
    "tasks.write": frozenset({"supervisor", "manager", "administrator"}),
    "joint_visits.make": frozenset({"supervisor", "manager"}),
    "joint_visits.read": frozenset({"supervisor", "manager", "administrator"}),
    "holidays.write": frozenset({"manager", "administrator"}),
    "plans.read": frozenset({"supervisor", "manager"}),
    "plans.write": frozenset({"supervisor", "manager"}),
    "plans.publish": frozenset({"supervisor", "manager"}),
    "jobs.read": frozenset({"supervisor", "manager", "custodian", "auditor", "administrator"}),
    "jobs.run": frozenset({"supervisor", "manager", "custodian", "administrator"}),
    "people.read": frozenset({"supervisor", "manager", "administrator"}),
    "people.write": frozenset({"administrator"}),
    "people.freeze": frozenset({"manager", "administrator"}),
    "live.read": frozenset({"supervisor", "manager", "administrator"}),
    "kpis.read": frozenset({"supervisor", "manager", "administrator"}),
    "departures.read": frozenset({"supervisor", "manager", "auditor", "administrator"}),
    "departures.open": frozenset({"manager"}),
    "departures.undo": frozenset({"manager", "administrator"}),
    "departures.plan": frozenset({"manager"}),
    "departures.hand_over": frozenset({"supervisor", "manager"}),
    # Who opened the case is not the one who waives: services.departures.closing.
    "departures.waive": frozenset({"manager", "administrator"}),
    "departures.evidence": frozenset({"supervisor", "manager"}),
    "retention.read": frozenset({"supervisor", "manager"}),
    "retention.run": frozenset({"manager"}),
    "warnings.read": frozenset({"manager"}),
    "warnings.act": frozenset({"manager"}),
    "visits.read": frozenset({"supervisor", "manager", "administrator"}),
    "deliveries.read": frozenset({"driver", "supervisor", "manager", "administrator"}),
    "orders.review": frozenset({"supervisor", "manager", "administrator"}),
    "operations.decide": frozenset({"supervisor", "manager", "administrator"}),
    "devices.read": frozenset({"supervisor", "manager", "administrator"}),
    "devices.decide": frozenset({"supervisor", "administrator"}),
    "recoveries.start": frozenset({"administrator"}),
    "recoveries.approve": frozenset({"supervisor", "manager", "administrator"}),
    "access_reviews.open": frozenset({"manager", "administrator"}),
    "access_reviews.read": frozenset({"supervisor", "manager", "administrator", "auditor"}),
    "access_reviews.decide": frozenset({"supervisor", "manager", "administrator"}),
}

# The four duties (编写/借用/保管/审批). Whoever writes a file or borrows it does not keep it, and neither approves its
# leaving; an auditor has none of them.
DUTIES: Final = ("author", "borrower", "keeper", "approver")
DUTIES_OF_ROLE: Final[dict[str, frozenset[str]]] = {
    "rep": frozenset({"author", "borrower"}),
    "driver": frozenset({"author", "borrower"}),
    "supervisor": frozenset({"borrower"}),
    "manager": frozenset({"approver"}),
    "custodian": frozenset({"keeper"}),
    "administrator": frozenset(),
    "auditor": frozenset(),
}
# A rep writes on the card that the day lends them: that much the trade needs. All other pairs are kept apart.
_TOGETHER: Final = frozenset({"author", "borrower"})


def roles_conflict(roles: Iterable[str]) -> tuple[str, str] | None:
    """Two roles that one person must not hold at once, the first found in order; None when there are none."""
    held = sorted(set(roles), key=ROLES.index)
    for index, one in enumerate(held):
        for other in held[index + 1 :]:
            if "auditor" in (one, other):
                return one, other
            mine, theirs = DUTIES_OF_ROLE[one], DUTIES_OF_ROLE[other]
            if mine and theirs and not mine | theirs <= _TOGETHER:
                return one, other
    return None


def duties_conflict(held: Mapping[str, Iterable[int]]) -> frozenset[int]:
    """Who would hold two duties for one file. `held`: the ids of the persons (never of accounts or devices) by duty.
    Errors: KeyError for a duty that there is not."""
    if not held.keys() <= set(DUTIES):
        raise KeyError(min(held.keys() - set(DUTIES)))
    seen: dict[int, int] = {}
    for people in held.values():
        for person in set(people):
            seen[person] = seen.get(person, 0) + 1
    return frozenset(person for person, duties in seen.items() if duties > 1)


# With these something is lent to the device that asks: it must have been approved.
LENDING: Final = frozenset({"daybook.read"})


def allowed(roles: Iterable[str], permission: str) -> bool:
    """Whether one of `roles` holds `permission`. An unknown permission is a programming error (KeyError)."""
    return not PERMISSIONS[permission].isdisjoint(roles)


def permissions_of(roles: Iterable[str]) -> frozenset[str]:
    """Every permission that one of `roles` holds."""
    held = set(roles)
    return frozenset(name for name, holders in PERMISSIONS.items() if not holders.isdisjoint(held))
