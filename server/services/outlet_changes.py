"""What a change of the book does to an outlet's card, and what the card says in its place today."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.masking import mask_phone
from server.domain.names import skeleton
from server.domain.phones import as_e164
from server.errors import FieldError, Invalid
from server.models import Contact, Outlet
from server.services import keys
from server.services.company import get_company
from server.services.outlets import raise_card_version

TWINS: Final = 20


def as_in_book(session: Session, outlet: Outlet, kind: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What the book says where a request of this kind wants something else; a number only as its mask."""
    if kind == "moved":
        return {"latitude": outlet.latitude, "longitude": outlet.longitude, "address": outlet.address}
    if kind == "renamed":
        return {"name": outlet.name, "name_en": outlet.name_en}
    if kind == "closed":
        return {"status": outlet.status}
    contact = _contact(session, outlet, wanted)
    return {
        "contact_id": contact.id if contact else None,
        "name": contact.name if contact else "",
        "phone": mask_phone(contact.phone) if contact else "",
    }


def apply_change(session: Session, outlet: Outlet, kind: str, wanted: Mapping[str, Any]) -> None:
    """Write a request's new value into the book; phones see it with their next manifest. Inside a deed.

    Errors: Invalid when the contact it speaks of is no more."""
    if kind == "moved":
        if wanted["latitude"] is not None:
            outlet.latitude, outlet.longitude = wanted["latitude"], wanted["longitude"]
            outlet.position_source = "rep"
        outlet.address = wanted["address"] or outlet.address
    elif kind == "renamed":
        outlet.name, outlet.name_skeleton = wanted["name"], skeleton(wanted["name"])[:200]
        outlet.name_en = wanted["name_en"] or outlet.name_en
    elif kind == "closed":
        outlet.status = "closed"
    else:
        _change_number(session, outlet, wanted)
    session.flush()
    raise_card_version(session, outlet.id)


def _change_number(session: Session, outlet: Outlet, wanted: Mapping[str, Any]) -> None:
    contact = _contact(session, outlet, wanted)
    if contact is None:
        if wanted["contact_id"] is not None:
            raise Invalid(errors=[FieldError("contact_id", "not_found")])
        contact = Contact(outlet_id=outlet.id, name=wanted["name"], position=len(outlet.contacts))
        session.add(contact)
    number = as_e164(wanted["phone"], get_company(session).timezone)
    contact.phone, contact.phone_e164, contact.phone_index = wanted["phone"], number, number
    contact.name = wanted["name"] or contact.name


def _contact(session: Session, outlet: Outlet, wanted: Mapping[str, Any]) -> Contact | None:
    """The contact that a request speaks of, where it is this outlet's."""
    key = wanted["contact_id"]
    contact = session.get(Contact, key) if key is not None else None
    return contact if contact is not None and contact.outlet_id == outlet.id else None


def same_number(session: Session, phone: str, *, other_than: int | None = None) -> list[Outlet]:
    """Other outlets with this number: found by its index alone, nothing is opened for it."""
    number = as_e164(phone, get_company(session).timezone)
    if not number:
        return []
    theirs = select(Contact.outlet_id).where(keys.has_number(Contact.phone_index, number))
    query = select(Outlet).where(Outlet.id.in_(theirs), Outlet.id != (other_than or 0))
    query = query.order_by(Outlet.id).limit(TWINS)
    return list(session.scalars(query))
