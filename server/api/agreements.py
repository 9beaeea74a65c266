"""The confidentiality agreement: what stands to be accepted, and accepting it."""

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from server.api.access import me, requires, signed_in
from server.extensions import clock, db
from server.schemas.agreements import (
    AcceptSchema,
    AgreementViewSchema,
    PublishSchema,
    StandingQuerySchema,
    StandingsSchema,
    VersionSchema,
)
from server.services import agreement_records, agreements

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


@blueprint.get("/agreement/pdf")
@signed_in
@blueprint.response(200, content_type="application/pdf")
def own_pdf() -> Response:
    """What the one who asks accepted last, as it is kept."""
    return _pdf(agreement_records.get_own_pdf(db.session(), me().person_id), "agreement")


@blueprint.get("/agreements")
@requires("agreements.read")
@blueprint.response(200, VersionSchema(many=True))
def list_versions() -> object:
    """The versions that were published, and how many accepted each."""
    return agreement_records.find_versions(db.session())


@blueprint.post("/agreements")
@requires("agreements.publish", step_up=True)
@blueprint.arguments(PublishSchema)
@blueprint.response(201, AgreementViewSchema)
def publish_agreement(values: dict[str, Any]) -> object:
    """Publish the next version: from now on everybody is asked anew."""
    agreements.publish(**values, by=me().person_id, now=clock.now())
    return agreements.view_for(db.session(), me().person_id)


@blueprint.get("/agreements/standings")
@requires("agreements.read")
@blueprint.arguments(StandingQuerySchema, location="query")
@blueprint.response(200, StandingsSchema)
def list_standings(query: dict[str, Any]) -> object:
    """Who accepted the newest version, and who did not."""
    return agreement_records.find_standings(db.session(), only_open=query["open"], offset=query["offset"])


@blueprint.get("/agreements/acceptances/<int:acceptance_id>/pdf")
@requires("agreements.read")
@blueprint.response(200, content_type="application/pdf")
def acceptance_pdf(acceptance_id: int) -> Response:
    """What one person accepted, as it is kept."""
    return _pdf(agreement_records.get_pdf(db.session(), acceptance_id), f"agreement-{acceptance_id}")


def _pdf(content: bytes, name: str) -> Response:
    answer = Response(content, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return answer
