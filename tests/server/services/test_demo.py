"""The demo company: the same for the same seed and week, believable, and its rows agree with each other."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from server.domain.deliveries import delivery_status
from server.domain.suggested_order import suggest
from server.errors import Conflict
from server.models import (
    AuditEntry,
    Contact,
    Delivery,
    DeliveryLine,
    Order,
    OrderLine,
    Outlet,
    Person,
    Sku,
    StockCount,
    Stop,
    Visit,
)
from server.services.demo import DemoSize, create_demo, find_demo_sign_ins
from server.services.demo.district import build_shops, walking_order
from server.services.demo.rows import CANARY_PHONE
from server.services.people import add_person

THURSDAY = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
SMALL = DemoSize(routes=4, outlets_per_route=20, weeks=3)


def found(now: datetime = THURSDAY, size: DemoSize = SMALL) -> None:
    create_demo(now=now, size=size)


def test_everyone_on_the_list_can_sign_in(session: Session, client: FlaskClient) -> None:
    sign_ins = create_demo(now=THURSDAY, size=DemoSize(routes=1, outlets_per_route=10, weeks=0))
    assert {"rep1", "driver1", "supervisor", "manager", "custodian", "auditor", "admin"} <= {
        one.login for one in sign_ins
    }
    for login, password, _words in sign_ins:
        answer = client.post("/api/v1/session", json={"login": login, "password": password})
        assert answer.status_code == 200, login


def test_the_one_who_left_cannot_sign_in_and_is_not_on_the_list(
    session: Session, client: FlaskClient
) -> None:
    sign_ins = create_demo(now=THURSDAY, size=DemoSize(routes=1, outlets_per_route=10, weeks=0))
    assert "former" not in {one.login for one in sign_ins}
    answer = client.post("/api/v1/session", json={"login": "former", "password": sign_ins[0].password})
    assert answer.status_code == 401


def test_a_later_start_lists_the_same_people_but_not_those_with_a_password_of_their_own(
    session: Session,
) -> None:
    sign_ins = create_demo(now=THURSDAY, size=DemoSize(routes=1, outlets_per_route=10, weeks=0))
    add_person(
        login="own", name="自选", name_en="", password="a password of her own", roles=["rep"], locale="en",
        day=THURSDAY.date(), now=THURSDAY, by=None,
    )  # fmt: skip
    assert find_demo_sign_ins(session) == sign_ins


def test_a_second_company_is_refused_and_nothing_changes(session: Session) -> None:
    size = DemoSize(routes=1, outlets_per_route=10, weeks=0)
    found(size=size)
    before = session.scalar(sa.select(sa.func.count()).select_from(Person))
    with pytest.raises(Conflict):
        found(size=size)
    assert session.scalar(sa.select(sa.func.count()).select_from(Person)) == before


def test_new_rows_can_follow_the_generated_ones(session: Session) -> None:
    """On PostgreSQL ids are counted apart from the rows; a demo that forgot that would break the next insert."""
    found(size=DemoSize(routes=1, outlets_per_route=10, weeks=0))
    newest = session.scalar(sa.select(sa.func.max(Outlet.id))) or 0
    outlet = Outlet(code="NEW", name="新店", created_at=THURSDAY)
    session.add(outlet)
    session.commit()
    assert outlet.id == newest + 1


def test_the_same_seed_gives_the_same_shops_and_another_seed_others() -> None:
    first = [(s.name, s.latitude, s.stops) for s in build_shops("a", 2, 20, date(2026, 8, 31))]
    again = [(s.name, s.latitude, s.stops) for s in build_shops("a", 2, 20, date(2026, 8, 31))]
    other = [(s.name, s.latitude, s.stops) for s in build_shops("b", 2, 20, date(2026, 8, 31))]
    assert first == again
    assert first != other


def test_the_full_district_has_about_240_outlets_on_six_routes() -> None:
    shops = build_shops("eastshore-1", 6, 40, date(2026, 8, 31))
    served = [shop for shop in shops if shop.stops]
    assert len(served) == 240
    assert len(shops) - len(served) == 10
    a_day: defaultdict[tuple[int | None, int], int] = defaultdict(int)
    for shop in served:
        for stop in shop.stops:
            if stop.valid_to is None:
                a_day[shop.area, stop.weekday] += 1
    assert len(a_day) == 36
    assert all(5 <= count <= 22 for count in a_day.values())
    assert {stop.weeks for shop in served for stop in shop.stops} == {1, 2, 4}
    assert any(shop.name.zh.startswith("<b>") for shop in shops)
    assert any(shop.latitude is None for shop in shops)


def test_the_history_ends_yesterday_and_the_last_orders_wait_for_the_truck(session: Session) -> None:
    found()
    days = session.execute(sa.select(sa.func.min(Visit.day), sa.func.max(Visit.day))).one()
    assert tuple(days) == (date(2026, 11, 2), date(2026, 11, 25))
    waiting = session.execute(sa.select(Delivery.day, Order.status).join(Order, Order.id == Delivery.id).where(
        Delivery.status == "planned")).all()  # fmt: skip
    assert waiting
    assert set(waiting) == {(date(2026, 11, 26), "open")}
    late = sa.select(Delivery.id).where(Delivery.delivered_at > THURSDAY)
    assert session.execute(late).first() is None


def test_counts_orders_and_deliveries_agree_with_each_other(session: Session) -> None:
    """Walk every shop's rows in time: sold is never negative but for miscounts, and suggestions follow the rule."""
    found()
    counts: dict[object, dict[int, int]] = defaultdict(dict)
    for visit_id, sku_id, shelf, back in session.execute(
        sa.select(StockCount.visit_id, StockCount.sku_id, StockCount.shelf, StockCount.backroom)
    ):
        counts[visit_id][sku_id] = shelf + back
    packs = {sku.id: sku.pack for sku in session.execute(sa.select(Sku.id, Sku.pack))}
    lines = defaultdict(dict)
    for visit_id, sku_id, suggested in session.execute(
        sa.select(Order.visit_id, OrderLine.sku_id, OrderLine.suggested)
        .join(OrderLine, OrderLine.order_id == Order.id)
    ):  # fmt: skip
        lines[visit_id][sku_id] = suggested
    came = defaultdict(list)
    for outlet_id, at, sku_id, pieces in session.execute(
        sa.select(Delivery.outlet_id, Delivery.delivered_at, DeliveryLine.sku_id, DeliveryLine.delivered)
        .join(DeliveryLine, DeliveryLine.delivery_id == Delivery.id)
        .where(Delivery.delivered_at.is_not(None))
    ):  # fmt: skip
        came[outlet_id, sku_id].append((at, pieces))
    last: dict[tuple[int | None, int], tuple[datetime, int]] = {}
    seen = grew = 0
    visits = session.execute(
        sa.select(Visit.id, Visit.outlet_id, Visit.checked_in_at).order_by(Visit.checked_in_at)
    )
    for visit_id, outlet_id, at in visits:
        for sku_id, count in counts[visit_id].items():
            before = last.get((outlet_id, sku_id))
            delivered = sum(
                pieces
                for when, pieces in came[outlet_id, sku_id]
                if (before is None or when > before[0]) and when < at
            )
            if sku_id in lines[visit_id]:
                expected = suggest(before[1] if before else None, delivered, count, packs[sku_id])
                assert lines[visit_id][sku_id] == expected
            if before is not None:
                seen += 1
                grew += count > before[1] + delivered
            last[outlet_id, sku_id] = (at, count)
    assert seen > 1000
    assert 0 < grew < seen * 0.01


def test_each_delivery_has_the_status_of_its_lines(session: Session) -> None:
    found()
    from_lines = defaultdict(list)
    for row in session.scalars(sa.select(DeliveryLine)):
        from_lines[row.delivery_id].append(row)
    statuses = set()
    for delivery in session.scalars(sa.select(Delivery).where(Delivery.status != "planned")):
        assert delivery.status == delivery_status(from_lines[delivery.id])  # type: ignore[arg-type]
        statuses.add(delivery.status)
    assert {"delivered", "partly"} <= statuses


def test_numbers_of_contacts_are_of_the_local_form_and_made_up(session: Session) -> None:
    found(size=DemoSize(routes=1, outlets_per_route=10, weeks=0))
    numbers = list(session.scalars(sa.select(Contact.phone_e164)))
    assert numbers.count(f"+86{CANARY_PHONE}") == 1
    assert all(number.startswith(("+852512301", f"+86{CANARY_PHONE}")) for number in numbers)


def test_every_visit_was_made_by_who_held_the_route_and_the_deed_is_audited(session: Session) -> None:
    found(
        now=datetime(2026, 11, 26, 2, 0, tzinfo=UTC), size=DemoSize(routes=4, outlets_per_route=12, weeks=4)
    )
    who = set(
        session.execute(sa.select(Visit.route_id, Person.login).join(Person, Person.id == Visit.person_id))
    )
    assert (4, "rep4") in who
    assert (4, "rep5") in who  # the spare rep stood in for a week
    assert "demo.create" in set(session.scalars(sa.select(AuditEntry.deed)))
    stops = session.execute(
        sa.select(sa.func.count()).select_from(Stop).where(Stop.valid_to.is_not(None))
    ).scalar()
    assert stops


def test_a_walk_does_not_cross_itself() -> None:
    square = [(22.30, 114.10), (22.31, 114.11), (22.30, 114.11), (22.31, 114.10), (22.305, 114.105)]
    order = walking_order(square)
    assert sorted(order) == [0, 1, 2, 3, 4]
    assert walking_order([]) == []


def test_the_command_founds_the_company_and_prints_who_can_sign_in(app: Flask) -> None:
    done = app.test_cli_runner().invoke(args=["demo", "--weeks", "2"])
    assert done.exit_code == 0, done.output
    assert "rep1" in done.output
    assert "routebook-demo" in done.output
