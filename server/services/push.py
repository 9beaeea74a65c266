"""Devices to which word of notices is pushed: each at most once, gone with the sign-in, the freeze and the device."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from server.domain.errors import DomainError
from server.domain.outgoing import target_of
from server.domain.web_push import Browser, base64url, from_base64url
from server.errors import Conflict, FieldError, Invalid
from server.models import PushSubscription
from server.services import audit
from server.services.transaction import deed

MOST_ENDPOINT: Final = 1_000


@deed
def subscribe(
    session: Session,
    *,
    person_id: int,
    device_id: UUID | None,
    endpoint: str,
    public_key: str,
    secret: str,
    inside: Collection[str],
    now: datetime,
) -> None:
    """Push to this device from now on. Keys are base64url, as browsers write them.

    Errors: Conflict `device_not_bound`; Invalid for an address that the server would not call, or keys that are none.
    """
    if device_id is None:
        raise Conflict("device_not_bound")
    try:
        target_of(endpoint, inside)
        browser = Browser(from_base64url("public_key", public_key), from_base64url("secret", secret))
    except DomainError as error:
        field = "endpoint" if error.field == "url" else error.field
        raise Invalid(errors=[FieldError(field, "format")]) from None
    found = session.get(PushSubscription, device_id, with_for_update=True)
    if found is not None and found.endpoint == endpoint and found.public_key == browser.public_key:
        return
    if found is None:
        found = PushSubscription(device_id=device_id)
        session.add(found)
    found.person_id, found.endpoint, found.made_at = person_id, endpoint, now
    found.public_key, found.secret = browser.public_key, base64url(browser.secret)
    session.flush()
    audit.record(session, at=now, person_id=person_id, deed="notices.push_on", subject=f"device:{device_id}")


@deed
def unsubscribe(session: Session, *, person_id: int, device_id: UUID | None, now: datetime) -> None:
    """Push to this device no more. Asking twice changes nothing."""
    if device_id is not None and forget(session, device_id=device_id):
        audit.record(
            session, at=now, person_id=person_id, deed="notices.push_off", subject=f"device:{device_id}"
        )


def forget(session: Session, *, device_id: UUID | None = None, person_id: int | None = None) -> int:
    """Drop what is known of a device, or of all of a person's, within a deed; returns how many there were."""
    which = PushSubscription.device_id == device_id if device_id else PushSubscription.person_id == person_id
    found = session.execute(delete(PushSubscription).where(which))
    return int(found.rowcount)  # type: ignore[attr-defined]


def is_on(session: Session, device_id: UUID | None) -> bool:
    """Whether word is pushed to a device."""
    return device_id is not None and session.get(PushSubscription, device_id) is not None


def with_push(session: Session, people: Collection[int]) -> list[int]:
    """Which of these people have a device to which word is pushed."""
    query = select(PushSubscription.person_id).where(PushSubscription.person_id.in_(people)).distinct()
    return sorted(session.scalars(query))
