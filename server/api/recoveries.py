"""The way back in: started by an administrator, approved by somebody else, used once by the person."""

from typing import Any

from flask import request
from flask.views import MethodView
from flask_smorest import Blueprint

from server.api.access import me, public, requires
from server.errors import TooMany
from server.extensions import clock, db
from server.schemas.recoveries import (
    HalfShownSchema,
    RecoveriesSchema,
    StartRecoverySchema,
    UseRecoverySchema,
)
from server.services import recoveries, sign_in_failures
from server.services.session import WrongSignIn

blueprint = Blueprint("recoveries", __name__, url_prefix="/api/v1", description="Recovery")


@blueprint.route("/recoveries")
class Recoveries(MethodView):
    @requires("recoveries.approve")
    @blueprint.response(200, RecoveriesSchema)
    def get(self) -> dict[str, object]:
        """Recoveries that are under way."""
        return {"recoveries": recoveries.find_open(db.session(), now=clock.now())}

    @requires("recoveries.start", step_up=True)
    @blueprint.arguments(StartRecoverySchema)
    @blueprint.response(201, HalfShownSchema)
    def post(self, values: dict[str, Any]) -> recoveries.HalfShown:
        """Start one; the first half of the code is shown this once."""
        return recoveries.start(**values, by=me().person_id, now=clock.now())


@blueprint.post("/recoveries/<int:recovery_id>/approve")
@requires("recoveries.approve", step_up=True)
@blueprint.response(200, HalfShownSchema)
def approve(recovery_id: int) -> recoveries.HalfShown:
    """Approve what somebody else started; the second half of the code is shown this once."""
    return recoveries.approve(recovery_id=recovery_id, by=me().person_id, now=clock.now())


@blueprint.post("/session/recover")
@public
@blueprint.arguments(UseRecoverySchema)
@blueprint.response(204)
def use(values: dict[str, str]) -> None:
    """Set a new password with the whole code; then sign in with it."""
    who = sign_in_failures.Try(f"recover:{values['login']}", request.remote_addr or "")
    wait = sign_in_failures.wait_before(db.session(), who, now=clock.now())
    if wait:
        raise TooMany(retry_after_s=wait)
    try:
        recoveries.use(**values, now=clock.now())
    except WrongSignIn:
        sign_in_failures.note_failure(who, now=clock.now())
        raise
