"""The end of a leaver's case: its checklist, met by facts or by a person's word, waived by a second person only."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from server.domain.closing import (
    BY_HAND,
    Facts,
    Item,
    closing_list,
    missing,
    waive_refusal,
)
from server.domain.departures import next_state
from server.errors import Conflict, FieldError, Invalid, NotAllowed, NotFound
from server.models import (
    Asset,
    Departure,
    DepartureCertificate,
    DepartureCheck,
    DepartureProperty,
    DepartureStore,
    Device,
    Outlet,
    Person,
)
from server.services import audit, people
from server.services.departures.calling_back import count_call_backs
from server.services.departures.opening import lock_case
from server.services.scopes import Within, check_person_within
from server.services.transaction import deed

# More things than one person of the company was ever lent; the list says so where there are more.
MOST_PROPERTY = 500


@deed
def close_case(session: Session, *, departure_id: int, within: Within, now: datetime, by: int) -> None:
    """Close a case of which every item is met, ticked or waived. Access ends now at the latest. Errors: NotFound;
    Conflict `departure_state`, `departure_unfinished` with what is missing."""
    row = lock_case(session, departure_id, within)
    facts = read_facts(session, row)
    if row.state != "planned" and (row.state != "open" or facts.has_stores):
        raise Conflict("departure_state")
    items = closing_list(facts)
    open_items = missing(items)
    if open_items:
        errors = [FieldError(one.field, one.rule, one.params) for one in open_items]
        raise Conflict("departure_unfinished", errors=errors)
    if session.get_one(Person, row.person_id).status != "frozen":
        people.freeze(person_id=row.person_id, reason=f"departure:{row.id}", by=by, now=now)
    row.state, row.open_key = next_state(row.state, "close"), None  # type: ignore[arg-type]
    audit.record(
        session, at=now, person_id=by, deed="departure.close", subject=f"departure:{row.id}",
        detail={"person": row.person_id, "waived": [one.item for one in items if one.state == "waived"]},
    )  # fmt: skip


@deed
def tick(
    session: Session, *, departure_id: int, item: str, words: str, within: Within, now: datetime, by: int
) -> None:
    """Say, in words, that an item is done that no figure tells. Errors: NotFound; Conflict `departure_state`;
    Invalid on `item`."""
    row = _under_way(session, departure_id, within)
    if item not in BY_HAND:
        raise Invalid(errors=[FieldError("item", "one_of", {"allowed": ", ".join(sorted(BY_HAND))})])
    _say(session, row, item, "ticked", words, now, by)


@deed
def waive(
    session: Session, *, departure_id: int, item: str, reason: str, within: Within, now: datetime, by: int
) -> None:
    """Let an item be, with a reason; nobody who opened the case, and not the leaver.
    Errors: NotFound; NotAllowed `second_person`; Conflict `departure_state`; Invalid on `item`."""
    row = _under_way(session, departure_id, within)
    refusal = waive_refusal(item, by=by, opened_by=row.opened_by, leaver=row.person_id)
    if refusal == "second_person":
        raise NotAllowed(refusal)
    if refusal:
        raise NotFound(subject=f"departure:{row.id}")
    _say(session, row, item, "waived", reason, now, by)


def _under_way(session: Session, departure_id: int, within: Within) -> Departure:
    row = lock_case(session, departure_id, within)
    if row.state not in ("open", "planned"):
        raise Conflict("departure_state")
    return row


def _say(session: Session, row: Departure, item: str, state: str, words: str, now: datetime, by: int) -> None:
    session.merge(DepartureCheck(departure_id=row.id, item=item, state=state, words=words, by=by, at=now))
    names = {"ticked": "departure.tick", "waived": "departure.waive"}
    _record(session, row.id, names[state], {"item": item}, words, now, by)


def _record(
    session: Session,
    departure_id: int,
    name: str,
    detail: dict[str, object],
    words: str,
    now: datetime,
    by: int,
) -> None:
    audit.record(
        session, at=now, person_id=by, deed=name, subject=f"departure:{departure_id}", detail=detail,
        content={"words": words} if words else None,
    )  # fmt: skip


@dataclass(frozen=True)
class Looked:
    """What is said of one thing of the company's."""

    kind: str
    key: str
    is_back: bool
    words: str


@deed
def look_after(
    session: Session, *, departure_id: int, looked: Sequence[Looked], within: Within, now: datetime, by: int
) -> None:
    """Tick the company's property as it comes back, or note what is said of it. Errors: NotFound, also for a thing that
    the leaver was not lent; Conflict `departure_state`; Invalid where nothing is said."""
    row = _under_way(session, departure_id, within)
    known = {(one.kind, one.key) for one in find_property(session, row, classes=None)}
    for index, one in enumerate(looked):
        if (one.kind, one.key) not in known:
            raise NotFound(subject=f"{one.kind}:{one.key}"[:80])
        if not one.is_back and not one.words:
            raise Invalid(errors=[FieldError(f"items.{index}.words", "required")])
        session.merge(
            DepartureProperty(
                departure_id=row.id, kind=one.kind, key=one.key, is_back=one.is_back, words=one.words, by=by,
                at=now,
            )
        )  # fmt: skip
    detail: dict[str, object] = {
        "things": len(looked), "back": sum(one.is_back for one in looked),
    }  # fmt: skip
    _record(session, row.id, "departure.property", detail, "", now, by)


@dataclass(frozen=True)
class PropertyView:
    """A thing of the company's: what it is, where, and what was said of it (None: nobody looked yet)."""

    kind: str
    key: str
    label: str
    place: str
    is_back: bool | None
    words: str


def find_property(session: Session, row: Departure, *, classes: Collection[str] | None) -> list[PropertyView]:
    """What was lent to the leaver's stores and is still there, and the devices of the leaver, 500 at most; at outlets
    of these secrecy classes only."""
    said = {
        (one.kind, one.key): one
        for one in session.scalars(select(DepartureProperty).where(DepartureProperty.departure_id == row.id))
    }
    rows = session.execute(_assets(row.id, classes).limit(MOST_PROPERTY)).all()
    things = [("asset", str(key), label or kind, code) for key, kind, label, code in rows]
    devices = session.execute(
        select(Device.id, Device.label)
        .where(Device.person_id == row.person_id, Device.revoked_at.is_(None))
        .order_by(Device.created_at, Device.id)
        .limit(50)
    )
    things += [("device", str(key), label, "") for key, label in devices]
    return [_property(thing, said.get(thing[:2])) for thing in things]


def _property(thing: tuple[str, str, str, str], said: DepartureProperty | None) -> PropertyView:
    return PropertyView(*thing, said.is_back if said else None, said.words if said else "")


def _assets(departure_id: int, classes: Collection[str] | None) -> Select[int, str, str, str]:
    query = (
        select(Asset.id, Asset.kind, Asset.label, Outlet.code)
        .join(Outlet, Outlet.id == Asset.outlet_id)
        .join(DepartureStore, DepartureStore.outlet_id == Asset.outlet_id)
        .where(DepartureStore.departure_id == departure_id, Asset.returned.is_(None))
        .order_by(DepartureStore.place, Asset.id)
    )
    return query if classes is None else query.where(Outlet.secrecy.in_(classes))


def read_facts(session: Session, row: Departure) -> Facts:
    """What the book knows of the case now."""
    mine = DepartureStore.departure_id == row.id

    def count(*terms: ColumnElement[bool]) -> int:
        return session.scalar(select(func.count()).select_from(DepartureStore).where(mine, *terms)) or 0

    signed = session.scalar(
        select(func.count())
        .select_from(DepartureCertificate)
        .where(DepartureCertificate.departure_id == row.id)
    )
    checks = session.scalars(select(DepartureCheck).where(DepartureCheck.departure_id == row.id))
    return Facts(
        has_stores=count() > 0,
        waiting=count(DepartureStore.state != "confirmed"),
        call_backs=count_call_backs(session, row.id)[1],
        property_left=sum(one.is_back is None for one in find_property(session, row, classes=None)),
        is_signed=bool(signed),
        by_item={one.item: one.state for one in checks},
    )


def get_closing(
    session: Session, departure_id: int, *, within: Within, classes: Collection[str]
) -> dict[str, object]:
    """What a case still needs to be closed, item by item with who said what; property; call-backs; the certificate.
    Errors: NotFound."""
    row = session.get(Departure, departure_id)
    if row is None:
        raise NotFound(subject=f"departure:{departure_id}")
    check_person_within(session, within, row.person_id, f"departure:{departure_id}")
    said = {
        one.item: (one, name, name_en)
        for one, name, name_en in session.execute(
            select(DepartureCheck, Person.name, Person.name_en)
            .join(Person, Person.id == DepartureCheck.by)
            .where(DepartureCheck.departure_id == row.id)
        )
    }
    total, waiting = count_call_backs(session, row.id)
    return {
        "items": [_item(one, said.get(one.item)) for one in closing_list(read_facts(session, row))],
        "property": find_property(session, row, classes=classes),
        "share": row.call_back_share, "call_backs": total, "call_backs_waiting": waiting,
        "certificate": find_certificate(session, row.id),
    }  # fmt: skip


def _item(one: Item, said: tuple[DepartureCheck, str, str] | None) -> dict[str, object]:
    check, name, name_en = said if said and one.state in ("ticked", "waived") else (None, "", "")
    return {
        "item": one.item, "state": one.state, "left": one.left, "words": check.words if check else "",
        "by": name, "by_en": name_en, "at": check.at if check else None,
    }  # fmt: skip


@dataclass(frozen=True)
class CertificateView:
    """A certificate as it was signed last."""

    id: int
    signed_at: datetime
    signed_by: str
    signed_by_en: str
    sha256_zh: str
    sha256_en: str


def find_certificate(session: Session, departure_id: int) -> CertificateView | None:
    """The newest certificate of a case, or None."""
    found = session.execute(
        select(DepartureCertificate, Person.name, Person.name_en)
        .join(Person, Person.id == DepartureCertificate.signed_by)
        .where(DepartureCertificate.departure_id == departure_id)
        .order_by(DepartureCertificate.id.desc())
        .limit(1)
    ).first()
    if found is None:
        return None
    one, name, name_en = found
    return CertificateView(one.id, one.signed_at, name, name_en, one.sha256_zh, one.sha256_en)
