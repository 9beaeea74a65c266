"""Devices: registered at sign-in, each with a sequence of operations in which nothing may be missing unseen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, select, update
from sqlalchemy.orm import Session

from server.domain.sequences import Range, advanced, missing_ranges, without
from server.errors import Conflict, NotFound
from server.models import Base, Device, Operation, Person
from server.services import audit, enrolment
from server.services.scopes import Within, people_within
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
    claim: enrolment.Claim,
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
    device = enrolment.claimed(session, person_id, claim, approval, now)
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
    has_key: bool
    unlock: str
    created_at: datetime
    approved_at: datetime | None
    revoked_at: datetime | None


def find_devices(
    session: Session,
    *,
    now: datetime,
    troubled: bool = False,
    person_id: int | None = None,
    within: Within = None,
) -> list[DeviceSeen]:
    """Devices, last seen first, at most 500; `troubled`: only those with missing or lost numbers; `person_id`: only
    that person's."""
    query = (
        select(Device, Person.name)
        .join(Person, Person.id == Device.person_id)
        .order_by(Device.last_seen_at.desc(), Device.id)
        .limit(MOST_LISTED)
    )
    if person_id is not None:
        query = query.where(Device.person_id == person_id)
    if within is not None:
        query = query.where(Device.person_id.in_(people_within(within)))
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
                has_key=device.public_key is not None,
                unlock=device.unlock,
                created_at=device.created_at,
                approved_at=device.approved_at,
                revoked_at=device.revoked_at,
            )
        )
    return seen


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
