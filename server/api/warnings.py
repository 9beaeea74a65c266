"""Early warning (预警), for those whose duty it is; each look is written down."""

from flask_smorest import Blueprint

from server.api.access import me, requires, seen, within
from server.api.jobs import wake
from server.api.routes import today
from server.extensions import clock
from server.schemas.jobs import JobDetailSchema
from server.schemas.warnings import LookSchema, TasksAskedSchema
from server.services import jobs
from server.services.warnings import reading

blueprint = Blueprint(
    "warnings", __name__, url_prefix="/api/v1/warnings", description="What changed, before anyone resigns"
)


@blueprint.get("")
@requires("warnings.read")
@blueprint.response(200, LookSchema)
def read_warnings() -> object:
    """What the newest run found about others, 100 at most. The look is written down."""
    return reading.read(within=within(), classes=seen(), by=me().person_id, now=clock.now())


@blueprint.post("/<int:warning_id>/second-contacts")
@requires("warnings.act")
@blueprint.response(201, TasksAskedSchema)
def ask_second_contacts(warning_id: int) -> object:
    """Ask supervisors to get to know the stores that only this person knows."""
    tasks = reading.ask_second_contacts(
        warning_id=warning_id,
        within=within(),
        classes=seen(),
        today=today(),
        by=me().person_id,
        now=clock.now(),
    )
    return {"tasks": tasks}


@blueprint.post("/run")
@requires("warnings.act")
@blueprint.response(202, JobDetailSchema)
def run() -> object:
    """Look at everybody now instead of tonight; the answer is the job."""
    job = jobs.ask(kind="warnings.run", parameters={}, now=clock.now(), by=me().person_id)
    wake(job.id)
    return job
