"""A case is opened, and undone within the hour: each one transaction, with all that follows from it."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.departures import (
    Case,
    Opening,
    due_on,
    handover_order,
    next_state,
    opening_problems,
    undo_refusal,
)
from server.errors import Conflict, NotAllowed, NotFound
from server.models import Departure, DepartureStore, ExportRequest, Person
from server.services import audit, people
from server.services.departures.held import (
    HeldOutlet,
    HeldRoute,
    InHand,
    find_activity,
    find_held_outlets,
    find_held_routes,
    find_in_hand,
)
from server.services.export_views import OPEN
from server.services.routes import invalid
from server.services.scopes import Within, check_person_within
from server.services.transaction import deed


@dataclass(frozen=True)
class Wish:
    """What a manager asks for when a case is opened."""

    person_id: int
    reason: str
    words: str
    last_day: date
    mode: str


@deed
def open_case(session: Session, *, wish: Wish, within: Within, today: date, by: int, now: datetime) -> int:
    """Open a leaver's case; returns its id. With `freeze_now` all access ends with the same commit: sign-ins, passkeys,
    ways back in, leases, exports under way; phones are told to wipe. With `serving_notice` the person opens no number
    and takes nothing out any more.

    Errors: NotFound, also for somebody of another territory; Invalid; Conflict `departure_open`."""
    check_person_within(session, within, wish.person_id, f"person:{wish.person_id}")
    person = session.get(Person, wish.person_id, with_for_update=True, populate_existing=True)
    if person is None:
        raise NotFound("no_person", subject=f"person:{wish.person_id}")
    problems = opening_problems(Opening(person.id, by, wish.reason, wish.last_day, wish.mode, today))
    if problems:
        raise invalid(problems)
    if session.scalar(select(Departure.id).where(Departure.open_key == person.id)) is not None:
        raise Conflict("departure_open")
    routes = find_held_routes(session, person.id, now)
    outlets = find_held_outlets(session, person.id, _as_rep(routes), today, now)
    row = Departure(
        person_id=person.id, reason=wish.reason, words=wish.words, last_day=wish.last_day, mode=wish.mode,
        state="open", open_key=person.id, status_before=person.status, froze=False, opened_by=by, opened_at=now,
        held=_summary(routes, outlets, find_in_hand(session, person.id, outlets)),
        activity=find_activity(session, person.id, now),
    )  # fmt: skip
    session.add(row)
    session.flush()
    _keep(session, row.id, outlets, today)
    cancelled = _cancel_exports(session, person.id, by, now)
    if wish.mode == "freeze_now":
        row.froze = people.find_freeze(session, person.id) is None
        people.freeze(person_id=person.id, reason=wish.words or wish.reason, by=by, now=now)
    elif person.status == "active":
        person.status = "leaving"
    audit.record(
        session, at=now, person_id=by, deed="departure.open", subject=f"departure:{row.id}",
        detail={
            "person": person.id, "mode": wish.mode, "last_day": wish.last_day.isoformat(),
            "stores": len(outlets), "routes": len(routes), "exports_cancelled": cancelled,
        },
    )  # fmt: skip
    return row.id


def _cancel_exports(session: Session, person_id: int, by: int, now: datetime) -> int:
    """All that the person asked for and has not fetched. Returns how many."""
    rows = session.scalars(
        select(ExportRequest)
        .where(ExportRequest.person_id == person_id, ExportRequest.status.in_((*OPEN, "approved")))
        .with_for_update()
    ).all()
    for export in rows:
        export.status, export.expires_at = "refused", None
        export.refused_by, export.refused_at = by, now
    return len(rows)


def _as_rep(routes: list[HeldRoute]) -> list[int]:
    return [one.route_id for one in routes if one.role == "rep"]


def _summary(routes: list[HeldRoute], outlets: list[HeldOutlet], work: InHand) -> dict[str, object]:
    by_class: dict[str, int] = {}
    for one in outlets:
        by_class[one.store.outlet_class] = by_class.get(one.store.outlet_class, 0) + 1
    return {
        "routes": [{"route_id": one.route_id, "code": one.code, "role": one.role} for one in routes],
        "classes": dict(sorted(by_class.items())),
        "open_orders": sum(one.store.open_orders for one in outlets),
        "deliveries": sum(one.store.deliveries for one in outlets),
        "promises": sum(one.store.promises for one in outlets),
        "assets": sum(one.store.assets for one in outlets),
        **asdict(work),
        "only_they": sum(one.store.known_by == 0 for one in outlets),
        "contacts_only_they": sum(one.contacts for one in outlets if one.store.known_by == 0),
        "value_minor": sum(one.store.value_minor for one in outlets),
    }


def _keep(session: Session, departure_id: int, outlets: list[HeldOutlet], today: date) -> None:
    place = {one: at for at, one in enumerate(handover_order([held.store for held in outlets]), 1)}
    first = today + timedelta(days=1)
    session.add_all(
        DepartureStore(
            departure_id=departure_id, outlet_id=one.store.outlet_id, place=place[one.store.outlet_id],
            route_id=one.route_id, outlet_class=one.store.outlet_class, value_minor=one.store.value_minor,
            open_orders=one.store.open_orders, deliveries=one.store.deliveries, promises=one.store.promises,
            assets=one.store.assets, contacts=one.contacts, known_by=one.store.known_by,
            last_visit_at=one.last_visit_at, due=due_on(one.store.outlet_class, first), state="waiting", steps=[],
        )
        for one in outlets
    )  # fmt: skip


@deed
def undo_case(session: Session, *, departure_id: int, within: Within, by: int, now: datetime) -> None:
    """Take a case back within the hour, by a second person: access is given back as it was. Exports that were cancelled
    are asked for anew, and phones fetch the book again.

    Errors: NotFound; NotAllowed `second_person`; Conflict `departure_state`, `undo_over`."""
    row = lock_case(session, departure_id, within)
    refusal = undo_refusal(case_of(row), by=by, now=now)
    if refusal == "second_person":
        raise NotAllowed(refusal)
    if refusal:
        raise Conflict(refusal)
    person = session.get_one(Person, row.person_id, with_for_update=True, populate_existing=True)
    if row.froze and people.find_freeze(session, person.id) is not None:
        people.unfreeze(person_id=person.id, by=by, now=now)
    if person.status == "leaving":
        person.status = row.status_before
    row.state, row.open_key = next_state("open", "undo"), None
    row.undone_by, row.undone_at = by, now
    audit.record(
        session, at=now, person_id=by, deed="departure.undo", subject=f"departure:{row.id}",
        detail={"person": row.person_id},
    )  # fmt: skip


def lock_case(session: Session, departure_id: int, within: Within) -> Departure:
    """The case, locked until the deed ends. Errors: NotFound, also for somebody of another territory."""
    row = session.get(Departure, departure_id, with_for_update=True, populate_existing=True)
    subject = f"departure:{departure_id}"
    if row is None:
        raise NotFound(subject=subject)
    check_person_within(session, within, row.person_id, subject)
    return row


def case_of(row: Departure) -> Case:
    """A case as the rules know it."""
    return Case(row.person_id, row.state, row.opened_by, row.opened_at)  # type: ignore[arg-type]
