"""The body of a request to change a customer card: what the book says, and what it should say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from server.domain.errors import DomainError
from server.domain.operation_bodies import reading as read

Value = Mapping[str, Any]

CHANGE_KINDS: Final = ("moved", "number", "closed", "renamed")


@dataclass(frozen=True, slots=True)
class OutletChange:
    """`old` is what the phone showed as the book's value (a number only as its mask), `new` what should stand there."""

    request_id: UUID
    outlet_id: int
    kind: str
    old: Value
    new: Value
    note: str
    fix: read.Fix | None

    @staticmethod
    def read(value: object) -> OutletChange:
        keys = ("request_id", "outlet_id", "kind", "old", "new", "note", "fix")
        body = read.record("", value, keys)
        kind = read.choice("kind", body["kind"], CHANGE_KINDS)
        values = _VALUES[kind]
        old, new = values("old", body["old"], False), values("new", body["new"], True)
        return OutletChange(
            request_id=read.uuid("request_id", body["request_id"]),
            outlet_id=read.whole("outlet_id", body["outlet_id"], least=1, most=read.MAX_ID),
            kind=kind,
            old=old,
            new=new,
            note=read.text("note", body["note"], 2000, lines=True),
            fix=read.fix("fix", body["fix"]),
        )


def _moved(path: str, value: object, wanted: bool) -> Value:
    body = read.record(path, value, ("latitude", "longitude", "address"))
    latitude, longitude = body["latitude"], body["longitude"]
    address = read.text(f"{path}.address", body["address"], 300)
    if (latitude is None) != (longitude is None):
        missing = "longitude" if longitude is None else "latitude"
        raise DomainError(f"{path}.{missing}", "required")
    if wanted and latitude is None and not address:
        raise DomainError(f"{path}.address", "required")
    return {
        "latitude": None if latitude is None else read.number(f"{path}.latitude", latitude, -90, 90),
        "longitude": None if longitude is None else read.number(f"{path}.longitude", longitude, -180, 180),
        "address": address,
    }


def _number(path: str, value: object, wanted: bool) -> Value:
    body = read.record(path, value, ("contact_id", "name", "phone"))
    contact = body["contact_id"]
    return {
        # None: a contact that the card does not have yet.
        "contact_id": None
        if contact is None
        else read.whole(f"{path}.contact_id", contact, least=1, most=read.MAX_ID),
        "name": read.text(f"{path}.name", body["name"], 100),
        "phone": read.text(f"{path}.phone", body["phone"], 64, least=1 if wanted else 0),
    }


def _closed(path: str, value: object, wanted: bool) -> Value:
    body = read.record(path, value, ("status",))
    return {"status": read.choice(f"{path}.status", body["status"], ("closed" if wanted else "active",))}


def _renamed(path: str, value: object, wanted: bool) -> Value:
    body = read.record(path, value, ("name", "name_en"))
    return {
        "name": read.text(f"{path}.name", body["name"], 200, least=1 if wanted else 0),
        "name_en": read.text(f"{path}.name_en", body["name_en"], 200),
    }


_VALUES: Final[Mapping[str, Callable[[str, object, bool], Value]]] = MappingProxyType(
    {"moved": _moved, "number": _number, "closed": _closed, "renamed": _renamed}
)
