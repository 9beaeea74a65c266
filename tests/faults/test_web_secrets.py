"""What a failure tells (G15), and what must never stand in a log (J4): a busy server with secrets planted."""

from __future__ import annotations

import base64
import json
import re

import pytest

from server.extensions import clock
from tests.faults.conftest import NewHouse
from tests.faults.house import House
from tests.faults.raw import JSON, SESSION, ask, guess
from tests.server.fake_phone import Answer, FakePhone, uuid7, wire_time
from tests.server.field import PASSWORD

TELLS = re.compile(
    rb"Traceback|sqlalchemy|sqlite3|psycopg|SELECT |\.py\b|site-packages|/server/|no such table|does not exist",
    re.IGNORECASE,
)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_G15_a_failure_tells_a_number_and_the_log_tells_the_rest(new_house: NewHouse, kind: str) -> None:
    house = new_house(kind)
    phone = house.phone(house.field.custodian)
    house.tell("ALTER TABLE outlet_proposal RENAME TO gone_from_here")
    answer = phone.request("GET", "/proposals?status=open")
    assert answer.status == 500
    assert not TELLS.search(answer.data), answer.data
    assert b"gone_from_here" not in answer.data
    assert b"outlet_proposal" not in answer.data
    incident = answer.headers["x-incident"]
    assert re.fullmatch(r"[0-9a-f]{12}", incident)
    told = [json.loads(line) for line in house.server.log_text().splitlines() if incident in line]
    assert [one["event"] for one in told] == ["failed"]
    assert told[0]["failures"]


# --- the log and the addresses ---------------------------------------------------------------------------------------

NUMBER, NOTE, WRONG = "+852 6900 1234", "老板的秘密：保险箱在后面", "wrong-but-secret-4711"
PERSON = "郑不可泄露"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_J4_no_secret_is_in_the_log_of_a_busy_server(new_house: NewHouse, kind: str) -> None:
    house = new_house(kind)
    phone = house.phone()
    tokens = [cookie.split("=", 1)[1] for cookie in cookies_of(phone)]
    assert tokens
    secrets = [PASSWORD, WRONG, NUMBER, NUMBER.replace(" ", ""), "69001234", NOTE, PERSON, *tokens]
    be_busy(house, phone)
    be_broken(house, phone)
    house.hang_up()
    house.server.stop()
    log = house.server.log_text()
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert {"failed", "applying an operation failed"} <= {line["event"] for line in lines}, (
        "there was something to log"
    )
    assert found_in(log, secrets) == []
    assert not re.search(r"[?&](password|token|key|phone|q)=", log)


def test_J4_the_scanner_finds_what_is_there() -> None:
    for form in (NOTE, json.dumps(NOTE), NOTE.encode("unicode_escape").decode(), as_base64(NOTE)):
        assert found_in(f"x {form} y", [NOTE]) == [NOTE]
    assert found_in("nothing of it", [NOTE, NUMBER]) == []


def found_in(text: str, secrets: list[str]) -> list[str]:
    """Which secrets stand in a text: as they are, escaped as in JSON, or in base64."""
    return [
        secret
        for secret in secrets
        if secret in text or json.dumps(secret)[1:-1] in text or as_base64(secret) in text
    ]


def as_base64(secret: str) -> str:
    return base64.b64encode(secret.encode()).decode().rstrip("=")


def cookies_of(phone: FakePhone) -> list[str]:
    jar: dict[str, str] = getattr(phone.wire, "_cookies", {})
    return [f"{name}={value}" for name, value in jar.items()]


def be_busy(house: House, phone: FakePhone) -> None:
    """What a day brings: sign-ins that fail, notes, numbers, requests that are nonsense, objects of others."""
    guess(house, "rep")
    ask(house, "POST", SESSION, {"login": "rep", "password": WRONG})
    ask(house, "POST", SESSION, {"login": WRONG, "password": WRONG, "extra": NUMBER})
    house.visits(phone, 3)
    phone.save("outlet.note", note(house, NOTE))
    phone.save("outlet.note", {"outlet_id": "none", "at": NUMBER, "text": NOTE})
    phone.save("no.such.kind", {"text": NOTE, "phone": NUMBER})
    phone.save("outlet.note", f'{{"text": "{NOTE}", "phone": "{NUMBER}"'.encode())
    phone.save("outlet.propose", proposal(phone))
    phone.push_all()
    phone.request("POST", "/operations", f'{{"text": "{NOTE}"'.encode(), headers=JSON)
    phone.request("PATCH", f"/people/{house.field.rep.id}", {"name": PERSON, "phone": NUMBER})
    phone.request("GET", f"/outlets/{house.field.far_outlets[0]}")
    custodian = house.phone(house.field.custodian)
    assert custodian.request("POST", "/outlets/by-number", {"number": NUMBER}).status == 200
    assert send_list(custodian, f"{NOTE}.csv").status == 201
    assert send_list(custodian, f"{NOTE}.svg", b"<svg onload='x'>").status >= 400


def be_broken(house: House, phone: FakePhone) -> None:
    """Tables are away: notes, proposals and lists fail with everything in their hands."""
    house.tell(
        "ALTER TABLE outlet_note RENAME TO gone_from_here",
        "ALTER TABLE outlet_proposal RENAME TO gone_as_well",
        "ALTER TABLE import_row RENAME TO gone_too",
    )
    phone.save("outlet.note", note(house, NOTE))
    phone.save("outlet.propose", proposal(phone))
    phone.push()
    custodian = house.phone(house.field.custodian)
    assert custodian.request("GET", "/proposals?status=open").status == 500
    assert send_list(custodian, f"{NOTE}.csv").status == 500


def note(house: House, words: str) -> dict[str, object]:
    return {"outlet_id": house.field.outlets[0], "at": wire_time(clock.now()), "text": words}


def proposal(phone: FakePhone) -> dict[str, object]:
    return {
        "proposal_id": uuid7(phone.now()),
        "name": "新店",
        "address": "",
        "outlet_class": "C",
        "channel": "",
        "latitude": 22.3,
        "longitude": 114.1,
        "accuracy_m": 10,
        "contact_name": PERSON,
        "contact_phone": NUMBER,
        "note": NOTE,
        "near_duplicates": [],
    }


def send_list(custodian: FakePhone, name: str, data: bytes | None = None) -> Answer:
    """An import whose rows hold a person and a number, under a name that says too much."""
    rows = data or f"编号,店名,联系人,电话\nX9,新店,{PERSON},{NUMBER}\n".encode()
    part = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: text/csv\r\n\r\n'
    kind = 'Content-Disposition: form-data; name="kind"\r\n\r\noutlets\r\n'
    body = f"--cut\r\n{kind}--cut\r\n{part}".encode() + rows + b"\r\n--cut--\r\n"
    return custodian.request(
        "POST", "/imports", body, headers={"Content-Type": "multipart/form-data; boundary=cut"}
    )
