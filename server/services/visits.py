"""Visits as phones record them: judged by the facts first, then written with a few statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, bindparam, select, update

from server.domain.operation_bodies import VisitBody
from server.domain.operation_bodies.visits import SOURCES, Check, Counts
from server.domain.operations import Unacceptable
from server.domain.visits import (
    DEFAULT_TEMPLATE,
    StepState,
    VisitEvidence,
    VisitRecord,
    visit_flags,
    visit_problems,
)
from server.models import Base
from server.services import kpi_marks, orders
from server.services.captured import Captured, Effect
from server.services.field_facts import FieldFacts, OutletFacts, RouteFacts, day_of
from server.services.orders import OrderRows
from server.services.prepared import Prepared, prepared_insert

Row = dict[str, object]


@dataclass(slots=True)
class VisitRows:
    """A visit ready to be written."""

    visit: Row
    steps: list[Row]
    counts: list[Row]
    notes: list[Row]
    promises: list[Row]
    kept: tuple[UUID, ...]
    declined: list[Row]
    order: OrderRows | None
    flags: list[str] = field(default_factory=list)


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


def rows_of(
    captured: Captured, body: VisitBody, facts: FieldFacts, today: date, *, accepted_as: int | None = None
) -> VisitRows:
    """What is to be written, without writing it."""
    outlet = _outlet(body, facts)
    came, went = captured.instant(body.check_in.at), captured.instant(body.check_out.at)
    zone = outlet.timezone if outlet else facts.zone_of_person(came)
    day = day_of(came, zone)
    route = facts.route_of(outlet.id, came, day) if outlet else facts.own_route(came)
    holder = _holder(facts, outlet.id if outlet else None, route.id, came) if route else None
    _check_skus("counts.skus", body.counts.skus if body.counts else (), facts)
    _check_skus("declined", [line.sku_id for line in body.declined], facts)
    flags = _flags(captured, body, came, went, assigned=outlet is None or holder == captured.person_id)
    outlet_id = outlet.id if outlet else accepted_as
    visit_id = body.visit_id
    visit: Row = {
        "id": visit_id,
        "outlet_id": outlet_id,
        "proposal_id": body.proposal_id,
        "route_id": route.id if route else None,
        "person_id": captured.person_id,
        "holder_id": holder,
        "device_id": captured.device_id,
        "operation_id": captured.operation_id,
        "day": day,
        "planned": body.planned,
        "unplanned_reason": body.unplanned_reason,
        "checked_in_at": came,
        "checked_out_at": went,
        **_position("in", body.check_in),
        **_position("out", body.check_out),
        "outcome": body.outcome,
        "outcome_note": body.outcome_note,
        "next_visit_day": body.next_visit_day,
        "next_visit_shown": body.next_visit_shown,
        "flags": flags,
    }
    return VisitRows(
        visit=visit,
        steps=[
            {"visit_id": visit_id, "step": step, "state": state, "reason": reason, "note": note}
            for step, state, reason, note in body.steps
        ],
        counts=_count_rows(visit_id, body.counts),
        notes=[
            {"outlet_id": outlet_id, "person_id": captured.person_id, "noted_at": went, "text": text}
            for text in body.notes
            if outlet_id is not None
        ],
        promises=[
            {
                "id": promise.id,
                "outlet_id": outlet_id,
                "person_id": captured.person_id,
                "made_at": went,
                "text": promise.text,
                "due": promise.due,
                "kept_at": None,
            }
            for promise in body.promises
            if outlet_id is not None
        ],
        kept=body.kept if outlet_id is not None else (),
        declined=[
            {"visit_id": visit_id, "sku_id": sku, "suggested": suggested, "reason": reason}
            for sku, suggested, reason in body.declined
        ],
        order=_order_rows(captured, body, facts, outlet, outlet_id, route, went, day, today),
        flags=flags,
    )


def _outlet(body: VisitBody, facts: FieldFacts) -> OutletFacts | None:
    if body.outlet_id is None:
        return None
    outlet = facts.find_outlet(body.outlet_id)
    if outlet is None:
        raise Unacceptable("unknown_outlet", "outlet_id", "not_found")
    return outlet


def _holder(facts: FieldFacts, outlet_id: int | None, route_id: int, came: datetime) -> int | None:
    """Who was to be there; for an outlet without a card, the route's rep."""
    if outlet_id is None:
        return facts.holder(route_id, "rep", came)
    return facts.keeper(outlet_id, route_id, came)


def _check_skus(path: str, skus: Sequence[int], facts: FieldFacts) -> None:
    if not facts.skus.keys() >= set(skus):
        index = next(index for index, sku in enumerate(skus) if sku not in facts.skus)
        raise Unacceptable("invalid", f"{path}.{index}", "not_found")


def _flags(
    captured: Captured, body: VisitBody, came: datetime, went: datetime, *, assigned: bool
) -> list[str]:
    counts, check_in = body.counts, body.check_in
    evidence = VisitEvidence(
        distance_m=check_in.distance_m,
        accuracy_m=check_in.fix.accuracy_m if check_in.fix else None,
        duration_s=(went - came).total_seconds(),
        lines_counted=len(counts.skus) if counts else 0,
        lines_same=counts.sources.count("s") if counts else 0,
        offset_ms=captured.offset_ms,
        planned=body.planned,
        assigned=assigned,
    )
    flags = list(visit_flags(evidence))
    if captured.is_future(max(came, went)):
        flags.append("future_time")
    record = VisitRecord(
        steps={step.step: StepState(step.state, step.reason) for step in body.steps},  # type: ignore[arg-type]
        has_order=body.order is not None,
        outcome=body.outcome,
        outcome_words=body.outcome_note,
    )
    if visit_problems(DEFAULT_TEMPLATE, record):
        flags.append("incomplete")
    return flags


def _position(way: str, check: Check) -> Row:
    latitude, longitude, accuracy = check.fix or (None, None, None)
    return {
        f"{way}_latitude": latitude,
        f"{way}_longitude": longitude,
        f"{way}_accuracy_m": accuracy,
        f"{way}_distance_m": check.distance_m,
    }


def _count_rows(visit_id: UUID, counts: Counts | None) -> list[Row]:
    if counts is None:
        return []
    lines = zip(counts.skus, counts.shelf, counts.backroom, counts.sources, strict=True)
    return [
        {"visit_id": visit_id, "sku_id": sku, "shelf": shelf, "backroom": backroom, "source": SOURCES[source]}
        for sku, shelf, backroom, source in lines
    ]


def _order_rows(
    captured: Captured,
    body: VisitBody,
    facts: FieldFacts,
    outlet: OutletFacts | None,
    outlet_id: int | None,
    route: RouteFacts | None,
    went: datetime,
    day: date,
    today: date,
) -> OrderRows | None:
    if body.order is None:
        return None
    signed = orders.Signed(
        visit_id=body.visit_id,
        person_id=captured.person_id,
        outlet=outlet,
        outlet_id=outlet_id,
        route=route,
        at=went,
        day=day,
        today=today,
    )
    return orders.rows_of(signed, body.order, facts)


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
