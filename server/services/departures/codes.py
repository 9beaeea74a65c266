"""The codes with which owners answer on their own phones: made with the receiver's book, answered once, found by their
digest only."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select, tuple_, update
from sqlalchemy.orm import Session, aliased

from server.domain.handovers import (
    ANSWERS,
    CODE_LASTS,
    RENEWED_BEFORE,
    WORDS_MOST,
    code_digest,
    is_answerable,
)
from server.domain.masking import mask_numbers
from server.models import (
    COMPANY_ID,
    Asset,
    Company,
    Departure,
    DepartureStore,
    Order,
    Outlet,
    OwnerCode,
    Person,
    Promise,
)
from server.services import audit
from server.services.departures.handing import lock_store, take_answer
from server.services.departures.held import OPEN_ORDERS
from server.services.transaction import deed

# 128 bits, as 22 characters that an address takes as they are.
CODE_BYTES: Final = 16
# Of each kind, on a page for an old phone.
MOST_ROWS: Final = 10
Store = tuple[int, int]


@dataclass(frozen=True)
class Shown:
    """A code that a book shows. `answer`: the owner's, where it came before the handover."""

    id: int
    code: str
    answer: str


@deed
def make_codes(session: Session, *, stores: Collection[Store], by: int, now: datetime) -> None:
    """A code for each store (case, outlet) that has none which lasts for some days yet."""
    missing = sorted(set(stores) - shown_codes(session, stores, now).keys())
    if not missing:
        return
    for departure_id, outlet_id in missing:
        code = secrets.token_urlsafe(CODE_BYTES)
        session.add(
            OwnerCode(
                departure_id=departure_id, outlet_id=outlet_id, digest=code_digest(code), code=code,
                made_at=now, expires_at=now + CODE_LASTS, answer="",
            )
        )  # fmt: skip
    audit.record(
        session, at=now, person_id=by, deed="handover.codes", subject=f"person:{by}",
        detail={"outlets": [outlet for _, outlet in missing]},
    )  # fmt: skip


def shown_codes(session: Session, stores: Collection[Store], now: datetime) -> dict[Store, Shown]:
    """The newest code of each store that can be shown: one that lasts, or with which the owner said yes already."""
    if not stores:
        return {}
    rows = session.scalars(
        select(OwnerCode)
        .where(
            tuple_(OwnerCode.departure_id, OwnerCode.outlet_id).in_(list(stores)),
            (OwnerCode.answer == "confirmed")
            | ((OwnerCode.answer == "") & (OwnerCode.expires_at > now + RENEWED_BEFORE)),
        )
        .order_by(OwnerCode.id)
    )
    return {(row.departure_id, row.outlet_id): Shown(row.id, row.code, row.answer) for row in rows}


@dataclass(frozen=True)
class OwnerPage:
    """What the owner sees: names, and what is open. Values in minor units; texts with numbers hidden."""

    company: tuple[str, str]
    outlet: tuple[str, str]
    leaver: tuple[str, str]
    receiver: tuple[str, str]
    currency: str
    orders: list[tuple[str, int]]
    promises: list[str]
    assets: list[str]


def find_page(session: Session, code: str, now: datetime) -> OwnerPage | None:
    """The page behind a code; None for one that is unknown, used or over, all the same."""
    leaver, receiver = aliased(Person), aliased(Person)
    found = session.execute(
        select(OwnerCode, Departure, DepartureStore, Outlet, leaver, receiver)
        .join(Departure, Departure.id == OwnerCode.departure_id)
        .join(
            DepartureStore,
            (DepartureStore.departure_id == OwnerCode.departure_id)
            & (DepartureStore.outlet_id == OwnerCode.outlet_id),
        )
        .join(Outlet, Outlet.id == OwnerCode.outlet_id)
        .join(leaver, leaver.id == Departure.person_id)
        .join(receiver, receiver.id == DepartureStore.receiver_id)
        .where(OwnerCode.digest == code_digest(code))
    ).first()
    if found is None:
        return None
    row, case, store, outlet, gone, comes = found
    if not is_answerable(
        answer=row.answer, expires_at=row.expires_at, case_state=case.state, store_state=store.state, now=now
    ):
        return None
    company = session.get_one(Company, COMPANY_ID)
    orders = session.execute(
        select(Order.day, Order.total_minor)
        .where(Order.outlet_id == outlet.id, Order.status.in_(OPEN_ORDERS))
        .order_by(Order.day.desc())
        .limit(MOST_ROWS)
    )
    promises = session.scalars(
        select(Promise.text)
        .where(Promise.outlet_id == outlet.id, Promise.kept_at.is_(None))
        .order_by(Promise.made_at, Promise.id)
        .limit(MOST_ROWS)
    )
    assets = session.execute(
        select(Asset.kind, Asset.label)
        .where(Asset.outlet_id == outlet.id, Asset.returned.is_(None))
        .order_by(Asset.since, Asset.id)
        .limit(MOST_ROWS)
    )
    return OwnerPage(
        (company.name, company.name_en), (outlet.name, outlet.name_en), (gone.name, gone.name_en),
        (comes.name, comes.name_en), company.currency,
        [(day.isoformat(), total) for day, total in orders],
        [str(mask_numbers(one)) for one in promises],
        [str(mask_numbers(label or kind)) for kind, label in assets],
    )  # fmt: skip


@deed
def answer_by_code(session: Session, *, code: str, answer: str, words: str, now: datetime) -> bool:
    """Take an owner's answer, once; False for a code that is unknown, used or over. A no, or that something is wrong,
    is told to the office in the same transaction; a yes counts when the handover itself is told."""
    if answer not in ANSWERS:
        return False
    known = session.scalar(select(OwnerCode.id).where(OwnerCode.digest == code_digest(code)))
    if known is None:
        return False
    row = session.get_one(OwnerCode, known)
    # Case, store, code: the order in which every deed locks them.
    case = session.get_one(Departure, row.departure_id, with_for_update=True, populate_existing=True)
    store = lock_store(session, row.departure_id, row.outlet_id)
    row = session.get_one(OwnerCode, known, with_for_update=True, populate_existing=True)
    if store is None or not is_answerable(
        answer=row.answer, expires_at=row.expires_at, case_state=case.state, store_state=store.state, now=now
    ):
        return False
    row.answer, row.answered_at, row.words = answer, now, words[:WORDS_MOST] or None
    session.execute(
        update(OwnerCode)
        .where(
            OwnerCode.departure_id == row.departure_id,
            OwnerCode.outlet_id == row.outlet_id,
            OwnerCode.answer == "",
        )
        .values(expires_at=now),
        execution_options={"synchronize_session": False},
    )
    if answer != "confirmed" or store.handed_at is not None:
        take_answer(session, store, answer, at=now, way="code")
    audit.record(
        session, at=now, person_id=None, deed="handover.answer", subject=f"outlet:{row.outlet_id}",
        detail={"departure": row.departure_id, "answer": answer, "code": row.id, "state": store.state},
    )  # fmt: skip
    return True
