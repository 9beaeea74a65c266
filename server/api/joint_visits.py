"""Joint visits (随访): whom a supervisor may walk with today, and what was said to whom."""

from typing import Any

from flask_smorest import Blueprint

from server.api.access import me, requires, seen, signed_in, within
from server.extensions import clock, db
from server.schemas.joint_visits import JointVisitQuerySchema, JointVisitSchema, StopTodaySchema
from server.services import joint_visits, scopes

blueprint = Blueprint("joint_visits", __name__, url_prefix="/api/v1", description="Joint visits")


@blueprint.get("/joint-visits/stops")
@requires("joint_visits.make")
@blueprint.response(200, StopTodaySchema(many=True))
def list_stops() -> object:
    """Today's stores of the reps of one's territories, by rep in the order of the day; at most 1000."""
    return joint_visits.find_stops(db.session(), within(), seen(), clock.now(), but=me().person_id)


@blueprint.get("/joint-visits")
@requires("joint_visits.read")
@blueprint.arguments(JointVisitQuerySchema, location="query")
@blueprint.response(200, JointVisitSchema(many=True))
def list_joint_visits(query: dict[str, Any]) -> object:
    """Joint visits with the reps of one's territories or with one of them, the newest first; at most 100."""
    session, person_id = db.session(), query["person_id"]
    if person_id is not None:
        scopes.check_person_within(session, within(), person_id, f"person:{person_id}")
    return joint_visits.find_joint_visits(session, person_id=person_id, within=within(), classes=seen())


@blueprint.get("/me/joint-visits")
@signed_in
@blueprint.response(200, JointVisitSchema(many=True))
def list_own() -> object:
    """What was said to oneself on joint visits, the newest first; at most 100."""
    return joint_visits.find_own(db.session(), me().person_id)
