"""What a phone pulls: exactly its own day, only what changed, and nothing of anyone else's."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from server.extensions import clock, db
from server.models import (
    Asset,
    AuditEntry,
    BorrowedCard,
    Company,
    Delivery,
    DeliveryLine,
    Device,
    Holiday,
    Operation,
    Order,
    Outlet,
    OutletNote,
    Promise,
    Route,
    Sku,
    Stop,
    Visit,
)
from server.services.company import raise_catalogue_version
from tests.server.fake_phone import ClientWire, FakePhone
from tests.server.field import PACK, Field, Who, build_field, reassign, substitute

# 08:00 on a Monday in Hong Kong.
MORNING = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)


@pytest.fixture
def field(session: Session) -> Field:
    clock.start_at(MORNING)
    made = build_field(session)
    session.rollback()  # a read transaction left open could not turn into a writing one on SQLite
    return made


def signed_in(app: Flask, who: Who) -> FakePhone:
    phone = FakePhone(ClientWire(app.test_client()))
    phone.sign_in(who)
    return phone


@pytest.fixture
def phone(app: Flask, field: Field) -> FakePhone:
    return signed_in(app, field.rep)


def manifest(phone: FakePhone) -> dict[str, Any]:
    answer = phone.request("GET", "/daybook/manifest")
    assert answer.status == 200, answer.data
    return answer.json  # type: ignore[no-any-return]


def pages(phone: FakePhone, query: str) -> dict[str, Any]:
    answer = phone.request("GET", f"/daybook/pages?{query}")
    assert answer.status == 200, answer.data
    return answer.json  # type: ignore[no-any-return]


def card(phone: FakePhone, outlet_id: int) -> dict[str, Any]:
    (found,) = pages(phone, f"cards={outlet_id}")["cards"]
    return found  # type: ignore[no-any-return]


def card_ids(found: dict[str, Any]) -> list[int]:
    return [outlet_id for outlet_id, _ in found["cards"]]


# --- the manifest -----------------------------------------------------------------------------------------------


def test_the_manifest_lists_todays_stops_in_order_and_nothing_else(phone: FakePhone, field: Field) -> None:
    found = manifest(phone)
    assert [stop[0] for stop in found["stops"]] == list(field.outlets)
    assert found["stops"][1] == [field.outlets[1], field.route, 2, 552]
    assert card_ids(found) == list(field.outlets)
    assert [route["id"] for route in found["routes"]] == [field.route]
    assert found["lease"]["day"] == "2026-11-23"
    assert found["lease"]["from"] == "2026-11-22T21:00:00.000Z"
    assert found["lease"]["until"] == "2026-11-23T13:00:00.000Z"
    assert found["timezone"] == "Asia/Hong_Kong"
    assert found["person"]["roles"] == ["rep"]
    assert found["load"] is None


def test_the_far_reps_day_is_that_of_her_own_zone(app: Flask, field: Field) -> None:
    clock.start_at(datetime(2026, 11, 22, 17, 0, tzinfo=UTC))  # Sunday 22:30 in India, Monday in Hong Kong
    assert manifest(signed_in(app, field.rep))["lease"]["day"] == "2026-11-23"
    found = manifest(signed_in(app, field.far_rep))
    assert found["lease"]["day"] == "2026-11-22"
    assert found["stops"] == []


def test_a_fortnightly_stop_is_there_every_second_week(
    phone: FakePhone, field: Field, session: Session
) -> None:
    session.execute(sa.update(Stop).where(Stop.outlet_id == field.outlets[0]).values(weeks=2, phase=0))
    session.commit()
    seen = []
    for week in range(4):
        clock.start_at(MORNING + timedelta(weeks=week))
        seen.append(field.outlets[0] in card_ids(manifest(phone)))
    assert seen in ([True, False, True, False], [False, True, False, True])


def test_nobody_walks_on_a_holiday(phone: FakePhone, session: Session) -> None:
    session.add_all([Holiday(day=TODAY, name="假日"), Holiday(day=date(2026, 12, 25), name="圣诞")])
    session.commit()
    found = manifest(phone)
    assert found["stops"] == found["cards"] == []
    assert found["holidays"] == ["2026-11-23", "2026-12-25"]


def test_closed_outlets_and_ended_or_future_stops_are_not_due(
    phone: FakePhone, field: Field, session: Session
) -> None:
    ended, future, closed = field.outlets[:3]
    session.execute(sa.update(Stop).where(Stop.outlet_id == ended).values(valid_to=date(2026, 11, 22)))
    session.execute(sa.update(Stop).where(Stop.outlet_id == future).values(valid_from=date(2026, 11, 24)))
    session.execute(sa.update(Outlet).where(Outlet.id == closed).values(status="closed"))
    session.commit()
    assert card_ids(manifest(phone)) == list(field.outlets[3:])


def test_a_stop_holds_on_its_last_day(phone: FakePhone, field: Field, session: Session) -> None:
    session.execute(sa.update(Stop).where(Stop.outlet_id == field.outlets[0]).values(valid_to=TODAY))
    session.commit()
    assert field.outlets[0] in card_ids(manifest(phone))


def test_a_reassigned_route_changes_hands_at_the_instant(app: Flask, field: Field, session: Session) -> None:
    old, new = signed_in(app, field.rep), signed_in(app, field.substitute)
    reassign(session, field, to=field.substitute, at=MORNING + timedelta(hours=2))
    assert card_ids(manifest(old)) == list(field.outlets)
    assert card_ids(manifest(new)) == []
    clock.start_at(MORNING + timedelta(hours=2))
    assert manifest(old)["routes"] == manifest(old)["cards"] == []
    assert card_ids(manifest(new)) == list(field.outlets)


def test_while_somebody_stands_in_the_book_is_theirs_alone(
    app: Flask, field: Field, session: Session
) -> None:
    regular, standing_in = signed_in(app, field.rep), signed_in(app, field.substitute)
    substitute(
        session,
        field,
        by=field.substitute,
        starts_at=MORNING - timedelta(days=1),
        ends_at=MORNING + timedelta(hours=9),
    )
    assert card_ids(manifest(standing_in)) == list(field.outlets)
    assert card_ids(manifest(regular)) == []
    clock.start_at(MORNING + timedelta(hours=9))
    assert card_ids(manifest(standing_in)) == []
    assert card_ids(manifest(regular)) == list(field.outlets)


def test_a_supervisor_holds_no_cards_of_the_routes_she_supervises(app: Flask, field: Field) -> None:
    found = manifest(signed_in(app, field.supervisor))
    assert found["routes"] == found["cards"] == []


def test_the_desk_has_no_day_book(app: Flask, field: Field) -> None:
    for who in (field.manager, field.custodian, field.administrator):
        assert signed_in(app, who).request("GET", "/daybook/manifest").status == 403


def test_the_device_learns_what_is_missing_quarantined_and_decided(
    app: Flask, phone: FakePhone, field: Field, session: Session
) -> None:
    other = signed_in(app, field.rep)
    rows = {
        2: ("quarantined", "unknown_kind", None, ""),
        4: ("refused", "", MORNING, "双份"),
        5: ("applied", "", MORNING - timedelta(days=2), "ok"),
        6: ("applied", "", None, ""),
    }
    ids = {}
    for seq, (state, code, decided_at, note) in rows.items():
        ids[seq] = uuid.uuid4()
        session.add(
            Operation(
                id=ids[seq], device_id=uuid.UUID(phone.device_id), person_id=field.rep.id, seq=seq, kind="x", schema=1,
                captured_at=MORNING, received_at=MORNING, body=b"", body_sha256="", state=state, code=code,
                decided_at=decided_at, decision_note=note,
            )
        )  # fmt: skip
    device = session.get_one(Device, uuid.UUID(phone.device_id))
    device.contiguous_seq, device.highest_seq, device.lost = 0, 8, [{"from": 7, "to": 7, "at": "x"}]
    session.commit()
    found = manifest(phone)
    assert found["missing"] == [{"from": 1, "to": 1}, {"from": 3, "to": 3}, {"from": 8, "to": 8}]
    assert found["quarantined"] == [[str(ids[2]), "unknown_kind"]]
    assert found["decided"] == [[str(ids[4]), "refused", "双份"], [str(ids[5]), "applied", "ok"]]
    stranger = manifest(other)
    assert stranger["missing"] == stranger["quarantined"] == stranger["decided"] == []


# --- nothing changed ----------------------------------------------------------------------------------------------


def again(phone: FakePhone, version: str) -> int:
    return phone.request("GET", "/daybook/manifest", headers={"If-None-Match": f'"{version}"'}).status


def test_nothing_changed_is_304_without_a_body_all_shift_long(phone: FakePhone) -> None:
    answer = phone.request("GET", "/daybook/manifest")
    assert answer.headers["etag"] == f'"{answer.json["version"]}"'
    assert answer.headers["cache-control"] == "no-store"
    clock.start_at(MORNING + timedelta(hours=12))
    same = phone.request("GET", "/daybook/manifest", headers={"If-None-Match": answer.headers["etag"]})
    assert same.status == 304
    assert same.data == b""
    assert same.headers["etag"] == answer.headers["etag"]


def test_other_peoples_work_does_not_change_the_version(app: Flask, phone: FakePhone, field: Field) -> None:
    version = manifest(phone)["version"]
    colleague = signed_in(app, field.other_rep)
    colleague.save(
        "outlet.note", {"outlet_id": field.other_outlets[0], "at": colleague.now().isoformat(), "text": "x"}
    )
    colleague.push()
    assert again(phone, version) == 304


def test_every_kind_of_change_gives_a_new_version(phone: FakePhone, field: Field, session: Session) -> None:
    changes = (
        sa.update(Outlet).where(Outlet.id == field.outlets[0]).values(card_version=Outlet.card_version + 1),
        sa.update(Route).where(Route.id == field.route).values(version=Route.version + 1),
        sa.update(Company).values(catalogue_version=Company.catalogue_version + 1),
        sa.update(Company).values(epoch=uuid.uuid4()),
        sa.update(Stop).where(Stop.outlet_id == field.outlets[2]).values(planned_minute=700),
        sa.insert(Holiday).values(day=date(2027, 1, 1), name="元旦", name_en=""),
    )
    for change in changes:
        version = manifest(phone)["version"]
        assert again(phone, version) == 304
        session.execute(change)
        session.commit()
        assert again(phone, version) == 200, str(change)


def test_tomorrow_has_another_version(phone: FakePhone) -> None:
    version = manifest(phone)["version"]
    clock.start_at(MORNING + timedelta(days=1))
    assert again(phone, version) == 200


def test_a_price_that_comes_into_force_renews_the_catalogue(
    phone: FakePhone, session: Session, field: Field
) -> None:
    before = manifest(phone)["catalogue_version"]
    clock.start_at(datetime(2090, 1, 1, 4, tzinfo=UTC))
    phone.request("DELETE", "/session")
    phone.sign_in(field.rep)
    after = manifest(phone)["catalogue_version"]
    assert after > before
    raise_catalogue_version(session)
    session.commit()
    assert manifest(phone)["catalogue_version"] > after


# --- pages ----------------------------------------------------------------------------------------------------------


def test_only_the_pages_asked_for_come(phone: FakePhone) -> None:
    assert pages(phone, "") == {}
    assert set(pages(phone, "catalogue=1&index=0")) == {"catalogue"}
    assert set(pages(phone, "index=1&load=1")) == {"index", "load"}


@pytest.mark.parametrize(
    "query", ["cards=x", "cards=1,", "cards=-1", "cards=99999999999", "index=yes", "other=1"]
)
def test_a_query_out_of_range_names_its_field(phone: FakePhone, query: str) -> None:
    answer = phone.request("GET", f"/daybook/pages?{query}")
    assert answer.status == 422
    assert answer.json["errors"][0]["field"].startswith(query.split("=")[0])


def test_cards_that_are_not_in_the_manifest_are_left_out(phone: FakePhone, field: Field) -> None:
    asked = [
        field.outlets[1],
        field.other_outlets[0],
        field.far_outlets[0],
        field.closed_outlet,
        field.loose_outlet,
        999,
    ]
    found = pages(phone, "cards=" + ",".join(map(str, asked)))["cards"]
    assert [one["id"] for one in found] == [field.outlets[1]]


def test_a_card_says_what_the_office_knows(phone: FakePhone, field: Field, session: Session) -> None:
    outlet = session.get_one(Outlet, field.outlets[0])
    outlet.hours, outlet.chain, outlet.name = [[0, 540, 1200]], "Golden Chain", "<b>O'Hara & Sons</b> 士多"
    session.add_all(
        OutletNote(
            outlet_id=outlet.id,
            person_id=field.rep.id,
            noted_at=MORNING - timedelta(days=n),
            text=f"note {n}",
        )
        for n in range(25)
    )
    promise = Promise(
        id=uuid.uuid4(), outlet_id=outlet.id, person_id=field.rep.id, made_at=MORNING, text="海报", due=TODAY
    )
    kept = Promise(
        id=uuid.uuid4(),
        outlet_id=outlet.id,
        person_id=field.rep.id,
        made_at=MORNING,
        text="old",
        due=None,
        kept_at=MORNING,
    )
    cooler = Asset(outlet_id=outlet.id, kind="cooler", label="C-1", since=date(2025, 5, 1))
    returned = Asset(
        outlet_id=outlet.id, kind="cooler", label="C-0", since=date(2024, 5, 1), returned=date(2025, 5, 1)
    )
    session.add_all([promise, kept, cooler, returned])
    session.commit()
    found = card(phone, outlet.id)
    assert found["name"] == "<b>O'Hara & Sons</b> 士多"
    assert found["hours"] == [[0, 540, 1200]]
    assert found["price_list"] == "Golden Chain"
    assert [note["text"] for note in found["notes"]] == [f"note {n}" for n in range(20)]
    assert found["notes"][0] == {"at": "2026-11-23T00:00:00.000Z", "by": "rep 先生", "text": "note 0"}
    assert [one["id"] for one in found["promises"]] == [str(promise.id)]
    assert found["promises"][0]["due"] == "2026-11-23"
    assert found["assets"] == [{"kind": "cooler", "label": "C-1", "since": "2025-05-01"}]
    assert [one["name"] for one in found["contacts"]] == ["老板 0"]
    assert found["rules"] == [[weekday, 1, 0, field.route] for weekday in range(6)]
    assert found["skus"] == found["visits"] == found["orders"] == found["deliveries"] == []


def test_a_pushed_visit_is_on_the_next_card(phone: FakePhone, field: Field) -> None:
    outlet, (first, second, third) = field.outlets[0], field.skus[:3]
    before = dict(manifest(phone)["cards"])[outlet]
    phone.save(
        "visit.record",
        phone.visit(
            outlet,
            counts={first: (4, 12), third: (0, 0)},
            lines=[(second, 12, 12, field.prices[second])],
            notes=["女儿考大学"],
        ),
    )
    (result,) = phone.push()["results"]
    assert result["status"] == "applied"
    after = dict(manifest(phone)["cards"])[outlet]
    assert after > before
    found = card(phone, outlet)
    assert found["version"] == after
    assert found["skus"] == [first, second, third]
    assert found["visits"] == [["2026-11-23", 0, 1, None, [4, None, 0], [12, None, 0]]]
    assert found["people"] == ["rep 先生"]
    assert found["stock"]["shelf"] == [4, None, 0]
    assert found["orders"][0][0:3] == ["2026-11-23", "2026-11-24", "open"]
    assert found["orders"][0][4] == [0, 12, 0]
    assert [note["text"] for note in found["notes"]] == ["女儿考大学"]


def test_only_twelve_weeks_and_fourteen_visits_are_told(
    phone: FakePhone, field: Field, session: Session
) -> None:
    device = uuid.UUID(phone.device_id)
    for outlet, step, count in ((field.outlets[0], 1, 20), (field.outlets[1], 7, 20)):
        for n in range(count):
            at = MORNING - timedelta(days=step * n)
            session.add(
                Visit(
                    id=uuid.uuid4(), outlet_id=outlet, route_id=field.route, person_id=field.rep.id,
                    holder_id=field.rep.id, device_id=device, operation_id=uuid.uuid4(), day=at.date(), planned=True,
                    checked_in_at=at, checked_out_at=at, outcome="enough_stock",
                )
            )  # fmt: skip
    session.commit()
    daily, weekly = card(phone, field.outlets[0])["visits"], card(phone, field.outlets[1])["visits"]
    assert [one[0] for one in daily] == [(TODAY - timedelta(days=n)).isoformat() for n in range(14)]
    assert [one[0] for one in weekly] == [(TODAY - timedelta(weeks=n)).isoformat() for n in range(12)]


def test_what_is_no_longer_sold_is_neither_in_the_catalogue_nor_on_a_card(
    phone: FakePhone, field: Field, session: Session
) -> None:
    phone.save(
        "visit.record", phone.visit(field.outlets[0], counts={field.skus[0]: (1, 0), field.skus[1]: (2, 0)})
    )
    phone.push()
    session.execute(sa.update(Sku).where(Sku.id == field.skus[0]).values(active=False))
    session.commit()
    assert card(phone, field.outlets[0])["skus"] == [field.skus[1]]
    catalogue = pages(phone, "catalogue=1")["catalogue"]
    assert [sku[0] for sku in catalogue["skus"]] == list(field.skus[1:])
    assert field.skus[0] not in catalogue["must_sell"]["A"]


def test_the_catalogue_has_todays_prices_and_the_fixed_order(phone: FakePhone, field: Field) -> None:
    catalogue = pages(phone, "catalogue=1")["catalogue"]
    assert catalogue["version"] == manifest(phone)["catalogue_version"]
    assert [sku[0] for sku in catalogue["skus"]] == list(field.skus)
    assert dict(catalogue["prices"]["standard"]) == {sku: field.prices[sku] for sku in field.skus}
    assert dict(catalogue["prices"]["Golden Chain"]) == {sku: field.prices[sku] - 20 for sku in field.skus}
    assert catalogue["must_sell"] == {"A": list(field.skus[:3])}
    assert catalogue["suggestion_factor"] == 1500
    assert catalogue["template"]["steps"][0]["key"] == "prepare"
    assert len(catalogue["brands"]) == 2


def test_the_index_has_the_other_outlets_of_ones_routes_without_contacts(
    phone: FakePhone, field: Field, session: Session
) -> None:
    session.execute(
        sa.delete(Stop).where(Stop.outlet_id == field.outlets[0], Stop.weekday == TODAY.weekday())
    )
    session.commit()
    (entry,) = pages(phone, "index=1")["index"]
    assert entry[0] == field.outlets[0]
    assert entry[1] == "N 便利店 0"
    assert entry[6] == [1, 2, 3, 4, 5]
    assert len(entry) == 7


# --- borrowing -----------------------------------------------------------------------------------------------------


@pytest.fixture
def other_day(field: Field, session: Session) -> int:
    """An outlet of the rep's route that is not due today."""
    outlet = field.outlets[0]
    session.execute(sa.delete(Stop).where(Stop.outlet_id == outlet, Stop.weekday == TODAY.weekday()))
    session.commit()
    return outlet


def borrow(phone: FakePhone, outlet_id: object, reason: object = "老板来电") -> Any:
    return phone.request("POST", "/daybook/borrow", {"outlet_id": outlet_id, "reason": reason})


def test_a_borrowed_card_is_in_the_next_manifest_and_gone_tomorrow(
    phone: FakePhone, other_day: int, session: Session
) -> None:
    version = manifest(phone)["version"]
    assert borrow(phone, other_day).json == {"borrowed": other_day}
    found = manifest(phone)
    assert found["version"] != version
    assert card_ids(found)[-1] == other_day
    assert other_day not in [stop[0] for stop in found["stops"]]
    assert card(phone, other_day)["id"] == other_day
    assert pages(phone, "index=1")["index"] == []
    entries = session.execute(
        sa.select(AuditEntry.person_id, AuditEntry.subject).where(AuditEntry.deed == "card.borrow")
    )
    assert entries.all() == [(session.scalar(sa.select(BorrowedCard.person_id)), f"outlet:{other_day}")]
    clock.start_at(MORNING + timedelta(days=7))
    assert other_day not in card_ids(manifest(phone))


def test_borrowing_twice_borrows_once(phone: FakePhone, other_day: int, session: Session) -> None:
    assert borrow(phone, other_day).status == borrow(phone, other_day, "again").status == 200
    assert session.scalar(sa.select(sa.func.count()).select_from(BorrowedCard)) == 1
    assert session.scalar(sa.select(sa.func.count()).where(AuditEntry.deed == "card.borrow")) == 1


def test_a_card_that_is_there_today_needs_no_borrowing(
    phone: FakePhone, field: Field, session: Session
) -> None:
    assert borrow(phone, field.outlets[1]).status == 200
    assert session.scalar(sa.select(sa.func.count()).select_from(BorrowedCard)) == 0


def test_anothers_outlet_and_one_that_does_not_exist_look_the_same(
    phone: FakePhone, field: Field, session: Session
) -> None:
    strangers = [
        field.other_outlets[0],
        field.far_outlets[0],
        field.loose_outlet,
        field.closed_outlet,
        999_999,
    ]
    answers = [borrow(phone, outlet) for outlet in strangers]
    assert {answer.status for answer in answers} == {404}
    assert len({answer.data for answer in answers}) == 1
    assert session.scalar(sa.select(sa.func.count()).select_from(BorrowedCard)) == 0


def test_a_borrowed_card_goes_with_the_route(
    app: Flask, phone: FakePhone, field: Field, other_day: int, session: Session
) -> None:
    borrow(phone, other_day)
    reassign(session, field, to=field.substitute, at=MORNING + timedelta(hours=2))
    clock.start_at(MORNING + timedelta(hours=3))
    assert card_ids(manifest(phone)) == []
    assert pages(phone, f"cards={other_day}")["cards"] == []


@pytest.mark.parametrize(
    ("outlet_id", "reason", "wrong"),
    [
        (0, "x", "outlet_id"),
        (1.5, "x", "outlet_id"),
        ("1", "x", "outlet_id"),
        (True, "x", "outlet_id"),
        (None, "x", "outlet_id"),
        (2**40, "x", "outlet_id"),
        (1, "", "reason"),
        (1, " ", "reason"),
        (1, "x" * 201, "reason"),
        (1, 5, "reason"),
        (1, "a\u0000b", "reason"),
    ],
)
def test_a_request_to_borrow_out_of_range_names_its_field(
    phone: FakePhone, outlet_id: object, reason: object, wrong: str
) -> None:
    answer = borrow(phone, outlet_id, reason)
    assert answer.status == 422
    assert {error["field"] for error in answer.json["errors"]} == {wrong}


# --- the driver's page ---------------------------------------------------------------------------------------------


def ordered(phone: FakePhone, field: Field, outlet: int) -> uuid.UUID:
    """An order of today for tomorrow's truck; returns its delivery's id."""
    sku = field.skus[0]
    body = phone.visit(outlet, counts={sku: (0, 0)}, lines=[(sku, PACK, PACK, field.prices[sku])])
    phone.save("visit.record", body)
    assert phone.push()["results"][0]["status"] == "applied"
    return uuid.UUID(body["order"]["order_id"])


def test_the_driver_sees_the_load_of_her_own_truck_on_its_day(
    app: Flask, phone: FakePhone, field: Field, session: Session
) -> None:
    last, first = ordered(phone, field, field.outlets[2]), ordered(phone, field, field.outlets[0])
    driver, far_driver = signed_in(app, field.driver), signed_in(app, field.far_driver)
    today = manifest(driver)
    assert today["load"] is not None
    assert pages(driver, "load=1") == {"load": []}
    clock.start_at(MORNING + timedelta(days=1))
    found = manifest(driver)
    assert found["load"] != today["load"]
    assert found["cards"] == found["routes"] == []
    load = pages(driver, "load=1")["load"]
    assert [one["delivery_id"] for one in load] == [str(first), str(last)]
    assert load[0]["outlet"]["name"] == "N 便利店 0"
    assert load[0]["lines"] == [[field.skus[0], PACK, None]]
    assert load[0]["status"] == "planned"
    assert "contacts" not in load[0]["outlet"]
    assert pages(far_driver, "load=1") == {"load": []}
    assert pages(phone, "load=1") == {"load": []}


def test_the_load_has_a_new_version_when_a_delivery_was_recorded(
    app: Flask, phone: FakePhone, field: Field, session: Session
) -> None:
    delivery = ordered(phone, field, field.outlets[0])
    clock.start_at(MORNING + timedelta(days=1))
    driver = signed_in(app, field.driver)
    before = manifest(driver)["load"]
    session.execute(
        sa.update(Delivery).values(status="delivered", delivered_at=clock.now(), driver_id=field.driver.id)
    )
    session.execute(sa.update(DeliveryLine).values(delivered=PACK))
    session.commit()
    assert manifest(driver)["load"] != before
    (drop,) = pages(driver, "load=1")["load"]
    assert (drop["delivery_id"], drop["status"], drop["lines"][0][2]) == (str(delivery), "delivered", PACK)


def test_a_delivery_left_open_stays_on_the_page_and_a_cancelled_one_goes(
    app: Flask, phone: FakePhone, field: Field, session: Session
) -> None:
    ordered(phone, field, field.outlets[0])
    cancelled = ordered(phone, field, field.outlets[1])
    session.execute(sa.update(Order).where(Order.id == cancelled).values(status="cancelled"))
    session.commit()
    clock.start_at(MORNING + timedelta(days=3))
    (drop,) = pages(signed_in(app, field.driver), "load=1")["load"]
    assert drop["day"] == "2026-11-24"
    clock.start_at(MORNING + timedelta(days=20))
    assert pages(signed_in(app, field.driver), "load=1")["load"] == []


# --- its cost ------------------------------------------------------------------------------------------------------


def test_six_cards_cost_as_many_questions_as_one(phone: FakePhone, field: Field, app: Flask) -> None:
    for outlet in field.outlets:
        phone.save("visit.record", phone.visit(outlet, counts={field.skus[0]: (1, 1)}))
    phone.push_all()
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        pages(phone, f"cards={field.outlets[0]}")
        one = len(asked)
        asked.clear()
        pages(phone, "cards=" + ",".join(map(str, field.outlets)))
        six = len(asked)
        asked.clear()
        manifest(phone)
        whole = len(asked)
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    assert one == six <= 26
    # One for each thing that it tells, however many cards there are: who asks, the device, the scope, what was decided,
    # the quota, the agreement, requests, what a new plan changed, handovers, announcements and notices.
    assert whole <= 25
