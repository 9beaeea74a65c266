"""Plans and their versions: made from what holds, edited on the board, copied, compared."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from server.domain.errors import DomainError
from server.domain.plans import Edit, Line, PlanTerms, changes, stores_that_move
from server.errors import Conflict, FieldError, Invalid, NotFound
from server.models import Plan, PlanEdit, PlanLine, PlanVersion
from server.services import audit
from server.services.plans.board import Board, BoardKeeper, Outcome
from server.services.plans.facts import lines_of, load_facts
from server.services.routes import get_territory
from server.services.scopes import Within, check_within
from server.services.transaction import deed


def get_plan(session: Session, plan_id: int, within: Within) -> Plan:
    """Errors: NotFound, also for a plan of another territory."""
    plan = session.get(Plan, plan_id)
    if plan is None:
        raise NotFound
    check_within(within, plan.territory_id)
    return plan


def get_version(session: Session, version_id: int, within: Within) -> tuple[Plan, PlanVersion]:
    """Errors: NotFound, also for a version of another territory's plan."""
    version = session.get(PlanVersion, version_id)
    if version is None:
        raise NotFound
    return get_plan(session, version.plan_id, within), version


def get_board(session: Session, keeper: BoardKeeper, plan: Plan, version: PlanVersion) -> Board:
    """The version's board, out of memory where it is there in this very revision. Hold its lock."""
    house = session.get_bind()
    board = keeper.find(house, version.id, version.revision)
    if board is not None:
        return board
    board = Board(load_facts(session, plan), lines_of(session, version.id), version.locked)
    edits = [
        edit_of(words)
        for (words,) in session.execute(
            select(PlanEdit.edit).where(PlanEdit.version_id == version.id).order_by(PlanEdit.number)
        )
    ]
    for edit in edits[: version.edits_done]:
        try:
            board.apply(edit)
        except DomainError:
            board.skip(edit)
    board.undone = list(reversed(edits[version.edits_done :]))
    board.revision = version.revision
    keeper.keep(house, version.id, board)
    return board


def edit_of(words: Mapping[str, object]) -> Edit:
    """An edit as it is kept, or as it was sent."""
    known = dict(words)
    ids = known.pop("outlet_ids", ())
    return Edit(outlet_ids=tuple(ids) if isinstance(ids, list | tuple) else (), **known)  # type: ignore[arg-type]


@deed
def make_plan(
    session: Session,
    *,
    territory_id: int,
    name: str,
    starts_on: date,
    terms: PlanTerms,
    within: Within,
    now: datetime,
    by: int | None,
) -> int:
    """A plan whose first version is what holds on its first day. Returns its id."""
    check_within(within, territory_id)
    get_territory(session, territory_id)
    plan = Plan(
        territory_id=territory_id, name=name, starts_on=starts_on, made_by=by, made_at=now,
        terms={
            "start_minute": terms.start_minute, "end_minute": terms.end_minute,
            "minutes_a_stop": terms.minutes_a_stop, "weekdays": list(terms.weekdays),
            "most_calls": terms.most_calls, "change_price": terms.change_price,
        },
    )  # fmt: skip
    session.add(plan)
    session.flush()
    facts = load_facts(session, plan)
    if not facts.routes:
        raise Invalid(errors=[FieldError("territory_id", "no_routes")])
    plan.routes = {str(route.id): route.version for route in facts.routes.values()}
    board = Board(facts, facts.today, ())
    add_version(session, plan, "today", board.all_lines(), board.totals(), [], now=now, by=by)
    audit.record(
        session, at=now, person_id=by, deed="plan.make", subject=f"plan:{plan.id}",
        detail={"territory": territory_id, "from": starts_on.isoformat(), "lines": len(facts.today)},
    )  # fmt: skip
    return plan.id


def add_version(
    session: Session,
    plan: Plan,
    origin: str,
    lines: Iterable[Line],
    figures: Mapping[str, float],
    locked: Iterable[int],
    *,
    now: datetime,
    by: int | None,
) -> PlanVersion:
    """Store lines as the plan's next version. Inside a deed, which has locked the plan's row."""
    last = session.scalar(select(func.max(PlanVersion.number)).where(PlanVersion.plan_id == plan.id)) or 0
    version = PlanVersion(
        plan_id=plan.id, number=last + 1, origin=origin, made_by=by, made_at=now, figures=dict(figures),
        locked=sorted(locked),
    )  # fmt: skip
    session.add(version)
    session.flush()
    rows = [{"version_id": version.id, **line._asdict()} for line in lines]
    if rows:
        session.execute(insert(PlanLine), rows)
    return version


@deed
def edit(
    session: Session,
    *,
    keeper: BoardKeeper,
    version_id: int,
    revision: int,
    edit: Edit,
    within: Within,
    now: datetime,
    by: int | None,
) -> tuple[Board, Outcome]:
    """Do an edit on the board. Errors: Conflict where somebody else was faster, Invalid with what cannot be."""
    plan, version = _editable(session, version_id, revision, within)
    board = get_board(session, keeper, plan, version)
    outcome = _tried(lambda: board.apply(edit))
    session.execute(
        delete(PlanEdit).where(PlanEdit.version_id == version_id, PlanEdit.number > version.edits_done)
    )
    version.edits_done += 1
    session.add(
        PlanEdit(
            version_id=version_id, number=version.edits_done, edit=edit.as_json(), made_by=by, made_at=now
        )
    )
    _revised(session, keeper, board, version, "plan.edit", now, by, len(edit.outlet_ids))
    return board, outcome


@deed
def undo(
    session: Session,
    *,
    keeper: BoardKeeper,
    version_id: int,
    revision: int,
    redo: bool,
    within: Within,
    now: datetime,
    by: int | None,
) -> tuple[Board, Outcome]:
    """Undo the last edit, or do the last undone one again."""
    plan, version = _editable(session, version_id, revision, within)
    board = get_board(session, keeper, plan, version)
    outcome = _tried(board.redo if redo else board.undo)
    version.edits_done += 1 if redo else -1
    _revised(session, keeper, board, version, "plan.redo" if redo else "plan.undo", now, by, 1)
    return board, outcome


def _editable(session: Session, version_id: int, revision: int, within: Within) -> tuple[Plan, PlanVersion]:
    version = session.scalars(
        select(PlanVersion).where(PlanVersion.id == version_id).with_for_update()
    ).one_or_none()
    if version is None:
        raise NotFound
    plan = get_plan(session, version.plan_id, within)
    if version.revision != revision:
        raise Conflict("plan_changed")
    if plan.published_version == version.number:
        raise Conflict("plan_published")
    return plan, version


def _revised(
    session: Session,
    keeper: BoardKeeper,
    board: Board,
    version: PlanVersion,
    words: str,
    now: datetime,
    by: int | None,
    stores: int,
) -> None:
    """The board has moved on. Should the commit fail, its revision is one that the database never had."""
    version.revision += 1
    board.revision = version.revision
    keeper.keep(session.get_bind(), version.id, board)
    audit.record(
        session, at=now, person_id=by, deed=words, subject=f"plan_version:{version.id}",
        detail={"edit": version.edits_done, "stores": stores},
    )  # fmt: skip


def _tried(how: Callable[[], Outcome]) -> Outcome:
    try:
        return how()
    except DomainError as error:
        raise Invalid(errors=[FieldError(error.field, error.rule, error.params)]) from error


@deed
def copy_version(
    session: Session, *, keeper: BoardKeeper, version_id: int, within: Within, now: datetime, by: int | None
) -> int:
    """Keep the board as it stands as a version of its own. Returns its id."""
    plan, version = get_version(session, version_id, within)
    lock_plan(session, plan.id)
    board = get_board(session, keeper, plan, version)
    made = add_version(session, plan, "copy", board.all_lines(), board.totals(), board.locked, now=now, by=by)
    audit.record(
        session, at=now, person_id=by, deed="plan.copy", subject=f"plan_version:{made.id}",
        detail={"of": version_id},
    )  # fmt: skip
    return made.id


def lock_plan(session: Session, plan_id: int) -> Plan:
    """The plan's row, held until the commit."""
    return session.scalars(select(Plan).where(Plan.id == plan_id).with_for_update()).one()


def compare(
    session: Session, keeper: BoardKeeper, one_id: int, other_id: int, within: Within
) -> dict[str, object]:
    """Two versions of one plan side by side: totals, figures by route, the stores that differ."""
    plan, one = get_version(session, one_id, within)
    other_plan, other = get_version(session, other_id, within)
    if other_plan.id != plan.id:
        raise NotFound
    boards = [get_board(session, keeper, plan, version) for version in (one, other)]
    lines = [board.all_lines() for board in boards]
    return {
        "totals": [board.totals() for board in boards],
        "moves": stores_that_move(lines[0], lines[1]),
        "changes": len(changes(lines[0], lines[1])),
    }
