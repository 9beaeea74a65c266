"""Plans: made, proposed by the planner, edited on the board, published from a day on, reverted."""

from typing import Any

from flask import current_app
from flask_smorest import Blueprint

from server.api.access import me, requires, within
from server.api.jobs import wake
from server.api.routes import today
from server.config import Settings
from server.extensions import clock, db
from server.schemas.jobs import JobDetailSchema
from server.schemas.plans import (
    BoardChangeSchema,
    BoardSchema,
    GroundSchema,
    MadeVersionSchema,
    NewPlanSchema,
    PlanCompareQuerySchema,
    PlanCompareSchema,
    PlanEditSchema,
    PlanProposalSchema,
    PlanSchema,
    PlansQuerySchema,
    PlanUndoSchema,
    PublishedPlanSchema,
    PublishPlanSchema,
)
from server.services.plans import boards, facts, listing, proposing, publishing, versions
from server.services.plans.board import BoardKeeper

blueprint = Blueprint("plans", __name__, url_prefix="/api/v1/plans", description="Plans and the board")


def keeper() -> BoardKeeper:
    """The boards of this process."""
    found: BoardKeeper = current_app.extensions["boards"]
    return found


@blueprint.get("")
@requires("plans.read")
@blueprint.arguments(PlansQuerySchema, location="query")
@blueprint.response(200, PlanSchema(many=True))
def list_plans(query: dict[str, Any]) -> object:
    """The newest plans with their versions, 100 at most."""
    return listing.find_plans(db.session(), query["territory_id"], within())


@blueprint.post("")
@requires("plans.write")
@blueprint.arguments(NewPlanSchema)
@blueprint.response(201, PlanSchema)
def make_plan(values: dict[str, Any]) -> object:
    """A plan whose first version is what holds on its first day."""
    scope = within()
    plan_id = versions.make_plan(
        territory_id=values["territory_id"],
        name=values["name"],
        starts_on=values["starts_on"],
        terms=facts.terms_of(values["terms"]),
        within=scope,
        now=clock.now(),
        by=me().person_id,
    )
    return listing.get_plan_view(db.session(), plan_id, scope)


@blueprint.get("/ground")
@requires("plans.read")
@blueprint.response(200, GroundSchema)
def ground() -> object:
    """What the map is drawn on."""
    settings: Settings = current_app.config["SETTINGS"]
    return {
        "style": settings.map_style,
        "tiles": settings.map_tiles,
        "pmtiles": settings.map_pmtiles,
        "datum": settings.map_datum,
        "attribution": settings.map_words,
    }


@blueprint.get("/compare")
@requires("plans.read")
@blueprint.arguments(PlanCompareQuerySchema, location="query")
@blueprint.response(200, PlanCompareSchema)
def compare(query: dict[str, Any]) -> object:
    """Two versions of one plan side by side."""
    return versions.compare(db.session(), keeper(), query["one"], query["other"], within())


@blueprint.get("/<int:plan_id>")
@requires("plans.read")
@blueprint.response(200, PlanSchema)
def get_plan(plan_id: int) -> object:
    """One plan: its versions, and how far the planner is."""
    return listing.get_plan_view(db.session(), plan_id, within())


@blueprint.post("/proposals")
@requires("plans.write")
@blueprint.arguments(PlanProposalSchema)
@blueprint.response(202, JobDetailSchema)
def propose(values: dict[str, Any]) -> object:
    """Let the planner go on from a version; the answer is the job."""
    job = proposing.ask_proposal(**values, within=within(), now=clock.now(), by=me().person_id)
    wake(job.id)
    return job


@blueprint.post("/<int:plan_id>/cancel")
@requires("plans.write")
@blueprint.response(204)
def cancel(plan_id: int) -> None:
    """Stop the planner's work on a plan."""
    proposing.cancel_proposal(plan_id=plan_id, within=within(), now=clock.now(), by=me().person_id)


@blueprint.get("/versions/<int:version_id>/board")
@requires("plans.read")
@blueprint.response(200, BoardSchema)
def get_board(version_id: int) -> object:
    """A version on the board, beside today's plan."""
    return boards.read_board(db.session(), keeper(), version_id, within())


@blueprint.post("/versions/<int:version_id>/edits")
@requires("plans.write")
@blueprint.arguments(PlanEditSchema)
@blueprint.response(200, BoardChangeSchema)
def edit(values: dict[str, Any], version_id: int) -> object:
    """Do one thing on the board; the answer is what it touched, checked and priced."""
    revision = values.pop("revision")
    return boards.edit_board(
        keeper(), version_id, revision, values, within=within(), now=clock.now(), by=me().person_id
    )


@blueprint.post("/versions/<int:version_id>/undo")
@requires("plans.write")
@blueprint.arguments(PlanUndoSchema)
@blueprint.response(200, BoardChangeSchema)
def undo(values: dict[str, Any], version_id: int) -> object:
    """Undo the last edit, or with `redo` do it again."""
    return boards.undo_edit(
        keeper(),
        version_id,
        values["revision"],
        redo=values["redo"],
        within=within(),
        now=clock.now(),
        by=me().person_id,
    )


@blueprint.post("/versions/<int:version_id>/copy")
@requires("plans.write")
@blueprint.response(201, MadeVersionSchema)
def copy_version(version_id: int) -> object:
    """Keep the board as it stands as a version of its own."""
    made = versions.copy_version(
        keeper=keeper(), version_id=version_id, within=within(), now=clock.now(), by=me().person_id
    )
    return {"id": made}


@blueprint.post("/versions/<int:version_id>/publish")
@requires("plans.publish")
@blueprint.arguments(PublishPlanSchema)
@blueprint.response(200, PublishedPlanSchema)
def publish(values: dict[str, Any], version_id: int) -> object:
    """The version holds from a day on."""
    changes = publishing.publish(
        keeper=keeper(),
        version_id=version_id,
        **values,
        today=today(),
        within=within(),
        now=clock.now(),
        by=me().person_id,
    )
    return {"changes": changes}


@blueprint.post("/<int:plan_id>/revert")
@requires("plans.publish")
@blueprint.arguments(PublishPlanSchema)
@blueprint.response(200, PublishedPlanSchema)
def revert(values: dict[str, Any], plan_id: int) -> object:
    """What held before the plan holds again from a day on."""
    changes = publishing.revert(
        plan_id=plan_id, **values, today=today(), within=within(), now=clock.now(), by=me().person_id
    )
    return {"changes": changes}
