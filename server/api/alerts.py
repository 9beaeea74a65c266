"""Alerts on the desk: what waits to be looked at, and who looked."""

from typing import Any

from flask_smorest import Blueprint

from server.api.access import me, requires, within
from server.domain.alert_rules import Rule
from server.extensions import clock, db
from server.schemas.alerts import (
    AlertAssignedSchema,
    AlertOwnerSchema,
    AlertPageSchema,
    AlertQuerySchema,
    AlertResolvedSchema,
    AlertRuleSchema,
    AlertRuleSetSchema,
)
from server.services import alert_rules, alert_views, alerts

blueprint = Blueprint("alerts", __name__, url_prefix="/api/v1", description="Alerts")


@blueprint.get("/alerts")
@requires("alerts.read")
@blueprint.arguments(AlertQuerySchema, location="query")
@blueprint.response(200, AlertPageSchema)
def list_alerts(query: dict[str, Any]) -> object:
    """Alerts of a status, those seen last first, 100 at most."""
    session = db.session()
    reads: dict[str, Any] = {"within": within(), "by": me().person_id}
    found = alert_views.find_alerts(
        session, status=query["status"], before=query["before"], mine=query["mine"], **reads
    )
    return {"alerts": found, "open": alert_views.count_open(session, **reads)}


@blueprint.post("/alerts/<int:alert_id>/acknowledge")
@requires("alerts.handle")
@blueprint.response(204)
def acknowledge(alert_id: int) -> None:
    """Say that one has seen it."""
    alerts.acknowledge(alert_id=alert_id, within=within(), by=me().person_id, now=clock.now())


@blueprint.post("/alerts/<int:alert_id>/resolve")
@requires("alerts.handle")
@blueprint.arguments(AlertResolvedSchema)
@blueprint.response(204)
def resolve(values: dict[str, Any], alert_id: int) -> None:
    """Close it with words on what was found."""
    alerts.resolve(
        alert_id=alert_id, note=values["note"], within=within(), by=me().person_id, now=clock.now()
    )


@blueprint.post("/alerts/<int:alert_id>/assign")
@requires("alerts.handle")
@blueprint.arguments(AlertAssignedSchema)
@blueprint.response(204)
def assign(values: dict[str, Any], alert_id: int) -> None:
    """Give it to somebody else."""
    alerts.assign(
        alert_id=alert_id,
        owner_id=values["owner_id"],
        within=within(),
        day=me().found.day,
        by=me().person_id,
        now=clock.now(),
    )


@blueprint.get("/alerts/owners")
@requires("alerts.read")
@blueprint.response(200, AlertOwnerSchema(many=True))
def list_owners() -> object:
    """Who may look after alerts."""
    return alert_rules.find_owners(db.session(), me().found.day)


@blueprint.get("/alerts/rules")
@requires("alerts.read")
@blueprint.response(200, AlertRuleSchema(many=True))
def list_rules() -> object:
    """Every kind of alert and what holds for it."""
    return alert_rules.list_rules(db.session())


@blueprint.put("/alerts/rules/<kind>")
@requires("alert_rules.write")
@blueprint.arguments(AlertRuleSetSchema)
@blueprint.response(204)
def set_rule(values: dict[str, Any], kind: str) -> None:
    """Say what holds for a kind of alert from now on."""
    alert_rules.set_rule(
        rule=Rule(kind=kind, **values), day=me().found.day, by=me().person_id, now=clock.now()
    )
