"""Cases as the desk shows them: the list, one case with what was held and what it still asks for, its stores."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, aliased

from server.domain.departures import UNDO_WITHIN, HeldStore, checklist
from server.errors import NotFound
from server.models import Departure, DepartureProposal, DepartureStore, Outlet, OwnerCode, Person, Route
from server.services.scopes import Within, check_person_within, people_within

PAGE = 100


@dataclass(frozen=True)
class DepartureView:
    """A case in the list. `waiting`: stores whose owner has not confirmed."""

    id: int
    person_id: int
    person: str
    person_en: str
    status: str
    reason: str
    last_day: date
    mode: str
    state: str
    opened_by: str
    opened_by_en: str
    opened_by_id: int
    opened_at: datetime
    undo_until: datetime
    stores: int
    waiting: int


def _query() -> Select[Any]:
    opener = aliased(Person)

    def count(*terms: ColumnElement[bool]) -> Any:
        return (
            select(func.count())
            .where(DepartureStore.departure_id == Departure.id, *terms)
            .correlate(Departure)
            .scalar_subquery()
        )

    return (
        select(Departure, Person, opener, count(), count(DepartureStore.state != "confirmed"))
        .join(Person, Person.id == Departure.person_id)
        .join(opener, opener.id == Departure.opened_by)
        .order_by(Departure.opened_at.desc(), Departure.id.desc())
    )


def _view(row: Departure, person: Person, opener: Person, stores: int, waiting: int) -> DepartureView:
    return DepartureView(
        id=row.id, person_id=person.id, person=person.name, person_en=person.name_en, status=person.status,
        reason=row.reason, last_day=row.last_day, mode=row.mode, state=row.state, opened_by=opener.name,
        opened_by_en=opener.name_en, opened_by_id=row.opened_by,
        opened_at=row.opened_at, undo_until=row.opened_at + UNDO_WITHIN, stores=stores, waiting=waiting,
    )  # fmt: skip


def find_cases(session: Session, *, state: str | None, within: Within) -> list[DepartureView]:
    """Cases, the newest first, 100 at most."""
    query = _query().limit(PAGE)
    if state is not None:
        query = query.where(Departure.state == state)
    if within is not None:
        query = query.where(Departure.person_id.in_(people_within(within)))
    return [_view(*row) for row in session.execute(query)]


def get_case(session: Session, departure_id: int, *, within: Within, today: date) -> dict[str, object]:
    """One case with what was held, what was looked at, what it still asks for, and its proposals.
    Errors: NotFound, also for somebody of another territory."""
    found = session.execute(_query().where(Departure.id == departure_id)).first()
    subject = f"departure:{departure_id}"
    if found is None:
        raise NotFound(subject=subject)
    row, person, *_ = found
    check_person_within(session, within, person.id, subject)
    view = _view(*found)
    stores = list(session.scalars(select(DepartureStore).where(DepartureStore.departure_id == row.id)))
    held = [_held(one) for one in stores if one.state != "confirmed"]
    proposals = session.scalars(
        select(DepartureProposal)
        .where(DepartureProposal.departure_id == row.id)
        .order_by(DepartureProposal.id.desc())
        .limit(20)
    )
    return {
        "case": view, "words": row.words, "held": row.held, "activity": row.activity,
        "holds_from": row.holds_from, "plan_id": row.plan_id, "job_id": row.job_id,
        "accepted_proposal": row.accepted_proposal,
        "checklist": [
            {"item": item, "done": done, "left": left}
            for item, done, left in checklist(
                row.state, frozen=person.status == "frozen", last_day=row.last_day, today=today,
                waiting=view.waiting, held=held,
            )
        ],
        "proposals": [
            {"id": one.id, "kind": one.kind, "version_id": one.version_id, "made_at": one.made_at,
             "figures": one.figures}
            for one in proposals
        ],
    }  # fmt: skip


def _held(row: DepartureStore) -> HeldStore:
    return HeldStore(
        row.outlet_id, row.outlet_class, row.value_minor, row.open_orders, row.deliveries, row.promises,
        row.assets, row.known_by,
    )  # fmt: skip


@dataclass(frozen=True)
class StoreView:
    """A store of a case, in the order of the handover. `words`: what its owner said, on the receiver's phone or on
    their own; `skipped`: steps and reasons."""

    outlet_id: int
    place: int
    code: str
    name: str
    name_en: str
    outlet_class: str
    route: str
    value_minor: int
    open_orders: int
    deliveries: int
    promises: int
    assets: int
    known_by: int
    last_visit_at: datetime | None
    receiver_id: int | None
    receiver: str
    receiver_en: str
    due: date | None
    state: str
    words: str
    skipped: list[list[str]]


def find_stores(
    session: Session, departure_id: int, *, within: Within, classes: Collection[str], after: int
) -> list[StoreView]:
    """Stores of a case of these secrecy classes in the order of the handover, those behind place `after`, 200 at most.
    Errors: NotFound."""
    row = session.get(Departure, departure_id)
    subject = f"departure:{departure_id}"
    if row is None:
        raise NotFound(subject=subject)
    check_person_within(session, within, row.person_id, subject)
    receiver, store = aliased(Person), DepartureStore
    query = (
        select(store, Outlet.code, Outlet.name, Outlet.name_en, Route.code, receiver.name, receiver.name_en)
        .join(Outlet, Outlet.id == store.outlet_id)
        .join(Route, Route.id == store.route_id)
        .outerjoin(receiver, receiver.id == store.receiver_id)
        .where(store.departure_id == departure_id, store.place > after, Outlet.secrecy.in_(classes))
        .order_by(store.place)
        .limit(200)
    )
    said = session.execute(
        select(OwnerCode.outlet_id, OwnerCode.words)
        .where(OwnerCode.departure_id == departure_id, OwnerCode.words.is_not(None))
        .order_by(OwnerCode.id)
    )
    words = {outlet_id: text for outlet_id, text in said}  # noqa: C416
    return [
        StoreView(
            one.outlet_id, one.place, code, name, name_en, one.outlet_class, route, one.value_minor,
            one.open_orders, one.deliveries, one.promises, one.assets, one.known_by, one.last_visit_at,
            one.receiver_id, who or "", who_en or "", one.due, one.state,
            one.words or words.get(one.outlet_id) or "", one.skipped,
        )
        for one, code, name, name_en, route, who, who_en in session.execute(query)
    ]  # fmt: skip
