"""What is kept of agreements: the versions, who accepted which, and the PDF of each."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from server.errors import NotFound
from server.models import Agreement, AgreementAcceptance, Person
from server.services.agreements import find_newest

VERSIONS: Final = 50
STANDINGS: Final = 100


@dataclass(frozen=True)
class VersionView:
    """One version, and how many accepted it."""

    version: int
    title: str
    title_en: str
    published_at: datetime
    published_by: str
    accepted: int


def find_versions(session: Session) -> list[VersionView]:
    """The newest versions first; at most 50."""
    count = (
        select(func.count(AgreementAcceptance.id))
        .where(AgreementAcceptance.agreement_id == Agreement.id)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Agreement, Person.name, count)
        .join(Person, Person.id == Agreement.published_by, isouter=True)
        .order_by(Agreement.version.desc())
        .limit(VERSIONS)
    )
    return [
        VersionView(one.version, one.title, one.title_en, one.published_at, name or "", accepted or 0)
        for one, name, accepted in rows
    ]


@dataclass(frozen=True)
class Standing:
    """How one active person stands to the newest version."""

    person_id: int
    person: str
    acceptance_id: int | None
    accepted_at: datetime | None
    locale: str
    pdf_sha256: str


@dataclass(frozen=True)
class Standings:
    people: list[Standing]
    total: int
    waiting: int
    limit: int = STANDINGS


def find_standings(session: Session, *, only_open: bool, offset: int) -> Standings:
    """Who accepted the newest version and who did not, by name; of people who are not frozen and have not left."""
    newest = find_newest(session)
    if newest is None:
        return Standings([], 0, 0)
    mine = and_(AgreementAcceptance.person_id == Person.id, AgreementAcceptance.agreement_id == newest.id)
    query = (
        select(
            Person.id,
            Person.name,
            AgreementAcceptance.id,
            AgreementAcceptance.accepted_at,
            AgreementAcceptance.locale,
            AgreementAcceptance.pdf_sha256,
        )
        .join(AgreementAcceptance, mine, isouter=True)
        .where(Person.status.in_(("active", "leaving")))
    )
    waiting = query.where(AgreementAcceptance.id.is_(None))
    shown = waiting if only_open else query
    page = session.execute(shown.order_by(Person.name, Person.id).offset(offset).limit(STANDINGS))
    return Standings(
        [Standing(key, name, kept, at, locale or "", pdf or "") for key, name, kept, at, locale, pdf in page],
        session.scalar(select(func.count()).select_from(query.subquery())) or 0,
        session.scalar(select(func.count()).select_from(waiting.subquery())) or 0,
    )


def get_pdf(session: Session, acceptance_id: int) -> bytes:
    """What one person accepted, as it was kept. Errors: NotFound."""
    kept = session.scalar(select(AgreementAcceptance.pdf).where(AgreementAcceptance.id == acceptance_id))
    if kept is None:
        raise NotFound
    return kept


def get_own_pdf(session: Session, person_id: int) -> bytes:
    """The newest that a person accepted. Errors: NotFound."""
    kept = session.scalar(
        select(AgreementAcceptance.pdf)
        .where(AgreementAcceptance.person_id == person_id)
        .order_by(AgreementAcceptance.agreement_id.desc())
        .limit(1)
    )
    if kept is None:
        raise NotFound
    return kept
