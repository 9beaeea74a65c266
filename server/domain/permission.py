"""Who may do what, as data. A permission is `noun.verb`; a role holds a set of them."""

from collections.abc import Iterable
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
    "audit.read": frozenset({"auditor"}),
    "outlets.read": frozenset({"supervisor", "manager", "custodian", "administrator"}),
    "outlets.write": frozenset({"custodian", "administrator"}),
    "proposals.decide": frozenset({"custodian", "administrator"}),
    "catalogue.read": frozenset({"supervisor", "manager", "custodian", "administrator"}),
    "catalogue.write": frozenset({"custodian", "administrator"}),
    "imports.write": frozenset({"custodian", "administrator"}),
    "routes.read": frozenset({"supervisor", "manager", "custodian", "administrator"}),
    "routes.write": frozenset({"supervisor", "manager", "administrator"}),
    "people.read": frozenset({"supervisor", "manager", "administrator"}),
    "people.write": frozenset({"administrator"}),
    "people.freeze": frozenset({"manager", "administrator"}),
    "visits.read": frozenset({"supervisor", "manager", "administrator"}),
    "deliveries.read": frozenset({"driver", "supervisor", "manager", "administrator"}),
    "orders.review": frozenset({"supervisor", "manager", "administrator"}),
    "operations.decide": frozenset({"supervisor", "manager", "administrator"}),
    "devices.read": frozenset({"supervisor", "manager", "administrator"}),
}

# With these something is lent to the device that asks: it must have been approved.
LENDING: Final = frozenset({"daybook.read"})


def allowed(roles: Iterable[str], permission: str) -> bool:
    """Whether one of `roles` holds `permission`. An unknown permission is a programming error (KeyError)."""
    return not PERMISSIONS[permission].isdisjoint(roles)


def permissions_of(roles: Iterable[str]) -> frozenset[str]:
    """Every permission that one of `roles` holds."""
    held = set(roles)
    return frozenset(name for name, holders in PERMISSIONS.items() if not holders.isdisjoint(held))
