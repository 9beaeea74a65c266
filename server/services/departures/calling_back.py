"""Stores of a leaver's case that are called back (回访): drawn when a proposal is accepted, done as tasks."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.domain.closing import call_back_due, draw_call_backs
from server.domain.departures import HeldStore
from server.errors import Conflict, FieldError, Invalid, NotFound
from server.models import Departure, DepartureStore, Outlet, Person, Task
from server.services import audit
from server.services.departures.opening import lock_case
from server.services.scopes import Within, check_person_within
from server.services.tasks import NewTask, add_tasks, complete_task
from server.services.transaction import deed

PAGE = 200
KIND = "call_back"


def source_of(departure_id: int) -> str:
    """What stands at a task that the case asked for."""
    return f"departure:{departure_id}"


def draw(session: Session, row: Departure, *, by: int, today: date, now: datetime) -> int:
    """Ask for the case's call-backs, within a deed; those that were asked for before stay. Returns how many are new."""
    stores = session.scalars(select(DepartureStore).where(DepartureStore.departure_id == row.id)).all()
    held = [
        HeldStore(
            one.outlet_id, one.outlet_class, one.value_minor, one.open_orders, one.deliveries, one.promises,
            one.assets, one.known_by,
        )
        for one in stores
    ]  # fmt: skip
    due = {one.outlet_id: one.due for one in stores}
    wanted = [
        NewTask(
            KIND, outlet, call_back_due(due[outlet], today), source=source_of(row.id), person_id=row.person_id
        )
        for outlet in draw_call_backs(held, row.call_back_share, source_of(row.id))
    ]
    return len(add_tasks(session, wanted, by=by, now=now))


@deed
def set_share(
    session: Session, *, departure_id: int, share: float, within: Within, today: date, now: datetime, by: int
) -> None:
    """How many of the stores besides class A are called back, from 0 to 1. Once they are drawn, only more of them.
    Errors: NotFound; Conflict `departure_state`; Invalid."""
    row = lock_case(session, departure_id, within)
    if row.state not in ("open", "planned"):
        raise Conflict("departure_state")
    if row.state == "planned" and share < row.call_back_share:
        raise Invalid(errors=[FieldError("share", "at_least", {"least": row.call_back_share})])
    row.call_back_share = share
    drawn = draw(session, row, by=by, today=today, now=now) if row.state == "planned" else 0
    audit.record(
        session, at=now, person_id=by, deed="departure.share", subject=f"departure:{row.id}",
        detail={"share": share, "drawn": drawn},
    )  # fmt: skip


@dataclass(frozen=True)
class Called:
    """What was asked at a call-back, and what came of it."""

    departure_id: int
    task_id: int
    outcome: str
    answers: Mapping[str, bool]
    note: str


@deed
def call_back(
    session: Session, *, called: Called, within: Within, classes: Collection[str], now: datetime, by: int
) -> None:
    """Write down a call-back of the case. Errors: NotFound; Conflict `departure_state`, `task_done`; Invalid."""
    row = lock_case(session, called.departure_id, within)
    task = session.get(Task, called.task_id)
    if task is None or task.source != source_of(row.id) or task.kind != KIND:
        raise NotFound(subject=f"task:{called.task_id}")
    if row.state != "planned":
        raise Conflict("departure_state")
    complete_task(
        task_id=task.id, outcome=called.outcome, answers=called.answers, note=called.note, within=None,
        classes=classes, by=by, now=now,
    )  # fmt: skip


@dataclass(frozen=True)
class CallBackView:
    """A call-back of a case. `outcome`: '' while nobody was called."""

    id: int
    outlet_id: int
    code: str
    name: str
    name_en: str
    outlet_class: str
    due: date | None
    state: str
    outcome: str
    answers: dict[str, object]
    note: str
    done_by: str
    done_by_en: str
    done_at: datetime | None


def find_call_backs(
    session: Session, departure_id: int, *, within: Within, classes: Collection[str], after: int
) -> list[CallBackView]:
    """Call-backs of a case at outlets of these secrecy classes, those behind id `after`, 200 at most.
    Errors: NotFound."""
    row = session.get(Departure, departure_id)
    if row is None:
        raise NotFound(subject=f"departure:{departure_id}")
    check_person_within(session, within, row.person_id, f"departure:{departure_id}")
    query = (
        select(Task, Outlet, Person.name, Person.name_en)
        .join(Outlet, Outlet.id == Task.outlet_id)
        .outerjoin(Person, Person.id == Task.done_by)
        .where(
            Task.source == source_of(row.id), Task.kind == KIND, Task.id > after, Outlet.secrecy.in_(classes)
        )
        .order_by(Task.id)
        .limit(PAGE)
    )
    return [
        CallBackView(
            one.id, outlet.id, outlet.code, outlet.name, outlet.name_en, outlet.outlet_class, one.due, one.state,
            one.outcome, one.answers, one.note, who or "", who_en or "", one.done_at,
        )
        for one, outlet, who, who_en in session.execute(query)
    ]  # fmt: skip


def count_call_backs(session: Session, departure_id: int) -> tuple[int, int]:
    """How many call-backs a case has, and how many wait for somebody: not done, or nobody was reached."""
    mine = (Task.source == source_of(departure_id), Task.kind == KIND, Task.state != "cancelled")
    done = (Task.state == "done") & (Task.outcome != "not_reached")
    total = session.scalar(select(func.count()).select_from(Task).where(*mine)) or 0
    waiting = session.scalar(select(func.count()).select_from(Task).where(*mine, ~done)) or 0
    return total, waiting
