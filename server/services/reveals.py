"""Reveals: a contact's number is opened only here, and written down before it is shown.

Online the server answers with the number after the commit: what was logged may stay unseen, never the other way round.
Offline the phone sends the opening as an operation before it shows the number; such a one has happened, so it is
recorded and flagged even where it breaks the quota. Where the audit cannot be written no number is given.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.journey_plan import business_date
from server.domain.operation_bodies import ContactReveal
from server.domain.operations import Unacceptable
from server.domain.reveals import (
    PACE_SPAN,
    Left,
    is_nearly_used,
    is_unusual_hour,
    is_unusual_pace,
    over_quota,
    quota_left,
)
from server.domain.secrecy import needs_approval, seen_at_desk
from server.errors import Conflict, NotAllowed, NotFound
from server.models import Contact, Outlet, Person, Reveal
from server.services import audit, reveal_quota
from server.services.alerts import raise_alert
from server.services.captured import Captured, Effect
from server.services.company import get_company
from server.services.daybook.scope import Scope, find_scope
from server.services.field_facts import FieldFacts, day_of
from server.services.scopes import territories_of
from server.services.transaction import deed

DESK_ROLES: Final = frozenset(("supervisor", "manager", "custodian"))
# The answer may be lost on its way: the same opening is answered again for so long, and counts once.
ANSWERED_AGAIN_FOR: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Asking:
    """The sign-in that asks."""

    person_id: int
    device_id: UUID | None
    roles: Collection[str]


@dataclass(frozen=True, slots=True)
class Opened:
    number: str
    left_today: int
    left_outlet: int


@dataclass(frozen=True, slots=True)
class _Refused:
    code: str


def open_number(body: ContactReveal, asking: Asking, *, now: datetime) -> Opened:
    """Record an opening and hand out the number.

    Errors: NotFound for a contact that is absent or of an outlet that was not lent; NotAllowed `over_outlet`,
    `over_day`, `over_night`, `needs_approval`; Conflict `key_reuse` or `reveal_over` for an id that was used. A refusal
    is recorded too.
    """
    outcome = _open(body, asking, now=now)
    if isinstance(outcome, Opened):
        return outcome
    if outcome.code == "not_lent":
        raise NotFound
    raise NotAllowed(outcome.code)


@deed
def _open(session: Session, body: ContactReveal, asking: Asking, *, now: datetime) -> Opened | _Refused:
    company = get_company(session)
    # One person's openings queue here, so that two at once cannot both take the last of the quota.
    session.execute(select(Person.id).where(Person.id == asking.person_id).with_for_update())
    scope = find_scope(session, company, asking.person_id, now)
    contact = _find_contact(session, body)
    if contact is None or not _may_see(session, contact.outlet, asking, scope):
        return _refuse(session, body, asking, "not_lent", now)
    quota = reveal_quota.quota_of(company)
    used = reveal_quota.used_by(
        session,
        person_id=asking.person_id,
        outlet_id=body.outlet_id,
        day=scope.day,
        timezone=scope.timezone,
    )
    known = session.get(Reveal, body.reveal_id)
    if known is not None:
        return _again(known, body, asking, contact, quota_left(quota, used), now)
    over = over_quota(quota, used, at_night=is_unusual_hour(now, scope.timezone))
    if needs_approval(contact.outlet.secrecy) and not reveal_quota.is_approved(
        session, asking.person_id, body.outlet_id, scope.day
    ):
        over = "needs_approval"
    if over:
        return _refuse(session, body, asking, over, now)
    reveal = _row(body, asking.person_id, asking.device_id, at=now, received_at=now, scope=scope)
    if DESK_ROLES.isdisjoint(asking.roles) and all(one.outlet_id != body.outlet_id for one in scope.due):
        reveal.flags = [*reveal.flags, "off_route"]
    number = contact.phone
    _write(session, reveal, timezone=scope.timezone)
    after = reveal_quota.used_by(
        session,
        person_id=asking.person_id,
        outlet_id=body.outlet_id,
        day=scope.day,
        timezone=scope.timezone,
    )
    if is_nearly_used(quota, after):
        _tell(session, "reveal.quota_nearly_used", reveal, {"opened": after.today}, "notice")
    audit.record(
        session,
        at=now,
        person_id=asking.person_id,
        deed="contact.reveal",
        subject=f"outlet:{body.outlet_id}",
        detail=_audit_words(reveal),
        device_id=asking.device_id,
    )
    left = quota_left(quota, after)
    return Opened(number, left.today, left.outlet)


def record_reveal(session: Session, captured: Captured, body: ContactReveal, facts: FieldFacts) -> Effect:
    """Write an opening down that happened on the phone, offline or online. One that is known counts once.

    Errors: Unacceptable `unknown_outlet`, `invalid` for a contact of no such outlet, `key_reuse`.
    """
    if facts.find_outlet(body.outlet_id) is None:
        raise Unacceptable("unknown_outlet", "outlet_id", "not_found")
    if _find_contact(session, body) is None:
        raise Unacceptable("invalid", "contact_id", "not_found")
    session.execute(select(Person.id).where(Person.id == captured.person_id).with_for_update())
    known = session.get(Reveal, body.reveal_id)
    words: dict[str, object] = {"operation": str(captured.operation_id)}
    if known is not None:
        if (known.person_id, known.contact_id) != (captured.person_id, body.contact_id):
            raise Unacceptable("key_reuse", "reveal_id")
        return Effect(
            "contact.reveal",
            f"outlet:{body.outlet_id}",
            {**_audit_words(known), **words, "known": True},
        )
    at = captured.instant(body.at)
    company = get_company(session)
    scope = find_scope(session, company, captured.person_id, at)
    timezone = facts.zone_of_person(at)
    reveal = _row(
        body, captured.person_id, captured.device_id, at=at, received_at=captured.received_at, scope=scope
    )
    reveal.offline, reveal.day = True, day_of(at, timezone)
    quota = reveal_quota.quota_of(company)
    used = reveal_quota.used_by(
        session,
        person_id=captured.person_id,
        outlet_id=body.outlet_id,
        day=reveal.day,
        timezone=timezone,
    )
    over = over_quota(quota, used, at_night=is_unusual_hour(at, timezone))
    reveal.flags = [
        *reveal.flags,
        *([over] if over else []),
        *([] if body.outlet_id in scope.cards else ["not_lent"]),
    ]
    _write(session, reveal, timezone=timezone)
    if over:
        _tell(session, "reveal.over_quota", reveal, {"limit": over}, "warning")
    return Effect("contact.reveal", f"outlet:{body.outlet_id}", {**_audit_words(reveal), **words})


def _may_see(session: Session, outlet: Outlet, asking: Asking, scope: Scope) -> bool:
    """Whether the day's book holds the card, or the desk shows the outlet to this person."""
    if outlet.id in scope.cards:
        return True
    if DESK_ROLES.isdisjoint(asking.roles) or outlet.secrecy not in seen_at_desk(asking.roles):
        return False
    within = territories_of(session, asking.person_id, asking.roles, scope.day)
    return within is None or outlet.territory_id in within


def _find_contact(session: Session, body: ContactReveal) -> Contact | None:
    return session.scalar(
        select(Contact)
        .join(Outlet, Outlet.id == Contact.outlet_id)
        .where(Contact.id == body.contact_id, Contact.outlet_id == body.outlet_id)
    )


def _again(
    known: Reveal, body: ContactReveal, asking: Asking, contact: Contact, left: Left, now: datetime
) -> Opened:
    """The answer to an opening whose first answer was lost. Errors: Conflict `key_reuse`, `reveal_over`."""
    if (known.person_id, known.contact_id) != (asking.person_id, body.contact_id):
        raise Conflict("key_reuse")
    if now - known.received_at > ANSWERED_AGAIN_FOR:
        raise Conflict("reveal_over")
    return Opened(contact.phone, left.today, left.outlet)


def _refuse(session: Session, body: ContactReveal, asking: Asking, code: str, now: datetime) -> _Refused:
    audit.record(
        session,
        at=now,
        person_id=asking.person_id,
        deed="contact.reveal_refused",
        subject=f"outlet:{body.outlet_id}",
        detail={"contact": body.contact_id, "code": code},
        device_id=asking.device_id,
    )
    return _Refused(code)


def _row(
    body: ContactReveal,
    person_id: int,
    device_id: UUID | None,
    *,
    at: datetime,
    received_at: datetime,
    scope: Scope,
) -> Reveal:
    return Reveal(
        id=body.reveal_id,
        person_id=person_id,
        device_id=device_id,
        outlet_id=body.outlet_id,
        contact_id=body.contact_id,
        reason=body.reason,
        words=body.words,
        at=at,
        received_at=received_at,
        day=business_date(at, scope.timezone),
        latitude=body.fix.latitude if body.fix else None,
        longitude=body.fix.longitude if body.fix else None,
        accuracy_m=body.fix.accuracy_m if body.fix else None,
        offline=False,
        flags=[],
    )


def _write(session: Session, reveal: Reveal, *, timezone: str) -> None:
    """Write the opening, and tell the office where it is out of the ordinary."""
    instants = session.scalars(
        select(Reveal.at).where(
            Reveal.person_id == reveal.person_id, Reveal.at > reveal.at - PACE_SPAN, Reveal.at <= reveal.at
        )
    ).all()
    unusual = [
        *(["unusual_hour"] if is_unusual_hour(reveal.at, timezone) else []),
        *(["unusual_pace"] if is_unusual_pace([*instants, reveal.at], reveal.at) else []),
    ]
    reveal.flags = [*reveal.flags, *unusual]
    session.add(reveal)
    session.flush()
    for flag in ("off_route", "not_lent", "unusual_hour", "unusual_pace"):
        if flag in reveal.flags:
            _tell(session, f"reveal.{flag}", reveal, {}, "warning")


def _tell(session: Session, kind: str, reveal: Reveal, detail: dict[str, object], severity: str) -> None:
    raise_alert(
        session,
        kind=kind,
        subject=f"person:{reveal.person_id}",
        detail={
            "reveal": str(reveal.id),
            "outlet": reveal.outlet_id,
            "day": reveal.day.isoformat(),
            **detail,
        },
        at=reveal.received_at,
        severity=severity,
    )


def _audit_words(reveal: Reveal) -> dict[str, object]:
    return {
        "reveal": str(reveal.id),
        "outlet": reveal.outlet_id,
        "contact": reveal.contact_id,
        "reason": reveal.reason,
        "fix": reveal.latitude is not None,
        "offline": reveal.offline,
        "flags": reveal.flags,
    }
