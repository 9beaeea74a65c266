"""A number that may be nowhere: the demo's canary is walked through the whole product, and then looked for in every
answer, every file of the data folder, the log, a backup and PostgreSQL's own files.

What may show it is left out on purpose: an opening (a reveal), and the card of a phone that is unlocked by a passkey.
"""

from __future__ import annotations

import base64
import io
import sqlite3
import subprocess
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path

from server import create_app
from server.config import Settings
from server.extensions import db
from server.services.demo import PASSWORD
from server.services.demo.rows import CANARY_PHONE
from tests.postgres import Postgres
from tests.server.fake_phone import FakePhone, HttpWire, pack_body
from tests.server_process import ServerProcess

LOGINS = ("rep1", "driver1", "supervisor", "manager", "custodian", "auditor", "admin")
CLOCK = "2026-11-23T08:00:00+08:00"
# The number as people and programs write it, and as it would stand in UTF-16.
SPELLINGS = (
    CANARY_PHONE.encode(),
    f"{CANARY_PHONE[:3]} {CANARY_PHONE[3:7]} {CANARY_PHONE[7:]}".encode(),
    f"{CANARY_PHONE[:3]}-{CANARY_PHONE[3:7]}-{CANARY_PHONE[7:]}".encode(),
    CANARY_PHONE.encode("utf-16-le"),
    CANARY_PHONE.encode().hex().encode(),
)
Hits = dict[str, int]


def hits_in(content: bytes) -> int:
    return sum(content.count(spelling) for spelling in SPELLINGS)


def walk(folder: Path, postgres: Postgres | None = None) -> Hits:
    """Found the demo, use every part that touches a number, stop the server; where the canary was found, how often."""
    name = "" if postgres is None else postgres.new_database()
    url = None if postgres is None else postgres.url(name)
    found: Hits = {}
    with ServerProcess(folder, database_url=url, clock=CLOCK) as server:
        paths = list(readable_paths(folder / "spec"))
        for login in LOGINS:
            phone = signed_in(server, login)
            use(phone, login, found)
            for path in paths:
                note(found, f"GET {path} as {login}", phone.request("GET", path).data)
        search_by_number(server, found)
        if postgres is None:
            back_up(server.data)
        else:
            found["pg_dump"] = hits_in(postgres_dump(postgres, name))
    for file in files(folder):
        note(found, str(file.relative_to(folder)), file.read_bytes())
    if postgres is not None:
        for file in files(postgres.folder / "data"):
            note(found, f"postgresql/{file.relative_to(postgres.folder)}", file.read_bytes())
        postgres.drop_database(name)
    return {place: count for place, count in found.items() if count}


def signed_in(server: ServerProcess, login: str) -> FakePhone:
    phone = FakePhone(HttpWire(server.url))
    answer = phone.request("POST", "/session", {"login": login, "password": PASSWORD})
    if answer.status != 200:
        raise RuntimeError(f"{login} could not sign in: {answer.data!r}")
    phone.epoch = answer.json["epoch"]
    phone.register()
    return phone


def note(found: Hits, place: str, content: bytes) -> None:
    count = hits_in(content) + hits_in(unpacked(content))
    if count:
        found[place] = found.get(place, 0) + count


def unpacked(content: bytes) -> bytes:
    """What a workbook holds: its bytes are packed."""
    if content[:4] != b"PK\x03\x04":
        return b""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return b"\n".join(archive.read(name) for name in archive.namelist())


def files(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and not file.is_symlink():
            yield file


def readable_paths(folder: Path) -> Iterator[str]:
    """Every address that can be asked for without saying more than a number from 1 to 3."""
    folder.mkdir(parents=True)
    app = create_app(Settings(data=folder, database_url=f"sqlite:///{folder / 'x.sqlite3'}", secret_key="x"))
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or not rule.rule.startswith("/api/v1/"):
            continue
        path = rule.rule.removeprefix("/api/v1")
        if "<" not in path:
            yield path
        elif path.count("<") == path.count("<int:") == 1:
            before, _, after = path.partition("<")
            yield from (f"{before}{number}{after.partition('>')[2]}" for number in (1, 2, 3))
    with app.app_context():
        db.engine.dispose()


# --- what people do ------------------------------------------------------------------------------------------------


def use(phone: FakePhone, login: str, found: Hits) -> None:
    if login == "rep1":
        pull(phone, found)
        propose(phone, found)
    if login == "custodian":
        bring_a_list(phone, found)
        for sort in ("phone", "contact_phone", "number"):
            asked = phone.request("GET", f"/outlets?words={CANARY_PHONE}&sort={sort}")
            note(found, f"search by words, {sort}", asked.data)


def pull(phone: FakePhone, found: Hits) -> None:
    manifest = phone.request("GET", "/daybook/manifest")
    ids = ",".join(str(outlet) for outlet, _ in manifest.json["cards"])
    pages = phone.request("GET", f"/daybook/pages?cards={ids}&catalogue=1&index=1&load=1")
    note(found, "cards", pages.data)
    if pages.status != 200 or not pages.json["cards"]:
        raise RuntimeError(f"no cards came: {pages.status} {pages.data!r}")
    # Another address whose words are refused.
    note(found, "a refusal", phone.request("GET", f"/daybook/pages?cards={CANARY_PHONE}").data)


def propose(phone: FakePhone, found: Hits) -> None:
    """Operations with the number in them: sealed and not, good and bad."""
    key = phone.request("GET", "/session").json["inbox_key"]
    for sealed in (key, None):
        body: dict[str, object] = {
            "proposal_id": str(uuid.uuid4()), "name": "新店", "address": "", "outlet_class": "C", "channel": "",
            "latitude": None, "longitude": None, "accuracy_m": None, "contact_name": "陈",
            "contact_phone": CANARY_PHONE, "note": f"call {CANARY_PHONE}", "near_duplicates": [],
        }  # fmt: skip
        phone.save("outlet.propose", body, inbox_key=sealed)
        phone.save("outlet.propose", {**body, "outlet_class": "Z"}, inbox_key=sealed)
        phone.save("unknown.kind", body, inbox_key=sealed)
    # A body that cannot be opened, and an entry that cannot be read.
    phone.save(
        "outlet.note", {"number": CANARY_PHONE}, packed=base64.b64encode(b"\xff").decode(), inbox_key=key
    )
    phone.queue[-1]["schema"] = 7
    phone.save("outlet.note", {"number": CANARY_PHONE})
    phone.queue[-1]["number"] = CANARY_PHONE
    answer = phone.send(phone.envelope())
    note(found, "push", answer.data)
    statuses = [one["status"] for one in answer.json["results"]]
    if statuses.count("applied") != 2 or statuses.count("quarantined") != 6:
        raise RuntimeError(f"the operations were answered {statuses}")
    note(found, "a refused batch", phone.request("POST", "/operations", {"number": CANARY_PHONE}).data)
    again = {**phone.queue[0], "body": pack_body({"number": CANARY_PHONE}), "key": None}
    note(found, "another content under the same id", phone.send(phone.envelope([again])).data)


def bring_a_list(phone: FakePhone, found: Hits) -> None:
    lines = [
        "code,name,address,contact_name,contact_phone,remarks",
        f"N1,Good,A,陈,+86{CANARY_PHONE},{CANARY_PHONE}",
    ]
    lines.append(f"N2,,B,陈,{CANARY_PHONE},call {CANARY_PHONE}")
    edge = uuid.uuid4().hex
    parts = (
        f'--{edge}\r\nContent-Disposition: form-data; name="kind"\r\n\r\noutlets\r\n',
        f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="list.csv"\r\n\r\n',
        "\n".join(lines) + f"\r\n--{edge}--\r\n",
    )
    answer = phone.request(
        "POST",
        "/imports",
        "".join(parts).encode(),
        headers={"Content-Type": f"multipart/form-data; boundary={edge}"},
    )
    note(found, "import", answer.data)
    if answer.status != 201:
        raise RuntimeError(f"the list was answered {answer.status}: {answer.data!r}")
    address = f"/imports/{answer.json['id']}"
    for path in (address, f"{address}/rows", f"{address}/faults.csv", f"{address}/faults.xlsx"):
        note(found, path, phone.request("GET", path).data)
    note(found, "confirm", phone.request("POST", f"{address}/confirm", {"rows": "all_good"}).data)


def search_by_number(server: ServerProcess, found: Hits) -> None:
    desk = signed_in(server, "custodian")
    answer = desk.request("POST", "/outlets/by-number", {"number": f"+86{CANARY_PHONE}"})
    note(found, "search by number", answer.data)
    if answer.status != 200 or len(answer.json) < 2:
        raise RuntimeError(f"the number was not found: {answer.status} {answer.data!r}")


# --- backups -------------------------------------------------------------------------------------------------------


def back_up(data: Path) -> None:
    with (
        sqlite3.connect(data / "routebook.sqlite3") as live,
        sqlite3.connect(data / "backup.sqlite3") as copy,
    ):
        live.backup(copy)


def postgres_dump(postgres: Postgres, name: str) -> bytes:
    dump = next(iter(sorted(postgres.folder.rglob("pg_dump"))), None)
    if dump is None:
        return b""
    command = [str(dump), "-h", str(postgres.folder), "-U", "postgres", name]
    return subprocess.run(command, capture_output=True, check=True, cwd="/").stdout


__all__ = ["CANARY_PHONE", "CLOCK", "SPELLINGS", "hits_in", "signed_in", "unpacked", "walk"]
