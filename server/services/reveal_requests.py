"""Requests for more openings than the quota allows: one person asks, another decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from server.domain.permission import duties_conflict
from server.domain.secrecy import seen_at_desk
from server.errors import Conflict, NotAllowed, NotFound
from server.models import Outlet, Person, Reveal, RevealRequest
from server.services import audit
from server.services.company import get_company
from server.services.daybook.scope import find_scope
from server.services.reveals import DESK_ROLES, Asking
from server.services.scopes import territories_of
from server.services.transaction import deed

PAGE: Final = 100
MOST_OPEN: Final = 10
"""Requests of one person that may wait at once."""


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request as the desk shows it. `opened_outlet`: how often the person has opened a number there, ever;
    `opened_today` on the day it is for."""

    id: UUID
    person_id: int
    person: str
    outlet_id: int | None
    outlet: str
    day: date
    words: str
    requested_at: datetime
    status: str
    decided_by: str
    decided_at: datetime | None
    decision_note: str
    opened_outlet: int
    opened_today: int


@deed
def ask_more(
    session: Session,
    asking: Asking,
    *,
    request_id: UUID,
    outlet_id: int | None,
    words: str,
    now: datetime,
) -> UUID:
    """Ask for more openings: at an outlet, or (None) today. Asking twice with one id asks once.
    Errors: NotFound for an outlet that the person has nothing to do with; Conflict `requests_waiting`, `key_reuse`."""
    known = session.get(RevealRequest, request_id)
    if known is not None:
        if known.person_id != asking.person_id:
            raise Conflict("key_reuse")
        return known.id
    scope = find_scope(session, get_company(session), asking.person_id, now)
    if outlet_id is not None:
        own = outlet_id in scope.cards or any(stop.outlet_id == outlet_id for stop in scope.stops)
        desk = not DESK_ROLES.isdisjoint(asking.roles) and _found_at_desk(
            session, outlet_id, asking, scope.day
        )
        if not own and not desk:
            raise NotFound
    waiting = session.scalar(
        select(func.count()).where(
            RevealRequest.person_id == asking.person_id, RevealRequest.status == "open"
        )
    )
    if (waiting or 0) >= MOST_OPEN:
        raise Conflict("requests_waiting")
    session.add(
        RevealRequest(
            id=request_id,
            person_id=asking.person_id,
            outlet_id=outlet_id,
            day=scope.day,
            words=words,
            requested_at=now,
        )
    )
    audit.record(
        session,
        at=now,
        person_id=asking.person_id,
        deed="reveal.ask_more",
        subject=f"reveal_request:{request_id}",
        detail={"outlet": outlet_id, "day": scope.day.isoformat()},
        device_id=asking.device_id,
    )
    return request_id


def _found_at_desk(session: Session, outlet_id: int, asking: Asking, day: date) -> bool:
    outlet = session.get(Outlet, outlet_id)
    if outlet is None or outlet.secrecy not in seen_at_desk(asking.roles):
        return False
    within = territories_of(session, asking.person_id, asking.roles, day)
    return within is None or outlet.territory_id in within


@deed
def decide(session: Session, *, request_id: UUID, approve: bool, note: str, by: int, now: datetime) -> None:
    """Approve or refuse. Errors: NotFound; NotAllowed `own_request`, `borrowed_yourself`; Conflict `decided` when
    somebody was quicker."""
    found = session.get(RevealRequest, request_id, with_for_update=True)
    if found is None:
        raise NotFound
    if found.person_id == by:
        raise NotAllowed("own_request")
    if found.status != "open":
        raise Conflict("decided")
    # Whoever borrows a file does not approve for it: not the one who asks, nor one who opened a number there.
    opened = select(Reveal.id).where(Reveal.person_id == by, Reveal.outlet_id == found.outlet_id).limit(1)
    borrowers = {found.person_id} | ({by} if session.scalar(opened) is not None else set())
    if approve and by in duties_conflict({"borrower": borrowers, "approver": {by}}):
        raise NotAllowed("borrowed_yourself")
    found.status = "approved" if approve else "refused"
    found.decided_by, found.decided_at, found.decision_note = by, now, note
    audit.record(
        session,
        at=now,
        person_id=by,
        deed="reveal.approve_more" if approve else "reveal.refuse_more",
        subject=f"reveal_request:{request_id}",
        detail={"outlet": found.outlet_id, "for": found.person_id, "day": found.day.isoformat()},
    )


def find_requests(session: Session, *, status: str, person_id: int | None = None) -> list[RequestView]:
    """Requests of a status, the newest first, 100 at most; with `person_id` only that person's."""
    decider = aliased(Person)
    query = (
        select(RevealRequest, Person.name, Outlet.name, decider.name)
        .join(Person, Person.id == RevealRequest.person_id)
        .join(Outlet, Outlet.id == RevealRequest.outlet_id, isouter=True)
        .join(decider, decider.id == RevealRequest.decided_by, isouter=True)
        .where(RevealRequest.status == status)
        .order_by(RevealRequest.requested_at.desc(), RevealRequest.id)
        .limit(PAGE)
    )
    if person_id is not None:
        query = query.where(RevealRequest.person_id == person_id)
    rows = session.execute(query).all()
    return [
        RequestView(
            id=row.id,
            person_id=row.person_id,
            person=person,
            outlet_id=row.outlet_id,
            outlet=outlet or "",
            day=row.day,
            words=row.words,
            requested_at=row.requested_at,
            status=row.status,
            decided_by=by or "",
            decided_at=row.decided_at,
            decision_note=row.decision_note,
            opened_outlet=_count(session, row, at_outlet=True) if row.outlet_id else 0,
            opened_today=_count(session, row, at_outlet=False),
        )
        for row, person, outlet, by in rows
    ]


def _count(session: Session, row: RevealRequest, *, at_outlet: bool) -> int:
    where = Reveal.outlet_id == row.outlet_id if at_outlet else Reveal.day == row.day
    found = session.scalar(select(func.count()).where(Reveal.person_id == row.person_id, where))
    return found or 0
