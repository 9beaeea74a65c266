"""The confidentiality agreement: publishing a version, accepting it, and refusing cards until it is accepted."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.errors import Conflict, NotAllowed
from server.models import Agreement, AgreementAcceptance
from server.services import audit
from server.services.people import get_person
from server.services.transaction import deed


class AgreementNeeded(NotAllowed):
    """Before the first card opens, the newest agreement is accepted."""

    code = "agreement_needed"


@dataclass(frozen=True)
class AgreementView:
    """The newest agreement as one person stands to it. Nothing published: `version` None and nothing needed."""

    needed: bool
    version: int | None = None
    title: str = ""
    title_en: str = ""
    text: str = ""
    text_en: str = ""
    published_at: datetime | None = None
    accepted_at: datetime | None = None


def find_newest(session: Session) -> Agreement | None:
    return session.scalar(select(Agreement).order_by(Agreement.version.desc()).limit(1))


def view_for(session: Session, person_id: int) -> AgreementView:
    """The newest agreement, and whether this person still has to accept it."""
    newest = find_newest(session)
    if newest is None:
        return AgreementView(needed=False)
    accepted = _acceptance(session, newest.id, person_id)
    return AgreementView(
        needed=accepted is None,
        version=newest.version,
        title=newest.title,
        title_en=newest.title_en,
        text=newest.text,
        text_en=newest.text_en,
        published_at=newest.published_at,
        accepted_at=accepted.accepted_at if accepted else None,
    )


def require_accepted(session: Session, person_id: int) -> None:
    """Nothing where nothing is published, or where the newest is accepted. Errors: AgreementNeeded."""
    newest = select(func.max(Agreement.version)).scalar_subquery()
    mine = (
        select(AgreementAcceptance.id)
        .where(AgreementAcceptance.agreement_id == Agreement.id, AgreementAcceptance.person_id == person_id)
        .exists()
    )
    if session.scalar(select(Agreement.id).where(Agreement.version == newest, ~mine)) is not None:
        raise AgreementNeeded


@deed
def publish(
    session: Session, *, title: str, title_en: str, text: str, text_en: str, by: int | None, now: datetime
) -> Agreement:
    """Publish the next version; from now on everybody is asked anew."""
    version = (session.scalar(select(func.max(Agreement.version))) or 0) + 1
    agreement = Agreement(
        version=version,
        title=title,
        title_en=title_en,
        text=text,
        text_en=text_en,
        published_at=now,
        published_by=by,
    )
    session.add(agreement)
    try:
        session.flush()
    except IntegrityError:  # somebody else published in this very moment
        raise Conflict from None
    audit.record(
        session,
        at=now,
        person_id=by,
        deed="agreement.publish",
        subject=f"agreement:{version}",
        detail={"sha256": shown_sha256(agreement, "zh-CN")},
    )
    return agreement


@deed
def accept(
    session: Session, *, person_id: int, version: int, locale: str, device_id: UUID | None, now: datetime
) -> datetime:
    """Accept the newest version as it was shown. A second tap answers with the first one's instant.
    Errors: Conflict when another version is the newest by now."""
    newest = find_newest(session)
    if newest is None or newest.version != version:
        raise Conflict
    there = _acceptance(session, newest.id, person_id)
    if there is not None:
        return there.accepted_at
    acceptance = AgreementAcceptance(
        agreement_id=newest.id,
        person_id=person_id,
        person_name=get_person(session, person_id).name,
        locale=locale,
        accepted_at=now,
        device_id=device_id,
        shown_sha256=shown_sha256(newest, locale),
    )
    try:
        with session.begin_nested():
            session.add(acceptance)
    except IntegrityError:  # the same tap came twice at once
        return now
    audit.record(
        session,
        at=now,
        person_id=person_id,
        deed="agreement.accept",
        subject=f"agreement:{version}",
        detail={"shown": acceptance.shown_sha256, "locale": locale},
    )
    return now


def shown(agreement: Agreement, locale: str) -> tuple[str, str]:
    """Title and text as they are shown in a language; Chinese where there is no translation."""
    if locale == "en" and agreement.text_en:
        return agreement.title_en or agreement.title, agreement.text_en
    return agreement.title, agreement.text


def shown_sha256(agreement: Agreement, locale: str) -> str:
    """Which words were shown: the same words have the same digest."""
    words = json.dumps([agreement.version, *shown(agreement, locale)], ensure_ascii=False)
    return hashlib.sha256(words.encode()).hexdigest()


def _acceptance(session: Session, agreement_id: int, person_id: int) -> AgreementAcceptance | None:
    return session.scalar(
        select(AgreementAcceptance).where(
            AgreementAcceptance.agreement_id == agreement_id, AgreementAcceptance.person_id == person_id
        )
    )
