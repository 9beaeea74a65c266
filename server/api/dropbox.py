"""The drop-box: a phone whose person is signed out or frozen hands in its work. It gets receipts, never data."""

from typing import Any

from flask import Response, current_app, jsonify, request
from flask_smorest import Blueprint

from server.api.access import public, take_proof
from server.api.operations import answer_view, read_batch
from server.errors import TooMany
from server.extensions import clock, db
from server.schemas.operations import BatchSchema
from server.services import enrolment, operations
from server.services.proofs import ProofMissing

blueprint = Blueprint("dropbox", __name__, url_prefix="/api/v1", description="Drop-box")


@blueprint.post("/dropbox")
@public
@blueprint.arguments(BatchSchema)
def drop(values: dict[str, Any]) -> Response:
    """Take in what a device did, signed with its own key. Receipts are all that it gets."""
    wait = current_app.extensions["dropbox_limit"].wait_s(request.remote_addr or "")
    if wait:
        raise TooMany(retry_after_s=wait)
    batch = read_batch(values)
    owner = enrolment.find_owner(db.session(), batch.device_id)
    if owner is None:
        raise ProofMissing  # the same for a device that is not known and for one that has no key
    take_proof(batch.device_id, owner.public_key)
    answer = operations.receive(batch, person_id=owner.person_id, device_id=batch.device_id, now=clock.now())
    return jsonify(answer_view(answer))
