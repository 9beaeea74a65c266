"""Secrecy classes: what a custodian sets, for outlets and for the fields of every card."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ScalarSelect, func, select, update
from sqlalchemy.orm import Session

from server.domain.secrecy import FIELD_CLASSES, field_class, hidden_fields, rule_of
from server.errors import FieldError, Invalid, NotFound
from server.models import FieldSecrecy, Outlet
from server.services import audit
from server.services.outlets import raise_card_version
from server.services.transaction import deed

AT_ONCE: Final = 500


@dataclass(frozen=True)
class FieldView:
    """A field of the card, its class, and the one it is delivered with."""

    field: str
    secrecy: str
    delivered: str


def field_classes(session: Session) -> dict[str, str]:
    """The fields whose class a custodian set, and to what."""
    return {row.field: row.secrecy for row in session.scalars(select(FieldSecrecy))}


def classes_as_text() -> ScalarSelect[str]:
    """The same in one column, for a question that is asked anyway."""
    pairs = FieldSecrecy.field + ":" + FieldSecrecy.secrecy
    return select(func.aggregate_strings(pairs, ",")).scalar_subquery()


def classes_of_text(text: str | None) -> dict[str, str]:
    """What `classes_as_text` says."""
    return dict(pair.split(":", 1) for pair in text.split(",")) if text else {}


def find_fields(session: Session) -> list[FieldView]:
    """Every field of a card with its class."""
    own = field_classes(session)
    return [FieldView(field, field_class(field, own), given) for field, given in FIELD_CLASSES.items()]


@deed
def set_field(session: Session, *, field: str, secrecy: str, by: int, now: datetime) -> None:
    """Put a field into a class. Errors: DomainError for a field or a class that is none."""
    own = field_classes(session)
    before = field_class(field, own)
    rule_of(secrecy)
    if hidden_fields(None, own) != hidden_fields(None, {**own, field: secrecy}):
        # What lies on phones is fetched anew without the field, or with it again.
        session.execute(update(Outlet).values(card_version=Outlet.card_version + 1))
    row = session.get(FieldSecrecy, field)
    if row is None:
        session.add(FieldSecrecy(field=field, secrecy=secrecy, set_by=by, set_at=now))
    else:
        row.secrecy, row.set_by, row.set_at = secrecy, by, now
    audit.record(
        session,
        at=now,
        person_id=by,
        deed="secrecy.field",
        subject=f"field:{field}",
        detail={"before": before, "secrecy": secrecy},
    )


@deed
def set_outlets(
    session: Session, *, outlet_ids: Sequence[int], secrecy: str, reason: str, by: int, now: datetime
) -> int:
    """Put outlets into a class; returns how many were in another. Phones follow with their next manifest.

    One audit entry an outlet: who asks later asks for the outlet. Errors: NotFound when one is not there.
    """
    rule_of(secrecy)
    if len(outlet_ids) > AT_ONCE:
        raise Invalid(errors=[FieldError("outlet_ids", "longer", {"max": AT_ONCE})])
    found = list(
        session.scalars(select(Outlet).where(Outlet.id.in_(outlet_ids)).order_by(Outlet.id).with_for_update())
    )
    if len(found) != len(set(outlet_ids)):
        raise NotFound
    changed = [(outlet, outlet.secrecy) for outlet in found if outlet.secrecy != secrecy]
    for outlet, _ in changed:
        outlet.secrecy = secrecy
        raise_card_version(session, outlet.id)
    for outlet, before in changed:
        audit.record(
            session,
            at=now,
            person_id=by,
            deed="secrecy.outlet",
            subject=f"outlet:{outlet.id}",
            detail={"before": before, "secrecy": secrecy},
            content={"reason": reason},
        )
    return len(changed)
