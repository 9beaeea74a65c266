"""What is written down beside visits: outlets found, notes on cards, promises kept, photos of a step."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, insert, select

from server.domain.operation_bodies import OutletNoteAdded, OutletPropose, PhotoAttach, PromiseKeep
from server.domain.operations import Unacceptable, WaitsFor
from server.domain.phones import as_e164
from server.models import Base
from server.services import uploads
from server.services.captured import Captured, Effect
from server.services.field_facts import FieldFacts
from server.services.visits import keep_promises, raise_card_version


def propose_outlet(
    connection: Connection, captured: Captured, body: OutletPropose, facts: FieldFacts
) -> Effect:
    """Write a proposed outlet; the custodian decides about it. Errors: Unacceptable `key_reuse`."""
    if connection.execute(_PROPOSAL, {"key": body.proposal_id}).first():
        raise Unacceptable("key_reuse", "proposal_id")
    connection.execute(
        _ADD_PROPOSAL,
        {
            "id": body.proposal_id,
            "person_id": captured.person_id,
            "proposed_at": captured.instant(captured.captured_at),
            "name": body.name,
            "address": body.address,
            "outlet_class": body.outlet_class,
            "channel": body.channel,
            "latitude": body.latitude,
            "longitude": body.longitude,
            "accuracy_m": body.accuracy_m,
            "contact_name": body.contact_name,
            "contact_phone": body.contact_phone,
            "phone_index": as_e164(body.contact_phone, facts.timezone),
            "note": body.note,
            "near_duplicates": list(body.near_duplicates),
            "status": "open",
            "decision_note": "",
        },
    )
    return Effect(
        "outlet.propose",
        f"proposal:{body.proposal_id}",
        {"operation": str(captured.operation_id), "near_duplicates": list(body.near_duplicates)},
    )


def add_note(connection: Connection, captured: Captured, body: OutletNoteAdded, facts: FieldFacts) -> Effect:
    """Write a note on a card. Errors: Unacceptable `unknown_outlet`."""
    _check_outlet(body.outlet_id, facts)
    connection.execute(
        _ADD_NOTE,
        {
            "outlet_id": body.outlet_id,
            "person_id": captured.person_id,
            "noted_at": captured.instant(body.at),
            "text": body.text,
        },
    )
    raise_card_version(connection, body.outlet_id)
    return Effect("outlet.note", f"outlet:{body.outlet_id}", {"operation": str(captured.operation_id)})


def keep_promise(connection: Connection, captured: Captured, body: PromiseKeep, facts: FieldFacts) -> Effect:
    """Close a promise; one that was kept already stays as it is. Errors: Unacceptable `unknown_outlet`, `invalid`."""
    _check_outlet(body.outlet_id, facts)
    known = connection.execute(_PROMISE, {"key": body.promise_id, "outlet": body.outlet_id}).first()
    if known is None:
        raise Unacceptable("invalid", "promise_id", "not_found")
    found = keep_promises(connection, body.outlet_id, (body.promise_id,), at=captured.instant(body.at))
    raise_card_version(connection, body.outlet_id)
    return Effect(
        "promise.keep",
        f"promise:{body.promise_id}",
        {"operation": str(captured.operation_id), "closed": found},
    )


def attach_photo(connection: Connection, captured: Captured, body: PhotoAttach) -> Effect:
    """Say which visit a photo belongs to. Its bytes may be here already, or come later.

    Errors: WaitsFor while the visit has not arrived; Unacceptable `not_allowed` for a visit of somebody else,
    `key_reuse` when the photo is attached already.
    """
    visit = connection.execute(_VISIT, {"key": body.visit_id}).first()
    if visit is None:
        raise WaitsFor("visit_id")
    if visit.person_id != captured.person_id:
        raise Unacceptable("not_allowed", "visit_id", "not_found")
    if connection.execute(_PHOTO, {"key": body.photo_id}).first():
        raise Unacceptable("key_reuse", "photo_id")
    stored = uploads.find_stored(connection, body.photo_id, captured.person_id, body.sha256)
    connection.execute(
        _ADD_PHOTO,
        {
            "id": body.photo_id,
            "visit_id": body.visit_id,
            "step": body.step,
            "kind": body.kind,
            "taken_at": captured.instant(body.taken_at),
            "sha256": body.sha256,
            "size": body.size,
            "stored_at": stored.at if stored else None,
            "path": stored.path if stored else "",
        },
    )
    return Effect(
        "photo.attach",
        f"photo:{body.photo_id}",
        {"operation": str(captured.operation_id), "visit": str(body.visit_id)},
    )


def _check_outlet(outlet_id: int, facts: FieldFacts) -> None:
    if facts.find_outlet(outlet_id) is None:
        raise Unacceptable("unknown_outlet", "outlet_id", "not_found")


_T = Base.metadata.tables
_PROPOSAL = select(_T["outlet_proposal"].c.id).where(_T["outlet_proposal"].c.id == bindparam("key"))
_ADD_PROPOSAL = insert(_T["outlet_proposal"])
_ADD_NOTE = insert(_T["outlet_note"])
_PROMISE = select(_T["promise"].c.id).where(
    _T["promise"].c.id == bindparam("key"), _T["promise"].c.outlet_id == bindparam("outlet")
)
_VISIT = select(_T["visit"].c.person_id).where(_T["visit"].c.id == bindparam("key"))
_PHOTO = select(_T["photo"].c.id).where(_T["photo"].c.id == bindparam("key"))
_ADD_PHOTO = insert(_T["photo"])
