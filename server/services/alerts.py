"""Alerts: raised inside any deed, kept to one for each thing until a person has resolved it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, case, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from server.domain.alert_rules import SEVERITIES
from server.errors import Conflict, FieldError, Invalid, NotFound
from server.models import Alert, Base
from server.services import alert_rules, audit, notices
from server.services.scopes import Within, alerts_within
from server.services.transaction import deed

STATUSES: Final = ("open", "acknowledged", "resolved")


def raise_alert(
    session: Session,
    *,
    kind: str,
    subject: str,
    at: datetime,
    detail: Mapping[str, object] | None = None,
    severity: str = "warning",
) -> int | None:
    """Tell the office of something, inside a deed; returns the alert's id, None where its rule is off. The rule says
    how severe it is, `severity` only where there is none, and whose a new one is.

    One that is not resolved yet counts up instead of coming twice; acknowledged, it opens again only when it has become
    more severe. `detail` holds ids, codes and counts, never personal content.
    """
    if severity not in SEVERITIES:
        raise ValueError(f"unknown severity {severity}")
    rule = alert_rules.find_rule(session, kind)
    if not rule.is_on:
        return None
    session.flush()
    connection = session.connection()
    statement = _UPSERTS[connection.dialect.name]
    values = {
        "kind": kind,
        "subject": subject,
        "severity": rule.severity or severity,
        "detail": dict(detail or {}),
        "first_at": at,
        "last_at": at,
        "count": 1,
        "status": "open",
        "open_key": f"{kind} {subject}",
        "note": "",
    }
    alert_id, times = connection.execute(statement, values).one()
    if times == 1:
        owner = alert_rules.owner_for(session, rule, subject, at)
        session.execute(update(Alert).where(Alert.id == alert_id).values(owner_id=owner))
        _tell_owner(session, alert_id, owner, kind, rule.severity or severity, at)
    return int(alert_id)


def _tell_owner(
    session: Session, alert_id: int, owner: int | None, kind: str, severity: str, at: datetime
) -> None:
    if owner is not None:
        notices.tell(session, [owner], "alert", f"alert:{alert_id}", {"kind": kind, "severity": severity}, at)


def sound_alarm(
    session: Session,
    *,
    kind: str,
    subject: str,
    at: datetime,
    detail: Mapping[str, object],
    person_id: int | None = None,
) -> None:
    """An alarm of the house's own, and one entry in the chain for it, however often it is found again. The last thing
    that a deed does."""
    known = session.scalar(select(Alert.id).where(Alert.open_key == f"{kind} {subject}"))
    raise_alert(session, kind=kind, subject=subject, at=at, detail=detail, severity="alarm")
    if known is None:
        audit.record(session, at=at, person_id=person_id, deed=kind, subject=subject, detail=detail)


@deed
def acknowledge(session: Session, *, alert_id: int, within: Within, by: int, now: datetime) -> None:
    """Say that one has seen it. Errors: NotFound; Conflict when it is no longer open, or speaks of oneself."""
    alert = _locked(session, alert_id, within, by)
    if alert.status != "open":
        raise Conflict("alert_handled")
    alert.status, alert.acknowledged_by, alert.acknowledged_at = "acknowledged", by, now
    _record(session, alert, "alert.acknowledge", by, now)


@deed
def resolve(session: Session, *, alert_id: int, note: str, within: Within, by: int, now: datetime) -> None:
    """Close it, with words on what was found. The same thing happening again makes a new one.
    Errors: NotFound; Conflict when it is resolved already, or speaks of oneself."""
    alert = _locked(session, alert_id, within, by)
    if alert.status == "resolved":
        raise Conflict("alert_handled")
    alert.status, alert.resolved_by, alert.resolved_at = "resolved", by, now
    alert.note, alert.open_key = note, None
    _record(session, alert, "alert.resolve", by, now)


@deed
def assign(
    session: Session, *, alert_id: int, owner_id: int, within: Within, day: date, by: int, now: datetime
) -> None:
    """Give it to somebody who may look after alerts. Errors: NotFound; Invalid for anybody else, or whom it speaks of;
    Conflict when it is resolved, or speaks of oneself."""
    alert = _locked(session, alert_id, within, by)
    if alert.status == "resolved":
        raise Conflict("alert_handled")
    owners = {one.id for one in alert_rules.find_owners(session, day)}
    if owner_id not in owners or alert.subject == f"person:{owner_id}":
        raise Invalid(errors=[FieldError("owner_id", "not_found")])
    if alert.owner_id == owner_id:
        return
    alert.owner_id = owner_id
    if owner_id != by:
        _tell_owner(session, alert.id, owner_id, alert.kind, alert.severity, now)
    session.flush()
    audit.record(
        session, at=now, person_id=by, deed="alert.assign", subject=f"alert:{alert.id}",
        detail={"kind": alert.kind, "about": alert.subject, "owner": owner_id},
    )  # fmt: skip


def _locked(session: Session, alert_id: int, within: Within, by: int) -> Alert:
    alert = session.scalar(
        select(Alert).where(Alert.id == alert_id, *alerts_within(within, by)).with_for_update(of=Alert)
    )
    if alert is None:
        raise NotFound(subject=f"alert:{alert_id}")
    if alert.subject == f"person:{by}":
        raise Conflict("alert_own")
    return alert


def _record(session: Session, alert: Alert, name: str, by: int, now: datetime) -> None:
    audit.record(
        session,
        at=now,
        person_id=by,
        deed=name,
        subject=f"alert:{alert.id}",
        detail={"kind": alert.kind, "about": alert.subject, "count": alert.count},
    )


_ALERT = Base.metadata.tables["alert"]


def _rank(severity: ColumnElement[Any]) -> ColumnElement[int]:
    return case({name: rank for rank, name in enumerate(SEVERITIES)}, value=severity, else_=0)


def _upsert(insert: Any) -> Any:
    """Both databases spell it alike, but the function is each dialect's own."""
    fresh = insert.excluded
    worse = _rank(fresh.severity) > _rank(_ALERT.c.severity)
    return insert.on_conflict_do_update(
        index_elements=[_ALERT.c.open_key],
        set_={
            "last_at": fresh.last_at,
            "count": _ALERT.c.count + 1,
            "detail": fresh.detail,
            "severity": case((worse, fresh.severity), else_=_ALERT.c.severity),
            "status": case((worse, "open"), else_=_ALERT.c.status),
        },
    ).returning(_ALERT.c.id, _ALERT.c.count)


_UPSERTS: Final = {
    "sqlite": _upsert(sqlite.insert(_ALERT)),
    "postgresql": _upsert(postgresql.insert(_ALERT)),
}
