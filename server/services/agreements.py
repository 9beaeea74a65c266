"""The confidentiality agreement: publishing a version, accepting it, and refusing cards until it is accepted."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.errors import Conflict, NotAllowed
from server.extensions import db
from server.models import Agreement, AgreementAcceptance, Company
from server.services import audit
from server.services.company import get_company
from server.services.pdf import make_pdf
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


def accept(*, person_id: int, version: int, locale: str, device_id: UUID | None, now: datetime) -> datetime:
    """Accept the newest version as it was shown, and keep that as a PDF. A second tap answers with the first one's
    instant. Errors: Conflict when another version is the newest by now."""
    session = db.session()
    newest = find_newest(session)
    if newest is None or newest.version != version:
        raise Conflict
    there = _acceptance(session, newest.id, person_id)
    if there is not None:
        return there.accepted_at
    # Before the transaction: no writer waits for the typesetter.
    company, name = get_company(session), get_person(session, person_id).name
    pdf = acceptance_pdf(newest, company, Signer(person_id, name, device_id), locale, now)
    return _keep(
        AgreementAcceptance(
            agreement_id=newest.id,
            person_id=person_id,
            person_name=name,
            locale=locale,
            accepted_at=now,
            device_id=device_id,
            shown_sha256=shown_sha256(newest, locale),
            pdf_sha256=hashlib.sha256(pdf).hexdigest(),
            pdf=pdf,
        ),
        version,
    )


@deed
def _keep(session: Session, acceptance: AgreementAcceptance, version: int) -> datetime:
    """Write one acceptance down, once. Errors: Conflict when another version came between."""
    newest = session.scalar(select(func.max(Agreement.version)))
    if newest != version:
        raise Conflict
    there = _acceptance(session, acceptance.agreement_id, acceptance.person_id)
    if there is not None:  # the same tap came twice at once
        return there.accepted_at
    at, person_id = acceptance.accepted_at, acceptance.person_id
    session.add(acceptance)
    try:
        session.flush()
    except IntegrityError:
        raise Conflict from None
    audit.record(
        session,
        at=at,
        person_id=person_id,
        deed="agreement.accept",
        subject=f"agreement:{version}",
        detail={
            "shown": acceptance.shown_sha256,
            "pdf": acceptance.pdf_sha256,
            "locale": acceptance.locale,
        },
    )
    return at


@dataclass(frozen=True)
class Signer:
    """Who accepts, and on what."""

    person_id: int
    name: str
    device_id: UUID | None


def acceptance_pdf(
    agreement: Agreement, company: Company, signer: Signer, locale: str, at: datetime
) -> bytes:
    """What was shown, to whom and when, as it is kept."""
    title, text = shown(agreement, locale)
    zone = ZoneInfo(company.timezone)
    local = at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    published = agreement.published_at.astimezone(zone).strftime("%Y-%m-%d")
    english = locale == "en"
    facts = [
        ("Accepted by", "阅读并同意", f"{signer.name} ({signer.person_id})"),
        ("Time", "时间", f"{local} {company.timezone} · {at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"),
        ("Device", "设备", str(signer.device_id or "—")),
        ("Words shown (SHA-256)", "所示文字 (SHA-256)", shown_sha256(agreement, locale)),
    ]
    version = f"Version {agreement.version}" if english else f"第 {agreement.version} 版"
    return make_pdf(
        "agreement",
        {
            "title": title,
            "company": (company.name_en or company.name) if english else company.name,
            "kept": "Kept as shown and accepted" if english else "按所示内容留存的同意记录",
            "footer": version,
            "version": f"{version} · {published}",
            "lang": "en" if english else "zh",
            "paragraphs": [line for line in text.splitlines() if line.strip()],
            "facts": [[en if english else zh, value] for en, zh, value in facts],
        },
        at=at,
    )


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
