"""Requests of the field that change the book: taken in from phones, decided by the custodian."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, insert, select

from server.domain.operation_bodies import OutletChange
from server.domain.operations import Unacceptable
from server.models import Base
from server.services.captured import Captured, Effect
from server.services.field_facts import FieldFacts


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


_T = Base.metadata.tables
_REQUEST = select(_T["change_request"].c.id).where(_T["change_request"].c.id == bindparam("key"))
_ADD = insert(_T["change_request"])
