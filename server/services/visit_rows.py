"""What a recorded visit becomes: judged by the facts, flagged, and laid out as rows; nothing is written here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

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
from server.services import orders
from server.services.captured import Captured
from server.services.field_facts import FieldFacts, OutletFacts, RouteFacts, day_of
from server.services.orders import OrderRows

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
