"""Deliveries: only the route's driver records them, and the order follows what was really handed over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from server.extensions import clock
from server.models import Delivery, DeliveryLine, Order, Outlet
from tests.server.fake_phone import ClientWire, FakePhone, wire_time
from tests.server.field import PACK, Field, build_field, reassign

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.fixture
def field(session: Session) -> Field:
    clock.start_at(NOW)
    return build_field(session)


@pytest.fixture
def driver(app: Flask, field: Field) -> FakePhone:
    phone = FakePhone(ClientWire(app.test_client()))
    phone.sign_in(field.driver)
    return phone


@pytest.fixture
def order_id(client: FlaskClient, field: Field) -> str:
    """An order of two SKUs, a pack each, due the next day; then it is the next day."""
    rep = FakePhone(ClientWire(client))
    rep.sign_in(field.rep)
    body = rep.visit(field.outlets[0], lines=[(sku, PACK, PACK, field.prices[sku]) for sku in field.skus[:2]])
    rep.save("visit.record", body)
    assert rep.push()["results"][0]["status"] == "applied"
    clock.start_at(NOW + timedelta(days=1))
    return str(body["order"]["order_id"])


def record(driver: FakePhone, order_id: str, lines: list[list[Any]], **changes: Any) -> dict[str, Any]:
    body = {
        "delivery_id": order_id,
        "at": wire_time(driver.now()),
        "fix": driver.fix(),
        "lines": lines,
        "status": "delivered",
        "note": "",
        "signature": "M1 2 L3 4",
        **changes,
    }
    operation = driver.save("delivery.record", body)
    driver.push()
    return driver.result(operation)


@pytest.mark.parametrize(
    ("pieces", "status"),
    [
        ((PACK, PACK), "delivered"),
        ((PACK, 3), "partly"),
        ((0, 0), "refused"),
        ((PACK, 2 * PACK), "delivered"),
    ],
)
def test_the_status_follows_from_what_was_handed_over(
    driver: FakePhone, field: Field, order_id: str, session: Session, pieces: tuple[int, int], status: str
) -> None:
    lines = [[sku, n, "" if n >= PACK else "short"] for sku, n in zip(field.skus[:2], pieces, strict=True)]
    assert record(driver, order_id, lines)["status"] == "applied"
    session.rollback()
    delivery, order = session.get_one(Delivery, UUID(order_id)), session.get_one(Order, UUID(order_id))
    assert (delivery.status, order.status, delivery.driver_id) == (status, status, field.driver.id)
    handed = session.get_one(DeliveryLine, (order.id, field.skus[1]))
    assert handed.delivered == pieces[1]
    assert session.get_one(Outlet, field.outlets[0]).card_version == 3


def test_what_is_not_named_was_not_handed_over_and_what_was_not_ordered_is_added(
    driver: FakePhone, field: Field, order_id: str, session: Session
) -> None:
    lines = [[field.skus[0], PACK, ""], [field.skus[5], 6, "other"]]
    assert record(driver, order_id, lines)["status"] == "applied"
    session.rollback()
    key = UUID(order_id)
    assert session.get_one(Delivery, key).status == "partly"
    missing = session.get_one(DeliveryLine, (key, field.skus[1]))
    assert (missing.delivered, missing.reason) == (0, "short")
    extra = session.get_one(DeliveryLine, (key, field.skus[5]))
    assert (extra.ordered, extra.delivered) == (0, 6)


def test_a_later_word_replaces_an_earlier_one_and_never_the_other_way(
    driver: FakePhone, field: Field, order_id: str, session: Session
) -> None:
    whole = [[sku, PACK, ""] for sku in field.skus[:2]]
    none = [[sku, 0, "refused"] for sku in field.skus[:2]]
    assert record(driver, order_id, whole)["status"] == "applied"
    earlier = wire_time(driver.now() - timedelta(hours=1))
    assert record(driver, order_id, none, at=earlier)["status"] == "applied"
    session.rollback()
    assert session.get_one(Delivery, UUID(order_id)).status == "delivered"
    later = wire_time(driver.now() + timedelta(seconds=30))
    assert record(driver, order_id, none, at=later)["status"] == "applied"
    session.rollback()
    assert session.get_one(Order, UUID(order_id)).status == "refused"


def test_F1_another_routes_driver_may_not_record_it(app: Flask, field: Field, order_id: str) -> None:
    stranger = FakePhone(ClientWire(app.test_client()))
    stranger.sign_in(field.far_driver)
    result = record(stranger, order_id, [[field.skus[0], PACK, ""]])
    assert (result["status"], result["code"]) == ("quarantined", "not_allowed")


def test_who_drove_the_route_before_that_day_may_not_record_it(
    driver: FakePhone, field: Field, order_id: str, session: Session
) -> None:
    reassign(session, field, to=field.far_driver, at=NOW - timedelta(days=3), role="driver")
    result = record(driver, order_id, [[field.skus[0], PACK, ""]])
    assert (result["status"], result["code"]) == ("quarantined", "not_allowed")


@pytest.mark.parametrize(
    ("line", "detail"),
    [
        ([1, -1, ""], "lines.0.1 at_least"),
        ([1, 100_001, ""], "lines.0.1 at_most"),
        ([1, 0.5, ""], "lines.0.1 whole_number"),
        ([1, 1, "lost"], "lines.0.2 one_of"),
        ([10**6, 1, ""], "lines.0.0 not_found"),
    ],
)
def test_H2_an_impossible_quantity_is_quarantined(
    driver: FakePhone, order_id: str, line: list[Any], detail: str
) -> None:
    result = record(driver, order_id, [line])
    assert (result["code"], result["detail"]) == ("invalid", detail)
