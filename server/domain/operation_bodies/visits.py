"""The body of `visit.record`: a call from check-in to check-out, with its count, its order and its words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID

from server.domain.errors import DomainError
from server.domain.operation_bodies import reading as read
from server.domain.operation_bodies.reading import Fix
from server.domain.orders import CHANGE_REASONS, MAX_LINES, MAX_PIECE_MINOR
from server.domain.quantities import MAX_SUM
from server.domain.visits import DEFAULT_TEMPLATE

OUTCOMES: Final = frozenset(outcome.key for outcome in DEFAULT_TEMPLATE.outcomes)
SOURCES: Final = {"t": "typed", "s": "same", "c": "confirmed"}
REASONS: Final = frozenset(CHANGE_REASONS)
MAX_STEPS: Final = 32
MAX_WORDS: Final = 50
SIGNATURE_CHARS: Final = 20_000
_KEYS: Final = frozenset(
    (
        *(
            "visit_id",
            "outlet_id",
            "proposal_id",
            "planned",
            "unplanned_reason",
            "in",
            "out",
            "steps",
            "counts",
        ),
        *(
            "order",
            "outcome",
            "outcome_note",
            "notes",
            "promises",
            "kept",
            "next_visit_day",
            "next_visit_shown",
        ),
    )
)
_OPTIONAL: Final = frozenset(("declined",))
_ORDER_KEYS: Final = frozenset(
    ("order_id", "delivery_day", "price_list", "lines", "total_minor", "signature")
)
_COUNT_KEYS: Final = frozenset(("skus", "shelf", "backroom", "source"))
_CHECK_KEYS: Final = frozenset(("at", "fix", "distance_m"))
_SIGNATURE: Final = re.compile(r"[MLQCZmlqcz0-9 .,\-]*")
_STEP_KEY: Final = re.compile(r"[a-z_]{1,16}")


class Check(NamedTuple):
    """Check-in or check-out: by the phone's clock, with position and metres to the outlet where known."""

    at: datetime
    fix: Fix | None
    distance_m: float | None


class StepLine(NamedTuple):
    step: str
    state: str
    reason: str
    note: str


class Counts(NamedTuple):
    """Parallel lists in pieces; `sources` one letter a SKU (SOURCES)."""

    skus: list[int]
    shelf: list[int]
    backroom: list[int]
    sources: str


class OrderLine(NamedTuple):
    """`suggested` and `quantity` in pieces. A line of zero pieces is a suggestion that the owner declined."""

    sku_id: int
    suggested: int
    quantity: int
    piece_minor: int
    reason: str


class Declined(NamedTuple):
    """Pieces that were suggested of a SKU of which the owner wanted none."""

    sku_id: int
    suggested: int
    reason: str


class OrderBody(NamedTuple):
    order_id: UUID
    delivery_day: date
    price_list: str
    lines: tuple[OrderLine, ...]
    total_minor: int
    signature: str


class PromiseMade(NamedTuple):
    id: UUID
    text: str
    due: date | None


@dataclass(frozen=True, slots=True)
class VisitBody:
    """A visit as the phone recorded it. One of `outlet_id` and `proposal_id` is set; times by the phone's clock."""

    visit_id: UUID
    outlet_id: int | None
    proposal_id: UUID | None
    planned: bool
    unplanned_reason: str
    check_in: Check
    check_out: Check
    steps: tuple[StepLine, ...]
    counts: Counts | None
    order: OrderBody | None
    outcome: str | None
    outcome_note: str
    notes: tuple[str, ...]
    promises: tuple[PromiseMade, ...]
    kept: tuple[UUID, ...]
    next_visit_day: date | None
    next_visit_shown: bool
    declined: tuple[Declined, ...] = ()

    @staticmethod
    def read(value: object) -> VisitBody:
        """From JSON; DomainError names the first field that breaks a rule."""
        body = read.record("", value, _KEYS, _OPTIONAL)
        outlet_id, proposal_id = body["outlet_id"], body["proposal_id"]
        if (outlet_id is None) == (proposal_id is None):
            raise DomainError("outlet_id", "required")
        kept = read.items("kept", body["kept"], most=MAX_WORDS)
        return VisitBody(
            visit_id=read.uuid("visit_id", body["visit_id"]),
            outlet_id=None
            if outlet_id is None
            else read.whole("outlet_id", outlet_id, least=1, most=read.MAX_ID),
            proposal_id=None if proposal_id is None else read.uuid("proposal_id", proposal_id),
            planned=read.flag("planned", body["planned"]),
            unplanned_reason=read.text("unplanned_reason", body["unplanned_reason"], 200),
            check_in=_check("in", body["in"]),
            check_out=_check("out", body["out"]),
            steps=_steps(body["steps"]),
            counts=_counts(body["counts"]),
            order=_order(body["order"]),
            outcome=None if body["outcome"] is None else read.choice("outcome", body["outcome"], OUTCOMES),
            outcome_note=read.text("outcome_note", body["outcome_note"], 500, lines=True),
            notes=_notes(body["notes"]),
            promises=_promises(body["promises"]),
            kept=tuple(read.uuid(f"kept.{index}", one) for index, one in enumerate(kept)),
            next_visit_day=_day_or_none("next_visit_day", body["next_visit_day"]),
            next_visit_shown=read.flag("next_visit_shown", body["next_visit_shown"]),
            declined=_declined(body.get("declined", [])),
        )


def _day_or_none(path: str, value: object) -> date | None:
    return None if value is None else read.day(path, value)


def _check(path: str, value: object) -> Check:
    body = read.record(path, value, _CHECK_KEYS)
    return Check(
        read.instant(f"{path}.at", body["at"]),
        read.fix(f"{path}.fix", body["fix"]),
        read.distance(f"{path}.distance_m", body["distance_m"]),
    )


def _steps(value: object) -> tuple[StepLine, ...]:
    steps = []
    for index, one in enumerate(read.items("steps", value, most=MAX_STEPS)):
        path = f"steps.{index}"
        step, state, reason, note = read.row(path, one, 4)
        if type(step) is not str or not _STEP_KEY.fullmatch(step):
            raise DomainError(f"{path}.0", "format")
        if state not in ("done", "skipped"):
            raise DomainError(f"{path}.1", "one_of", allowed="done, skipped")
        if reason != "" or note != "":
            reason = read.text(f"{path}.2", reason, 40)
            note = read.text(f"{path}.3", note, 500, lines=True)
        steps.append(StepLine(step, state, reason, note))
    read.once("steps", [step.step for step in steps])
    return tuple(steps)


def _counts(value: object) -> Counts | None:
    if value is None:
        return None
    body = read.record("counts", value, _COUNT_KEYS)
    skus = read.id_list("counts.skus", body["skus"], most=MAX_LINES)
    shelf = read.wholes("counts.shelf", body["shelf"], length=len(skus))
    backroom = read.wholes("counts.backroom", body["backroom"], length=len(skus))
    sources = body["source"]
    if type(sources) is not str or len(sources) != len(skus):
        raise DomainError("counts.source", "length", min=len(skus), max=len(skus))
    if not SOURCES.keys() >= set(sources):
        raise DomainError("counts.source", "one_of", allowed=", ".join(SOURCES))
    return Counts(skus, shelf, backroom, sources)


def _order(value: object) -> OrderBody | None:
    if value is None:
        return None
    body = read.record("order", value, _ORDER_KEYS)
    lines = tuple(
        _order_line(f"order.lines.{index}", one)
        for index, one in enumerate(read.items("order.lines", body["lines"], least=1, most=MAX_LINES))
    )
    read.once("order.lines", [line.sku_id for line in lines])
    if not any(line.quantity for line in lines):
        raise DomainError("order.lines", "required")
    signature = read.text("order.signature", body["signature"], SIGNATURE_CHARS)
    if not _SIGNATURE.fullmatch(signature):
        raise DomainError("order.signature", "format")
    return OrderBody(
        order_id=read.uuid("order.order_id", body["order_id"]),
        delivery_day=read.day("order.delivery_day", body["delivery_day"]),
        price_list=read.text("order.price_list", body["price_list"], 40, least=1),
        lines=lines,
        total_minor=read.whole("order.total_minor", body["total_minor"], most=2**53 - 1),
        signature=signature,
    )


def _order_line(path: str, value: object) -> OrderLine:
    sku_id, suggested, quantity, piece_minor, reason = read.row(path, value, 5)
    read.whole(f"{path}.0", sku_id, least=1, most=read.MAX_ID)
    read.whole(f"{path}.1", suggested, most=MAX_SUM)
    # Zero pieces are no order line; they are kept only as the answer "no" to a suggestion.
    read.whole(f"{path}.2", quantity, least=0 if suggested else 1)
    read.whole(f"{path}.3", piece_minor, most=MAX_PIECE_MINOR)
    if reason != "" and (type(reason) is not str or reason not in REASONS):
        raise DomainError(f"{path}.4", "reason_unknown")
    return OrderLine(sku_id, suggested, quantity, piece_minor, reason)


def _declined(value: object) -> tuple[Declined, ...]:
    declined = []
    for index, one in enumerate(read.items("declined", value, most=MAX_LINES)):
        path = f"declined.{index}"
        sku_id, suggested, reason = read.row(path, one, 3)
        read.whole(f"{path}.0", sku_id, least=1, most=read.MAX_ID)
        read.whole(f"{path}.1", suggested, most=MAX_SUM)
        if reason != "" and (type(reason) is not str or reason not in REASONS):
            raise DomainError(f"{path}.2", "reason_unknown")
        declined.append(Declined(sku_id, suggested, reason))
    read.once("declined", [line.sku_id for line in declined])
    return tuple(declined)


def _notes(value: object) -> tuple[str, ...]:
    notes = read.items("notes", value, most=MAX_WORDS)
    return tuple(
        read.text(f"notes.{index}", one, 2000, least=1, lines=True) for index, one in enumerate(notes)
    )


def _promises(value: object) -> tuple[PromiseMade, ...]:
    promises = []
    for index, one in enumerate(read.items("promises", value, most=MAX_WORDS)):
        path = f"promises.{index}"
        body = read.record(path, one, ("id", "text", "due"))
        promises.append(
            PromiseMade(
                read.uuid(f"{path}.id", body["id"]),
                read.text(f"{path}.text", body["text"], 500, least=1, lines=True),
                _day_or_none(f"{path}.due", body["due"]),
            )
        )
    read.once("promises", [promise.id for promise in promises])
    return tuple(promises)
