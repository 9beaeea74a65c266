"""Load sheets: one a truck and day."""

from typing import Any

from flask_smorest import Blueprint

from server.api.access import me, requires, within
from server.api.routes import today
from server.extensions import clock, db
from server.schemas.load_sheets import LoadSheetQuerySchema, LoadSheetSchema
from server.services import load_sheets, scopes

blueprint = Blueprint("load_sheets", __name__, url_prefix="/api/v1", description="Load sheets")


@blueprint.get("/load-sheets")
@requires("deliveries.read")
@blueprint.arguments(LoadSheetQuerySchema, location="query")
@blueprint.response(200, LoadSheetSchema(many=True))
def list_load_sheets(query: dict[str, Any]) -> object:
    """The day's load sheets, by route and truck."""
    # Who only drives sees the loads of the routes that they drive.
    driven = scopes.driven_by(db.session(), me().person_id, clock.now()) if me().roles == {"driver"} else None
    return load_sheets.find_load_sheets(
        db.session(),
        day=query["day"] or today(),
        route_id=query["route_id"],
        within=within(),
        route_ids=driven,
    )
