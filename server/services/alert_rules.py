"""Rules of alerts: read by whoever raises one, set by a person of the office."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from server.domain.alert_rules import KINDS, Rule, check_rule, default_rule
from server.domain.errors import DomainError
from server.domain.journey_plan import business_date
from server.domain.permission import PERMISSIONS
from server.errors import FieldError, Invalid, NotFound
from server.models import AlertRule, Assignment, Company, Outlet, Person, PersonRole, PersonTerritory, Route
from server.services import audit
from server.services.transaction import deed


def find_rule(session: Session, kind: str) -> Rule:
    """What holds for a kind of alert: what somebody set, or the default."""
    row = session.get(AlertRule, kind)
    return default_rule(kind) if row is None else _rule(row)


def threshold_of(session: Session, kind: str) -> int:
    """The number from which on a kind is raised. Errors: ValueError for a kind that has none."""
    found = find_rule(session, kind).threshold
    if found is None:
        raise ValueError(f"{kind} has no number")
    return found


def _rule(row: AlertRule) -> Rule:
    return Rule(row.kind, row.is_on, row.severity, row.threshold, row.owner_id, row.owner_role)


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule on the desk. `least`, `most`: the limits of its number, None where it has none; `fixed`: nobody switches
    it off."""

    kind: str
    is_on: bool
    severity: str
    threshold: int | None
    least: int | None
    most: int | None
    fixed: bool
    owner_id: int | None
    owner: str
    owner_role: str
    changed_at: datetime | None
    changed_by: str


def list_rules(session: Session) -> list[RuleView]:
    """Every kind with what holds for it, in the order of domain.alert_rules."""
    rows = {row.kind: row for row in session.scalars(select(AlertRule))}
    ids = {one for row in rows.values() for one in (row.owner_id, row.changed_by) if one is not None}
    known = session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))
    names: dict[int, str] = {row.id: row.name for row in known}
    views = []
    for name, kind in KINDS.items():
        row = rows.get(name)
        rule = default_rule(name) if row is None else _rule(row)
        views.append(
            RuleView(
                name, rule.is_on, rule.severity, rule.threshold,
                kind.number.least if kind.number else None, kind.number.most if kind.number else None,
                kind.fixed, rule.owner_id, names.get(rule.owner_id or 0, ""), rule.owner_role,
                row.changed_at if row else None, names.get(row.changed_by, "") if row else "",
            )
        )  # fmt: skip
    return views


@deed
def set_rule(session: Session, *, rule: Rule, day: date, by: int, now: datetime) -> None:
    """Say what holds for a kind of alert from now on. Errors: NotFound for a kind that there is not; Invalid."""
    if rule.kind not in KINDS:
        raise NotFound(subject=f"alert_rule:{rule.kind}")
    try:
        check_rule(rule)
    except DomainError as error:
        raise Invalid(errors=[FieldError(error.field, error.rule, error.params)]) from None
    if rule.owner_id is not None and rule.owner_id not in {one.id for one in find_owners(session, day)}:
        raise Invalid(errors=[FieldError("owner_id", "not_found")])
    row = session.get(AlertRule, rule.kind, with_for_update=True)
    if row is None:
        row = AlertRule(kind=rule.kind)
        session.add(row)
    row.is_on, row.severity, row.threshold = rule.is_on, rule.severity, rule.threshold
    row.owner_id, row.owner_role = rule.owner_id, rule.owner_role
    row.changed_by, row.changed_at = by, now
    session.flush()
    audit.record(
        session, at=now, person_id=by, deed="alert_rule.set", subject=f"alert_rule:{rule.kind}",
        detail={
            "on": rule.is_on, "severity": rule.severity, "threshold": rule.threshold,
            "owner": rule.owner_id, "role": rule.owner_role,
        },
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Owner:
    """Somebody who may look after alerts."""

    id: int
    name: str
    name_en: str
    roles: list[str]


def find_owners(session: Session, day: date) -> list[Owner]:
    """Who may look after alerts on a day, in order of name."""
    found: dict[int, Owner] = {}
    for person_id, name, name_en, role in session.execute(
        select(Person.id, Person.name, Person.name_en, PersonRole.role)
        .join(PersonRole, PersonRole.person_id == Person.id)
        .where(*_holding(PERMISSIONS["alerts.read"], day))
        .order_by(Person.name, Person.id, PersonRole.role)
    ):
        found.setdefault(person_id, Owner(person_id, name, name_en, [])).roles.append(role)
    return list(found.values())


def owner_for(session: Session, rule: Rule, subject: str, now: datetime) -> int | None:
    """Who owns a new alert about `subject`: the rule's person, or whoever has the rule's role where the subject is;
    somebody who works there before somebody who works everywhere. Never the person that it speaks of."""
    timezone = session.scalar(select(Company.timezone).limit(1)) or "UTC"
    day = business_date(now, timezone)
    if rule.owner_id is not None:
        owners = {one.id for one in find_owners(session, day)}
        return rule.owner_id if rule.owner_id in owners and subject != f"person:{rule.owner_id}" else None
    if not rule.owner_role:
        return None
    holders = session.scalars(
        select(Person.id)
        .join(PersonRole, PersonRole.person_id == Person.id)
        .where(*_holding([rule.owner_role], day))
        .order_by(Person.id)
        .distinct()
    )
    candidates = [one for one in holders if subject != f"person:{one}"]
    given = _territories_given(session, candidates, day)
    here = _territories_of(session, subject, now)
    nearest = [one for one in candidates if given.get(one, set()) & here]
    anywhere = [one for one in candidates if one not in given]
    return next(iter([*nearest, *anywhere]), None)


def _holding(roles: Collection[str], day: date) -> tuple[ColumnElement[bool], ...]:
    return (
        Person.status == "active",
        PersonRole.role.in_(roles),
        PersonRole.valid_from <= day,
        or_(PersonRole.valid_to.is_(None), PersonRole.valid_to >= day),
    )


def _territories_given(session: Session, people: Collection[int], day: date) -> dict[int, set[int]]:
    given: dict[int, set[int]] = {}
    for person_id, territory_id in session.execute(
        select(PersonTerritory.person_id, PersonTerritory.territory_id).where(
            PersonTerritory.person_id.in_(people),
            PersonTerritory.valid_from <= day,
            or_(PersonTerritory.valid_to.is_(None), PersonTerritory.valid_to >= day),
        )
    ):
        given.setdefault(person_id, set()).add(territory_id)
    return given


def _territories_of(session: Session, subject: str, now: datetime) -> set[int]:
    """Where somebody walks, or an outlet lies; nowhere for what is neither."""
    noun, _, key = subject.partition(":")
    if not key.isdigit():
        return set()
    if noun == "outlet":
        territory = session.scalar(select(Outlet.territory_id).where(Outlet.id == int(key)))
        return set() if territory is None else {territory}
    if noun != "person":
        return set()
    return set(
        session.scalars(
            select(Route.territory_id)
            .join(Assignment, Assignment.route_id == Route.id)
            .where(
                Assignment.person_id == int(key),
                Assignment.starts_at <= now,
                or_(Assignment.ends_at.is_(None), Assignment.ends_at > now),
            )
        )
    )
