"""The closing of a leaver's case: call-backs, the checklist, the certificate, the evidence pack."""

from typing import Any

from flask import Response
from flask_smorest import Blueprint

from server.api.access import me, requires, seen, within
from server.api.exports import view as export_view
from server.api.routes import today
from server.extensions import clock, db
from server.schemas.closing import (
    CallBackSchema,
    CallBackShareSchema,
    CallBacksQuerySchema,
    CalledSchema,
    CertificateQuerySchema,
    ClosingSchema,
    EvidenceWishSchema,
    LookAfterSchema,
    SignCertificateSchema,
    TickSchema,
    WaiveSchema,
)
from server.schemas.exports import ExportSchema
from server.services.departures import calling_back, certificate, closing, evidence

blueprint = Blueprint(
    "closing", __name__, url_prefix="/api/v1/departures", description="The closing of a leaver's case"
)


def view(departure_id: int) -> object:
    """What a case still needs to be closed."""
    return closing.get_closing(db.session(), departure_id, within=within(), classes=seen())


@blueprint.get("/<int:departure_id>/closing")
@requires("departures.read")
@blueprint.response(200, ClosingSchema)
def get_closing(departure_id: int) -> object:
    """The checklist, the company's property, the share that is called back, the certificate."""
    return view(departure_id)


@blueprint.get("/<int:departure_id>/call-backs")
@requires("departures.read")
@blueprint.arguments(CallBacksQuerySchema, location="query")
@blueprint.response(200, CallBackSchema(many=True))
def list_call_backs(query: dict[str, Any], departure_id: int) -> object:
    """The case's call-backs, 200 at most; `after`: the last id of the page before."""
    return calling_back.find_call_backs(
        db.session(), departure_id, within=within(), classes=seen(), after=query["after"]
    )


@blueprint.put("/<int:departure_id>/call-backs")
@requires("departures.plan")
@blueprint.arguments(CallBackShareSchema)
@blueprint.response(200, ClosingSchema)
def set_share(values: dict[str, Any], departure_id: int) -> object:
    """How many of the stores besides class A are called back."""
    calling_back.set_share(
        departure_id=departure_id,
        **values,
        within=within(),
        today=today(),
        now=clock.now(),
        by=me().person_id,
    )
    return view(departure_id)


@blueprint.post("/<int:departure_id>/call-backs/<int:task_id>")
@requires("departures.hand_over")
@blueprint.arguments(CalledSchema)
@blueprint.response(204)
def call_back(values: dict[str, Any], departure_id: int, task_id: int) -> None:
    """Write down what an owner said at a call-back."""
    calling_back.call_back(
        called=calling_back.Called(departure_id, task_id, **values),
        within=within(),
        classes=seen(),
        now=clock.now(),
        by=me().person_id,
    )


@blueprint.post("/<int:departure_id>/closing/tick")
@requires("departures.hand_over")
@blueprint.arguments(TickSchema)
@blueprint.response(200, ClosingSchema)
def tick(values: dict[str, Any], departure_id: int) -> object:
    """Say, in words, that an item is done that no figure tells."""
    closing.tick(departure_id=departure_id, **values, within=within(), now=clock.now(), by=me().person_id)
    return view(departure_id)


@blueprint.post("/<int:departure_id>/closing/waive")
@requires("departures.waive", step_up=True)
@blueprint.arguments(WaiveSchema)
@blueprint.response(200, ClosingSchema)
def waive(values: dict[str, Any], departure_id: int) -> object:
    """Let an item be, with a reason; somebody else than who opened the case."""
    closing.waive(departure_id=departure_id, **values, within=within(), now=clock.now(), by=me().person_id)
    return view(departure_id)


@blueprint.put("/<int:departure_id>/closing/property")
@requires("departures.hand_over")
@blueprint.arguments(LookAfterSchema)
@blueprint.response(200, ClosingSchema)
def look_after(values: dict[str, Any], departure_id: int) -> object:
    """Tick the company's property as it comes back, or note what is said of it."""
    closing.look_after(
        departure_id=departure_id,
        looked=[closing.Looked(**one) for one in values["items"]],
        within=within(),
        now=clock.now(),
        by=me().person_id,
    )
    return view(departure_id)


@blueprint.post("/<int:departure_id>/certificate")
@requires("departures.plan", step_up=True)
@blueprint.arguments(SignCertificateSchema)
@blueprint.response(200, ClosingSchema)
def sign_certificate(values: dict[str, Any], departure_id: int) -> object:
    """Sign the leaving certificate as the case stands now, by the leaver and for the company."""
    certificate.sign(departure_id=departure_id, **values, within=within(), now=clock.now(), by=me().person_id)
    return view(departure_id)


@blueprint.post("/<int:departure_id>/certificate/file")
@requires("departures.read")
@blueprint.arguments(CertificateQuerySchema, location="query")
@blueprint.response(200, content_type="application/pdf")
def take_certificate(query: dict[str, Any], departure_id: int) -> Response:
    """The newest certificate as it was kept. A POST: that it is taken is written down."""
    content = certificate.take(
        departure_id=departure_id, **query, within=within(), now=clock.now(), by=me().person_id
    )
    answer = Response(content, mimetype="application/pdf")
    name = f"certificate-{departure_id}-{query['locale'][:2]}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return answer


@blueprint.post("/<int:departure_id>/evidence")
@requires("departures.evidence")
@blueprint.arguments(EvidenceWishSchema)
@blueprint.response(201, ExportSchema)
def ask_evidence(values: dict[str, Any], departure_id: int) -> object:
    """Ask for the evidence pack. Nothing leaves the house until somebody else has signed."""
    return export_view(
        evidence.ask_evidence(
            departure_id=departure_id,
            **values,
            within=within(),
            person_id=me().person_id,
            device_id=me().device_id,
            now=clock.now(),
        )
    )
