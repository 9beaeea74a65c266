"""The confidentiality agreement: what stands to be accepted, and accepting it."""

from typing import Any

from flask_smorest import Blueprint

from server.api.access import me, signed_in
from server.extensions import clock, db
from server.schemas.agreements import AcceptSchema, AgreementViewSchema
from server.services import agreements

blueprint = Blueprint("agreements", __name__, url_prefix="/api/v1", description="Confidentiality agreement")


@blueprint.get("/agreement")
@signed_in
@blueprint.response(200, AgreementViewSchema)
def get_agreement() -> object:
    """The newest agreement, and whether the one who asks still has to accept it."""
    return agreements.view_for(db.session(), me().person_id)


@blueprint.post("/agreement/accept")
@signed_in
@blueprint.arguments(AcceptSchema)
@blueprint.response(200, AgreementViewSchema)
def accept_agreement(values: dict[str, Any]) -> object:
    """Accept the newest version as it was shown."""
    agreements.accept(person_id=me().person_id, device_id=me().device_id, **values, now=clock.now())
    return agreements.view_for(db.session(), me().person_id)
