"""Customer cards for the wire: a fixed number of questions to the database, however many cards are asked for."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, cast, exists, literal, null, or_, select, union_all
from sqlalchemy.orm import Session

from server.domain.daybook import (
    HISTORY,
    iso,
    pack_figures,
    wire_version,
)
from server.domain.masking import mask_numbers, mask_phone
from server.domain.sealing import UNREADABLE
from server.models import (
    Asset,
    Brand,
    Case,
    Contact,
    Interaction,
    Outlet,
    OutletNote,
    Person,
    Price,
    Promise,
    Sku,
    Stop,
)
from server.services.daybook.figures import ROWS_LIMIT, figures_of, newest
from server.services.daybook.scope import Scope

NOTES: Final = 20
TALKS: Final = 10
"""Interactions and open cases on a card, of each."""
Card = dict[str, Any]
_LEFT_OUT: Final = (
    ("name_en", "name_en", ""), ("chain", "chain", ""), ("channel", "channel", ""), ("address", "address", ""),
    ("position", "latitude", None), ("position", "longitude", None),
)  # fmt: skip
"""Field of the secrecy table, its place on the card, and what stands there where it is not lent."""


def build_cards(session: Session, scope: Scope, outlet_ids: Iterable[int], now: datetime) -> list[Card]:
    """The cards of those outlets that are in the person's manifest, in its order. Versions are read first: a
    card that changes meanwhile is at least as new as the version it says, and is fetched again next time."""
    wanted = set(outlet_ids)
    ids = [outlet_id for outlet_id in scope.cards if outlet_id in wanted]
    if not ids:
        return []
    cards = _outlets(session, scope, ids)
    names = _Names(session)
    _add_rules(session, scope, cards)
    _add_contacts(session, scope, cards)
    _add_notes(session, cards, names)
    _add_promises(session, cards, names)
    _add_assets(session, cards)
    _add_accounts(session, cards, names)
    figures = figures_of(session, list(cards), now - HISTORY)
    names.want(visit.person_id for one in figures.values() for visit in one.visits)
    name_of = names.fetch()
    catalogue = list(session.scalars(skus_in_order()))
    for outlet_id, card in cards.items():
        for written in (*card["notes"], *card["promises"], *card["interactions"], *card["cases"]):
            written["by"] = name_of.get(written["by"], "")
        card.update(pack_figures(figures[outlet_id], catalogue, lambda one: name_of.get(one, "")))
    return [cards[outlet_id] for outlet_id in ids if outlet_id in cards]


def skus_in_order() -> Select[*tuple[Any, ...]]:
    """Ids of the SKUs that are sold, in the fixed brand -> pack order in which they are counted."""
    return (
        select(Sku.id)
        .join(Brand, Brand.id == Sku.brand_id)
        .where(Sku.active)
        .order_by(Brand.position, Sku.position, Sku.id)
        .limit(ROWS_LIMIT)
    )


class _Names:
    """Names of people, asked for once."""

    def __init__(self, session: Session) -> None:
        self._session, self._ids = session, set[int]()

    def want(self, person_ids: Iterable[int]) -> None:
        self._ids.update(person_ids)

    def fetch(self) -> dict[int, str]:
        query = select(Person.id, Person.name).where(Person.id.in_(self._ids)).limit(ROWS_LIMIT)
        return {person_id: name for person_id, name in self._session.execute(query)}  # noqa: C416


def _outlets(session: Session, scope: Scope, ids: Sequence[int]) -> dict[int, Card]:
    """The cards with what the outlet itself says; lists that others fill are empty."""
    has_own_list = exists().where(Price.price_list == Outlet.chain, Price.price_list != "standard")
    query = select(
        Outlet.id,
        Outlet.card_version.label("version"),
        Outlet.code,
        Outlet.name,
        Outlet.name_en,
        Outlet.chain,
        Outlet.outlet_class,
        Outlet.channel,
        Outlet.address,
        Outlet.latitude,
        Outlet.longitude,
        Outlet.hours,
        has_own_list.label("price_list"),
    ).where(Outlet.id.in_(ids))
    return {
        row.id: {
            **row._mapping,
            **{key: empty for field, key, empty in _LEFT_OUT if field in scope.hidden},
            "version": wire_version(row.version, row.id in scope.numbers),
            "rules": [],
            "contacts": [],
            "notes": [],
            "promises": [],
            "assets": [],
            "interactions": [],
            "cases": [],
            "price_list": row.chain if row.price_list else "standard",
        }
        for row in session.execute(query.limit(ROWS_LIMIT))
    }


def _add_rules(session: Session, scope: Scope, cards: dict[int, Card]) -> None:
    """Every stop of the outlet that holds today, on whatever route."""
    query = (
        select(Stop.outlet_id, Stop.weekday, Stop.weeks, Stop.phase, Stop.route_id)
        .where(
            Stop.outlet_id.in_(cards),
            Stop.valid_from <= scope.day,
            or_(Stop.valid_to.is_(None), Stop.valid_to >= scope.day),
        )
        .order_by(Stop.weekday, Stop.id)
        .limit(ROWS_LIMIT)
    )
    for outlet_id, *rule in session.execute(query):
        cards[outlet_id]["rules"].append(rule)


def _add_contacts(session: Session, scope: Scope, cards: dict[int, Card]) -> None:
    query = (
        select(
            Contact.outlet_id,
            Contact.id,
            Contact.name,
            Contact.role,
            Contact.phone,
            Contact.preferences,
            Contact.notes,
        )
        .where(Contact.outlet_id.in_(cards))
        .order_by(Contact.position, Contact.id)
        .limit(ROWS_LIMIT)
    )
    for row in session.execute(query):
        cards[row.outlet_id]["contacts"].append(
            {
                "id": row.id,
                "name": "" if "contact_name" in scope.hidden else row.name,
                "role": row.role,
                "phone": mask_phone(row.phone),
                "number": _number(row.phone) if row.outlet_id in scope.numbers else None,
                "preferences": row.preferences,
                "notes": row.notes,
            }
        )


def _number(phone: str) -> str | None:
    """What may be dialled: a number that does not open is none, and its mask says so."""
    return None if phone == UNREADABLE else phone


def _add_notes(session: Session, cards: dict[int, Card], names: _Names) -> None:
    latest = newest(
        select(OutletNote.outlet_id, OutletNote.noted_at, OutletNote.person_id, OutletNote.text),
        OutletNote.outlet_id,
        (OutletNote.noted_at, OutletNote.id),
        list(cards),
        NOTES,
    )
    for row in session.execute(select(latest).order_by(latest.c.n)):
        names.want([row.person_id])
        note = {"at": iso(row.noted_at), "by": row.person_id, "text": row.text}
        cards[row.outlet_id]["notes"].append(note)


def _add_promises(session: Session, cards: dict[int, Card], names: _Names) -> None:
    query = (
        select(Promise)
        .where(Promise.outlet_id.in_(cards), Promise.kept_at.is_(None))
        .order_by(Promise.made_at, Promise.id)
        .limit(ROWS_LIMIT)
    )
    for row in session.scalars(query):
        names.want([row.person_id])
        cards[row.outlet_id]["promises"].append(
            {
                "id": str(row.id),
                "text": row.text,
                "due": row.due and row.due.isoformat(),
                "made_at": iso(row.made_at),
                "by": row.person_id,
            }
        )


def _add_assets(session: Session, cards: dict[int, Card]) -> None:
    query = (
        select(Asset.outlet_id, Asset.kind, Asset.label, Asset.since)
        .where(Asset.outlet_id.in_(cards), Asset.returned.is_(None))
        .order_by(Asset.since, Asset.id)
        .limit(ROWS_LIMIT)
    )
    for outlet_id, kind, label, since in session.execute(query):
        cards[outlet_id]["assets"].append({"kind": kind, "label": label, "since": since.isoformat()})


def _add_accounts(session: Session, cards: dict[int, Card], names: _Names) -> None:
    """The last interactions, and the newest of the cases that are not done, with one question for both. Each has its
    own column for its words: they are sealed for their own column."""
    talks = newest(
        select(
            Interaction.outlet_id, Interaction.id, Interaction.at, Interaction.person_id, Interaction.kind,
            Interaction.text,
        ),
        Interaction.outlet_id,
        (Interaction.at, Interaction.id),
        list(cards),
        TALKS,
    )  # fmt: skip
    cases = newest(
        select(
            Case.outlet_id, Case.id, Case.opened_at, Case.owner_id, Case.kind, Case.text, Case.due, Case.state
        ).where(Case.state != "done"),
        Case.outlet_id,
        (Case.opened_at, Case.id),
        list(cards),
        TALKS,
    )  # fmt: skip
    said, open_cases = talks.c, cases.c
    both = union_all(
        select(
            literal(False).label("is_case"), said.outlet_id, said.n, said.id, said.at, said.person_id, said.kind,
            said.text, cast(null(), open_cases.text.type).label("words"),
            cast(null(), open_cases.due.type).label("due"), literal("").label("state"),
        ),
        select(
            literal(True), open_cases.outlet_id, open_cases.n, open_cases.id, open_cases.opened_at,
            open_cases.owner_id, open_cases.kind, cast(null(), said.text.type), open_cases.text, open_cases.due,
            open_cases.state,
        ),
    ).subquery()  # fmt: skip
    for row in session.execute(select(both).order_by(both.c.n)):
        if row.person_id is not None:
            names.want([row.person_id])
        if row.is_case:
            cards[row.outlet_id]["cases"].append(
                {
                    "id": row.id, "kind": row.kind, "text": mask_numbers(row.words), "by": row.person_id,
                    "due": row.due and row.due.isoformat(), "state": row.state, "opened_at": iso(row.at),
                }
            )  # fmt: skip
        else:
            cards[row.outlet_id]["interactions"].append(
                {"at": iso(row.at), "by": row.person_id, "kind": row.kind, "text": mask_numbers(row.text)}
            )
