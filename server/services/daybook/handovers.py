"""Which stores of the book are to be handed over in person, and where a supervisor must stand by."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from server.domain.handovers import Due, needs_supervisor, told_first
from server.domain.secrecy import seen_at_desk
from server.models import Case, Departure, DepartureStore, Outlet, Person, PersonRole, PersonTerritory
from server.services.daybook.scope import Asking, Scope
from server.services.departures.codes import Shown, make_codes, shown_codes
from server.services.scopes import territories_of

# A book tells of so many at most, the next ones first; 300 bytes each before they are packed.
MOST_TOLD: Final = 40
MOST_LOOKED_AT: Final = 1_000
MOST_WITNESSES: Final = 20
_WITH_A_SUPERVISOR: Final = "A"


@dataclass(frozen=True)
class _Found:
    store: DepartureStore
    outlet: Outlet
    giver: Person
    receiver: Person
    holds_from: datetime | None


def handovers_told(
    session: Session, asking: Asking, scope: Scope, now: datetime, *, leaving: bool
) -> dict[str, object]:
    """The manifest's words about handovers and, of somebody who is `leaving`, until when; nothing where there is
    neither. Makes the codes that are missing."""
    own = _own(session, scope, now)
    watched = _watched(session, asking, scope)
    until = _notice(session, scope.person_id) if leaving else None
    given = _given(session, scope) if until else []
    notice: dict[str, object] = {"notice": until.isoformat()} if until else {}
    if not own and not watched and not given:
        return notice
    keys = [(one.store.departure_id, one.store.outlet_id) for one in own]
    codes = shown_codes(session, keys, now)
    if len(codes) < len(keys):
        make_codes(stores=keys, by=scope.person_id, now=now)
        codes = shown_codes(session, keys, now)
    cases = _open_cases(session, [one.store.outlet_id for one in [*own, *watched, *given]])
    told = [_words(one, codes, cases, is_own=True) for one in own]
    told += [_words(one, {}, cases, is_own=False) for one in watched]
    told += [
        {
            **_words(one, {}, cases, is_own=False),
            "receiver": one.receiver.name,
            "receiver_en": one.receiver.name_en,
        }
        for one in given
    ]
    return {**notice, "handovers": {"witnesses": _witnesses(session, scope) if own else [], "stores": told}}


def _notice(session: Session, person_id: int) -> date | None:
    """The last working day of somebody who serves notice."""
    return session.scalar(
        select(Departure.last_day)
        .where(Departure.person_id == person_id, Departure.state.in_(("open", "planned")))
        .limit(1)
    )


def _query() -> Select[DepartureStore, Outlet, Person, Person, datetime | None]:
    receiver = aliased(Person)
    return (
        select(DepartureStore, Outlet, Person, receiver, Departure.holds_from)
        .join(Departure, Departure.id == DepartureStore.departure_id)
        .join(Outlet, Outlet.id == DepartureStore.outlet_id)
        .join(Person, Person.id == Departure.person_id)
        .join(receiver, receiver.id == DepartureStore.receiver_id)
        .where(
            Departure.state == "planned",
            DepartureStore.state != "confirmed",
            Outlet.status == "active",
        )
        .order_by(DepartureStore.place, DepartureStore.outlet_id)
        .limit(MOST_LOOKED_AT)
    )


def _first(rows: list[_Found], cards: dict[int, int]) -> list[_Found]:
    by_outlet = {one.store.outlet_id: one for one in rows}
    due = [Due(key, one.store.place, one.store.due, key in cards) for key, one in by_outlet.items()]
    return [by_outlet[key] for key in told_first(due, MOST_TOLD)]


def _own(session: Session, scope: Scope, now: datetime) -> list[_Found]:
    """Those that the person receives and that are in the book, as a card or by name in the index; and those that are
    not the person's yet, while who gives them is still there to go along."""
    rows = session.execute(_query().where(DepartureStore.receiver_id == scope.person_id)).all()
    if not rows:
        return []
    named = scope.cards.keys() | {row[0] for row in scope.index}
    found = [_Found(*row) for row in rows]
    told = [one for one in found if one.store.outlet_id in named or _comes(one, now)]
    return _first(told, scope.cards)


def _comes(one: _Found, now: datetime) -> bool:
    return one.holds_from is not None and one.holds_from > now


def _given(session: Session, scope: Scope) -> list[_Found]:
    """Those that the person hands over while serving notice."""
    rows = session.execute(_query().where(Departure.person_id == scope.person_id)).all()
    return _first([_Found(*row) for row in rows], scope.cards)


def _watched(session: Session, asking: Asking, scope: Scope) -> list[_Found]:
    """Those of a supervisor's territories that need one, by their receivers."""
    if "supervisor" not in asking.roles:
        return []
    query = _query().where(
        DepartureStore.outlet_class == _WITH_A_SUPERVISOR,
        DepartureStore.receiver_id != scope.person_id,
        Departure.person_id != scope.person_id,
        Outlet.secrecy.in_(seen_at_desk(asking.roles)),
    )
    within = territories_of(session, scope.person_id, asking.roles, scope.day)
    if within is not None:
        query = query.where(Outlet.territory_id.in_(within))
    return _first([_Found(*row) for row in session.execute(query)], scope.cards)


def _open_cases(session: Session, outlet_ids: list[int]) -> dict[int, int]:
    query = (
        select(Case.outlet_id, func.count())
        .where(Case.outlet_id.in_(outlet_ids), Case.state != "done")
        .group_by(Case.outlet_id)
    )
    return {outlet: count for outlet, count in session.execute(query)}  # noqa: C416


def _words(
    one: _Found, codes: dict[tuple[int, int], Shown], cases: dict[int, int], *, is_own: bool
) -> dict[str, object]:
    store, outlet = one.store, one.outlet
    code = codes.get((store.departure_id, store.outlet_id))
    return {
        "departure_id": store.departure_id,
        "outlet_id": store.outlet_id,
        "name": outlet.name,
        "name_en": outlet.name_en,
        "address": outlet.address,
        "outlet_class": store.outlet_class,
        "giver": one.giver.name,
        "giver_en": one.giver.name_en,
        "due": _iso(store.due),
        "place": store.place,
        "state": store.state,
        "own": is_own,
        # Orders, deliveries, promises, assets, cases.
        "open": [
            store.open_orders, store.deliveries, store.promises, store.assets, cases.get(store.outlet_id, 0),
        ],
        "supervisor": needs_supervisor(store.outlet_class),
        "code": [code.id, code.code, code.answer] if code else None,
    }  # fmt: skip


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _witnesses(session: Session, scope: Scope) -> list[list[object]]:
    """Who supervises where the person works: id and names."""
    territories = {route.territory_id for route in scope.routes}
    holds = (
        PersonRole.valid_from <= scope.day,
        or_(PersonRole.valid_to.is_(None), PersonRole.valid_to >= scope.day),
    )
    anywhere = ~select(PersonTerritory.id).where(PersonTerritory.person_id == Person.id).exists()
    here = (
        select(PersonTerritory.id)
        .where(PersonTerritory.person_id == Person.id, PersonTerritory.territory_id.in_(territories))
        .exists()
    )
    query = (
        select(Person.id, Person.name, Person.name_en)
        .join(PersonRole, PersonRole.person_id == Person.id)
        .where(PersonRole.role == "supervisor", Person.status == "active", Person.id != scope.person_id)
        .where(*holds, or_(anywhere, here))
        .distinct()
        .order_by(Person.name, Person.id)
        .limit(MOST_WITNESSES)
    )
    return [list(row) for row in session.execute(query)]
