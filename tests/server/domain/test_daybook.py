"""The book's lease, and how a card's figures are packed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from server.domain.daybook import (
    MOST_VISITS,
    DeliveryFacts,
    Figures,
    OrderFacts,
    VisitFacts,
    pack_figures,
    shift_lease,
)

HK = "Asia/Hong_Kong"


def hk(day: int, hour: int, minute: int = 0) -> datetime:
    """A wall-clock time of November 2026 in Hong Kong."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


@pytest.mark.parametrize("now", [hk(23, 5), hk(23, 7, 30), hk(23, 20, 59)])
def test_the_lease_is_one_and_the_same_for_the_whole_shift(now: datetime) -> None:
    assert shift_lease(now, HK) == (hk(23, 5), hk(23, 21))


@pytest.mark.parametrize("now", [hk(23, 21), hk(23, 23, 59), hk(24, 0), hk(24, 4, 59)])
def test_in_the_night_the_lease_lasts_sixteen_hours_from_the_shifts_end(now: datetime) -> None:
    assert shift_lease(now, HK) == (hk(23, 21), hk(24, 13))


def test_a_lease_holds_at_the_moment_it_is_asked_for_on_the_nights_clocks_change() -> None:
    for hours in range(72):
        now = datetime(2026, 3, 28, tzinfo=UTC) + timedelta(hours=hours)
        lease = shift_lease(now, "Europe/Berlin")
        assert lease.starts_at <= now < lease.ends_at
        assert lease.ends_at - lease.starts_at <= timedelta(hours=16)


def packed(figures: Figures, catalogue: list[int] | None = None) -> dict[str, Any]:
    return pack_figures(figures, catalogue or [30, 10, 20], {1: "林", 2: "何"}.__getitem__)


def visit(day: int, person: int = 1, *, planned: bool = True, outcome: str | None = None) -> VisitFacts:
    return VisitFacts(date(2026, 11, day), hk(day, 10), person, planned, outcome)


def test_columns_are_the_skus_seen_in_the_order_of_counting() -> None:
    card = packed(Figures(visits=[visit(20)], counts=[{10: (1, 2), 30: (0, 0), 99: (5, 5)}]))
    assert card["skus"] == [30, 10]
    assert card["visits"] == [["2026-11-20", 0, 1, None, [0, 1], [0, 2]]]


def test_a_sku_that_was_not_counted_is_null_and_zero_is_a_count() -> None:
    card = packed(Figures(visits=[visit(20), visit(13)], counts=[{10: (0, 0)}, {10: (3, 0), 20: (4, 1)}]))
    assert card["skus"] == [10, 20]
    assert card["visits"][0][4:] == [[0, None], [0, None]]
    assert card["visits"][1][4:] == [[3, 4], [0, 1]]


def test_a_visit_without_a_count_has_empty_columns() -> None:
    card = packed(Figures(visits=[visit(20, outcome="closed")], counts=[{}]))
    assert card["visits"] == [["2026-11-20", 0, 1, "closed", [], []]]
    assert card["stock"] == {"at": None, "shelf": [], "backroom": [], "delivered": []}


def test_stock_is_each_skus_own_last_count_with_what_came_since_that_count() -> None:
    figures = Figures(
        visits=[visit(20), visit(13), visit(6)],
        counts=[{10: (1, 0)}, {10: (2, 0), 20: (7, 1)}, {}],
        deliveries=[
            DeliveryFacts(date(2026, 11, 21), hk(21, 7)),
            DeliveryFacts(date(2026, 11, 14), hk(14, 7)),
        ],
        delivered=[{10: 24}, {10: 12, 20: 6}],
    )
    card = packed(figures)
    assert card["skus"] == [10, 20]
    assert card["stock"] == {
        "at": "2026-11-20T02:00:00.000Z",
        "shelf": [1, 7],
        "backroom": [0, 1],
        "delivered": [24, 6],
    }


def test_a_sku_delivered_and_never_counted_has_no_last_count_and_all_that_came() -> None:
    figures = Figures(
        deliveries=[
            DeliveryFacts(date(2026, 11, 21), hk(21, 7)),
            DeliveryFacts(date(2026, 11, 14), hk(14, 7)),
        ],
        delivered=[{10: 24}, {10: 12}],
    )
    assert packed(figures)["stock"] == {"at": None, "shelf": [None], "backroom": [None], "delivered": [36]}


def test_a_delivery_in_the_minute_of_the_count_is_not_counted_twice() -> None:
    figures = Figures(
        visits=[visit(20)], counts=[{10: (24, 0)}],
        deliveries=[DeliveryFacts(date(2026, 11, 20), hk(20, 10))], delivered=[{10: 24}],
    )  # fmt: skip
    assert packed(figures)["stock"]["delivered"] == [0]


def test_orders_and_deliveries_have_zero_where_a_sku_was_not_in_them() -> None:
    figures = Figures(
        orders=[OrderFacts(date(2026, 11, 20), date(2026, 11, 21), "open", 4200)],
        ordered=[{20: 12}],
        deliveries=[DeliveryFacts(date(2026, 11, 14), hk(14, 7))],
        delivered=[{10: 6}],
    )
    card = packed(figures)
    assert card["skus"] == [10, 20]
    assert card["orders"] == [["2026-11-20", "2026-11-21", "open", 4200, [0, 12]]]
    assert card["deliveries"] == [["2026-11-14", [6, 0]]]


def test_people_are_named_once_in_the_order_of_their_visits() -> None:
    card = packed(Figures(visits=[visit(20, 2), visit(13, 1), visit(6, 2)], counts=[{}, {}, {}]))
    assert card["people"] == ["何", "林"]
    assert [one[1] for one in card["visits"]] == [0, 1, 0]


def test_older_deliveries_count_for_the_stock_but_are_not_shown() -> None:
    many = MOST_VISITS + 5
    figures = Figures(
        deliveries=[DeliveryFacts(date(2026, 11, 1), hk(20, 7) - timedelta(days=n)) for n in range(many)],
        delivered=[{10: 1}] * many,
    )
    card = packed(figures)
    assert card["stock"]["delivered"] == [many]
    assert len(card["deliveries"]) == MOST_VISITS
