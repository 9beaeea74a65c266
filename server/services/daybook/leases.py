"""The key of a lease: made for one device, told once, kept nowhere on the server.

The phone encrypts the book with it. A phone that has lost it (a forgotten PIN, a deleted passkey) is given another one
and pulls the book anew: what it had before can no longer be read by anybody.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import delete
from sqlalchemy.orm import Session

from server.errors import Conflict, TooMany
from server.models import Device, LeaseKey
from server.services import audit
from server.services.daybook.manifest import build_manifest
from server.services.daybook.scope import Asking
from server.services.transaction import deed

Unlock = Literal["pin", "passkey"]

KEY_BYTES: Final = 32
# A shift needs one. Each more is a wiped or re-enrolled phone; whoever needs twenty is not carrying a book.
MOST_KEYS: Final = 20
WAIT_S: Final = 3600


@dataclass(frozen=True, slots=True)
class Lent:
    """A lease with its key in base64, as the phone takes it."""

    lease_id: str
    key: str
    until: datetime


@deed
def give_key(session: Session, *, asking: Asking, lease_id: str, unlock: Unlock, now: datetime) -> Lent:
    """Make the key of the person's present lease for the device that asks.

    Errors: Conflict `device_not_bound` without a device or with one that was taken back, Conflict `lease_over` for a
    lease that is not the present one, TooMany after twenty keys of one lease; and what the manifest itself refuses.
    """
    device = session.get(Device, asking.device_id, with_for_update=True) if asking.device_id else None
    if device is None or device.person_id != asking.person_id or device.revoked_at is not None:
        raise Conflict("device_not_bound")
    lease: dict[str, Any] = dict(build_manifest(session, asking, now)["lease"])  # type: ignore[call-overload]
    if lease["id"] != lease_id:
        raise Conflict("lease_over")
    ends_at = datetime.fromisoformat(lease["until"])
    times = _note(session, device, lease_id, unlock, ends_at, now)
    audit.record(
        session,
        at=now,
        person_id=asking.person_id,
        deed="lease.key",
        subject=f"device:{device.id}",
        detail={"lease": lease_id, "unlock": unlock, "times": times},
    )
    return Lent(lease_id, base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode(), ends_at)


def _note(
    session: Session, device: Device, lease_id: str, unlock: Unlock, ends_at: datetime, now: datetime
) -> int:
    """Write down that a key was given; returns how many of this lease that makes. Ended leases are forgotten."""
    session.execute(delete(LeaseKey).where(LeaseKey.device_id == device.id, LeaseKey.ends_at <= now))
    row = session.get(LeaseKey, (device.id, lease_id))
    if row is None:
        row = LeaseKey(device_id=device.id, lease_id=lease_id, times=0, ends_at=ends_at)
        session.add(row)
    if row.times >= MOST_KEYS:
        raise TooMany(retry_after_s=WAIT_S)
    row.person_id, row.unlock, row.given_at, row.times = device.person_id, unlock, now, row.times + 1
    return row.times
