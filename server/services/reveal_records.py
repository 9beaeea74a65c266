"""How an opening of a number is written down, and the office told of it: online (services/reveals.py) and from phones.

One made offline has happened, so it is recorded and flagged even where it breaks the quota.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.operation_bodies import ContactReveal
from server.domain.operations import Unacceptable
from server.domain.reveals import (
    PACE_SPAN,
    Quota,
    Used,
    is_nearly_used,
    is_unusual_hour,
    is_unusual_pace,
    over_quota,
)
from server.models import Contact, Outlet, Person, Reveal
from server.services import reveal_quota
from server.services.alert_rules import threshold_of
from server.services.alerts import raise_alert
from server.services.captured import Captured, Effect
from server.services.company import get_company
from server.services.daybook.scope import find_scope
from server.services.field_facts import FieldFacts, day_of


def record_reveal(session: Session, captured: Captured, body: ContactReveal, facts: FieldFacts) -> Effect:
    """Write an opening down that happened on the phone, offline or online. One that is known counts once.

    Errors: Unacceptable `unknown_outlet`, `invalid` for a contact of no such outlet, `key_reuse`.
    """
    if facts.find_outlet(body.outlet_id) is None:
        raise Unacceptable("unknown_outlet", "outlet_id", "not_found")
    if find_contact(session, body) is None:
        raise Unacceptable("invalid", "contact_id", "not_found")
    queue_up(session, captured.person_id)
    known = session.get(Reveal, body.reveal_id)
    words: dict[str, object] = {"operation": str(captured.operation_id)}
    if known is None:
        known = _record_offline(session, captured, body, facts)
    elif (known.person_id, known.contact_id) == (captured.person_id, body.contact_id):
        words["known"] = True
    else:
        raise Unacceptable("key_reuse", "reveal_id")
    return Effect("contact.reveal", f"outlet:{body.outlet_id}", {**audit_words(known), **words})


def _record_offline(session: Session, captured: Captured, body: ContactReveal, facts: FieldFacts) -> Reveal:
    at = captured.instant(body.at)
    company, timezone = get_company(session), facts.zone_of_person(at)
    day, quota = day_of(at, timezone), reveal_quota.quota_of(company)
    used = reveal_quota.used_by(session, captured.person_id, body.outlet_id, day, timezone)
    over = over_quota(quota, used, at_night=is_unusual_hour(at, timezone))
    lent = body.outlet_id in find_scope(session, company, captured.person_id, at).cards
    reveal = row_of(
        body, captured.person_id, captured.device_id, at=at, received_at=captured.received_at, day=day
    )
    reveal.offline = True
    reveal.flags = [*([over] if over else []), *([] if lent else ["not_lent"])]
    write(session, reveal, quota, timezone=timezone)
    if over:
        _tell(session, "reveal.over_quota", reveal, {"limit": over}, "warning")
    return reveal


def queue_up(session: Session, person_id: int) -> None:
    """One person's openings wait for each other here, so that two at once cannot both take the last of the quota."""
    session.execute(select(Person.id).where(Person.id == person_id).with_for_update())


def find_contact(session: Session, body: ContactReveal) -> Contact | None:
    return session.scalar(
        select(Contact)
        .join(Outlet, Outlet.id == Contact.outlet_id)
        .where(Contact.id == body.contact_id, Contact.outlet_id == body.outlet_id)
    )


def row_of(
    body: ContactReveal,
    person_id: int,
    device_id: UUID | None,
    *,
    at: datetime,
    received_at: datetime,
    day: date,
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
        day=day,
        latitude=body.fix.latitude if body.fix else None,
        longitude=body.fix.longitude if body.fix else None,
        accuracy_m=body.fix.accuracy_m if body.fix else None,
        offline=False,
        flags=[],
    )


def write(session: Session, reveal: Reveal, quota: Quota, *, timezone: str) -> Used:
    """Write the opening, tell the office where it is out of the ordinary, and return what is used with it."""
    instants = session.scalars(
        select(Reveal.at).where(
            Reveal.person_id == reveal.person_id, Reveal.at > reveal.at - PACE_SPAN, Reveal.at <= reveal.at
        )
    ).all()
    pace = threshold_of(session, "reveal.unusual_pace")
    unusual = [
        *(["unusual_hour"] if is_unusual_hour(reveal.at, timezone) else []),
        *(["unusual_pace"] if is_unusual_pace([*instants, reveal.at], reveal.at, pace) else []),
    ]
    reveal.flags = [*reveal.flags, *unusual]
    session.add(reveal)
    session.flush()
    for flag in ("off_route", "not_lent", "unusual_hour", "unusual_pace"):
        if flag in reveal.flags:
            _tell(session, f"reveal.{flag}", reveal, {}, "warning")
    used = reveal_quota.used_by(session, reveal.person_id, reveal.outlet_id, reveal.day, timezone)
    if is_nearly_used(quota, used, threshold_of(session, "reveal.quota_nearly_used") / 100):
        _tell(session, "reveal.quota_nearly_used", reveal, {"opened": used.today}, "notice")
    return used


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


def audit_words(reveal: Reveal) -> dict[str, object]:
    return {
        "reveal": str(reveal.id),
        "outlet": reveal.outlet_id,
        "contact": reveal.contact_id,
        "reason": reveal.reason,
        "fix": reveal.latitude is not None,
        "offline": reveal.offline,
        "flags": reveal.flags,
    }
