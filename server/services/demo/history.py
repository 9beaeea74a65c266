"""Twelve weeks of field work, shop by shop: what was there, what was counted, ordered, delivered and sold.

One stock runs through all of it, so that the rows agree: a morning's delivery, then the call with its count, then
the sales until the next call. Sold = last count + delivered - count, as the rule says, but for a few miscounts.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Final, NamedTuple

from server.domain.deliveries import DeliveryLine, delivery_status
from server.domain.journey_plan import StopRule, is_due, next_truck_day, next_visit_date
from server.domain.routes import holds_on
from server.domain.suggested_order import suggest
from server.services.demo.district import DWELL_MINUTES, PlannedStop, Shop

# Share of calls that end so; the rest order, or have enough.
CLOSED, OWNER_AWAY, NO_CASH, COMPETITOR = 0.03, 0.03, 0.02, 0.01
MISSED, UNPLANNED = 0.035, 0.01
WEEKDAY_FACTOR: Final = (0.9, 0.9, 0.95, 1.0, 1.15, 1.3, 1.1)
MISCOUNT: Final = 0.004
SHARE_OF_RANGE: Final = {"A": 0.95, "B": 0.7, "C": 0.5, "D": 0.3}


@dataclass(frozen=True)
class Good:
    """A SKU as the history needs it."""

    id: int
    pack: int
    piece_minor: int
    pull: float
    since: date


@dataclass(frozen=True)
class World:
    """What is the same for all shops."""

    seed: str
    first_day: date
    today: date
    cycle_anchor: date
    holidays: frozenset[date]
    truck_weekdays: tuple[int, ...]
    goods: Sequence[Good]
    # By price list ("standard", or a chain that has its own), SKU: (from day, cents a piece), oldest first.
    prices: Mapping[str, Mapping[int, Sequence[tuple[date, int]]]]
    # SKU ids by class.
    must_sell: Mapping[str, frozenset[int]]

    def price_list_of(self, chain: str) -> str:
        return chain if chain in self.prices else "standard"

    def price_on(self, chain: str, sku_id: int, day: date) -> int:
        """Cents a piece on a day."""
        rows = self.prices[self.price_list_of(chain)][sku_id]
        return next(minor for since, minor in reversed(rows) if since <= day)


class Line(NamedTuple):
    """An order line with what became of it (`delivered` None: not yet)."""

    sku_id: int
    suggested: int
    quantity: int
    piece_minor: int
    reason: str
    delivered: int | None
    short_reason: str


@dataclass
class Call:
    """A visit: minutes are of the territory's day."""

    shop: Shop
    day: date
    minute: int
    minutes: int
    planned: bool
    # (sku id, shelf, backroom, source)
    counts: list[tuple[int, int, int, str]] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    # (sku id, suggested, reason): suggested, and the owner wanted none
    declined: list[tuple[int, int, str]] = field(default_factory=list)
    outcome: str | None = None
    delivery_day: date | None = None
    next_visit_day: date | None = None
    skipped: dict[str, str] = field(default_factory=dict)

    @property
    def delivery_status(self) -> str:
        """planned until the driver recorded it."""
        if any(line.delivered is None for line in self.lines):
            return "planned"
        return delivery_status(
            [DeliveryLine(line.sku_id, line.quantity, line.delivered or 0) for line in self.lines]
        )


def calls_of(shop: Shop, world: World) -> list[Call]:
    """All calls at one shop up to yesterday, in order. The same shop and days give the same calls on any later day."""
    return _ShopHistory(shop, world).run()


class _Shelf:
    """One SKU in one shop."""

    __slots__ = ("coming", "delivered", "good", "last_count", "rate", "room", "stock")

    def __init__(self, good: Good, rate: float, rng: Random) -> None:
        self.good = good
        # Pieces sold a day, on average.
        self.rate = rate
        self.stock = round(rate * rng.uniform(2, 6))
        # Pieces that stand in front; the rest is in the back.
        self.room = max(6, round(rate * 3 / 6) * 6)
        self.last_count: int | None = None
        self.delivered = 0
        self.coming: tuple[date, int] | None = None


class _ShopHistory:
    def __init__(self, shop: Shop, world: World) -> None:
        self.shop, self.world = shop, world
        self.rng = Random(f"{world.seed}:{world.first_day}:{shop.id}")
        self.shelves = self._range()
        self.last_day = world.first_day - timedelta(days=3)

    def _range(self) -> list[_Shelf]:
        """The SKUs that this shop sells: the must-sell ones, and the popular before the others."""
        rng, shop = self.rng, self.shop
        share, must = SHARE_OF_RANGE[shop.outlet_class], self.world.must_sell[shop.outlet_class]
        shelves = []
        for good in self.world.goods:
            sells = good.id in must or rng.random() < share * min(1.3, 0.55 + good.pull / 2)
            rate = (
                shop.size * good.pull * 1.6 * rng.lognormvariate(0, 0.35) * math.sqrt(24 / max(12, good.pack))
            )
            if sells:
                shelves.append(_Shelf(good, rate, rng))
        return shelves

    def run(self) -> list[Call]:
        calls = []
        day = self.world.first_day
        while day < self.world.today:
            stop = self._stop_on(day)
            chance, minute = self.rng.random(), stop.minute if stop else self.rng.randrange(570, 960)
            planned = stop is not None and chance >= MISSED
            # Nobody calls on a shop that is shut or on a holiday, planned or not.
            if planned or (stop is None and chance < UNPLANNED and self._may_call(day)):
                calls.append(self._call(day, minute, planned))
            day += timedelta(days=1)
        return calls

    def _may_call(self, day: date) -> bool:
        shut = self.shop.closed_from is not None and day >= self.shop.closed_from
        return day.weekday() < 6 and day not in self.world.holidays and not shut

    def _stop_on(self, day: date) -> PlannedStop | None:
        if day in self.world.holidays:
            return None
        for stop in self.shop.stops:
            rule = StopRule(stop.weekday, stop.weeks, stop.phase)
            if holds_on(stop.valid_from, stop.valid_to, day) and is_due(rule, day, self.world.cycle_anchor):
                return stop
        return None

    def _call(self, day: date, minute: int, planned: bool) -> Call:
        rng = self.rng
        usual = DWELL_MINUTES[self.shop.outlet_class]
        call = Call(
            self.shop, day, minute + rng.randint(-12, 18), max(3, round(rng.gauss(usual - 4, 4))), planned
        )
        call.next_visit_day = self._next_visit(day)
        self._sell_until(day)
        chance = rng.random()
        if chance < CLOSED:
            call.outcome, call.minutes = "closed", 2
            return call
        if rng.random() < 0.25:
            call.skipped["outdoor"] = rng.choice(("no_outdoor_ads", "no_posters", "weather"))
        self._count(call)
        for limit, outcome in ((OWNER_AWAY, "owner_away"), (NO_CASH, "no_cash"), (COMPETITOR, "competitor")):
            chance -= limit
            if chance < CLOSED:
                call.outcome = outcome
                break
        else:
            self._order(call)
        self._settle(call)
        return call

    def _next_visit(self, day: date) -> date | None:
        rules = [
            StopRule(stop.weekday, stop.weeks, stop.phase)
            for stop in self.shop.stops
            if holds_on(stop.valid_from, stop.valid_to, day)
        ]
        return next_visit_date(rules, day, self.world.cycle_anchor, self.world.holidays)

    def _sell_until(self, day: date) -> None:
        """Sales since the last call, and this morning's or an earlier delivery put on the shelf."""
        days = (day - self.last_day).days
        weight = sum(WEEKDAY_FACTOR[(self.last_day + timedelta(days=n)).weekday()] for n in range(days))
        # Sales fall from the heat of late summer to the cool of early winter and rise again.
        weight *= 1 + 0.25 * math.cos((day.timetuple().tm_yday - 220) / 365 * 2 * math.pi)
        for shelf in self.shelves:
            if shelf.coming is not None and shelf.coming[0] <= day:
                shelf.stock += shelf.coming[1]
                shelf.delivered += shelf.coming[1]
                shelf.coming = None
            mean = shelf.rate * weight
            sold = max(0, round(self.rng.gauss(mean, 0.2 * mean + math.sqrt(mean))))
            shelf.stock -= min(sold, shelf.stock)
        self.last_day = day

    def _count(self, call: Call) -> None:
        rng = self.rng
        for shelf in self.shelves:
            if shelf.good.since > call.day or rng.random() < 0.01:
                continue  # not sold yet, or missed
            seen = shelf.stock
            if rng.random() < MISCOUNT:
                seen = max(0, seen + rng.choice((-6, 6, 12)))
            front = min(seen, shelf.room)
            source = "same" if seen == shelf.last_count else "typed"
            call.counts.append((shelf.good.id, front, seen - front, source))

    def _order(self, call: Call) -> None:
        counted = {sku_id: shelf + back for sku_id, shelf, back, _source in call.counts}
        must = self.world.must_sell[self.shop.outlet_class]
        for shelf in self.shelves:
            good, count = shelf.good, counted.get(shelf.good.id)
            if count is None:
                continue
            on_the_way = shelf.coming[1] if shelf.coming else 0
            suggested = suggest(shelf.last_count, shelf.delivered, count, good.pack)
            quantity, reason = self._agree(suggested, good, count + on_the_way, good.id in must)
            if quantity:
                price = self.world.price_on(self.shop.chain, good.id, call.day)
                call.lines.append(Line(good.id, suggested, quantity, price, reason, None, ""))
            elif suggested:
                call.declined.append((good.id, suggested, reason))
        if not call.lines:
            call.outcome = "enough_stock"
            return
        call.delivery_day = next_truck_day(call.day, self.world.truck_weekdays, self.world.holidays)

    def _agree(self, suggested: int, good: Good, there: int, must: bool) -> tuple[int, str]:
        """What the owner says to the suggestion: pieces, and the reason where they differ from it."""
        chance = self.rng.random()
        if suggested and there >= suggested + good.pack:
            return 0, "no_space"
        if suggested > good.pack and chance < 0.06:
            return suggested - good.pack, self.rng.choice(("owner_wants_less", "no_space", "no_cash"))
        if suggested and chance > 0.95:
            return suggested + good.pack, self.rng.choice(("owner_wants_more", "promotion"))
        if not suggested and there < good.pack / 4 and chance < (0.7 if must else 0.35):
            return good.pack, "owner_wants_more"  # an empty shelf sells nothing, and so suggests nothing
        return suggested, ""

    def _settle(self, call: Call) -> None:
        """After the call: counts become last counts, and the order's delivery is on its way."""
        by_sku = {shelf.good.id: shelf for shelf in self.shelves}
        for sku_id, front, back, _source in call.counts:
            by_sku[sku_id].last_count, by_sku[sku_id].delivered = front + back, 0
        if call.delivery_day is None:
            return
        fate = self.rng.random()
        done = call.delivery_day < self.world.today
        for n, line in enumerate(call.lines):
            handed, why = line.quantity, ""
            if fate < 0.008:
                handed, why = 0, "refused"
            elif fate < 0.06 and self.rng.random() < 0.2:
                handed, why = max(0, line.quantity - by_sku[line.sku_id].good.pack), "short"
            shelf = by_sku[line.sku_id]
            earlier = shelf.coming[1] if shelf.coming else 0
            shelf.coming = (call.delivery_day, handed + earlier)
            if done:
                call.lines[n] = line._replace(delivered=handed, short_reason=why)


def simulate(shops: Sequence[Shop], world: World) -> list[Call]:
    """The calls of all shops in the order of time."""
    calls = [call for shop in shops if shop.stops for call in calls_of(shop, world)]
    calls.sort(key=lambda call: (call.day, call.minute, call.shop.id))
    return calls
