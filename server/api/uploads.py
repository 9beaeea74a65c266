"""Photos in chunks, with the semantics of tus 1.0 (core protocol and checksum extension)."""

import base64
import binascii
import re
from pathlib import Path
from uuid import UUID

from flask import Response, current_app, request
from flask.views import MethodView
from flask_smorest import Blueprint

from server.api.access import me, requires
from server.domain.operation_bodies.photos import MAX_PHOTO_BYTES
from server.errors import FieldError, Invalid, RoutebookError, TooLarge
from server.extensions import clock, db
from server.schemas.uploads import ProgressSchema, UploadSchema
from server.services import uploads

blueprint = Blueprint("uploads", __name__, url_prefix="/api/v1", description="Photos")

CHUNK_TYPE = "application/offset+octet-stream"


def photo_folder() -> Path:
    folder: Path = current_app.config["SETTINGS"].data / "photos"
    return folder


@blueprint.route("/uploads")
class Uploads(MethodView):
    @requires("photos.send")
    @blueprint.arguments(UploadSchema)
    @blueprint.response(201, ProgressSchema)
    @blueprint.alt_response(200, schema=ProgressSchema)
    def post(self, values: dict[str, object]) -> tuple[uploads.Progress, int]:
        """Announce a photo, or ask how far it is."""
        progress = uploads.begin_upload(
            folder=photo_folder(),
            person_id=me().person_id,
            photo_id=values["photo_id"],  # type: ignore[arg-type]
            size=values["size"],  # type: ignore[arg-type]
            sha256=values["sha256"],  # type: ignore[arg-type]
            now=clock.now(),
        )
        return progress, 201 if progress.created else 200


@blueprint.route("/uploads/<uuid:photo_id>")
class UploadChunks(MethodView):
    @requires("photos.send")
    @blueprint.response(200)
    def head(self, photo_id: UUID) -> Response:
        """How many bytes have arrived."""
        progress = uploads.get_progress(
            db.session(), folder=photo_folder(), person_id=me().person_id, photo_id=photo_id, now=clock.now()
        )
        return _empty(progress, 200)

    @requires("photos.send")
    @blueprint.response(204)
    def patch(self, photo_id: UUID) -> Response:
        """The next chunk."""
        if request.mimetype != CHUNK_TYPE:
            refused = RoutebookError("unsupported_media_type")
            refused.status = 415
            raise refused
        offset, sha256 = _offset(), _checksum()
        progress = uploads.append_chunk(
            db.session(),
            folder=photo_folder(),
            person_id=me().person_id,
            photo_id=photo_id,
            offset=offset,
            data=_chunk(),
            sha256=sha256,
            now=clock.now(),
        )
        return _empty(progress, 204)


def _empty(progress: uploads.Progress, status: int) -> Response:
    answer = Response(status=status)
    answer.headers["Upload-Offset"] = str(progress.offset)
    answer.headers["Tus-Resumable"] = "1.0.0"
    return answer


def _offset() -> int:
    text = request.headers.get("Upload-Offset", "")
    if not re.fullmatch(r"\d{1,12}", text, re.ASCII):
        raise Invalid(errors=[FieldError("Upload-Offset", "integer" if text else "required")])
    return int(text)


def _checksum() -> bytes:
    kind, _, text = request.headers.get("Upload-Checksum", "").partition(" ")
    try:
        digest = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if kind != "sha256" or len(digest) != 32:
        raise Invalid(errors=[FieldError("Upload-Checksum", "format")])
    return digest


def _chunk() -> bytes:
    """The chunk, bounded before it is read. One that was cut short fails its checksum."""
    if (request.content_length or 0) > MAX_PHOTO_BYTES:
        raise TooLarge(max=MAX_PHOTO_BYTES)
    data = request.stream.read(MAX_PHOTO_BYTES + 1)
    if len(data) > MAX_PHOTO_BYTES:
        raise TooLarge(max=MAX_PHOTO_BYTES)
    return data
