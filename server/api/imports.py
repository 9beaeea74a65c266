"""Imports of outlets and SKUs: upload, preview, mapping, confirmation, faulty rows to mend."""

import io
import tempfile
from pathlib import Path
from typing import Any, cast

from flask import Response, current_app, send_file
from flask_smorest import Blueprint
from werkzeug.datastructures import FileStorage

from server.api import strict_json
from server.api.access import me, requires
from server.api.problems import locale
from server.config import Settings
from server.errors import FieldError, Invalid
from server.extensions import clock, db
from server.schemas.imports import (
    ConfirmSchema,
    ImportFileSchema,
    ImportFormSchema,
    ImportPreviewSchema,
    ImportRowsSchema,
    ImportSchema,
    LookupSchema,
    MappingSchema,
    RowsQuerySchema,
)
from server.services import import_reports, imports
from server.services.geocoding import Geocoder, GeopyGeocoder, NoGeocoder, find_positions

blueprint = Blueprint("imports", __name__, url_prefix="/api/v1/imports", description="Imports of lists")

ERRORS_IN_PREVIEW = 100
# Positions looked up in one request: at one a second it answers before the page loses patience.
LOOKED_UP_AT_ONCE = 10
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def preview(import_id: int) -> dict[str, object]:
    """One import with its first errors."""
    session = db.session()
    batch = imports.get_import(session, import_id)
    found = import_reports.errors(session, import_id, locale(), ERRORS_IN_PREVIEW)
    return {**import_reports.summary(session, batch, locale()), "errors": found}


@blueprint.get("")
@requires("imports.write")
@blueprint.response(200, ImportSchema(many=True))
def list_imports() -> object:
    """The newest imports."""
    session = db.session()
    return [import_reports.summary(session, batch, locale()) for batch in imports.find_imports(session)]


@blueprint.post("")
@requires("imports.write")
@blueprint.arguments(ImportFormSchema, location="form")
@blueprint.arguments(ImportFileSchema, location="files")
@blueprint.response(201, ImportPreviewSchema)
def stage(form: dict[str, Any], files: dict[str, FileStorage]) -> object:
    """Read and check a list. Nothing of the book changes until it is confirmed."""
    upload = files["file"]
    with tempfile.TemporaryDirectory(prefix="routebook-import-") as folder:
        # The server names the file itself; the sender's name is shown and never opened (I5).
        path = Path(folder) / "list"
        upload.save(path)
        import_id = imports.stage_file(
            imports.ListFile(path, upload.filename or "", form["encoding"]),
            kind=form["kind"],
            crs=form["crs"],
            mapping=_mapping(form["mapping"]),
            territory_id=form["territory_id"],
            person_id=me().person_id,
            now=clock.now(),
        )
    return preview(import_id)


def _mapping(text: str) -> dict[str, str]:
    """The mapping out of its form field. Errors: Invalid."""
    if not text:
        return {}
    mapping = strict_json.loads(text)
    if not isinstance(mapping, dict) or not all(isinstance(value, str) for value in mapping.values()):
        raise Invalid(errors=[FieldError("mapping", "type")])
    return cast(dict[str, str], mapping)


@blueprint.get("/<int:import_id>")
@requires("imports.write")
@blueprint.response(200, ImportPreviewSchema)
def get_import(import_id: int) -> object:
    """One import with its first errors."""
    return preview(import_id)


@blueprint.delete("/<int:import_id>")
@requires("imports.write")
@blueprint.response(204)
def discard(import_id: int) -> None:
    """Throw a staged import away."""
    imports.discard(import_id=import_id, person_id=me().person_id, now=clock.now())


@blueprint.get("/<int:import_id>/rows")
@requires("imports.write")
@blueprint.arguments(RowsQuerySchema, location="query")
@blueprint.response(200, ImportRowsSchema)
def list_rows(query: dict[str, Any], import_id: int) -> object:
    """A page of rows as they would go in, each with what was found about it."""
    session = db.session()
    batch = imports.get_import(session, import_id)
    rows, total = imports.find_rows(session, import_id, **query)
    return {
        "total": total,
        "offset": query["offset"],
        "rows": [
            {
                "row": row.row,
                "state": row.state,
                "cells": import_reports.shown_cells(batch, row),
                "values": import_reports.shown_values(row),
                "duplicate_of": row.duplicate_of,
                "findings": [import_reports.finding_words(one, locale()) for one in row.findings()],
            }
            for row in rows
        ],
    }


@blueprint.put("/<int:import_id>/mapping")
@requires("imports.write")
@blueprint.arguments(MappingSchema)
@blueprint.response(200, ImportPreviewSchema)
def change_mapping(values: dict[str, Any], import_id: int) -> object:
    """Check all rows anew under another mapping."""
    imports.change_mapping(import_id=import_id, **values, person_id=me().person_id, now=clock.now())
    return preview(import_id)


@blueprint.post("/<int:import_id>/positions")
@requires("imports.write")
@blueprint.response(200, LookupSchema)
def look_up_positions(import_id: int) -> object:
    """Look up some missing positions; call again until nothing remains."""
    session = db.session()
    imports.get_import(session, import_id)
    return find_positions(
        session,
        _geocoder(),
        import_id=import_id,
        person_id=me().person_id,
        now=clock.now(),
        at_most=LOOKED_UP_AT_ONCE,
    )


def _geocoder() -> Geocoder:
    """The configured geocoder, one for the whole process, so that its pause holds between requests."""
    kept = current_app.extensions.get("geocoder")
    if kept is None:
        settings: Settings = current_app.config["SETTINGS"]
        if not settings.geocoder:
            raise NoGeocoder
        kept = GeopyGeocoder(settings.geocoder, settings.geocoder_key, inside=settings.inside_hosts)
        current_app.extensions["geocoder"] = kept
    return cast(Geocoder, kept)


@blueprint.post("/<int:import_id>/confirm")
@requires("imports.write")
@blueprint.arguments(ConfirmSchema)
@blueprint.response(200, ImportPreviewSchema)
def confirm(values: dict[str, Any], import_id: int) -> object:
    """Write the rows into the book, once."""
    imports.confirm(import_id=import_id, **values, person_id=me().person_id, now=clock.now())
    return preview(import_id)


@blueprint.get("/<int:import_id>/faults.csv")
@requires("imports.write")
@blueprint.response(200)
@blueprint.doc(responses={"200": {"content": {"text/csv": {}}}})
def faults_csv(import_id: int) -> Response:
    """The rows that stay out, with their reasons, as CSV."""
    return _faults(import_id, "csv")


@blueprint.get("/<int:import_id>/faults.xlsx")
@requires("imports.write")
@blueprint.response(200)
@blueprint.doc(responses={"200": {"content": {TYPES["xlsx"]: {}}}})
def faults_xlsx(import_id: int) -> Response:
    """The rows that stay out, with their reasons, as a workbook."""
    return _faults(import_id, "xlsx")


def _faults(import_id: int, kind: str) -> Response:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the answer has been sent
    if kind == "csv":
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
        import_reports.write_faults(db.session(), import_id, locale(), kind, text)
        text.detach()
    else:
        import_reports.write_faults(db.session(), import_id, locale(), kind, file)
    file.seek(0)
    return send_file(
        file,
        mimetype=TYPES[kind],
        as_attachment=True,
        download_name=f"import-{import_id}-faults.{kind}",
        max_age=0,
    )
