"""What the watch is told: weekly order values of watched stores and of similar ones, and their visits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import case, exists, func, select
from sqlalchemy.orm import Session

from server.domain.retention import WATCHED_WEEKS
from server.models import (
    Assignment,
    DepartureStore,
    Order,
    Outlet,
    RetentionWatch,
    Route,
    StockCount,
    Stop,
    Visit,
)
from server.models import Departure as Case

WEEKS_BEFORE: Final = 52
WEEK: Final = timedelta(weeks=1)
# More similar stores than this make no difference to their median.
MOST_PEERS: Final = 60
MOST_STORES: Final = 5000
NO_ORDER: Final = ("cancelled", "refused")


@dataclass(frozen=True)
class WatchFacts:
    """One watched store: volumes (minor units) by week, the first `handed` before it changed hands; those of similar
    stores in the same weeks; visits and counts since, and as many as were usual in as many weeks."""

    watch_id: int
    volumes: Sequence[float]
    handed: int
    peers: Sequence[Sequence[float]]
    visits: Mapping[str, object]


def find_facts(
    session: Session, watches: Sequence[RetentionWatch], *, today: date, timezone: str
) -> list[WatchFacts]:
    """The facts of watches that began on one day."""
    if not watches:
        return []
    handed_on = watches[0].handed_on
    weeks = min((today - handed_on).days // 7, WATCHED_WEEKS)
    since = handed_on - WEEKS_BEFORE * WEEK
    until = handed_on + weeks * WEEK
    stores = _stores(session, [one.outlet_id for one in watches])
    territories = {territory for territory, _ in stores.values()}
    zone = ZoneInfo(timezone)
    volumes = _volumes(session, territories, since, until, zone)
    similar = _similar(session, territories, handed_on, until, zone)
    calls = _calls(session, [one.outlet_id for one in watches], handed_on, weeks)
    empty = [0.0] * (WEEKS_BEFORE + weeks)
    found = []
    for one in watches:
        own = volumes.get(one.outlet_id, empty)
        # What lies before the store's first order in the book is no history of it.
        first = next((at for at, volume in enumerate(own[:WEEKS_BEFORE]) if volume > 0), WEEKS_BEFORE)
        alike = _alike(stores.get(one.outlet_id), similar, volumes)
        found.append(
            WatchFacts(
                one.id, own[first:], WEEKS_BEFORE - first, [peer[first:] for peer in alike],
                calls.get(one.outlet_id, _NO_CALLS),
            )
        )  # fmt: skip
    return found


def _stores(session: Session, outlet_ids: Sequence[int]) -> dict[int, tuple[int | None, str]]:
    """Territory and class of the watched stores."""
    found = {}
    for start in range(0, len(outlet_ids), 500):
        part = outlet_ids[start : start + 500]
        rows = session.execute(
            select(Outlet.id, Outlet.territory_id, Outlet.outlet_class).where(Outlet.id.in_(part))
        )
        found.update({outlet_id: (territory, letter) for outlet_id, territory, letter in rows})
    return found


def _instant(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), zone)


def _volumes(
    session: Session, territories: set[int | None], since: date, until: date, zone: ZoneInfo
) -> dict[int, list[float]]:
    """Order values by outlet and week of all stores of the territories."""
    rows = session.execute(
        select(Order.outlet_id, Order.day, func.sum(Order.total_minor))
        .join(Outlet, Outlet.id == Order.outlet_id)
        .where(
            Outlet.territory_id.in_(territories),
            Order.ordered_at >= _instant(since, zone) - timedelta(days=1),
            Order.day >= since,
            Order.day < until,
            Order.status.not_in(NO_ORDER),
        )
        .group_by(Order.outlet_id, Order.day)
    )
    weeks = (until - since).days // 7
    found: dict[int, list[float]] = {}
    for outlet_id, day, minor in rows:
        if outlet_id is not None:
            found.setdefault(outlet_id, [0.0] * weeks)[(day - since).days // 7] += float(minor)
    return found


def _similar(
    session: Session, territories: set[int | None], handed_on: date, until: date, zone: ZoneInfo
) -> dict[tuple[int | None, str], list[int]]:
    """Open stores that stayed in the same hands, by territory and class: neither handed over in a case nor on a route
    that got another rep, from a quarter before the handover to now."""
    since = _instant(handed_on - 13 * WEEK, zone)
    handed = select(DepartureStore.outlet_id).join(Case, Case.id == DepartureStore.departure_id)
    handed = handed.where(Case.holds_from >= since)
    changed = (
        select(Stop.outlet_id)
        .join(Assignment, Assignment.route_id == Stop.route_id)
        .join(Route, Route.id == Stop.route_id)
        .where(
            Route.territory_id.in_(territories),
            Assignment.role == "rep",
            Assignment.kind == "regular",
            Assignment.starts_at >= since,
            Assignment.starts_at < _instant(until, zone),
            Stop.valid_to.is_(None),
        )
    )
    rows = session.execute(
        select(Outlet.id, Outlet.territory_id, Outlet.outlet_class)
        .where(
            Outlet.territory_id.in_(territories),
            Outlet.status == "active",
            Outlet.id.not_in(handed),
            Outlet.id.not_in(changed),
        )
        .order_by(Outlet.id)
        .limit(MOST_STORES)
    )
    found: dict[tuple[int | None, str], list[int]] = {}
    for outlet_id, territory, letter in rows:
        found.setdefault((territory, letter), []).append(outlet_id)
    return found


def _alike(
    store: tuple[int | None, str] | None,
    similar: Mapping[tuple[int | None, str], list[int]],
    volumes: Mapping[int, list[float]],
) -> list[list[float]]:
    """Volumes of the stores of its class and territory that order most often; of the whole territory where the class
    has too few."""
    if store is None:
        return []
    ids = [one for one in similar.get(store, []) if one in volumes]
    if len(ids) < 5:
        ids = [one for key, some in similar.items() if key[0] == store[0] for one in some if one in volumes]
    ids.sort(key=lambda one: (-sum(volume > 0 for volume in volumes[one]), one))
    return [volumes[one] for one in ids[:MOST_PEERS]]


_NO_CALLS: Final[dict[str, object]] = {"visits": 0, "visits_usual": 0.0, "counts": 0, "counts_usual": 0.0}


def _calls(
    session: Session, outlet_ids: Sequence[int], handed_on: date, weeks: int
) -> dict[int, dict[str, object]]:
    """Visits and counted visits since, beside the thirteen weeks before, brought to the same length. Weeks before the
    store's first visit in the book are none of them."""
    since = Visit.day >= handed_on
    counted = exists().where(StockCount.visit_id == Visit.id)

    def total(*terms: Any) -> Any:
        together = terms[0]
        for term in terms[1:]:
            together = together & term
        return func.sum(case((together, 1), else_=0))

    found: dict[int, dict[str, object]] = {}
    for start in range(0, len(outlet_ids), 500):
        rows = session.execute(
            select(
                Visit.outlet_id,
                total(since),
                total(~since),
                total(since, counted),
                total(~since, counted),
                func.min(Visit.day),
            )
            .where(
                Visit.outlet_id.in_(outlet_ids[start : start + 500]),
                Visit.day >= handed_on - WATCHED_WEEKS * WEEK,
                Visit.day < handed_on + weeks * WEEK,
            )
            .group_by(Visit.outlet_id)
        )
        for outlet_id, now, before, counts, counts_before, first in rows:
            share = weeks / max(-((first - handed_on).days // 7), 1)
            found[outlet_id] = {
                "visits": int(now), "visits_usual": round(int(before) * share, 1),
                "counts": int(counts), "counts_usual": round(int(counts_before) * share, 1),
            }  # fmt: skip
    return found
