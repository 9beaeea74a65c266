"""Load sheets: one a truck and day."""

from typing import Any

from flask_smorest import Blueprint

from server.api.access import requires
from server.api.routes import today
from server.extensions import db
from server.schemas.load_sheets import LoadSheetQuerySchema, LoadSheetSchema
from server.services import load_sheets

blueprint = Blueprint("load_sheets", __name__, url_prefix="/api/v1", description="Load sheets")


@blueprint.get("/load-sheets")
@requires("deliveries.read")
@blueprint.arguments(LoadSheetQuerySchema, location="query")
@blueprint.response(200, LoadSheetSchema(many=True))
def list_load_sheets(query: dict[str, Any]) -> object:
    """The day's load sheets, by route and truck."""
    return load_sheets.find_load_sheets(db.session(), day=query["day"] or today(), route_id=query["route_id"])
