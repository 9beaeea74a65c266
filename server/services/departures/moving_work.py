"""What is open at a leaver's stores goes on with who takes them over: orders, deliveries, tasks, complaints."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.models import Case, CaseEntry, Delivery, Order, Task
from server.services.departures.held import OPEN_ORDERS

AT_ONCE = 500
# Far above what one person has in hand.
MOST_WORK = 5_000


def move_orders(session: Session, outlets: Sequence[int], route_id: int, first_day: date) -> None:
    """Orders that wait for a day on which the store is on its new route are delivered by that route's truck."""
    for part in _parts(outlets):
        session.execute(
            update(Order)
            .where(Order.outlet_id.in_(part), Order.status.in_(OPEN_ORDERS), Order.delivery_day >= first_day)
            .values(route_id=route_id),
            execution_options={"synchronize_session": False},
        )
        session.execute(
            update(Delivery)
            .where(Delivery.outlet_id.in_(part), Delivery.status == "planned", Delivery.day >= first_day)
            .values(route_id=route_id),
            execution_options={"synchronize_session": False},
        )


def move_tasks(session: Session, leaver_id: int, receivers: Mapping[int, int | None]) -> int:
    """Open tasks of the leaver go to the store's receiver; elsewhere to nobody, so that whoever supervises takes them.
    `receivers`: outlet → person. Returns how many."""
    rows = session.scalars(
        select(Task).where(Task.assignee_id == leaver_id, Task.state == "open").limit(MOST_WORK)
    ).all()
    for one in rows:
        one.assignee_id = receivers.get(one.outlet_id)
    return len(rows)


def move_complaints(
    session: Session, leaver_id: int, receivers: Mapping[int, int | None], *, by: int, now: datetime
) -> int:
    """Complaints and after-sales cases that the leaver had to settle, with an entry in each one's log. Returns how
    many."""
    rows = session.scalars(
        select(Case).where(Case.owner_id == leaver_id, Case.state != "done").limit(MOST_WORK)
    ).all()
    for one in rows:
        one.owner_id = receivers.get(one.outlet_id)
        session.add(
            CaseEntry(
                case_id=one.id,
                at=now,
                person_id=by,
                state=one.state,
                owner_id=one.owner_id,
                due=one.due,
                text="",
            )
        )
    return len(rows)


def _parts(outlets: Sequence[int]) -> Iterable[Sequence[int]]:
    return (outlets[start : start + AT_ONCE] for start in range(0, len(outlets), AT_ONCE))
