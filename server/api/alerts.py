"""Alerts on the desk: what waits to be looked at, and who looked."""

from typing import Any

from flask_smorest import Blueprint

from server.api.access import me, requires
from server.extensions import clock, db
from server.schemas.alerts import AlertPageSchema, AlertQuerySchema, AlertResolvedSchema
from server.services import alerts

blueprint = Blueprint("alerts", __name__, url_prefix="/api/v1", description="Alerts")


@blueprint.get("/alerts")
@requires("alerts.read")
@blueprint.arguments(AlertQuerySchema, location="query")
@blueprint.response(200, AlertPageSchema)
def list_alerts(query: dict[str, Any]) -> object:
    """Alerts of a status, those seen last first, 100 at most."""
    session = db.session()
    found = alerts.find_alerts(session, status=query["status"], before=query["before"])
    return {"alerts": found, "open": alerts.count_open(session)}


@blueprint.post("/alerts/<int:alert_id>/acknowledge")
@requires("alerts.handle")
@blueprint.response(204)
def acknowledge(alert_id: int) -> None:
    """Say that one has seen it."""
    alerts.acknowledge(alert_id=alert_id, by=me().person_id, now=clock.now())


@blueprint.post("/alerts/<int:alert_id>/resolve")
@requires("alerts.handle")
@blueprint.arguments(AlertResolvedSchema)
@blueprint.response(204)
def resolve(values: dict[str, Any], alert_id: int) -> None:
    """Close it with words on what was found."""
    alerts.resolve(alert_id=alert_id, note=values["note"], by=me().person_id, now=clock.now())
