"""The retention watch (流失观察): stores that changed hands, for 90 days."""

from flask_smorest import Blueprint

from server.api.access import me, requires, seen, within
from server.api.jobs import wake
from server.extensions import clock, db
from server.schemas.jobs import JobDetailSchema
from server.schemas.retention import WatchedCaseSchema, WatchedStoreSchema
from server.services import jobs
from server.services.retention import listing

blueprint = Blueprint(
    "retention", __name__, url_prefix="/api/v1/retention", description="Stores that changed hands"
)


@blueprint.get("")
@requires("retention.read")
@blueprint.response(200, WatchedCaseSchema(many=True))
def list_watched() -> object:
    """Cases whose stores are or were watched, the newest first, 100 at most."""
    return listing.find_watched(db.session(), within=within(), classes=seen())


@blueprint.get("/<int:departure_id>/stores")
@requires("retention.read")
@blueprint.response(200, WatchedStoreSchema(many=True))
def list_stores(departure_id: int) -> object:
    """A case's watched stores, those with an alarm first, 200 at most."""
    return listing.find_stores(db.session(), departure_id, within=within(), classes=seen())


@blueprint.post("/run")
@requires("retention.run")
@blueprint.response(202, JobDetailSchema)
def run() -> object:
    """Judge all watches now instead of tonight; the answer is the job."""
    job = jobs.ask(kind="retention.run", parameters={}, now=clock.now(), by=me().person_id)
    wake(job.id)
    return job
