"""The evidence pack of a leaver's case: what is in it, row by row, so that it is signed as it will leave.

Contact fields are never part of it; numbers in what people wrote are masked.
"""

import json
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from server.domain.departures import LOOKS_BACK
from server.domain.masking import mask_numbers
from server.models import (
    AgreementAcceptance,
    AuditEntry,
    Departure,
    DepartureCertificate,
    DepartureCheck,
    DepartureStore,
    ExportRequest,
    Outlet,
    Person,
    Reveal,
    Task,
)

# Of each list; a rep makes some thousands of entries in the 90 days.
MOST: Final = 20_000
HEADS: Final[dict[str, list[str]]] = {
    "access.csv": ["seq", "at", "person", "deed", "subject", "detail", "previous", "digest"],
    "reveals.csv": ["at", "outlet", "contact_id", "reason", "words", "offline", "flags"],
    "exports.csv": ["id", "asked_at", "reason", "format", "rows", "status", "taken_at", "file_sha256"],
    "handovers.csv": [
        "place", "outlet", "class", "receiver", "state", "handed_at", "witness", "steps", "next_visit",
    ],
    "call_backs.csv": ["outlet", "due", "state", "outcome", "answers", "note", "done_by", "done_at"],
    "checklist.csv": ["item", "state", "words", "by", "at"],
    "documents.csv": ["file", "sha256"],
}  # fmt: skip
Row = list[str]


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return str(value)


def _rows(found: Iterable[Any]) -> list[Row]:
    return [[_text(cell) for cell in one] for one in found]


def is_at_limit(rows: Collection[Row]) -> bool:
    """Whether a list ends at MOST, so that there may be more than it has."""
    return len(rows) >= MOST


def read_tables(
    session: Session, row: Departure, *, upto: int, at: datetime, classes: Collection[str]
) -> dict[str, list[Row]]:
    """The rows of each list of the pack. `upto`: the number of the newest entry that is part of it, `at`: the instant
    of asking. Outlets of other secrecy classes than these are left out."""
    return {
        "access.csv": _access(session, row, upto),
        "reveals.csv": _reveals(session, row, at, classes),
        "exports.csv": _exports(session, row, at),
        "handovers.csv": _handovers(session, row, classes),
        "call_backs.csv": _call_backs(session, row, classes),
        "checklist.csv": _checklist(session, row),
        "documents.csv": [
            [name, digest] for name, digest, _ in find_documents(session, row, at, content=False)
        ],
    }


def _access(session: Session, row: Departure, upto: int) -> list[Row]:
    entry = AuditEntry
    found = session.execute(
        select(
            entry.seq, entry.at, entry.person_id, entry.deed, entry.subject, entry.detail, entry.previous,
            entry.digest,
        )
        .where(
            entry.seq <= upto,
            entry.at >= row.opened_at - LOOKS_BACK,
            or_(
                entry.person_id == row.person_id,
                entry.subject.in_([f"person:{row.person_id}", f"departure:{row.id}"]),
            ),
        )
        .order_by(entry.seq)
        .limit(MOST)
    )  # fmt: skip
    return _rows(found)


def _reveals(session: Session, row: Departure, at: datetime, classes: Collection[str]) -> list[Row]:
    found = session.execute(
        select(
            Reveal.at,
            Outlet.code,
            Reveal.contact_id,
            Reveal.reason,
            Reveal.words,
            Reveal.offline,
            Reveal.flags,
        )
        .join(Outlet, Outlet.id == Reveal.outlet_id)
        .where(
            Reveal.person_id == row.person_id,
            Reveal.at >= row.opened_at - LOOKS_BACK,
            Reveal.received_at <= at,
            Outlet.secrecy.in_(classes),
        )
        .order_by(Reveal.at, Reveal.id)
        .limit(MOST)
    )
    return _rows(
        (when, code, contact, reason, mask_numbers(words), offline, flags)
        for when, code, contact, reason, words, offline, flags in found
    )


def _exports(session: Session, row: Departure, at: datetime) -> list[Row]:
    one = ExportRequest
    found = session.execute(
        select(
            one.id, one.asked_at, one.reason, one.format, one.rows, one.status, one.taken_at, one.file_sha256
        )
        .where(one.person_id == row.person_id, one.asked_at <= at)
        .order_by(one.asked_at, one.id)
        .limit(MOST)
    )
    return _rows((key, asked, mask_numbers(reason), *rest) for key, asked, reason, *rest in found)


def _handovers(session: Session, row: Departure, classes: Collection[str]) -> list[Row]:
    names = _names(session)
    store = DepartureStore
    found = session.execute(
        select(store, Outlet.code)
        .join(Outlet, Outlet.id == store.outlet_id)
        .where(store.departure_id == row.id, Outlet.secrecy.in_(classes))
        .order_by(store.place)
        .limit(MOST)
    )
    return _rows(
        (
            one.place, code, one.outlet_class, names.get(one.receiver_id or 0), one.state, one.handed_at,
            names.get(one.witness_id or 0), one.steps, one.next_visit,
        )
        for one, code in found
    )  # fmt: skip


def _call_backs(session: Session, row: Departure, classes: Collection[str]) -> list[Row]:
    names = _names(session)
    found = session.execute(
        select(Task, Outlet.code)
        .join(Outlet, Outlet.id == Task.outlet_id)
        .where(Task.source == f"departure:{row.id}", Outlet.secrecy.in_(classes))
        .order_by(Task.id)
        .limit(MOST)
    )
    return _rows(
        (
            code, one.due, one.state, one.outcome, one.answers, mask_numbers(one.note),
            names.get(one.done_by or 0), one.done_at,
        )
        for one, code in found
    )  # fmt: skip


def _checklist(session: Session, row: Departure) -> list[Row]:
    names = _names(session)
    found = session.scalars(
        select(DepartureCheck).where(DepartureCheck.departure_id == row.id).order_by(DepartureCheck.item)
    )
    return _rows((one.item, one.state, mask_numbers(one.words), names.get(one.by), one.at) for one in found)


def _names(session: Session) -> dict[int, str]:
    return {key: name for key, name in session.execute(select(Person.id, Person.name).limit(MOST))}  # noqa: C416


def find_documents(
    session: Session, row: Departure, at: datetime, *, content: bool = True
) -> list[tuple[str, str, bytes]]:
    """Documents that were kept with their digests: the agreements that the leaver accepted, the newest certificate.
    As name, SHA-256 and, where `content`, the file."""
    found = []
    accepted = session.scalars(
        select(AgreementAcceptance)
        .where(AgreementAcceptance.person_id == row.person_id, AgreementAcceptance.accepted_at <= at)
        .order_by(AgreementAcceptance.id)
        .limit(100)
    )
    for one in accepted:
        found.append(
            (f"agreements/agreement-{one.agreement_id}.pdf", one.pdf_sha256, one.pdf if content else b"")
        )
    signed = session.scalar(
        select(DepartureCertificate)
        .where(DepartureCertificate.departure_id == row.id)
        .order_by(DepartureCertificate.id.desc())
        .limit(1)
    )
    if signed is not None:
        found.append(("certificate-zh.pdf", signed.sha256_zh, signed.pdf_zh if content else b""))
        found.append(("certificate-en.pdf", signed.sha256_en, signed.pdf_en if content else b""))
    return found


def outlet_classes(session: Session, row: Departure) -> set[str]:
    """The secrecy classes of the stores of a case."""
    return set(
        session.scalars(
            select(Outlet.secrecy)
            .join(DepartureStore, DepartureStore.outlet_id == Outlet.id)
            .where(DepartureStore.departure_id == row.id)
            .distinct()
        )
    )
