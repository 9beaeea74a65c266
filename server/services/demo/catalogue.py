"""The demo's catalogue as rows: brands and SKUs in their order, prices with a past and a future, must-sell lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from server.services.demo import words
from server.services.demo.history import Good

Row = dict[str, object]

# How many of the best sellers every outlet of a class must stock.
MUST_SELL: Final = {"A": 16, "B": 10, "C": 6, "D": 3}
NEW_SINCE: Final = timedelta(days=24)
NEW_UNTIL: Final = timedelta(days=26)
RAISED: Final = timedelta(days=42)


@dataclass(frozen=True)
class Catalogue:
    brands: Sequence[Row]
    skus: Sequence[Row]
    goods: Sequence[Good]
    prices: dict[str, dict[int, list[tuple[date, int]]]]
    must_sell: dict[str, frozenset[int]]

    def price_rows(self) -> list[Row]:
        return [
            {"sku_id": sku_id, "price_list": price_list, "valid_from": since, "piece_minor": minor}
            for price_list, by_sku in self.prices.items()
            for sku_id, steps in by_sku.items()
            for since, minor in steps
        ]

    def must_sell_rows(self) -> list[Row]:
        return [
            {"outlet_class": outlet_class, "sku_id": sku_id}
            for outlet_class, ids in self.must_sell.items()
            for sku_id in sorted(ids)
        ]


def build_catalogue(monday: date) -> Catalogue:
    """Brands and SKUs; the last SKU of some brands came 24 days before `monday` and is new for 26 days more."""
    founded = monday - timedelta(days=400)
    brands: list[Row] = []
    skus: list[Row] = []
    goods: list[Good] = []
    for place, brand in enumerate(words.BRANDS, start=1):
        brands.append({"id": place, "name": brand.name.zh, "name_en": brand.name.en, "position": place})
        for n, drink in enumerate(brand.drinks, start=1):
            sku_id, is_new = len(skus) + 1, n > len(brand.drinks) - brand.new
            skus.append(
                {
                    "id": sku_id,
                    "code": f"E{place}{n:02d}",
                    "barcode": f"2000{place:02d}{n:06d}",
                    "name": drink.name.zh,
                    "name_en": drink.name.en,
                    "brand_id": place,
                    "position": n,
                    "volume_ml": drink.volume_ml,
                    "pack": drink.pack,
                    "new_until": monday + NEW_UNTIL if is_new else None,
                    "active": True,
                }
            )
            since = monday - NEW_SINCE if is_new else founded
            goods.append(Good(sku_id, drink.pack, drink.piece_minor, drink.pull, since))
    standard = {good.id: _price_steps(good, n, founded, monday) for n, good in enumerate(goods)}
    # The larger chain has a list of its own, three in a hundred below the other.
    chain = {one: [(since, minor * 97 // 100) for since, minor in steps] for one, steps in standard.items()}
    return Catalogue(
        brands, skus, goods, {"standard": standard, words.CHAINS[0].zh: chain}, _must_sell(goods, monday)
    )


def _price_steps(good: Good, place: int, founded: date, monday: date) -> list[tuple[date, int]]:
    """Some prices rose six weeks ago, and some will rise next month: a price has a past and a future."""
    if place % 7 == 2:
        return [(founded, good.piece_minor - 20), (monday - RAISED, good.piece_minor)]
    if place % 11 == 5:
        return [(founded, good.piece_minor), (monday + timedelta(days=30), good.piece_minor + 30)]
    return [(founded, good.piece_minor)]


def _must_sell(goods: Sequence[Good], monday: date) -> dict[str, frozenset[int]]:
    old = [good for good in goods if good.since < monday - NEW_SINCE]
    best = sorted(old, key=lambda good: (-good.pull, good.id))
    return {
        outlet_class: frozenset(good.id for good in best[:count]) for outlet_class, count in MUST_SELL.items()
    }
