"""Alerts as the desk shows them, to those whose people and outlets they speak of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from server.domain.secrecy import CLASSES
from server.models import Alert, Outlet, Person
from server.services.scopes import Within, alerts_within

PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class AlertView:
    """An alert as the desk shows it. `about`: the person or the outlet it speaks of, where it is one."""

    id: int
    kind: str
    subject: str
    about: str
    about_en: str
    severity: str
    detail: dict[str, object]
    first_at: datetime
    last_at: datetime
    count: int
    status: str
    owner_id: int | None
    owner: str
    acknowledged_by: str
    acknowledged_at: datetime | None
    resolved_by: str
    resolved_at: datetime | None
    note: str


def find_alerts(
    session: Session,
    *,
    status: str,
    within: Within,
    by: int,
    before: datetime | None = None,
    mine: bool = False,
) -> list[AlertView]:
    """Alerts of a status that somebody may read, or only those that are theirs to deal with; those seen last first.
    `before`: the last instant of the page before. At most 100."""
    acknowledger, resolver, owner = aliased(Person), aliased(Person), aliased(Person)
    query = (
        select(Alert, acknowledger.name, resolver.name, owner.name)
        .join(acknowledger, acknowledger.id == Alert.acknowledged_by, isouter=True)
        .join(resolver, resolver.id == Alert.resolved_by, isouter=True)
        .join(owner, owner.id == Alert.owner_id, isouter=True)
        .where(Alert.status == status, *alerts_within(within, by))
        .order_by(Alert.last_at.desc(), Alert.id.desc())
        .limit(PAGE)
    )
    if before is not None:
        query = query.where(Alert.last_at < before)
    if mine:
        query = query.where(Alert.owner_id == by)
    rows = session.execute(query).all()
    names = _names(session, [row[0].subject for row in rows])
    return [_view(alert, names, by or "", done or "", whose or "") for alert, by, done, whose in rows]


def count_open(session: Session, *, within: Within, by: int) -> int:
    """Alerts that nobody has looked at, of those that somebody may read."""
    mine = alerts_within(within, by)
    return session.scalar(select(func.count()).select_from(Alert).where(Alert.status == "open", *mine)) or 0


def _names(session: Session, subjects: list[str]) -> dict[str, tuple[str, str]]:
    """Subject → what it is called, in both languages: people by name, outlets by code and, where they are no secret,
    by name."""
    people = select(Person.id, Person.name, Person.name_en).where(Person.id.in_(_ids(subjects, "person:")))
    named = {f"person:{one}": (name, name_en or name) for one, name, name_en in session.execute(people)}
    outlets = select(Outlet.id, Outlet.code, Outlet.name, Outlet.name_en, Outlet.secrecy).where(
        Outlet.id.in_(_ids(subjects, "outlet:"))
    )
    for one, code, name, name_en, secrecy in session.execute(outlets):
        is_open = secrecy == CLASSES[0]
        named[f"outlet:{one}"] = (f"{code} {name}", f"{code} {name_en or name}") if is_open else (code, code)
    return named


def _ids(subjects: list[str], noun: str) -> list[int]:
    return [int(one[len(noun) :]) for one in subjects if one.startswith(noun) and one[len(noun) :].isdigit()]


def _view(
    alert: Alert, names: Mapping[str, tuple[str, str]], acknowledger: str, resolver: str, owner: str
) -> AlertView:
    return AlertView(
        id=alert.id,
        kind=alert.kind,
        subject=alert.subject,
        about=names.get(alert.subject, ("", ""))[0],
        about_en=names.get(alert.subject, ("", ""))[1],
        severity=alert.severity,
        detail=alert.detail,
        first_at=alert.first_at,
        last_at=alert.last_at,
        count=alert.count,
        status=alert.status,
        owner_id=alert.owner_id,
        owner=owner,
        acknowledged_by=acknowledger,
        acknowledged_at=alert.acknowledged_at,
        resolved_by=resolver,
        resolved_at=alert.resolved_at,
        note=alert.note,
    )
