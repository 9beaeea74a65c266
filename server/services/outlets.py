"""Outlets: search for the desk, and the proposals of new ones that reps send in."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.orm import Session

from server.domain.names import fold, skeleton
from server.domain.outlets import NearDuplicates
from server.domain.phones import as_e164
from server.domain.secrecy import CLASSES
from server.errors import Conflict, FieldError, Invalid, NotFound
from server.models import Contact, Outlet, OutletProposal, Person, Stop, Territory
from server.services import audit, keys
from server.services.company import get_company
from server.services.transaction import deed

PAGE_LIMIT = 200
# Metres around a proposal within which existing outlets are compared with it: one degree of latitude is 111 km.
NEAR_DEGREES = 0.003


@dataclass(frozen=True)
class OutletFilter:
    """What to look for. Empty means any; `routed` None: both."""

    words: str = ""
    territory_id: int | None = None
    chain: str = ""
    outlet_class: str = ""
    status: str = "active"
    routed: bool | None = None
    import_id: int | None = None
    # The secrecy classes that the one who looks may find (domain.secrecy.seen_at_desk).
    classes: frozenset[str] = frozenset(CLASSES)
    # The territories that they work for; None: all.
    within: frozenset[int] | None = None


def find_outlets(
    session: Session, wanted: OutletFilter, *, day: date, offset: int, limit: int
) -> tuple[list[Outlet], int]:
    """One page of outlets by code, and how many there are in all. `limit` is 200 at most."""
    query = matching(wanted, day=day)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    page = session.scalars(query.order_by(Outlet.code).offset(max(offset, 0)).limit(min(limit, PAGE_LIMIT)))
    return list(page), total


def matching(wanted: OutletFilter, *, day: date) -> Select[Outlet]:
    """The question for the outlets of a filter, without order or limit."""
    query = select(Outlet).where(Outlet.secrecy.in_(sorted(wanted.classes)))
    if wanted.within is not None:
        query = query.where(Outlet.territory_id.in_(sorted(wanted.within)))
    if wanted.words:
        text = f"%{_escaped(fold(wanted.words))}%"
        look_alike = f"%{_escaped(skeleton(wanted.words))}%"
        query = query.where(
            or_(
                func.lower(Outlet.name).like(text, escape="\\"),
                func.lower(Outlet.name_en).like(text, escape="\\"),
                Outlet.name_skeleton.like(look_alike, escape="\\"),
                func.lower(Outlet.code).like(text, escape="\\"),
                func.lower(Outlet.address).like(text, escape="\\"),
            )
        )
    if wanted.territory_id is not None:
        query = query.where(Outlet.territory_id == wanted.territory_id)
    if wanted.chain:
        query = query.where(Outlet.chain == wanted.chain)
    if wanted.outlet_class:
        query = query.where(Outlet.outlet_class == wanted.outlet_class)
    if wanted.status:
        query = query.where(Outlet.status == wanted.status)
    if wanted.import_id is not None:
        query = query.where(Outlet.import_id == wanted.import_id)
    if wanted.routed is not None:
        routed = select(Stop.outlet_id).where(or_(Stop.valid_to.is_(None), Stop.valid_to >= day))
        query = query.where(Outlet.id.in_(routed) if wanted.routed else Outlet.id.not_in(routed))
    return query


@dataclass(frozen=True)
class Numbered:
    """An outlet that has this number, and whose it is there: the contact's name, never the number."""

    outlet: Outlet
    contact: str
    role: str


def find_by_number(
    session: Session, number: str, *, seen: OutletFilter, day: date, limit: int = 50
) -> list[Numbered]:
    """Outlets of which a contact has exactly this number, however it was written: by its blind index, since the
    numbers themselves are sealed. `seen`: what the one who asks finds at all. Errors: Invalid for what is no number."""
    e164 = as_e164(number, get_company(session).timezone)
    if not e164:
        raise Invalid(errors=[FieldError("number", "no_phone_number")])
    rows = session.execute(
        select(Outlet, Contact.name, Contact.role)
        .join(Contact, Contact.outlet_id == Outlet.id)
        .where(
            keys.has_number(Contact.phone_index, e164),
            Outlet.id.in_(matching(seen, day=day).with_only_columns(Outlet.id)),
        )
        .order_by(Outlet.code, Contact.position, Contact.id)
        .limit(min(limit, PAGE_LIMIT))
    )
    return [Numbered(outlet, name, role) for outlet, name, role in rows]


def _escaped(text: str) -> str:
    """LIKE's own characters, taken literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


@dataclass(frozen=True)
class Chain:
    """A chain and how many active outlets it has."""

    chain: str
    outlets: int
    unrouted: int


def find_chains(session: Session, *, territory_id: int | None, day: date) -> list[Chain]:
    """Chains with active outlets of a territory and of none yet, the largest first; at most 100."""
    routed = select(Stop.outlet_id).where(or_(Stop.valid_to.is_(None), Stop.valid_to >= day))
    query = (
        select(Outlet.chain, func.count(), func.count().filter(Outlet.id.not_in(routed)))
        .where(Outlet.status == "active")
        .group_by(Outlet.chain)
        .order_by(func.count().desc(), Outlet.chain)
        .limit(100)
    )
    if territory_id is not None:
        query = query.where(or_(Outlet.territory_id == territory_id, Outlet.territory_id.is_(None)))
    return [Chain(chain, outlets, unrouted) for chain, outlets, unrouted in session.execute(query)]


# --- proposals -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NearOutlet:
    """An outlet of the book that a proposal may be."""

    id: int
    code: str
    name: str
    address: str
    distance_m: int
    kind: str


@dataclass(frozen=True)
class ProposalView:
    """A proposal beside what the book already has around it."""

    proposal: OutletProposal
    person: str
    near: list[NearOutlet]


def find_proposals(session: Session, *, status: str, limit: int = 100) -> list[ProposalView]:
    """Proposals of one status, oldest first, each with near-duplicates of the book."""
    rows = session.execute(
        select(OutletProposal, Person.name)
        .join(Person, Person.id == OutletProposal.person_id)
        .where(OutletProposal.status == status)
        .order_by(OutletProposal.proposed_at)
        .limit(min(limit, PAGE_LIMIT))
    ).all()
    return [ProposalView(proposal, name, _near(session, proposal)) for proposal, name in rows]


def _near(session: Session, proposal: OutletProposal) -> list[NearOutlet]:
    return near_outlets(session, proposal.name, proposal.latitude, proposal.longitude)


def near_outlets(
    session: Session, name: str, latitude: float | None, longitude: float | None
) -> list[NearOutlet]:
    """Outlets around a place that one of this name may be a copy of."""
    if latitude is None or longitude is None:
        return []
    around = session.scalars(
        select(Outlet)
        .where(
            Outlet.latitude.between(latitude - NEAR_DEGREES, latitude + NEAR_DEGREES),
            Outlet.longitude.between(longitude - NEAR_DEGREES, longitude + NEAR_DEGREES),
        )
        .limit(2_000)
    )
    known: dict[int, Outlet] = {}
    grid: NearDuplicates[int] = NearDuplicates()
    for outlet in around:
        if outlet.latitude is not None and outlet.longitude is not None:
            known[outlet.id] = outlet
            grid.add(outlet.id, outlet.name, outlet.latitude, outlet.longitude)
    found = grid.find(name, latitude, longitude)
    return [
        NearOutlet(
            one.key,
            known[one.key].code,
            known[one.key].name,
            known[one.key].address,
            round(one.distance),
            one.kind,
        )
        for one in found
    ]


@deed
def decide_proposal(
    session: Session,
    *,
    proposal_id: UUID,
    accept: bool,
    territory_id: int | None,
    note: str,
    now: datetime,
    by: int,
) -> OutletProposal:
    """Let a proposed outlet into the book, or refuse it with a word to the rep."""
    proposal = session.scalars(
        select(OutletProposal).where(OutletProposal.id == proposal_id).with_for_update()
    ).one_or_none()
    if proposal is None:
        raise NotFound
    if proposal.status != "open":
        raise Conflict
    if not accept and not note.strip():
        raise Invalid(errors=[FieldError("note", "required")])
    if accept:
        if territory_id is None or session.get(Territory, territory_id) is None:
            raise Invalid(errors=[FieldError("territory_id", "not_found" if territory_id else "required")])
        proposal.outlet_id = _add_outlet(session, proposal, territory_id, now).id
    proposal.status = "accepted" if accept else "refused"
    proposal.decided_by, proposal.decided_at, proposal.decision_note = by, now, note.strip()
    audit.record(
        session,
        at=now,
        person_id=by,
        deed="proposal.accept" if accept else "proposal.refuse",
        subject=f"proposal:{proposal.id}",
        detail={"outlet": proposal.outlet_id},
    )
    return proposal


def _add_outlet(session: Session, proposal: OutletProposal, territory_id: int, now: datetime) -> Outlet:
    outlet = Outlet(
        code=f"N-{proposal.id.hex[-10:].upper()}",
        name=proposal.name,
        name_skeleton=skeleton(proposal.name)[:200],
        outlet_class=proposal.outlet_class,
        channel=proposal.channel,
        address=proposal.address,
        latitude=proposal.latitude,
        longitude=proposal.longitude,
        position_source="rep",
        territory_id=territory_id,
        created_at=now,
    )
    session.add(outlet)
    session.flush()
    if proposal.contact_name or proposal.contact_phone:
        number = as_e164(proposal.contact_phone, get_company(session).timezone)
        session.add(
            Contact(
                outlet_id=outlet.id,
                name=proposal.contact_name,
                phone=proposal.contact_phone,
                phone_e164=number,
            )
        )
    return outlet


def raise_card_version(session: Session, outlet_id: int) -> None:
    """Something that a card shows changed. Inside a deed."""
    session.execute(update(Outlet).where(Outlet.id == outlet_id).values(card_version=Outlet.card_version + 1))
