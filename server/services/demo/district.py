"""The demo's district: shops where people live, and a journey plan that a rep could walk. Plain values, no tables."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Final

from server.domain.outlets import distance_m
from server.services.demo import words
from server.services.demo.words import Area, Named, ShopKind

# Of each ten outlets of a route by class; A is called on three times a week, B twice, C once, D every second or fourth.
CLASSES: Final = ("A", "B", "C", "B", "A", "D", "B", "A", "C", "B")
THREE_A_WEEK: Final = ((0, 2, 4), (1, 3, 5))
TWO_A_WEEK: Final = ((0, 3), (1, 4), (2, 5))
DWELL_MINUTES: Final = {"A": 24, "B": 19, "C": 15, "D": 12}
FIRST_CALL: Final = 9 * 60
LUNCH_AFTER: Final = 12 * 60 + 45
LUNCH_MINUTES: Final = 55
# A walk along streets is about a third longer than the line between two doors.
METRES_A_MINUTE: Final = 72 / 1.3


@dataclass
class Shop:
    """An outlet as the demo invents it; `area` is the index of its route, None where no route serves it yet."""

    id: int
    name: Named
    kind: ShopKind
    chain: str
    outlet_class: str
    address: str
    latitude: float | None
    longitude: float | None
    area: int | None
    hours: list[list[int]]
    stops: list["PlannedStop"] = field(default_factory=list)
    closed_from: date | None = None

    @property
    def size(self) -> float:
        """How much it sells, 1 for a usual shop of class B."""
        return {"A": 2.2, "B": 1.0, "C": 0.55, "D": 0.3}[self.outlet_class]


@dataclass
class PlannedStop:
    """A stop before it is a row; `sequence` and `minute` come with the order of its weekday."""

    weekday: int
    weeks: int
    phase: int
    valid_from: date
    valid_to: date | None = None
    sequence: int = 0
    minute: int = 0


def build_shops(seed: str, routes: int, outlets_per_route: int, first_day: date) -> list[Shop]:
    """All shops with their stops, in order of id. The stops hold from a fortnight before `first_day` on."""
    rng = Random(f"{seed}:shops")
    names = _shop_names(rng, routes * outlets_per_route + 20)
    shops: list[Shop] = []
    for area in range(routes):
        for n in range(outlets_per_route):
            shops.append(_shop(rng, len(shops) + 1, area, CLASSES[n % len(CLASSES)], names))
    _add_noise(rng, shops, names)
    _plan(rng, shops, routes, first_day - timedelta(days=14))
    _make_peculiar(shops)
    return shops


def _shop_names(rng: Random, wanted: int) -> list[tuple[Named, ShopKind]]:
    """Distinct pairs of a name and a kind of shop, in random order, common kinds oftener."""
    pairs = [(name, kind) for name in words.SHOP_NAMES for kind in words.SHOP_KINDS]
    pairs.sort(key=lambda pair: rng.random() ** (1 / pair[1].weight), reverse=True)
    return pairs[:wanted][::-1]


def _shop(
    rng: Random, shop_id: int, area: int | None, outlet_class: str, names: list[tuple[Named, ShopKind]]
) -> Shop:
    name, kind = names.pop()
    shop_name, chain = Named(name.zh + kind.name.zh, f"{name.en} {kind.name.en}"), ""
    place = words.AREAS[(area or 0) % len(words.AREAS)]
    street = rng.choice(words.STREETS)
    if kind.channel in ("convenience", "supermarket") and rng.random() < 0.7:
        brand = words.CHAINS[0] if kind.channel == "convenience" else words.CHAINS[1]
        shop_name = Named(f"{brand.zh}（{street.zh}店）", f"{brand.en} {street.en}")
        chain = brand.zh
    latitude, longitude = _somewhere(rng, place)
    return Shop(
        id=shop_id,
        name=shop_name,
        kind=kind,
        chain=chain,
        outlet_class=outlet_class,
        address=f"{words.DISTRICT.zh}{place.name.zh}{street.zh}{rng.randint(1, 188)}号地下",
        latitude=latitude,
        longitude=longitude,
        area=area,
        hours=[[d, kind.opens, kind.closes] for d in range(7) if d != kind.closed_on],
    )


def _somewhere(rng: Random, place: Area) -> tuple[float, float]:
    """A door in the quarter: about 400 m around its middle."""
    return (
        round(place.latitude + max(-0.006, min(0.006, rng.gauss(0, 0.0026))), 6),
        round(place.longitude + max(-0.006, min(0.006, rng.gauss(0, 0.0028))), 6),
    )


def _add_noise(rng: Random, shops: list[Shop], names: list[tuple[Named, ShopKind]]) -> None:
    """Outlets of the book that no route serves: newly found ones here, and some of another territory."""
    for _ in range(4):
        shops.append(_shop(rng, len(shops) + 1, None, "C", names))
    for _ in range(6):
        shop = _shop(rng, len(shops) + 1, None, "B", names)
        shop.latitude, shop.longitude = (
            round(22.281 + rng.random() / 200, 6),
            round(114.14 + rng.random() / 200, 6),
        )
        shop.address = shop.address.replace(words.DISTRICT.zh, words.OTHER_DISTRICT.zh)
        shops.append(shop)


def _plan(rng: Random, shops: list[Shop], routes: int, valid_from: date) -> None:
    for area in range(routes):
        served = [shop for shop in shops if shop.area == area]
        for shop in served:
            shop.stops = [
                PlannedStop(weekday, weeks, phase, valid_from)
                for weekday, weeks, phase in _cycle(rng, shop, area)
            ]
        for shop in served[7::19]:  # some changed their weekday four weeks into the history
            _move_stop(shop, valid_from + timedelta(days=42))
        for shop in served[9:10] if area % 2 else ():  # and some closed
            _close(shop, valid_from + timedelta(days=56))
        for weekday in range(6):
            day = [(shop, stop) for shop in served for stop in shop.stops if stop.weekday == weekday]
            _order(words.AREAS[area], day)


def _cycle(rng: Random, shop: Shop, area: int) -> list[tuple[int, int, int]]:
    """Weekday, weeks and phase of each call. Neighbours share days: the quarter is cut from west to east."""
    place = words.AREAS[area]
    east = min(0.999, max(0.0, ((shop.longitude or place.longitude) - place.longitude + 0.006) / 0.012))
    # A normal spread puts most shops in the middle; its distribution function makes the cuts even.
    east = 0.5 * (1 + math.erf((east - 0.5) * 0.012 / 0.0028 / math.sqrt(2)))
    if shop.outlet_class == "A":
        return [(weekday, 1, 0) for weekday in THREE_A_WEEK[int(east * 2)]]
    if shop.outlet_class == "B":
        return [(weekday, 1, 0) for weekday in TWO_A_WEEK[int(east * 3)]]
    weekday = int(east * 6)
    if shop.outlet_class == "C":
        return [(weekday, 1, 0)]
    return [(weekday, 2, rng.randrange(2)) if rng.random() < 0.6 else (weekday, 4, rng.randrange(4))]


def _move_stop(shop: Shop, day: date) -> None:
    old = shop.stops[-1]
    free = [weekday for weekday in range(6) if weekday not in {stop.weekday for stop in shop.stops}]
    old.valid_to = day - timedelta(days=1)
    shop.stops.append(PlannedStop(free[old.weekday % len(free)], old.weeks, old.phase, day))


def _close(shop: Shop, day: date) -> None:
    shop.closed_from = day
    for stop in shop.stops:
        stop.valid_to = min(stop.valid_to or day, day - timedelta(days=1))


def _order(place: Area, day: list[tuple[Shop, PlannedStop]]) -> None:
    """Sequence and planned minute of a weekday's stops: nearest neighbour, then 2-opt until nothing gets shorter."""
    points = [(shop.latitude or place.latitude, shop.longitude or place.longitude) for shop, _stop in day]
    minute, last = float(FIRST_CALL), None
    for sequence, index in enumerate(walking_order(points), start=1):
        shop, stop = day[index]
        if last is not None:
            minute += distance_m(*last, *points[index]) / METRES_A_MINUTE
        if LUNCH_AFTER <= minute < LUNCH_AFTER + LUNCH_MINUTES:
            minute += LUNCH_MINUTES
        stop.sequence, stop.minute = sequence, round(minute / 5) * 5
        # Every second or fourth week's shops take only their share of a usual day.
        minute += DWELL_MINUTES[shop.outlet_class] / stop.weeks
        last = points[index]


def walking_order(points: Sequence[tuple[float, float]]) -> list[int]:
    """The indexes of the points in a short open walk from the westernmost one. Degrees."""
    if not points:
        return []
    far = [[distance_m(*a, *b) for b in points] for a in points]
    tour = [min(range(len(points)), key=lambda i: points[i][1])]
    left = set(range(len(points))) - set(tour)
    while left:
        tour.append(min(left, key=lambda i: (far[tour[-1]][i], i)))
        left.remove(tour[-1])
    shorter = True
    while shorter:
        shorter = any(
            _uncross(far, tour, i, j) for i in range(len(tour) - 2) for j in range(i + 2, len(tour))
        )
    return tour


def _uncross(far: list[list[float]], tour: list[int], i: int, j: int) -> bool:
    """Turn the part after i up to j around where that makes the walk shorter."""
    a, b, c = tour[i], tour[i + 1], tour[j]
    after = tour[j + 1] if j + 1 < len(tour) else None
    gain = far[a][b] - far[a][c] + (far[c][after] - far[b][after] if after is not None else 0)
    if gain <= 1e-6:
        return False
    tour[i + 1 : j + 1] = reversed(tour[i + 1 : j + 1])
    return True


def _make_peculiar(shops: list[Shop]) -> None:
    """Rows that break careless code: markup in a name, a very long one, no position, a formula, mixed directions."""
    chosen = [shop for shop in shops if shop.area == 0 and not shop.chain]
    markup, long, placeless, formula, mixed = chosen[1], chosen[3], chosen[4], chosen[6], chosen[8]
    markup.name = Named("<b>O'Hara & Sons</b> 士多", "<b>O'Hara & Sons</b> Store")
    long.name = Named(
        "青榕里旧渡街街坊福利互助合作社附设第二凉茶汽水零食杂货文具士多连外卖窗口（近石级里出口）",
        "Banyan Court Old Ferry Street Neighbours' Mutual Welfare Co-operative Second Soft Drinks, Snacks and Sundries "
        "Store with Take-away Window (near the Stone Steps Lane exit)",
    )
    placeless.latitude = placeless.longitude = None
    placeless.address = f"{words.DISTRICT.zh}青榕里街市二楼（无门牌）"
    formula.name = Named("=1+1 小店", "=1+1 Shop")
    mixed.name = Named("مقهى 港湾 🧃 Café", "مقهى Harbour 🧃 Café")
