"""People at the desk, on computers of their own, for tests of what leaves the house."""

from __future__ import annotations

import csv
import io
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import python_calamine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.phones import as_e164
from server.extensions import clock
from server.models import AuditEntry, Contact, Person, PersonRole
from tests.server.fake_phone import Answer, ClientWire, FakePhone
from tests.server.field import PASSWORD, Who

NUMBERS = ["code", "name", "contact_name", "contact_phone"]
PLAIN = ["code", "name", "address"]


@dataclass
class Desk:
    """One person's sign-in on one computer."""

    who: Who
    phone: FakePhone

    def request(self, method: str, path: str, body: object = None) -> Answer:
        return self.phone.request(method, path, body)

    def step_up(self) -> None:
        """Prove again who sits there."""
        assert self.request("POST", "/session/step-up", {"password": PASSWORD}).status in (200, 204)

    def ask(self, **wish: object) -> dict[str, Any]:
        """Ask for an export."""
        body = {"reason": "盘点核对 for the stock audit", "fields": PLAIN, "format": "csv", **wish}
        answer = self.request("POST", "/exports", body)
        assert answer.status == 201, answer.data
        return answer.json  # type: ignore[no-any-return]

    def sign(self, export: dict[str, Any]) -> Answer:
        """Sign what is shown of a request, after proving who it is."""
        self.step_up()
        seen = self.request("GET", f"/exports/{export['id']}").json
        words = {"scope_sha256": seen["scope_sha256"]}
        return self.request("POST", f"/exports/{export['id']}/sign", words)

    def fetch(self, export: dict[str, Any]) -> Answer:
        self.step_up()
        return self.request("POST", f"/exports/{export['id']}/file")


def desk(app: Flask, who: Who, device_id: str | None = None) -> Desk:
    """Sign somebody in on a computer; `device_id`: on that one."""
    phone = FakePhone(ClientWire(app.test_client()))
    if device_id is not None:
        phone.device_id = device_id
    phone.sign_in(who)
    return Desk(who, phone)


def hire(session: Session, login: str, roles: Iterable[str], like: Who, name: str = "新同事") -> Who:
    """One more person, with the password of all."""
    password_hash = session.get_one(Person, like.id).password_hash
    person = Person(
        login=login,
        name=name,
        password_hash=password_hash,
        created_at=clock.now(),
        roles=[PersonRole(role=role, valid_from=date(2025, 1, 1)) for role in roles],
    )
    session.add(person)
    session.commit()
    return Who(person.id, login)


def index_numbers(session: Session) -> None:
    """Let the numbers of all contacts be found, as imports and requests do."""
    for contact in session.scalars(select(Contact)):
        contact.phone_e164 = contact.phone_index = as_e164(contact.phone, "Asia/Hong_Kong")
    session.commit()


def csv_rows(content: bytes) -> list[list[str]]:
    """The cells of a CSV."""
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def xlsx_rows(content: bytes) -> list[list[Any]]:
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    return book.get_sheet_by_index(0).to_python()


def pdf_streams(content: bytes) -> list[bytes]:
    """Every stream of a PDF, unpacked."""
    found = []
    for match in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL):
        try:
            # Not `decompress`: a checksum that ends like a line would be missing its last byte.
            found.append(zlib.decompressobj().decompress(match.group(1)))
        except zlib.error:
            found.append(match.group(1))
    return found


def pdf_text(content: bytes) -> str:
    """What a PDF draws, by its own tables from glyphs to characters, in the order in which it is drawn."""
    streams = pdf_streams(content)
    tables = [_glyphs(stream.decode("latin-1")) for stream in streams if b"begincmap" in stream]
    drawn = []
    for stream in streams:
        if b"BT" not in stream or b"begincmap" in stream:
            continue
        table: dict[int, str] = {}
        for found in re.finditer(rb"/f(\d+) [\d.]+ Tf|\(((?:[^()\\]|\\.)*)\)", stream, re.DOTALL):
            if found.group(1) is not None:
                table = tables[int(found.group(1))]
            else:
                code = _unescaped(found.group(2))
                drawn += [table.get(int.from_bytes(code[at : at + 2]), "") for at in range(0, len(code), 2)]
    return "".join(drawn)


_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def _unescaped(text: bytes) -> bytes:
    def plain(found: re.Match[bytes]) -> bytes:
        one = found.group(1)
        return bytes([int(one, 8)]) if one.isdigit() else _ESCAPES.get(one, one)

    return re.sub(rb"\\([0-7]{1,3}|.)", plain, text, flags=re.DOTALL)


def _glyphs(table: str) -> dict[int, str]:
    found = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", table, re.DOTALL):
        for code, text in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            found[int(code, 16)] = bytes.fromhex(text).decode("utf-16-be")
    return found


def deeds(session: Session, deed: str) -> list[AuditEntry]:
    session.rollback()
    found = session.scalars(select(AuditEntry).where(AuditEntry.deed == deed).order_by(AuditEntry.seq))
    return list(found)


def signed(asker: Desk, manager: Desk, **wish: object) -> dict[str, object]:
    """A request that needs one signature and has it."""
    export = asker.ask(**wish)
    answer = manager.sign(export)
    assert (answer.status, answer.json["status"]) == (200, "approved"), answer.data
    return export
