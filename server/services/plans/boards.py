"""The board as people work on it: whole when it is opened, only what an edit touched afterwards."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime

from sqlalchemy.orm import Session

from server.domain.errors import DomainError
from server.domain.plans import RouteFigures
from server.errors import FieldError, Invalid
from server.extensions import db
from server.models import Plan, PlanVersion
from server.services.plans.board import Board, BoardKeeper, Outcome
from server.services.plans.versions import edit, edit_of, get_board, get_version, undo
from server.services.scopes import Within


def read_board(session: Session, keeper: BoardKeeper, version_id: int, within: Within) -> dict[str, object]:
    """The whole board of a version beside today's plan."""
    with keeper.lock_of(session.get_bind(), version_id):
        plan, version = get_version(session, version_id, within)
        board = get_board(session, keeper, plan, version)
        return board_view(plan, version, board)


def board_view(plan: Plan, version: PlanVersion, board: Board) -> dict[str, object]:
    travel = board.totals()["travel"]
    facts = board.facts
    return {
        **change_view(board, Outcome(tuple(facts.routes), travel, travel)),
        "plan_id": plan.id,
        "version_id": version.id,
        "number": version.number,
        "editable": plan.published_version != version.number,
        "routes": list(facts.routes.values()),
        "outlets": [
            [
                one.id, one.code, one.name, one.outlet_class, one.latitude, one.longitude, one.minutes,
                one.wanted,
            ]
            for one in facts.outlets.values()
        ],
        "today_lines": [list(line) for line in facts.today],
        "today_figures": [_figures(*item) for item in board.today_figures.items()],
        "today_totals": board.today_totals(),
    }  # fmt: skip


def change_view(board: Board, outcome: Outcome) -> dict[str, object]:
    """What an edit touched, and the territory's figures after it."""
    return {
        "revision": board.revision,
        "can_undo": bool(board.done),
        "can_redo": bool(board.undone),
        "touched": list(outcome.touched),
        "travel_before": outcome.travel_before,
        "travel_after": outcome.travel_after,
        "lines": [list(line) for route_id in outcome.touched for line in board.priced[route_id].lines],
        "figures": [_figures(route_id, board.priced[route_id].figures) for route_id in outcome.touched],
        "breaches": _breaches(board, outcome.touched),
        "totals": board.totals(),
        "moves": board.moves(),
        "locked": sorted(board.locked),
        "unplanned": board.unplanned(),
    }


def _figures(route_id: int, figures: RouteFigures) -> dict[str, object]:
    return {"route_id": route_id, **asdict(figures)}


def _breaches(board: Board, route_ids: Iterable[int]) -> list[dict[str, object]]:
    return [asdict(breach) for breach in board.breaches(route_ids)]


def edit_board(
    keeper: BoardKeeper,
    version_id: int,
    revision: int,
    words: Mapping[str, object],
    *,
    within: Within,
    now: datetime,
    by: int | None,
) -> dict[str, object]:
    """Do one thing on the board. Errors: Invalid with what cannot be, Conflict where somebody was faster."""
    try:
        wanted = edit_of(words)
    except DomainError as error:
        raise Invalid(errors=[FieldError(error.field, error.rule, error.params)]) from error
    with keeper.lock_of(db.session().get_bind(), version_id):
        board, outcome = edit(
            keeper=keeper,
            version_id=version_id,
            revision=revision,
            edit=wanted,
            within=within,
            now=now,
            by=by,
        )
        return change_view(board, outcome)


def undo_edit(
    keeper: BoardKeeper,
    version_id: int,
    revision: int,
    *,
    redo: bool,
    within: Within,
    now: datetime,
    by: int | None,
) -> dict[str, object]:
    """Undo the last edit, or do it again."""
    with keeper.lock_of(db.session().get_bind(), version_id):
        board, outcome = undo(
            keeper=keeper, version_id=version_id, revision=revision, redo=redo, within=within, now=now, by=by
        )
        return change_view(board, outcome)
