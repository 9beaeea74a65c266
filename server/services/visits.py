"""Visits as phones record them: judged by the facts first (services/visit_rows.py), written with a few statements."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import Connection, bindparam, select, update

from server.domain.operation_bodies import VisitBody
from server.domain.operations import Unacceptable
from server.models import Base
from server.services import kpi_marks, orders
from server.services.captured import Captured, Effect
from server.services.field_facts import FieldFacts
from server.services.prepared import Prepared, prepared_insert
from server.services.visit_rows import Row, VisitRows, rows_of


def record_visit(
    connection: Connection, captured: Captured, body: VisitBody, facts: FieldFacts, today: date
) -> Effect:
    """Write a visit with everything that belongs to it. Within the operation's transaction.

    Errors: Unacceptable `unknown_outlet`, `key_reuse` (the visit or order is there from another operation), `invalid`.
    """
    if body.visit_id in facts.visit_ids:
        raise Unacceptable("key_reuse", "visit_id")
    proposal = _proposal(connection, captured, body)
    rows = rows_of(captured, body, facts, today, accepted_as=proposal)
    _write(connection, rows)
    kpi_marks.mark(connection, rows.visit["route_id"], rows.visit["day"], captured.received_at)
    if proposal is None and body.proposal_id is not None:
        _keep_words_on_proposal(connection, body)
    detail: dict[str, object] = {
        "operation": str(captured.operation_id),
        "outlet": rows.visit["outlet_id"],
        "counts": len(rows.counts),
        "lines": len(rows.order.lines) if rows.order else 0,
        "flags": rows.flags,
    }
    if rows.order and rows.order.order["review_reason"]:
        detail["review"] = rows.order.order["review_reason"]
    return Effect("visit.record", f"visit:{body.visit_id}", detail)


def _proposal(connection: Connection, captured: Captured, body: VisitBody) -> int | None:
    """The outlet that a proposed one has become meanwhile; None while it is only proposed, or where none is named."""
    if body.proposal_id is None:
        return None
    found = connection.execute(_PROPOSAL, {"proposal": body.proposal_id}).first()
    if found is None or found.person_id != captured.person_id:
        raise Unacceptable("unknown_outlet", "proposal_id", "not_found")
    accepted: int | None = found.outlet_id
    return accepted


def _write(connection: Connection, rows: VisitRows) -> None:
    _ADD_VISIT.write(connection, rows.visit)
    _ADD_STEPS.write_many(connection, rows.steps)
    _ADD_COUNTS.write_many(connection, rows.counts)
    if rows.order:
        orders.write(connection, rows.order)
    _ADD_DECLINED.write_many(connection, rows.declined)
    _ADD_NOTES.write_many(connection, rows.notes)
    if rows.promises:
        _write_promises(connection, rows.promises)
    outlet_id = rows.visit["outlet_id"]
    if rows.kept:
        keep_promises(connection, outlet_id, rows.kept, at=rows.visit["checked_out_at"])
    if outlet_id is not None:
        raise_card_version(connection, outlet_id)


def _write_promises(connection: Connection, promises: list[Row]) -> None:
    ids = [row["id"] for row in promises]
    if connection.execute(_PROMISES, {"ids": ids}).first():
        raise Unacceptable("key_reuse", "promises")
    _ADD_PROMISES.write_many(connection, promises)


def keep_promises(connection: Connection, outlet_id: object, ids: tuple[UUID, ...], *, at: object) -> int:
    """Close open promises of an outlet; returns how many were found. One that was kept already stays as it is."""
    found = connection.execute(_KEEP, {"ids": list(ids), "outlet": outlet_id, "at": at})
    return found.rowcount


def raise_card_version(connection: Connection, outlet_id: object) -> None:
    """Tell the phones that an outlet's card changed. Late in the deed: it locks the outlet until the commit."""
    _RAISE_CARD.write(connection, {"outlet": outlet_id})


def _keep_words_on_proposal(connection: Connection, body: VisitBody) -> None:
    """Notes and promises of a visit to an outlet that has no card yet stand on the proposal."""
    words = [*body.notes, *(f"{promise.text} ({promise.due or '…'})" for promise in body.promises)]
    if not words:
        return
    # The note is sealed: the database cannot add to it.
    note = connection.execute(_PROPOSAL_NOTE, {"proposal": body.proposal_id}).scalar_one_or_none()
    if note is not None:
        whole = "\n".join([note, *words]).strip()
        connection.execute(_WRITE_PROPOSAL_NOTE, {"proposal": body.proposal_id, "words": whole})


_T = Base.metadata.tables
_ADD_VISIT = prepared_insert(_T["visit"])
_ADD_STEPS = prepared_insert(_T["visit_step"])
_ADD_COUNTS = prepared_insert(_T["stock_count"])
_ADD_DECLINED = prepared_insert(_T["declined_line"])
_ADD_NOTES = prepared_insert(_T["outlet_note"])
_ADD_PROMISES = prepared_insert(_T["promise"])
_PROMISES = select(_T["promise"].c.id).where(_T["promise"].c.id.in_(bindparam("ids", expanding=True)))
_KEEP = (
    update(_T["promise"])
    .where(
        _T["promise"].c.id.in_(bindparam("ids", expanding=True)),
        _T["promise"].c.outlet_id == bindparam("outlet"),
        _T["promise"].c.kept_at.is_(None),
    )
    .values(kept_at=bindparam("at"))
)
_RAISE_CARD = Prepared(
    update(_T["outlet"])
    .where(_T["outlet"].c.id == bindparam("outlet"))
    .values(card_version=_T["outlet"].c.card_version + 1)
)
_PROPOSAL = select(_T["outlet_proposal"].c.person_id, _T["outlet_proposal"].c.outlet_id).where(
    _T["outlet_proposal"].c.id == bindparam("proposal")
)
_PROPOSAL_NOTE = (
    select(_T["outlet_proposal"].c.note)
    .where(_T["outlet_proposal"].c.id == bindparam("proposal"))
    .with_for_update()
)
_WRITE_PROPOSAL_NOTE = (
    update(_T["outlet_proposal"])
    .where(_T["outlet_proposal"].c.id == bindparam("proposal"))
    .values(note=bindparam("words"))
)
