"""Jobs: how far they are, cancel, run again. Everybody sees their own; who looks after the house sees all."""

from typing import Protocol, cast

from flask import current_app
from flask_smorest import Blueprint

from server.api.access import me, requires
from server.errors import NotFound
from server.extensions import clock, db
from server.schemas.jobs import JobDetailSchema, JobSchema
from server.services import jobs

blueprint = Blueprint("jobs", __name__, url_prefix="/api/v1/jobs", description="Work that takes a while")
ALL = frozenset({"administrator", "auditor"})


class Wakes(Protocol):
    """The queue, as this floor needs it."""

    def wake(self, job_id: int) -> None: ...


def wake(job_id: int) -> None:
    """Let a worker know."""
    cast(Wakes, current_app.extensions["jobs"]).wake(job_id)


def own(job_id: int) -> int:
    """The job's id, where the person may see it. Errors: NotFound for somebody else's, as for none."""
    if not ALL & set(me().roles) and jobs.get_job(db.session(), job_id).asked_by != me().person_id:
        raise NotFound
    return job_id


@blueprint.get("")
@requires("jobs.read")
@blueprint.response(200, JobSchema(many=True))
def list_jobs() -> object:
    """The newest jobs, 100 at most."""
    return jobs.find_jobs(db.session(), asked_by=None if ALL & set(me().roles) else me().person_id)


@blueprint.get("/<int:job_id>")
@requires("jobs.read")
@blueprint.response(200, JobDetailSchema)
def get_job(job_id: int) -> object:
    """One job with its log."""
    return jobs.get_job(db.session(), own(job_id))


@blueprint.post("/<int:job_id>/cancel")
@requires("jobs.run")
@blueprint.response(200, JobDetailSchema)
def cancel(job_id: int) -> object:
    """Cancel a job: at once where it waits, within seconds where it runs."""
    return jobs.cancel(job_id=own(job_id), now=clock.now(), by=me().person_id)


@blueprint.post("/<int:job_id>/again")
@requires("jobs.run")
@blueprint.response(201, JobDetailSchema)
def run_again(job_id: int) -> object:
    """Ask for the same once more."""
    job = jobs.run_again(job_id=own(job_id), now=clock.now(), by=me().person_id)
    wake(job.id)
    return job
