"""What is left of a person's quota of reveals: read for the manifest and before each opening."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Final

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from server.domain.operation_bodies.reveals import REASONS
from server.domain.reveals import EXTRA_A_DAY, Quota, Used, is_unusual_hour, quota_left
from server.models import Company, Reveal, RevealRequest

# Nobody opens more in one day, quota or not: what is counted stays bounded.
MOST_COUNTED: Final = 20_000


def quota_of(company: Company) -> Quota:
    return Quota(per_day=company.reveals_per_day, per_outlet=company.reveals_per_outlet)


def used_by(session: Session, person_id: int, outlet_id: int, day: date, timezone: str) -> Used:
    """What the person has opened on the day, and at the outlet since the last approval for it."""
    instants = session.scalars(
        select(Reveal.at).where(Reveal.person_id == person_id, Reveal.day == day).limit(MOST_COUNTED)
    ).all()
    return Used(
        today=len(instants),
        outlet=used_at(session, person_id, [outlet_id]).get(outlet_id, 0),
        night=sum(is_unusual_hour(at, timezone) for at in instants),
        extra_today=extra_on(session, person_id, day),
    )


def used_at(session: Session, person_id: int, outlet_ids: Collection[int]) -> dict[int, int]:
    """Openings of a person by outlet since the last approval for it; only outlets with any."""
    if not outlet_ids:
        return {}
    approved = _last_approvals(person_id).subquery()
    query = (
        select(Reveal.outlet_id, func.count())
        .join(approved, approved.c.outlet_id == Reveal.outlet_id, isouter=True)
        .where(
            Reveal.person_id == person_id,
            Reveal.outlet_id.in_(outlet_ids),
            or_(approved.c.at.is_(None), Reveal.at > approved.c.at),
        )
        .group_by(Reveal.outlet_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _last_approvals(person_id: int) -> Select[int | None, datetime | None]:
    return (
        select(RevealRequest.outlet_id, func.max(RevealRequest.decided_at).label("at"))
        .where(
            RevealRequest.person_id == person_id,
            RevealRequest.status == "approved",
            RevealRequest.outlet_id.is_not(None),
        )
        .group_by(RevealRequest.outlet_id)
    )


def is_approved(session: Session, person_id: int, outlet_id: int, day: date) -> bool:
    """Whether somebody approved, for this day, that the person opens a number at an outlet of the strictest class."""
    query = select(RevealRequest.id).where(
        RevealRequest.person_id == person_id,
        RevealRequest.outlet_id == outlet_id,
        RevealRequest.day == day,
        RevealRequest.status == "approved",
    )
    return session.scalar(query.limit(1)) is not None


def extra_on(session: Session, person_id: int, day: date) -> int:
    """Openings that were approved beyond the quota of a day."""
    approvals = session.scalar(
        select(func.count()).where(
            and_(
                RevealRequest.person_id == person_id,
                RevealRequest.outlet_id.is_(None),
                RevealRequest.day == day,
                RevealRequest.status == "approved",
            )
        )
    )
    return EXTRA_A_DAY * (approvals or 0)


def manifest_words(
    session: Session, company: Company, *, person_id: int, day: date, outlet_ids: Collection[int]
) -> dict[str, object]:
    """What the phone shows beside a masked number: openings left today, and at outlets where some are used."""
    quota = quota_of(company)
    today = session.scalar(select(func.count()).where(Reveal.person_id == person_id, Reveal.day == day))
    used = Used(today or 0, 0, extra_today=extra_on(session, person_id, day))
    return {
        "left_today": quota_left(quota, used).today,
        "outlets": [
            [outlet_id, max(0, quota.per_outlet - count)]
            for outlet_id, count in sorted(used_at(session, person_id, outlet_ids).items())
        ],
        "reasons": list(REASONS),
    }
