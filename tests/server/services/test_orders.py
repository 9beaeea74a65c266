"""Orders are kept as they were signed; what is odd about them is for a person to decide (F7)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from server.errors import Conflict
from server.extensions import clock
from server.models import Delivery, DeliveryLine, Order, OrderLine, Outlet, Person
from server.services import order_reviews
from tests.server.fake_phone import ClientWire, FakePhone
from tests.server.field import PACK, PASSWORD, Field, build_field

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.fixture
def field(session: Session) -> Field:
    clock.start_at(NOW)
    return build_field(session)


@pytest.fixture
def phone(client: FlaskClient, field: Field) -> FakePhone:
    phone = FakePhone(ClientWire(client))
    phone.sign_in(field.rep)
    return phone


def ordered(phone: FakePhone, session: Session, body: dict[str, Any]) -> tuple[Order, Delivery | None]:
    phone.save("visit.record", body)
    answer = phone.push()
    assert answer["results"][0]["status"] == "applied", answer["results"]
    session.rollback()
    key = UUID(body["order"]["order_id"])
    return session.get_one(Order, key), session.get(Delivery, key)


def test_an_order_goes_on_the_routes_truck(phone: FakePhone, field: Field, session: Session) -> None:
    lines = [(sku, PACK, PACK, field.prices[sku]) for sku in field.skus[:3]]
    order, delivery = ordered(phone, session, phone.visit(field.outlets[0], lines=lines))
    assert (order.status, order.review_reason) == ("open", "")
    assert order.total_minor == sum(PACK * field.prices[sku] for sku in field.skus[:3])
    assert delivery is not None
    assert (delivery.route_id, delivery.truck_id, delivery.day, delivery.status) == (
        field.route,
        field.truck,
        date(2026, 11, 25),
        "planned",
    )
    line = session.get_one(DeliveryLine, (order.id, field.skus[0]))
    assert (line.ordered, line.delivered) == (PACK, None)


def test_a_declined_suggestion_is_kept_and_not_delivered(
    phone: FakePhone, field: Field, session: Session
) -> None:
    body = phone.visit(
        field.outlets[0], lines=[(sku, PACK, PACK, field.prices[sku]) for sku in field.skus[:2]]
    )
    body["order"]["lines"][1] = [field.skus[1], PACK, 0, field.prices[field.skus[1]], "no_space"]
    body["order"]["total_minor"] = PACK * field.prices[field.skus[0]]
    order, _ = ordered(phone, session, body)
    declined = session.get_one(OrderLine, (order.id, field.skus[1]))
    assert (declined.suggested, declined.quantity, declined.reason) == (PACK, 0, "no_space")
    assert session.get(DeliveryLine, (order.id, field.skus[1])) is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"price": 1}, "price"),
        ({"quantity": PACK + 1}, "pack"),
        ({"quantity": 201 * PACK}, "quantity"),
        ({"total": 5}, "total"),
        ({"price_list": "friends"}, "price_list"),
        ({"delivery_day": "2026-11-29"}, "delivery_day"),  # a Sunday: no truck
        ({"delivery_day": "2026-11-24"}, "delivery_day"),
        ({"sku": "gone"}, "not_sold"),
        ({"outlet": "closed"}, "outlet_closed"),
        ({"outlet": "loose"}, "no_route"),
        ({"reason": ""}, "reason_missing"),
    ],
)
def test_F7_an_odd_order_is_kept_for_review_and_stays_off_the_truck(
    phone: FakePhone, field: Field, session: Session, change: dict[str, Any], reason: str
) -> None:
    sku = field.gone_sku if change.get("sku") else field.skus[0]
    outlet = {"closed": field.closed_outlet, "loose": field.loose_outlet}.get(
        change.get("outlet", ""), field.outlets[0]
    )
    quantity = change.get("quantity", PACK)
    suggested = 2 * PACK if "reason" in change else quantity
    price = change.get("price", field.prices[sku])
    body = phone.visit(outlet, lines=[(sku, suggested, quantity, price)])
    order = body["order"]
    if "reason" in change:
        order["lines"][0][4] = ""
    order["total_minor"] = change.get("total", order["total_minor"])
    order["price_list"] = change.get("price_list", "standard")
    order["delivery_day"] = change.get("delivery_day", order["delivery_day"])
    kept, delivery = ordered(phone, session, body)
    assert (kept.status, kept.review_reason) == ("needs_review", reason)
    assert delivery is None


@pytest.mark.parametrize(
    ("line", "detail"),
    [
        ([1, 0, 0, 300, ""], "order.lines.0.2 at_least"),
        ([1, 12, -12, 300, ""], "order.lines.0.2 at_least"),
        ([1, 12, 1.5, 300, ""], "order.lines.0.2 whole_number"),
        ([1, 12, 12, -300, ""], "order.lines.0.3 at_least"),
        ([1, 12, 12, 300, "bribe"], "order.lines.0.4 reason_unknown"),
        ([1, 12, 12, 300], "order.lines.0 length"),
        ([10**6, 12, 12, 300, ""], "order.lines.0.0 not_found"),
    ],
)
def test_H2_an_impossible_line_is_quarantined(
    phone: FakePhone, field: Field, line: list[Any], detail: str
) -> None:
    body = phone.visit(field.outlets[0], lines=[(field.skus[0], PACK, PACK, 300)])
    body["order"]["lines"] = [line]
    phone.save("visit.record", body)
    result = phone.push()["results"][0]
    assert (result["status"], result["code"], result["detail"]) == ("quarantined", "invalid", detail)


def test_an_order_that_arrives_after_its_day_goes_on_the_next_truck(
    phone: FakePhone, field: Field, session: Session
) -> None:
    lines = [(field.skus[0], PACK, PACK, field.prices[field.skus[0]])]
    body = phone.visit(field.outlets[0], at=NOW - timedelta(days=4), lines=lines)
    order, delivery = ordered(phone, session, body)
    assert (order.status, order.delivery_day) == ("open", date(2026, 11, 21))
    assert delivery is not None
    assert delivery.day == date(2026, 11, 25)


def test_a_reviewed_order_is_delivered_or_cancelled_once(
    phone: FakePhone, field: Field, session: Session
) -> None:
    bodies = [phone.visit(field.outlets[index], lines=[(field.skus[0], PACK, PACK, 1)]) for index in range(2)]
    keys = [ordered(phone, session, body)[0].id for body in bodies]
    today = date(2026, 11, 24)
    for key, accept in zip(keys, (True, False), strict=True):
        order_reviews.review_order(order_id=key, accept=accept, today=today, now=NOW, by=field.supervisor.id)
    session.rollback()
    assert [session.get_one(Order, key).status for key in keys] == ["open", "cancelled"]
    delivery = session.get_one(Delivery, keys[0])
    assert (delivery.day, delivery.truck_id) == (date(2026, 11, 25), field.truck)
    assert session.get(Delivery, keys[1]) is None
    with pytest.raises(Conflict):
        order_reviews.review_order(
            order_id=keys[0], accept=True, today=today, now=NOW, by=field.supervisor.id
        )


def test_the_supervisor_sees_what_is_odd_beside_the_list_and_decides(
    phone: FakePhone, field: Field, session: Session, client: FlaskClient
) -> None:
    sku = field.skus[0]
    key = ordered(phone, session, phone.visit(field.outlets[0], lines=[(sku, PACK, PACK, 1)]))[0].id
    session.rollback()
    client.post("/api/v1/session", json={"login": "supervisor", "password": PASSWORD})
    shown = client.get("/api/v1/orders/review").get_json()
    assert [one["id"] for one in shown] == [str(key)]
    assert shown[0]["reasons"] == ["price"]
    outlet, rep = session.get_one(Outlet, field.outlets[0]), session.get_one(Person, field.rep.id)
    assert (shown[0]["outlet"], shown[0]["outlet_en"]) == (outlet.name, outlet.name_en)
    assert (shown[0]["person"], shown[0]["person_en"]) == (rep.name, rep.name_en)
    line = shown[0]["lines"][0]
    assert (line["quantity"], line["piece_minor"], line["listed_minor"]) == (PACK, 1, field.prices[sku])
    address = f"/api/v1/orders/{key}/review"
    assert client.post(address, json={"accept": False}).get_json()["status"] == "cancelled"
    assert client.get("/api/v1/orders/review").get_json() == []
    assert client.post(address, json={"accept": True}).status_code == 409
