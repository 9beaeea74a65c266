"""The manifest: the truth about what a phone may hold today. Small, and cheap enough to be asked each minute."""

import hashlib
import json
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.domain.daybook import iso, shift_lease
from server.domain.secrecy import may_borrow
from server.domain.sequences import Range, missing_ranges
from server.errors import NotFound
from server.models import BorrowedCard, Company, Device, Operation, Price
from server.services import agreements, announcement_views, audit, keys, notices, requests, reveal_quota
from server.services.company import get_company
from server.services.daybook.changes import changes_told
from server.services.daybook.handovers import handovers_told
from server.services.daybook.load import load_version
from server.services.daybook.scope import Asking, find_device, find_scope, unlock_of
from server.services.people import get_person
from server.services.transaction import deed

TOLD_LIMIT: Final = 200
DECIDED_TOLD_FOR: Final = timedelta(days=30)
# One catalogue version leaves room for this many days on which prices change.
PRICE_DAYS: Final = 10_000


def build_manifest(session: Session, asking: Asking, now: datetime) -> dict[str, object]:
    """The manifest as it goes over the wire, with its version. Two manifests of one version differ at most in
    `server_time` and `server_seq`, which move all day long."""
    agreements.require_accepted(session, asking.person_id)
    company = get_company(session)
    person = get_person(session, asking.person_id)
    device = find_device(session, asking)
    unlock = unlock_of(device)
    scope = find_scope(session, company, asking.person_id, now, unlock)
    lease = shift_lease(now, scope.timezone)
    content: dict[str, object] = {
        "epoch": str(company.epoch),
        "lease": {
            "id": _digest([asking.person_id, str(company.epoch), iso(lease.starts_at), unlock == "passkey"]),
            "day": scope.day.isoformat(),
            "from": iso(lease.starts_at),
            "until": iso(lease.ends_at),
        },
        "timezone": scope.timezone,
        "currency": company.currency,
        "inbox_key": keys.inbox_key(now),
        "cycle_anchor": company.cycle_anchor.isoformat(),
        "holidays": [day.isoformat() for day in sorted(scope.holidays)],
        "person": {
            "id": asking.person_id,
            "name": person.name,
            "roles": sorted(asking.roles),
        },
        "routes": [
            {
                "id": route.id,
                "code": route.code,
                "name": route.name,
                "name_en": route.name_en,
                "version": route.version,
                "truck_weekdays": route.truck_weekdays,
            }
            for route in scope.routes
        ],
        "stops": [[stop.outlet_id, stop.route_id, stop.sequence, stop.planned_minute] for stop in scope.due],
        "changes": changes_told(session, [route.id for route in scope.routes], scope.day),
        "cards": [[outlet_id, version] for outlet_id, version in scope.cards.items()],
        "secrecy": [[outlet_id, one, iso(until)] for outlet_id, (one, until) in scope.classes.items()],
        "catalogue_version": catalogue_version(session, company, scope.day),
        "index_version": _digest(scope.index),
        "load": load_version(session, scope),
        "reveals": reveal_quota.manifest_words(
            session, company, person_id=asking.person_id, day=scope.day, outlet_ids=scope.cards
        ),
        "requests": requests.told(session, asking.person_id, now),
        **handovers_told(session, asking, scope, now, leaving=person.status == "leaving"),
        "announcements": announcement_views.lent(session, asking.person_id, now),
        "notices": notices.lent(session, asking.person_id, now),
        **_device_words(session, device, now),
    }
    version = _digest(content)
    return {
        "version": version,
        "server_time": iso(now),
        "server_seq": audit.last_seq(session),
        **content,
    }


def catalogue_version(session: Session, company: Company, day: date) -> int:
    """Rises with every change of the catalogue, and with every day on which a price comes into force."""
    days = select(func.count(Price.valid_from.distinct())).where(Price.valid_from <= day)
    return company.catalogue_version * PRICE_DAYS + min(session.scalar(days) or 0, PRICE_DAYS - 1)


@deed
def borrow_card(session: Session, *, person_id: int, outlet_id: int, reason: str, now: datetime) -> int:
    """Take out the card of an outlet of the person's own routes for today. Asking twice borrows once.
    Errors: NotFound for an outlet that is absent, closed or another's: the answer is the same."""
    agreements.require_accepted(session, person_id)
    scope = find_scope(session, get_company(session), person_id, now)
    if outlet_id not in {stop.outlet_id for stop in scope.stops}:
        raise NotFound
    if outlet_id in scope.cards:
        return outlet_id
    if not any(stop.outlet_id == outlet_id and may_borrow(stop.secrecy) for stop in scope.stops):
        raise NotFound
    try:
        with session.begin_nested():
            session.add(
                BorrowedCard(
                    person_id=person_id, day=scope.day, outlet_id=outlet_id, reason=reason, borrowed_at=now
                )
            )
    except IntegrityError:  # the same tap came twice at once
        return outlet_id
    audit.record(
        session,
        at=now,
        person_id=person_id,
        deed="card.borrow",
        subject=f"outlet:{outlet_id}",
        detail={"day": scope.day.isoformat()},
    )
    return outlet_id


def _device_words(session: Session, device: Device | None, now: datetime) -> dict[str, object]:
    """What the asking device must know of its own operations: numbers that never came, and what people decided."""
    if device is None:
        return {"missing": [], "quarantined": [], "decided": []}
    own = (Operation.device_id == device.id, Operation.person_id == device.person_id)
    quarantined = session.execute(
        select(Operation.id, Operation.code)
        .where(*own, Operation.state == "quarantined")
        .order_by(Operation.seq)
        .limit(TOLD_LIMIT)
    )
    decided = session.execute(
        select(Operation.id, Operation.state, Operation.decision_note)
        .where(
            *own,
            Operation.state.in_(("applied", "refused")),
            Operation.decided_at >= now - DECIDED_TOLD_FOR,
        )
        .order_by(Operation.decided_at.desc(), Operation.seq)
        .limit(TOLD_LIMIT)
    )
    return {
        "missing": _missing(session, device),
        "quarantined": [[str(one), code] for one, code in quarantined],
        "decided": [[str(one), state, note] for one, state, note in decided],
    }


def _missing(session: Session, device: Device) -> list[dict[str, int]]:
    if device.highest_seq <= device.contiguous_seq:
        return []
    arrived = session.scalars(
        select(Operation.seq)
        .where(Operation.device_id == device.id, Operation.seq > device.contiguous_seq)
        .order_by(Operation.seq)
    )
    lost = [Range(_whole(one["from"]), _whole(one["to"])) for one in device.lost]
    holes = missing_ranges(device.contiguous_seq, arrived, device.highest_seq, lost)
    return [{"from": hole.first, "to": hole.last} for hole in holes[:TOLD_LIMIT]]


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _digest(content: object) -> str:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:20]
