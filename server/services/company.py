"""The company row: created once, read everywhere."""

from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import update
from sqlalchemy.orm import Session

from server.errors import NotFound
from server.models import COMPANY_ID, AuditHead, Company
from server.services import audit
from server.services.transaction import deed


def find_company(session: Session) -> Company | None:
    return session.get(Company, COMPANY_ID)


def get_company(session: Session) -> Company:
    company = find_company(session)
    if company is None:
        raise NotFound("no_company")
    return company


@deed
def found_company(
    session: Session, *, name: str, name_en: str, timezone: str, currency: str, now: datetime, demo: str = ""
) -> Company:
    """Write the company row and the start of the audit chain; a no-op where they are there already."""
    company = find_company(session)
    if company is not None:
        return company
    today = now.date()
    company = Company(
        id=COMPANY_ID,
        name=name,
        name_en=name_en,
        timezone=timezone,
        currency=currency,
        epoch=uuid4(),
        cycle_anchor=today - timedelta(days=today.weekday() + 28 * 4),
        demo=demo,
    )
    session.add_all([company, AuditHead(id=1, seq=0, digest=audit.GENESIS)])
    session.flush()
    audit.record(session, at=now, person_id=None, deed="company.found", subject="company:1")
    return company


def raise_catalogue_version(session: Session) -> None:
    """Tell the phones that brands, SKUs, prices, must-sell lists or the template changed. Inside a deed."""
    session.execute(
        update(Company)
        .where(Company.id == COMPANY_ID)
        .values(catalogue_version=Company.catalogue_version + 1)
    )


@deed
def mint_epoch(session: Session, *, now: datetime, person_id: int | None, restored_from: str) -> None:
    """Say that the database came back from a backup: phones will send again what they still keep."""
    company = get_company(session)
    company.epoch = uuid4()
    audit.record(
        session,
        at=now,
        person_id=person_id,
        deed="company.restored",
        subject="company:1",
        detail={"restored_from": restored_from},
    )
