"""Blind indexes anew after a rotation: batch by batch beside the running server, which meanwhile searches both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import String, select, type_coerce, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from server.domain.keyring import retired
from server.domain.phones import as_e164
from server.domain.sealing import KeyRing
from server.models import Company, Contact, OutletProposal, Territory
from server.services import keys
from server.services.transaction import deed

BATCH: Final = 500
CONTEXT: Final = "phone"


def reindex() -> Iterator[tuple[str, int]]:
    """Index every number with the current key: name of the column, and how many so far. Once a whole walk finds
    nothing to do, the keys before are retired and searched no more: until then a deed that was under way when the key
    changed may still have written an index of the old one."""
    if all(key.state != "old" for key in keys.ring().of("blind")):
        return
    done = 0
    for noun in (Contact, OutletProposal):
        after: Any = None
        while True:
            after, changed = _batch(noun, after)
            done += changed
            if after is None:
                break
            yield f"{noun.__tablename__}.phone_index", done
    yield "phone_index", done
    if done == 0:
        keys.keeper().change(lambda ring: retired(ring, "blind"))


@deed
def _batch(session: Session, noun: type[Contact] | type[OutletProposal], after: object) -> tuple[object, int]:
    """The id of the last row looked at, None for none left; and how many were indexed anew."""
    ring = keys.ring()
    plain: InstrumentedAttribute[str] = (
        Contact.phone_e164 if noun is Contact else OutletProposal.contact_phone
    )
    index = type_coerce(noun.phone_index, String)
    query = select(noun.id, plain, index).where(index != "")
    if after is not None:
        query = query.where(noun.id > after)
    rows = session.execute(query.order_by(noun.id).limit(BATCH)).all()
    places = () if noun is Contact else _timezones(session)
    changed = 0
    for row_id, text, old in rows:
        number = _number_of(ring, text, old, places)
        if number is None or ring.blind(number, CONTEXT) == old:
            continue
        # Whoever changed the row meanwhile has indexed it with the current key.
        session.execute(update(noun).where(noun.id == row_id, index == old).values(phone_index=number))
        changed += 1
    return (rows[-1][0] if rows else None), changed


def _number_of(ring: KeyRing, text: str, index: str, places: Sequence[str]) -> str | None:
    """The number that an index is of: what some key of the ring makes this index of. None: of no number that is
    known here, such as one that does not open."""
    for number in (text, *(as_e164(text, place) for place in places)):
        if number and any(ring.blind(number, CONTEXT, key) == index for key in ring.of("blind")):
            return number
    return None


def _timezones(session: Session) -> tuple[str, ...]:
    """Where numbers may have been written without their country."""
    own = session.scalars(select(Company.timezone)).all()
    return tuple(dict.fromkeys([*own, *session.scalars(select(Territory.timezone).distinct())]))
