"""What the house does by itself once a day, in the small hours of its own time."""

from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.models import Job
from server.services.company import find_company
from server.services.jobs import ask
from server.services.transaction import deed

KINDS: Final = ("retention.run", "warnings.run")
# Phones that were out of reach in the evening have sent their day by then.
FROM: Final = time(2)


@deed
def ask_due(session: Session, *, now: datetime) -> list[int]:
    """Ask for what was not asked for since two in the morning; ids of the new jobs. Twice changes nothing."""
    company = find_company(session)
    if company is None:
        return []
    local = now.astimezone(ZoneInfo(company.timezone))
    since = datetime.combine(local.date(), FROM, local.tzinfo)
    if local < since:
        return []
    asked = set(session.scalars(select(Job.kind).where(Job.kind.in_(KINDS), Job.asked_at >= since)))
    return [ask(kind=kind, parameters={}, now=now, by=None).id for kind in KINDS if kind not in asked]
