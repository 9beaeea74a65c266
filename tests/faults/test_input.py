"""Group H against a real server: numbers that are none, names that look alike, newer apps, injection strings."""

from __future__ import annotations

import json
import sys
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from server.models import Contact, Operation, OutletNote, OutletProposal
from tests.faults.conftest import NewHouse
from tests.faults.house import House
from tests.faults.test_database import refusing_audit
from tests.server.fake_phone import FakePhone, uuid7
from tests.server.field import PASSWORD

WORDS = "\N{CYRILLIC CAPITAL LETTER EM} 便利店 1"


def quarantined(phone: FakePhone, body: bytes) -> dict[str, Any]:
    """Push a visit with this body; it must be quarantined, and its content kept byte for byte."""
    operation = phone.save("visit.record", body)
    phone.push()
    result = phone.result(operation)
    assert result["status"] == "quarantined", result
    return result


BAD_NUMBERS = [
    "NaN",
    "Infinity",
    "-Infinity",
    "1e400",
    "0.30000000000000004",
    "1000000000000000000",
    "-1",
    "2.5",
]
BAD_NUMBERS += ["-0", '"7"', "true", "null"]


def visit_with_marks(house: House, phone: FakePhone) -> dict[str, Any]:
    body = house.visit(phone, house.field.outlets[0])
    body["counts"]["shelf"][1] = "COUNT"
    body["order"]["lines"][0][2] = "PIECES"
    body["order"]["total_minor"] = "MONEY"
    return body


def test_H1_H2_no_number_that_is_none_and_no_piece_below_one(house: House) -> None:
    phone = house.phone()
    marks = {"COUNT": "3", "PIECES": "24", "MONEY": str(house.visit(phone, 1)["order"]["total_minor"])}
    where = {"COUNT": "counts.shelf.1", "PIECES": "order.lines.0.2", "MONEY": "order.total_minor"}
    told: dict[str, set[str]] = {}
    for mark in marks:
        for literal in BAD_NUMBERS:
            body = json.dumps(visit_with_marks(house, phone))
            for other, good in marks.items():
                body = body.replace(f'"{other}"', literal if other == mark else good)
            result = quarantined(phone, body.encode())
            told.setdefault(mark, set()).add(result["detail"].split(" ")[0])
            with house.session() as session:
                kept = session.get_one(Operation, UUID(result["id"]))
                assert kept.body, "the content is kept"
                assert kept.state == "quarantined"
    for mark, fields in told.items():
        # What is no JSON at all cannot be told by field; everything else is.
        named = {field for field in fields if field != "body"}
        assert named, (mark, fields)
        assert all(field.startswith(where[mark].split(".")[0]) for field in named), (mark, fields)
    assert phone.queue == []


def test_H2_an_order_line_of_nothing_that_nobody_suggested_is_none(house: House) -> None:
    phone = house.phone()
    body = house.visit(phone, house.field.outlets[0])
    body["order"]["lines"][0][1:3] = [0, 0]
    result = quarantined(phone, json.dumps(body).encode())
    assert (result["code"], result["detail"].split(" ")[0]) == ("invalid", "order.lines.0.2")


def test_H4_a_shop_name_in_look_alike_letters_is_taken_and_shown_beside_the_one_it_resembles(
    house: House,
) -> None:
    phone, custodian = house.phone(house.field.other_rep), house.phone(house.field.custodian)
    proposal = propose(phone, name=WORDS, latitude=22.3305, longitude=114.160)
    open_ones = custodian.request("GET", "/proposals").json
    mine = next(one for one in open_ones if one["proposal"]["id"] == proposal)
    assert mine["proposal"]["name"] == WORDS, "kept as typed"
    assert [one["name"] for one in mine["near"]] == ["M 便利店 1"]
    found = custodian.request("GET", f"/outlets?words={quoted(WORDS)}").json
    assert "M 便利店 1" in [one["name"] for one in found["outlets"]]


def test_H4_a_user_name_that_could_be_mistaken_is_refused(house: House) -> None:
    office = house.phone(house.field.administrator)
    assert office.request("POST", "/session/step-up", {"password": PASSWORD}).status == 200
    for login in ("r\N{CYRILLIC SMALL LETTER IE}p", "rep rep", "管理员", "a\u202eb"):
        answer = office.request(
            "POST",
            "/people",
            {
                "login": login,
                "name": "x",
                "name_en": "",
                "password": PASSWORD,
                "roles": ["rep"],
                "locale": "en",
            },
        )
        assert answer.status == 422, (login, answer.data)
        assert answer.json["errors"][0]["field"] == "login"


def test_H5_a_login_and_a_search_are_folded_without_a_locale(house: House) -> None:
    stranger = FakePhone(house.wire())
    for login in ("REP", "ｒｅｐ", " Rep "):
        answer = stranger.request("POST", "/session", {"login": login, "password": PASSWORD})
        assert answer.status == 200, login
    custodian = house.phone(house.field.custodian)
    arabic = "\N{ARABIC-INDIC DIGIT ONE}"
    found = custodian.request(
        "GET", "/outlets?words=N%20%E4%BE%BF%E5%88%A9%E5%BA%97%20" + quoted(arabic)
    ).json
    assert "N 便利店 1" in [one["name"] for one in found["outlets"]]


def quoted(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def propose(phone: FakePhone, **changes: Any) -> str:
    body = {
        "proposal_id": uuid7(phone.now()), "name": "新店", "address": "1 Some Road", "outlet_class": "C",
        "channel": "", "latitude": 22.4, "longitude": 114.1, "accuracy_m": 8.0, "contact_name": "老板",
        "contact_phone": "", "note": "", "near_duplicates": [], **changes,
    }  # fmt: skip
    operation = phone.save("outlet.propose", body)
    phone.push()
    assert phone.result(operation)["status"] == "applied", phone.result(operation)
    return str(body["proposal_id"])


NEWER = """
import dataclasses
from types import MappingProxyType
import server.domain.operations as operations
kinds = dict(operations.KINDS)
kinds["visit.record"] = kinds["visit.record"]._replace(schema=2)
kinds["cooler.check"] = kinds["outlet.note"]
operations.KINDS = MappingProxyType(kinds)
import server.services.applying as deeds
deeds.KINDS = operations.KINDS
from server.run import main
main()
"""


def test_H7_operations_of_a_newer_app_wait_and_are_replayed_after_the_upgrade(new_house: NewHouse) -> None:
    house = new_house("sqlite")
    phone = house.phone()
    newer = phone.save("visit.record", house.visit(phone, house.field.outlets[0]), schema=2)
    unknown = phone.save(
        "cooler.check", {"outlet_id": house.field.outlets[1], "at": "2026-11-20T02:00:00Z", "text": "cold"}
    )
    ids = house.visits(phone, 1)
    phone.push()
    assert [phone.result(one)["code"] for one in (newer, unknown)] == ["newer_schema", "unknown_kind"]
    assert phone.queue == []
    house.assert_once(phone, ids)
    house.start_another(command=(sys.executable, "-c", NEWER))
    office = house.phone(house.field.manager)
    for one in (newer, unknown):
        answer = office.request(
            "POST", f"/operations/{one}/decide", {"decision": "replay", "note": "upgraded"}
        )
        assert (answer.status, answer.json["state"]) == (200, "applied")
    house.assert_once_anew([newer])
    with house.session() as session:
        assert list(session.scalars(select(OutletNote.text))).count("cold") == 1


INJECTIONS = (
    "'; DROP TABLE visit; --",
    '" OR 1=1 --',
    "*)(uid=*))(|(uid=*",
    "{{7*7}} ${7*7} <%= 7*7 %>",
    "%s %(body)s {0} {body!r}",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    '{"level": "error", "event": "forged"}',
    "=HYPERLINK(\"http://x\")",
    "../../../../etc/passwd",
    "中文 😀 \N{RIGHT-TO-LEFT OVERRIDE}txt",
)  # fmt: skip
CANARY = "+852 9999 8888"


def test_H8_injection_strings_are_inert_wherever_they_come_in(house: House) -> None:
    phone = house.phone()
    outlet = house.field.outlets[0]
    tables = house.ask("SELECT count(*) FROM visit")[0][0]
    noted = []
    for words in INJECTIONS:
        body = house.visit(phone, outlet, notes=[words], outcome_note=words)
        body["steps"][0][3] = words
        noted.append(phone.save("visit.record", body))
        propose(phone, name=words, address=words, contact_name=words, note=words)
        phone.save(words[:40], {"text": words})
        assert phone.request("GET", f"/outlets/{quoted(words)}").status in (403, 404)
        wrong = phone.request("POST", "/session", {"login": words, "password": words + " " * 10})
        assert wrong.status in (401, 422, 429)
    phone.push()
    assert phone.queue == []
    house.assert_once(phone, noted)
    with house.session() as session:
        texts = {note.text for note in session.query(OutletNote).filter_by(outlet_id=outlet)}
        names = {proposal.name for proposal in session.query(OutletProposal)}
    assert texts >= set(INJECTIONS), "stored as they were typed"
    assert names >= set(INJECTIONS)
    assert house.ask("SELECT count(*) FROM visit")[0][0] == tables + len(noted)
    # The card hands them out again as they were typed.
    custodian = house.phone(house.field.custodian)
    for words in INJECTIONS:
        assert custodian.request("GET", f"/outlets?words={quoted(words)}").status == 200


def test_H8_the_log_is_one_json_object_a_line_and_holds_nothing_that_was_entered(new_house: NewHouse) -> None:
    for kind in ("sqlite", "postgresql"):
        house = new_house(kind)
        phone = house.phone()
        words = f'call {CANARY}"\n{{"level":"error","event":"forged"}}'.replace("\n", " ")
        for _ in range(2):
            phone.save("visit.record", house.visit(phone, house.field.outlets[0], notes=[words]))
        with refusing_audit(house, "P0001"):
            phone.push()
        phone.push()
        assert phone.queue == []
        # A failure that carries the entered words, from the database itself.
        house.tell("ALTER TABLE outlet_note RENAME COLUMN text TO words")
        phone.save(
            "outlet.note", {"outlet_id": house.field.outlets[0], "at": "2026-11-20T02:00:00Z", "text": CANARY}
        )
        phone.push()
        house.tell("ALTER TABLE outlet_note RENAME COLUMN words TO text")
        house.server.stop()
        log = house.server.log_text()
        assert CANARY not in log
        assert "forged" not in log
        lines = [line for line in log.splitlines() if line.startswith(("{", "[", "Traceback", " "))]
        started = log.index("Routebook: http")
        events = [
            json.loads(line) for line in lines if log.index(line) > started and not line.startswith("  ")
        ]
        failures = [event for event in events if event["event"] == "applying an operation failed"]
        assert len(failures) >= 2
        for event in failures:
            assert {"at", "level", "logger", "event", "operation", "failures"} <= event.keys()
            assert event["failures"][0]["at"]
        assert "Traceback" not in log
        house.close()


@pytest.mark.parametrize(
    "given",
    ["+852 6000 0001 ext. 12", "1-800-ROUTEBOOK", "9" * 40, "٠٩٨٧٦٥٤٣٢١", "none, ask the son", "+", ""],
)
def test_H10_a_phone_number_is_kept_as_it_was_given(house: House, given: str) -> None:
    phone, custodian = house.phone(), house.phone(house.field.custodian)
    proposal = propose(phone, name=f"电话 {given}"[:60], contact_phone=given)
    decided = custodian.request(
        "POST", f"/proposals/{proposal}/decide",
        {"accept": True, "territory_id": house.field.territory, "note": ""},
    )  # fmt: skip
    assert decided.status == 200, decided.data
    with house.session() as session:
        found = session.get_one(OutletProposal, UUID(proposal))
        assert found.contact_phone == given
        contacts = session.scalars(select(Contact).where(Contact.outlet_id == found.outlet_id)).all()
        assert [contact.phone for contact in contacts] == [given]
