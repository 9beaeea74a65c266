"""Territories, routes, the stops of each weekday, trucks and assignments."""

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask_smorest import Blueprint

from server.api.access import me, requires, within
from server.domain.routes import DraftRoute, DraftRules, StopPlan
from server.extensions import clock, db
from server.schemas.routes import (
    AssignmentSchema,
    DayPlanSchema,
    DraftAnswerSchema,
    DraftSchema,
    HolderSchema,
    OrderedSchema,
    OrderOfDaySchema,
    PublishDraftSchema,
    RoutePlanSchema,
    RouteQuerySchema,
    RouteSchema,
    TerritorySchema,
    TruckSchema,
)
from server.services import assignments, drafts, routes, scopes
from server.services.company import get_company

blueprint = Blueprint("routes", __name__, url_prefix="/api/v1", description="Routes")


def today() -> date:
    """The company's business day."""
    return clock.now().astimezone(ZoneInfo(get_company(db.session()).timezone)).date()


@blueprint.get("/territories")
@requires("routes.read")
@blueprint.response(200, TerritorySchema(many=True))
def list_territories() -> object:
    """All territories."""
    return routes.find_territories(db.session(), within=within())


@blueprint.post("/territories")
@requires("routes.write")
@blueprint.arguments(TerritorySchema)
@blueprint.response(201, TerritorySchema)
def add_territory(values: dict[str, Any]) -> object:
    """Add a territory."""
    return routes.add_territory(**values, now=clock.now(), by=me().person_id)


@blueprint.get("/trucks")
@requires("routes.read")
@blueprint.response(200, TruckSchema(many=True))
def list_trucks() -> object:
    """All trucks."""
    return routes.find_trucks(db.session())


@blueprint.post("/trucks")
@requires("routes.write")
@blueprint.arguments(TruckSchema)
@blueprint.response(201, TruckSchema)
def add_truck(values: dict[str, Any]) -> object:
    """Add a truck."""
    return routes.add_truck(**values, now=clock.now(), by=me().person_id)


@blueprint.get("/routes")
@requires("routes.read")
@blueprint.arguments(RouteQuerySchema, location="query")
@blueprint.response(200, RouteSchema(many=True))
def list_routes(query: dict[str, Any]) -> object:
    """Routes with who holds them now and how many stops each weekday has."""
    return routes.find_route_overviews(
        db.session(),
        territory_id=query["territory_id"],
        day=query["day"] or today(),
        at=clock.now(),
        within=within(),
    )


@blueprint.post("/routes")
@requires("routes.write")
@blueprint.arguments(RouteSchema)
@blueprint.response(201, RouteSchema)
def add_route(values: dict[str, Any]) -> object:
    """Add an empty route."""
    scopes.check_within(within(), values["territory_id"], f"territory:{values['territory_id']}")
    return routes.add_route(**values, now=clock.now(), by=me().person_id)


@blueprint.get("/routes/<int:route_id>")
@requires("routes.read")
@blueprint.arguments(RouteQuerySchema, location="query")
@blueprint.response(200, RoutePlanSchema)
def get_route(query: dict[str, Any], route_id: int) -> object:
    """One route: its stops as they hold on a day, and every assignment it ever had."""
    scopes.check_route(db.session(), within(), route_id)
    return routes.get_route_plan(db.session(), route_id, day=query["day"] or today())


@blueprint.put("/routes/<int:route_id>/days/<int:weekday>")
@requires("routes.write")
@blueprint.arguments(DayPlanSchema)
@blueprint.response(200, RoutePlanSchema)
def set_day(values: dict[str, Any], route_id: int, weekday: int) -> object:
    """Replace a weekday's stops from a day on."""
    scopes.check_route(db.session(), within(), route_id)
    scopes.check_outlets(db.session(), within(), [stop["outlet_id"] for stop in values["stops"]])
    routes.set_day(
        route_id=route_id,
        weekday=weekday,
        stops=[StopPlan(**stop) for stop in values["stops"]],
        version=values["version"],
        day=values["day"],
        now=clock.now(),
        by=me().person_id,
    )
    return routes.get_route_plan(db.session(), route_id, day=values["day"])


@blueprint.post("/routes/order")
@requires("routes.write")
@blueprint.arguments(OrderOfDaySchema)
@blueprint.response(200, OrderedSchema)
def order_of_day(values: dict[str, Any]) -> object:
    """A short order for a day's outlets with planned times; nothing is stored."""
    scopes.check_outlets(db.session(), within(), values["outlet_ids"])
    return drafts.propose_order(
        db.session(),
        outlet_ids=values["outlet_ids"],
        rules=DraftRules(
            routes=1, start_minute=values["start_minute"], minutes_a_stop=values["minutes_a_stop"]
        ),
    )


@blueprint.post("/routes/<int:route_id>/assignments")
@requires("routes.write")
@blueprint.arguments(AssignmentSchema)
@blueprint.response(201, HolderSchema(many=True))
def assign(values: dict[str, Any], route_id: int) -> object:
    """Give the route to a person or a truck from an instant on."""
    scopes.check_route(db.session(), within(), route_id)
    assignments.assign(route_id=route_id, **values, now=clock.now(), by=me().person_id)
    return assignments.find_assignments(db.session(), route_ids=[route_id])


def draft_rules(values: dict[str, Any]) -> DraftRules:
    return DraftRules(
        routes=values["routes"],
        weekdays=tuple(sorted(values["weekdays"])),
        start_minute=values["start_minute"],
        minutes_a_stop=values["minutes_a_stop"],
    )


def draft_view(drafted: list[DraftRoute]) -> dict[str, Any]:
    return {
        "routes": [
            {
                "outlets": one.outlets,
                "metres": one.metres,
                "days": [{"weekday": weekday, "stops": stops} for weekday, stops in one.days.items()],
            }
            for one in drafted
        ]
    }


@blueprint.post("/routes/draft")
@requires("routes.write")
@blueprint.arguments(DraftSchema)
@blueprint.response(200, DraftAnswerSchema)
def propose_draft(values: dict[str, Any]) -> object:
    """Draft routes for outlets that are on none; nothing is stored."""
    scopes.check_within(within(), values["territory_id"], f"territory:{values['territory_id']}")
    return draft_view(
        drafts.propose_draft(
            db.session(),
            territory_id=values["territory_id"],
            chain=values["chain"],
            outlet_class=values["outlet_class"],
            rules=draft_rules(values),
            day=values["day"],
        )
    )


@blueprint.post("/routes/draft/publish")
@requires("routes.write")
@blueprint.arguments(PublishDraftSchema)
@blueprint.response(201, RouteSchema(many=True))
def publish_draft(values: dict[str, Any]) -> object:
    """Store the draft as routes from a day on."""
    scopes.check_within(within(), values["territory_id"], f"territory:{values['territory_id']}")
    drafts.publish_draft(
        territory_id=values["territory_id"],
        chain=values["chain"],
        outlet_class=values["outlet_class"],
        rules=draft_rules(values),
        names=[(one["code"], one["name"]) for one in values["names"]],
        day=values["day"],
        now=clock.now(),
        by=me().person_id,
    )
    return routes.find_route_overviews(
        db.session(), territory_id=values["territory_id"], day=values["day"], at=clock.now()
    )


def start_of_day(day: date, timezone: str) -> datetime:
    """Midnight of a day in a zone."""
    return datetime.combine(day, time(), ZoneInfo(timezone))
