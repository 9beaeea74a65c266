"""Requests of the field that change the book: taken in from phones, decided by the custodian, told to the rep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, bindparam, insert, literal, or_, select, union_all
from sqlalchemy.orm import Session

from server.domain.masking import mask_phone
from server.domain.operation_bodies import OutletChange
from server.domain.operations import Unacceptable
from server.errors import Conflict, FieldError, Invalid, NotAllowed, NotFound
from server.models import Base, ChangeRequest, Outlet, OutletProposal, Person
from server.services import audit, notices
from server.services.captured import Captured, Effect
from server.services.field_facts import FieldFacts
from server.services.outlet_changes import apply_change, as_in_book, same_number
from server.services.outlets import NearOutlet, near_outlets
from server.services.transaction import deed

LISTED: Final = 100
TOLD: Final = 200
TOLD_FOR: Final = timedelta(days=30)
NEW: Final = "new"
"""The kind under which a proposed outlet stands among the requests."""


@dataclass(frozen=True)
class OutletWords:
    """Which outlet it is about."""

    id: int
    code: str
    name: str
    address: str


@dataclass(frozen=True)
class RequestView:
    """One request beside the book. `old`: what the phone showed, `current`: what the book says now, `new`: what is
    wanted; numbers only as masks. `changed`: the book is not what the phone showed. `near`: outlets that it may be a
    copy of. `same_number`: other outlets with the wanted number."""

    id: UUID
    kind: str
    status: str
    person: str
    captured_at: datetime
    outlet: OutletWords | None
    old: Mapping[str, Any]
    current: Mapping[str, Any]
    new: Mapping[str, Any]
    note: str
    latitude: float | None
    longitude: float | None
    accuracy_m: float | None
    decided_at: datetime | None
    decision_note: str
    changed: bool = False
    near: list[NearOutlet] = field(default_factory=list)
    same_number: list[OutletWords] = field(default_factory=list)


# --- from the phones -----------------------------------------------------------------------------------------------


def request_change(
    connection: Connection, captured: Captured, body: OutletChange, facts: FieldFacts
) -> Effect:
    """Write a request down; nothing of the book changes. Errors: Unacceptable `unknown_outlet`, `key_reuse`."""
    if facts.find_outlet(body.outlet_id) is None:
        raise Unacceptable("unknown_outlet", "outlet_id", "not_found")
    if connection.execute(_REQUEST, {"key": body.request_id}).first():
        raise Unacceptable("key_reuse", "request_id")
    connection.execute(
        _ADD,
        {
            "id": body.request_id,
            "outlet_id": body.outlet_id,
            "person_id": captured.person_id,
            "kind": body.kind,
            "captured_at": captured.instant(captured.captured_at),
            "old": dict(body.old),
            "new": dict(body.new),
            "note": body.note,
            "latitude": body.fix.latitude if body.fix else None,
            "longitude": body.fix.longitude if body.fix else None,
            "accuracy_m": body.fix.accuracy_m if body.fix else None,
            "status": "open",
            "decision_note": "",
        },
    )
    return Effect(
        "outlet.change",
        f"request:{body.request_id}",
        {"operation": str(captured.operation_id), "outlet": body.outlet_id, "kind": body.kind},
    )


def told(session: Session, person_id: int, now: datetime) -> list[list[object]]:
    """What became of a person's own requests, for the manifest: [id, outlet id, kind, status, words], open
    ones and what was decided in the last 30 days, newest first."""
    since = now - TOLD_FOR
    changes = select(
        ChangeRequest.id,
        ChangeRequest.outlet_id,
        ChangeRequest.kind,
        ChangeRequest.status,
        ChangeRequest.decision_note,
        ChangeRequest.captured_at.label("at"),
    ).where(
        ChangeRequest.person_id == person_id,
        or_(ChangeRequest.decided_at.is_(None), ChangeRequest.decided_at >= since),
    )
    proposals = select(
        OutletProposal.id,
        OutletProposal.outlet_id,
        literal(NEW),
        OutletProposal.status,
        OutletProposal.decision_note,
        OutletProposal.proposed_at,
    ).where(
        OutletProposal.person_id == person_id,
        or_(OutletProposal.decided_at.is_(None), OutletProposal.decided_at >= since),
    )
    both = union_all(changes, proposals).subquery()
    rows = session.execute(select(both).order_by(both.c.at.desc(), both.c.id).limit(TOLD))
    return [[str(key), outlet, kind, status, words] for key, outlet, kind, status, words, _ in rows]


# --- at the desk ---------------------------------------------------------------------------------------------------


def find_requests(session: Session, *, status: str, limit: int = LISTED) -> list[RequestView]:
    """Requests of one status, new outlets among them, the oldest first."""
    most = min(limit, LISTED)
    changes = session.execute(
        select(ChangeRequest, Outlet, Person.name)
        .join(Outlet, Outlet.id == ChangeRequest.outlet_id)
        .join(Person, Person.id == ChangeRequest.person_id)
        .where(ChangeRequest.status == status)
        .order_by(ChangeRequest.captured_at, ChangeRequest.id)
        .limit(most)
    ).all()
    proposals = session.execute(
        select(OutletProposal, Person.name)
        .join(Person, Person.id == OutletProposal.person_id)
        .where(OutletProposal.status == status)
        .order_by(OutletProposal.proposed_at, OutletProposal.id)
        .limit(most)
    ).all()
    views = [_change_view(session, *row) for row in changes]
    views += [_proposal_view(session, *row) for row in proposals]
    views.sort(key=lambda view: (view.captured_at, view.id))
    return views[:most]


def _change_view(session: Session, request: ChangeRequest, outlet: Outlet, person: str) -> RequestView:
    wanted = request.new
    current = as_in_book(session, outlet, request.kind, wanted)
    near: list[NearOutlet] = []
    if request.status == "open" and request.kind in ("moved", "renamed"):
        latitude = wanted.get("latitude") if request.kind == "moved" else outlet.latitude
        longitude = wanted.get("longitude") if request.kind == "moved" else outlet.longitude
        name = wanted["name"] if request.kind == "renamed" else outlet.name
        near = [one for one in near_outlets(session, name, latitude, longitude) if one.id != outlet.id]
    twins: list[OutletWords] = []
    if request.status == "open" and request.kind == "number":
        twins = [_words(one) for one in same_number(session, wanted["phone"], other_than=outlet.id)]
    return RequestView(
        id=request.id,
        kind=request.kind,
        status=request.status,
        person=person,
        captured_at=request.captured_at,
        outlet=_words(outlet),
        old=_masked(request.old),
        current=current,
        new=_masked(wanted),
        note=request.note,
        latitude=request.latitude,
        longitude=request.longitude,
        accuracy_m=request.accuracy_m,
        decided_at=request.decided_at,
        decision_note=request.decision_note,
        changed=request.status == "open" and request.old != current,
        near=near,
        same_number=twins,
    )


def _proposal_view(session: Session, proposal: OutletProposal, person: str) -> RequestView:
    near = near_outlets(session, proposal.name, proposal.latitude, proposal.longitude)
    phone = proposal.contact_phone
    return RequestView(
        id=proposal.id,
        kind=NEW,
        status=proposal.status,
        person=person,
        captured_at=proposal.proposed_at,
        outlet=None,
        old={},
        current={},
        new={
            "name": proposal.name,
            "address": proposal.address,
            "outlet_class": proposal.outlet_class,
            "channel": proposal.channel,
            "latitude": proposal.latitude,
            "longitude": proposal.longitude,
            "contact": proposal.contact_name,
            "phone": mask_phone(phone),
        },
        note=proposal.note,
        latitude=proposal.latitude,
        longitude=proposal.longitude,
        accuracy_m=proposal.accuracy_m,
        decided_at=proposal.decided_at,
        decision_note=proposal.decision_note,
        near=near if proposal.status == "open" else [],
        same_number=[_words(one) for one in same_number(session, phone)] if proposal.status == "open" else [],
    )


def _words(outlet: Outlet) -> OutletWords:
    return OutletWords(outlet.id, outlet.code, outlet.name, outlet.address)


def _masked(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: mask_phone(str(one)) if key == "phone" else one for key, one in value.items()}


@deed
def decide_request(
    session: Session, *, request_id: UUID, accept: bool, note: str, by: int, now: datetime
) -> None:
    """Let a change into the book, or refuse it with a word to the rep.

    Errors: NotFound; Conflict when it is decided; NotAllowed `own_request` for one's own; Invalid."""
    request = session.scalars(
        select(ChangeRequest).where(ChangeRequest.id == request_id).with_for_update()
    ).one_or_none()
    if request is None:
        raise NotFound
    if request.status != "open":
        raise Conflict
    if request.person_id == by:
        raise NotAllowed("own_request")
    if not accept and not note:
        raise Invalid(errors=[FieldError("note", "required")])
    if accept:
        outlet = session.get_one(Outlet, request.outlet_id, with_for_update=True)
        apply_change(session, outlet, request.kind, request.new)
    request.status = "accepted" if accept else "refused"
    request.decided_by, request.decided_at, request.decision_note = by, now, note
    notices.tell(
        session, [request.person_id], "request", f"request:{request.id}",
        {"kind": request.kind, "outlet": request.outlet_id, "accepted": accept}, now,
    )  # fmt: skip
    audit.record(
        session,
        at=now,
        person_id=by,
        deed="request.accept" if accept else "request.refuse",
        subject=f"request:{request.id}",
        detail={"outlet": request.outlet_id, "kind": request.kind, "asked_by": request.person_id},
    )


_T = Base.metadata.tables
_REQUEST = select(_T["change_request"].c.id).where(_T["change_request"].c.id == bindparam("key"))
_ADD = insert(_T["change_request"])
