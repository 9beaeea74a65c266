"""Exports: asked for, signed by others, fetched once."""

from typing import Any
from uuid import UUID

from flask import Response, current_app, request
from flask_login import current_user
from flask_smorest import Blueprint

from server.api.access import me, public, requires
from server.api.problems import locale
from server.domain.exports import Signer
from server.errors import NotFound, TooMany
from server.extensions import clock, db
from server.schemas.exports import ExportSchema, ExportWishSchema, RefuseSchema, SignSchema
from server.services import export_views, exports

blueprint = Blueprint("exports", __name__, url_prefix="/api/v1/exports", description="Exports")


def looking() -> Signer:
    """The one who asks, as a signer."""
    return Signer(me().person_id, me().device_id, me().roles)


def slow_down(person_id: int | None) -> None:
    """Errors: TooMany for a person, or an address, that asks for files too fast. Counted before anything is made."""
    limits = current_app.extensions
    wait: int = limits["file_address_limit"].wait_s(request.remote_addr or "")
    if person_id is not None:
        wait = max(wait, limits["file_limit"].wait_s(str(person_id)))
    if wait:
        raise TooMany(retry_after_s=wait)


def view(export_id: UUID) -> object:
    """One request as the one who asks sees it."""
    return export_views.get_view(db.session(), export_id, looking=looking(), now=clock.now())


@blueprint.get("")
@requires("exports.read")
@blueprint.response(200, ExportSchema(many=True))
def list_exports() -> object:
    """Requests, the newest first: one's own; those of all for who signs or audits."""
    return export_views.find_exports(db.session(), looking=looking(), now=clock.now())


@blueprint.post("")
@requires("exports.ask")
@blueprint.arguments(ExportWishSchema)
@blueprint.response(201, ExportSchema)
def ask_for_export(values: dict[str, Any]) -> object:
    """Ask for a file. Nothing leaves the house yet."""
    wish = exports.Wish(**values)
    return view(exports.ask(wish=wish, person_id=me().person_id, device_id=me().device_id, now=clock.now()))


@blueprint.get("/<uuid:export_id>")
@requires("exports.read")
@blueprint.response(200, ExportSchema)
def get_export(export_id: UUID) -> object:
    """One request."""
    return view(export_id)


@blueprint.post("/<uuid:export_id>/sign")
@requires("exports.sign", step_up=True)
@blueprint.arguments(SignSchema)
@blueprint.response(200, ExportSchema)
def sign_export(values: dict[str, Any], export_id: UUID) -> object:
    """Consent to what the request would take out, as it was shown."""
    exports.sign(export_id=export_id, signer=looking(), seen_sha256=values["scope_sha256"], now=clock.now())
    return view(export_id)


@blueprint.post("/<uuid:export_id>/refuse")
@requires("exports.read")
@blueprint.arguments(RefuseSchema)
@blueprint.response(200, ExportSchema)
def refuse_export(values: dict[str, Any], export_id: UUID) -> object:
    """Say no to a request, or take one's own back."""
    exports.refuse(export_id=export_id, note=values["note"], by=looking(), now=clock.now())
    return view(export_id)


@blueprint.post("/<uuid:export_id>/file")
@requires("exports.ask", step_up=True)
@blueprint.response(200, content_type="application/octet-stream")
def fetch_file(export_id: UUID) -> Response:
    """The file, to the one who asked for it, once. A POST: no crawler, preview or prefetch uses it up."""
    slow_down(me().person_id)
    file = exports.fetch(
        export_id=export_id,
        person_id=me().person_id,
        locale=locale(),
        now=clock.now(),
        keeper=current_app.extensions["checkpoints"],
    )
    answer = Response(file.content, mimetype=file.mime)
    answer.headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return answer


@blueprint.get("/<uuid:export_id>/file")
@public
@blueprint.response(404, description="There is nothing to fetch by an address alone")
def follow_link(export_id: UUID) -> None:
    """Whoever follows the address, a crawler or a person, finds nothing, and that is written down."""
    person_id = current_user.person_id if current_user.is_authenticated else None
    slow_down(person_id)
    exports.knock(export_id=export_id, person_id=person_id, why="link", now=clock.now())
    raise NotFound
