"""Drafts: a first plan for outlets that are on no route. Proposed without a trace, or stored as routes from a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, or_, select, update
from sqlalchemy.orm import Session

from server.domain.routes import (
    DraftRoute,
    DraftRules,
    DraftStop,
    Place,
    draft,
    in_order,
    path_metres,
    planned_minutes,
)
from server.errors import FieldError, Invalid
from server.models import Outlet, Route, Stop
from server.services import audit
from server.services.routes import add_route, get_territory, touch_cards
from server.services.transaction import deed


@dataclass(frozen=True)
class OrderProposal:
    """A day's stops in a short order; metres along straight lines before and after."""

    stops: list[DraftStop]
    metres_before: int
    metres_after: int


def propose_order(session: Session, *, outlet_ids: Sequence[int], rules: DraftRules) -> OrderProposal:
    """A short order for these outlets with planned times; outlets without a position keep their place at the end."""
    rows = session.execute(
        select(Outlet.id, Outlet.latitude, Outlet.longitude).where(Outlet.id.in_(outlet_ids))
    )
    known = {
        outlet_id: Place(outlet_id, latitude, longitude)
        for outlet_id, latitude, longitude in rows
        if latitude is not None and longitude is not None
    }
    before = [known[outlet_id] for outlet_id in outlet_ids if outlet_id in known]
    after = in_order(before)
    minutes = planned_minutes(after, rules)
    stops = [
        DraftStop(place.id, index + 1, minute)
        for index, (place, minute) in enumerate(zip(after, minutes, strict=True))
    ]
    last = minutes[-1] if minutes else rules.start_minute
    for outlet_id in outlet_ids:
        if outlet_id not in known:
            stops.append(DraftStop(outlet_id, len(stops) + 1, last))
    return OrderProposal(stops, path_metres(before), path_metres(after))


def places_without_route(
    session: Session, *, territory_id: int, chain: str, outlet_class: str, day: date
) -> list[Place]:
    """Active outlets with a position that are on no route on a day or later: what a draft divides.

    Those of the territory, and those of none yet: a fresh list is routed without another step in between.
    """
    routed = select(Stop.outlet_id).where(or_(Stop.valid_to.is_(None), Stop.valid_to >= day))
    query = (
        select(Outlet.id, Outlet.latitude, Outlet.longitude)
        .where(
            Outlet.status == "active",
            or_(Outlet.territory_id == territory_id, Outlet.territory_id.is_(None)),
            Outlet.latitude.is_not(None),
            Outlet.longitude.is_not(None),
            Outlet.id.not_in(routed),
        )
        .order_by(Outlet.id)
        .limit(20_000)
    )
    if chain:
        query = query.where(Outlet.chain == chain)
    if outlet_class:
        query = query.where(Outlet.outlet_class == outlet_class)
    return [
        Place(outlet_id, latitude, longitude)
        for outlet_id, latitude, longitude in session.execute(query)
        if latitude is not None and longitude is not None
    ]


def propose_draft(
    session: Session, *, territory_id: int, chain: str, outlet_class: str, rules: DraftRules, day: date
) -> list[DraftRoute]:
    """A draft for a person to look at; nothing is stored."""
    get_territory(session, territory_id)
    places = places_without_route(
        session, territory_id=territory_id, chain=chain, outlet_class=outlet_class, day=day
    )
    if not places:
        raise Invalid(errors=[FieldError("outlets", "none_to_route")])
    return draft(places, rules)


@deed
def publish_draft(
    session: Session,
    *,
    territory_id: int,
    chain: str,
    outlet_class: str,
    rules: DraftRules,
    names: Sequence[tuple[str, str]],
    day: date,
    now: datetime,
    by: int | None,
) -> list[Route]:
    """Draft again from the same facts (it is deterministic) and store it as routes with (code, name), from a day on."""
    if len(names) != rules.routes:
        raise Invalid(errors=[FieldError("names", "as_many_as_routes", {"routes": rules.routes})])
    drafted = propose_draft(
        session, territory_id=territory_id, chain=chain, outlet_class=outlet_class, rules=rules, day=day
    )
    routes = []
    for (code, name), one in zip(names, drafted, strict=True):
        route = add_route(code=code, name=name, name_en="", territory_id=territory_id, now=now, by=by)
        rows: list[dict[str, object]] = [
            {
                "route_id": route.id,
                "outlet_id": stop.outlet_id,
                "weekday": weekday,
                "weeks": 1,
                "phase": 0,
                "sequence": stop.sequence,
                "planned_minute": stop.planned_minute,
                "valid_from": day,
                "valid_to": None,
            }
            for weekday, stops in one.days.items()
            for stop in stops
        ]
        if rows:
            session.execute(insert(Stop), rows)
            outlet_ids = [stop.outlet_id for stops in one.days.values() for stop in stops]
            touch_cards(session, outlet_ids)
            _take_in(session, territory_id, outlet_ids)
        audit.record(
            session, at=now, person_id=by, deed="route.draft", subject=f"route:{route.id}",
            detail={"stops": len(rows), "from": day.isoformat()},
        )  # fmt: skip
        routes.append(route)
    return routes


def _take_in(session: Session, territory_id: int, outlet_ids: Sequence[int]) -> None:
    """Outlets of no territory join the one whose routes they are on now."""
    for start in range(0, len(outlet_ids), 500):
        session.execute(
            update(Outlet)
            .where(Outlet.id.in_(outlet_ids[start : start + 500]), Outlet.territory_id.is_(None))
            .values(territory_id=territory_id)
        )
