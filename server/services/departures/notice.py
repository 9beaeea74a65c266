"""The end of notice: after the last day access stops by itself, once, in one deed."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.departures import UNDER_WAY
from server.domain.journey_plan import business_date
from server.extensions import db
from server.models import Departure, Person
from server.services import audit, people
from server.services.company import find_company
from server.services.transaction import deed

AT_ONCE = 100


def end_notices(*, now: datetime) -> int:
    """Stop the access of everybody whose last day of notice is over. Returns of how many. Costs one query where there
    is nobody; two who look at once stop nobody twice."""
    session = db.session()
    company = find_company(session)
    if company is None:
        return 0
    today = business_date(now, company.timezone)
    over = session.scalars(
        select(Departure.id)
        .join(Person, Person.id == Departure.person_id)
        .where(Departure.state.in_(UNDER_WAY), Departure.last_day < today, Person.status == "leaving")
        .order_by(Departure.id)
        .limit(AT_ONCE)
    ).all()
    session.rollback()
    return sum(_end(departure_id=one, now=now) for one in over)


@deed
def _end(session: Session, *, departure_id: int, now: datetime) -> bool:
    row = session.get_one(Departure, departure_id, with_for_update=True, populate_existing=True)
    person = session.get_one(Person, row.person_id, with_for_update=True, populate_existing=True)
    if row.state not in UNDER_WAY or person.status != "leaving":
        return False
    row.froze = True
    people.freeze(person_id=person.id, reason=f"departure:{row.id}", by=None, now=now)
    audit.record(
        session, at=now, person_id=None, deed="departure.notice_over", subject=f"departure:{row.id}",
        detail={"person": person.id, "last_day": row.last_day.isoformat()},
    )  # fmt: skip
    return True
