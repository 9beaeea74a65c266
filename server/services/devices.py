"""Devices: registered at sign-in, each with a sequence of operations in which nothing may be missing unseen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, select, update
from sqlalchemy.orm import Session

from server.domain.sequences import Range, advanced, missing_ranges, without
from server.errors import Conflict, FieldError, Invalid, NotFound, NotSignedIn
from server.models import Base, Device, Operation, Passkey, Person
from server.services import audit
from server.services.session import bind_device
from server.services.transaction import deed

GAP_REPORTED_AFTER: Final = timedelta(hours=24)
MOST_LISTED: Final = 500


@dataclass(frozen=True, slots=True)
class Known:
    """What a phone remembers outside its databases: which device it was and how far it had counted."""

    device_id: UUID
    highest_seq: int


@dataclass(frozen=True, slots=True)
class Claim:
    """What a device says of itself. `public_key`: the raw point of its own key, None for an app without one; `unlock`:
    how the book on it is locked."""

    device_id: UUID
    label: str
    telemetry: dict[str, object]
    public_key: bytes | None = None
    unlock: str = ""


@dataclass(frozen=True, slots=True)
class Registered:
    """A device after registration. `lost`: numbers that will never come, of this device and of the one it was;
    `approved`: whether anything is lent to it."""

    device_id: UUID
    contiguous_seq: int
    highest_seq: int
    next_seq: int
    lost: tuple[Range, ...]
    approved: bool
    unlock: str


@deed
def register_device(
    session: Session,
    *,
    person_id: int,
    token_sha256: str,
    claim: Claim,
    known: Known | None,
    now: datetime,
    bound_to: UUID | None = None,
    approval: str = "none",
) -> Registered:
    """Make or refresh a device and tie the sign-in to it; note what a phone with an emptied storage lost (B8).

    `bound_to`: the device with a key that the sign-in is tied to already, and stays tied to: a cookie is not carried to
    another device. `approval`: later, every or none. Errors: Conflict `device_of_another` when the device belongs to
    another person, `device_key_differs`, `device_not_bound`; NotSignedIn `device_revoked`; Invalid.
    """
    if bound_to not in (None, claim.device_id):
        raise Conflict("device_not_bound")
    device = _claimed(session, person_id, claim, approval, now)
    bind_device(session, token_sha256=token_sha256, device_id=device.id)
    lost = _note_lost(session, device, known, now) if known else []
    same = known is not None and known.device_id == device.id
    highest = max(device.highest_seq, known.highest_seq if known and same else 0)
    device.highest_seq = highest
    session.flush()
    ranges = {*lost, *lost_ranges(device.lost)}
    audit.record(
        session,
        at=now,
        person_id=person_id,
        deed="device.lost" if lost else "device.register",
        subject=f"device:{known.device_id if lost and known else device.id}",
        detail={"lost": [list(one) for one in lost]} if lost else {},
    )
    return Registered(
        device.id,
        device.contiguous_seq,
        highest,
        highest + 1,
        tuple(sorted(ranges)),
        device.approved_at is not None,
        device.unlock,
    )


def _claimed(session: Session, person_id: int, claim: Claim, approval: str, now: datetime) -> Device:
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
    """Whether the person ever had a device; one that was revoked counts, or revoking it would let the next one in."""
    return session.scalar(select(Device.id).where(Device.person_id == person_id).limit(1)) is not None


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


def _note_lost(session: Session, device: Device, known: Known, now: datetime) -> list[Range]:
    """The numbers of the device that a phone was, which never arrived and now never will. Newly found ones only."""
    if known.device_id == device.id:
        was: Device | None = device
    else:
        was = session.get(Device, known.device_id, with_for_update=True)
    if was is None or was.person_id != device.person_id:
        return []
    already = lost_ranges(was.lost)
    arrived = arrived_above(session.connection(), was.id, was.contiguous_seq)
    lost = missing_ranges(was.contiguous_seq, arrived, known.highest_seq, already)
    if lost:
        was.lost = [*was.lost, *({"from": a, "to": b, "at": now.isoformat()} for a, b in lost)]
        was.contiguous_seq = advanced(was.contiguous_seq, arrived, [*already, *lost])
        was.gap_since = None
    was.highest_seq = max(was.highest_seq, known.highest_seq)
    return lost


def lost_ranges(entries: Iterable[dict[str, object]]) -> list[Range]:
    """The ranges of a device's `lost` column."""
    return [Range(int(str(entry["from"])), int(str(entry["to"]))) for entry in entries]


def arrived_above(connection: Connection, device_id: UUID, contiguous: int) -> list[int]:
    """The numbers above `contiguous` that have arrived from a device."""
    return list(connection.scalars(_ARRIVED, {"device": device_id, "above": contiguous}))


def take_numbers(
    connection: Connection, device: Row[*tuple[Any, ...]], came: Sequence[int], highest: int, now: datetime
) -> list[Range]:
    """Keep a device's sequence after operations with the numbers `came` were put into the inbox.

    Returns what is missing below the highest number that arrived. `device` is the row, locked. `highest` is how far the
    phone says it has counted; what lies above the last arrival is on its way, not missing.
    """
    lost_entries: list[dict[str, object]] = list(device.lost or [])
    lost = lost_ranges(lost_entries)
    changes: dict[str, object] = {}
    if lost:
        left = without(lost, came)
        if left != lost:
            at = str(lost_entries[-1].get("at", ""))
            changes["lost"] = [{"from": a, "to": b, "at": at} for a, b in left]
            lost = left
    arrived = arrived_above(connection, device.id, device.contiguous_seq)
    contiguous = advanced(device.contiguous_seq, arrived, lost)
    missing = missing_ranges(contiguous, arrived, max(arrived, default=0), lost)
    gap_since = (device.gap_since or now) if missing else None
    connection.execute(
        _TAKE if not changes else _TAKE_AND_FIND,
        {
            "key": device.id,
            "contiguous": contiguous,
            "highest": max(device.highest_seq, highest, *came, 0),
            "gap": gap_since,
            "seen": now,
            **changes,
        },
    )
    return missing


def find_missing(session: Session, device_id: UUID) -> list[Range]:
    """What is missing of a device's numbers below the highest that arrived; [] for an unknown device."""
    device = session.get(Device, device_id)
    if device is None:
        return []
    arrived = arrived_above(session.connection(), device_id, device.contiguous_seq)
    return missing_ranges(device.contiguous_seq, arrived, max(arrived, default=0), lost_ranges(device.lost))


@dataclass(frozen=True, slots=True)
class DeviceSeen:
    """A device as the office sees it. `gap_reported`: a number has been missing for more than 24 hours (A6)."""

    id: UUID
    person_id: int
    person_name: str
    label: str
    last_seen_at: datetime
    contiguous_seq: int
    highest_seq: int
    missing: tuple[Range, ...]
    lost: tuple[Range, ...]
    gap_since: datetime | None
    gap_reported: bool
    telemetry: dict[str, object]


def find_devices(session: Session, *, now: datetime, troubled: bool = False) -> list[DeviceSeen]:
    """Devices, last seen first, at most 500; `troubled`: only those with missing or lost numbers."""
    query = (
        select(Device, Person.name)
        .join(Person, Person.id == Device.person_id)
        .order_by(Device.last_seen_at.desc(), Device.id)
        .limit(MOST_LISTED)
    )
    seen = []
    for device, name in session.execute(query):
        missing = find_missing(session, device.id) if device.gap_since is not None else []
        if troubled and not missing and not device.lost:
            continue
        seen.append(
            DeviceSeen(
                id=device.id,
                person_id=device.person_id,
                person_name=name,
                label=device.label,
                last_seen_at=device.last_seen_at,
                contiguous_seq=device.contiguous_seq,
                highest_seq=device.highest_seq,
                missing=tuple(missing),
                lost=tuple(lost_ranges(device.lost)),
                gap_since=device.gap_since,
                gap_reported=device.gap_since is not None and now - device.gap_since >= GAP_REPORTED_AFTER,
                telemetry=dict(device.telemetry or {}),
            )
        )
    return seen


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


def lock_device(connection: Connection, device_id: UUID, person_id: int) -> Row[*tuple[Any, ...]]:
    """The row of a device of this person, locked: batches of one phone are taken in one after the other.

    Errors: NotFound for a device that is absent or another's."""
    found = connection.execute(_LOCK, {"key": device_id}).first()
    if found is None or found.person_id != person_id:
        raise NotFound
    return found


_DEVICES = Base.metadata.tables["device"]
_OPERATIONS = Base.metadata.tables[Operation.__tablename__]
_LOCK = (
    select(
        _DEVICES.c.id,
        _DEVICES.c.person_id,
        _DEVICES.c.contiguous_seq,
        _DEVICES.c.highest_seq,
        _DEVICES.c.lost,
        _DEVICES.c.gap_since,
    )
    .where(_DEVICES.c.id == bindparam("key"))
    .with_for_update()
)
_ARRIVED = select(_OPERATIONS.c.seq).where(
    _OPERATIONS.c.device_id == bindparam("device"), _OPERATIONS.c.seq > bindparam("above")
)
_TAKE = (
    update(_DEVICES)
    .where(_DEVICES.c.id == bindparam("key"))
    .values(
        contiguous_seq=bindparam("contiguous"),
        highest_seq=bindparam("highest"),
        gap_since=bindparam("gap"),
        last_seen_at=bindparam("seen"),
    )
)
_TAKE_AND_FIND = _TAKE.values(lost=bindparam("lost"))
