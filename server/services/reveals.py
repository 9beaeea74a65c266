"""Reveals: a contact's number is opened only here, and written down before it is shown.

The server answers with the number after the commit: what was logged may stay unseen, never the other way round. Where
the audit cannot be written no number is given. What was opened offline is written by services/reveal_records.py.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from server.domain.departures import is_leaving
from server.domain.operation_bodies import ContactReveal
from server.domain.reveals import Left, Quota, is_unusual_hour, over_quota, quota_left
from server.domain.sealing import UNREADABLE
from server.domain.secrecy import needs_approval, seen_at_desk
from server.errors import Conflict, NotAllowed, NotFound
from server.models import Contact, Outlet, Person, Reveal
from server.services import agreements, audit, reveal_quota
from server.services import reveal_records as records
from server.services.company import get_company
from server.services.daybook.scope import Scope, find_scope
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
    `over_day`, `over_night`, `needs_approval`, `leaving`; Conflict `key_reuse` or `reveal_over` for an id that was
    used. A refusal is recorded too. AgreementNeeded before any of it, for who has not accepted the newest agreement.
    """
    outcome = _open(body, asking, now=now)
    if isinstance(outcome, Opened):
        return outcome
    if outcome.code == "not_lent":
        raise NotFound
    raise NotAllowed(outcome.code)


@deed
def _open(session: Session, body: ContactReveal, asking: Asking, *, now: datetime) -> Opened | _Refused:
    agreements.require_accepted(session, asking.person_id)
    company = get_company(session)
    records.queue_up(session, asking.person_id)
    scope = find_scope(session, company, asking.person_id, now)
    contact = records.find_contact(session, body)
    if contact is None or not _may_see(session, contact.outlet, asking, scope):
        return _refuse(session, body, asking, "not_lent", now)
    quota = reveal_quota.quota_of(company)
    used = reveal_quota.used_by(session, asking.person_id, body.outlet_id, scope.day, scope.timezone)
    if contact.phone == UNREADABLE:  # nothing would be shown: no opening is used up
        raise Conflict("number_unreadable")
    known = session.get(Reveal, body.reveal_id)
    if known is not None:
        return _again(known, body, asking, contact, quota_left(quota, used), now)
    over = over_quota(quota, used, at_night=is_unusual_hour(now, scope.timezone))
    if needs_approval(contact.outlet.secrecy) and not reveal_quota.is_approved(
        session, asking.person_id, body.outlet_id, scope.day
    ):
        over = "needs_approval"
    if is_leaving(session.get_one(Person, asking.person_id).status):
        over = "leaving"
    if over:
        return _refuse(session, body, asking, over, now)
    left = _record(session, body, asking, scope, quota, now)
    return Opened(contact.phone, left.today, left.outlet)


def _record(
    session: Session, body: ContactReveal, asking: Asking, scope: Scope, quota: Quota, now: datetime
) -> Left:
    """Write the opening and its entry; returns what is left after it."""
    reveal = records.row_of(body, asking.person_id, asking.device_id, at=now, received_at=now, day=scope.day)
    in_the_field = DESK_ROLES.isdisjoint(asking.roles)
    if in_the_field and all(one.outlet_id != body.outlet_id for one in scope.due):
        reveal.flags = ["off_route"]
    used = records.write(session, reveal, quota, timezone=scope.timezone)
    audit.record(
        session,
        at=now,
        person_id=asking.person_id,
        deed="contact.reveal",
        subject=f"outlet:{body.outlet_id}",
        detail=records.audit_words(reveal),
        device_id=asking.device_id,
    )
    return quota_left(quota, used)


def _may_see(session: Session, outlet: Outlet, asking: Asking, scope: Scope) -> bool:
    """Whether the day's book holds the card, or the desk shows the outlet to this person."""
    if outlet.id in scope.cards:
        return True
    if DESK_ROLES.isdisjoint(asking.roles) or outlet.secrecy not in seen_at_desk(asking.roles):
        return False
    within = territories_of(session, asking.person_id, asking.roles, scope.day)
    return within is None or outlet.territory_id in within


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
