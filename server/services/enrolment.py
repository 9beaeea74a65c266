"""Which devices may be lent to: how one is taken on, approved, stopped, and whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.errors import Conflict, FieldError, Invalid, NotAllowed, NotFound, NotSignedIn
from server.models import Device, Passkey, SignIn
from server.services import audit, push
from server.services.scopes import Within, check_person_within
from server.services.transaction import deed


@dataclass(frozen=True, slots=True)
class Claim:
    """What a device says of itself. `public_key`: the raw point of its own key, None for an app without one; `unlock`:
    how the book on it is locked."""

    device_id: UUID
    label: str
    telemetry: dict[str, object]
    public_key: bytes | None = None
    unlock: str = ""


def claimed(session: Session, person_id: int, claim: Claim, approval: str, now: datetime) -> Device:
    """The row of the device that claims to be one of this person's, made or brought up to date."""
    device = session.get(Device, claim.device_id, with_for_update=True)
    if device is None:
        device = Device(
            id=claim.device_id, person_id=person_id, created_at=now, contiguous_seq=0, highest_seq=0, lost=[]
        )
        if approval == "none" or (approval == "later" and not _has_device(session, person_id)):
            device.approved_at = now
        session.add(device)
    elif device.person_id != person_id:
        raise Conflict("device_of_another")
    if device.revoked_at is not None:
        raise NotSignedIn("device_revoked")
    if device.public_key is not None and claim.public_key not in (None, device.public_key):
        raise Conflict("device_key_differs")
    if device.public_key is None:
        device.public_key = claim.public_key
    if claim.unlock:
        device.unlock = _believed_unlock(session, device, claim.unlock)
    device.label, device.telemetry, device.last_seen_at = claim.label, claim.telemetry, now
    session.flush()
    return device


def _has_device(session: Session, person_id: int) -> bool:
    """Whether the person ever had a device; one that was revoked counts, or revoking it would let the next one in.

    What never registered itself does not: such rows come with a history that was taken over, as the demo's is."""
    told = session.scalars(select(Device.telemetry).where(Device.person_id == person_id).limit(50))
    return any(told)


def _believed_unlock(session: Session, device: Device, unlock: str) -> str:
    """How the book on a device is locked, as far as that can be true. Errors: Invalid."""
    if unlock == "passkey" and device.public_key is None:
        raise Invalid(errors=[FieldError("public_key", "required")])
    held = (
        select(Passkey.id).where(Passkey.person_id == device.person_id, Passkey.ended_at.is_(None)).limit(1)
    )
    if unlock == "passkey" and session.scalar(held) is None:
        raise Invalid(errors=[FieldError("unlock", "no_passkey")])
    return unlock


@deed
def approve_device(
    session: Session, *, device_id: UUID, by: int, now: datetime, within: Within = None
) -> None:
    """Let things be lent to a waiting device. Errors: NotFound; NotAllowed `second_person` for one's own; Conflict when
    it was revoked."""
    device = _get_device(session, device_id, within)
    if device.person_id == by:
        raise NotAllowed("second_person")
    if device.revoked_at is not None:
        raise Conflict("device_revoked")
    if device.approved_at is not None:
        return
    device.approved_at, device.approved_by = now, by
    audit.record(session, at=now, person_id=by, deed="device.approve", subject=f"device:{device_id}")


@deed
def revoke_device(
    session: Session, *, device_id: UUID, by: int, now: datetime, within: Within = None
) -> None:
    """Stop a device for good: its sign-ins end and it is told to wipe. Its person goes on with others, and what it did
    before still comes in through the drop-box. Errors: NotFound."""
    device = _get_device(session, device_id, within)
    if device.revoked_at is not None:
        return
    device.revoked_at, device.revoked_by, device.wipe_at = now, by, now
    session.execute(
        update(SignIn).where(SignIn.device_id == device_id, SignIn.ended_at.is_(None)).values(ended_at=now)
    )
    push.forget(session, device_id=device_id)
    audit.record(session, at=now, person_id=by, deed="device.revoke", subject=f"device:{device_id}")


def _get_device(session: Session, device_id: UUID, within: Within) -> Device:
    device = session.get(Device, device_id, with_for_update=True, populate_existing=True)
    if device is None:
        raise NotFound(subject=f"device:{device_id}")
    check_person_within(session, within, device.person_id, f"device:{device_id}")
    return device


class Owner(NamedTuple):
    """Whose a device is, and the key that speaks for it."""

    person_id: int
    public_key: bytes


def find_owner(session: Session, device_id: UUID) -> Owner | None:
    """The owner of a device that has a key, frozen or not; None for all others."""
    row = session.execute(
        select(Device.person_id, Device.public_key).where(
            Device.id == device_id, Device.public_key.is_not(None)
        )
    ).first()
    return Owner(row.person_id, row.public_key or b"") if row else None
