"""Bodies about outlets: one that a rep found, a note on a card, a promise that was kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from server.domain.errors import DomainError
from server.domain.operation_bodies import reading as read

_PROPOSAL_KEYS: Final = frozenset(
    (
        *("proposal_id", "name", "address", "outlet_class", "channel", "latitude", "longitude", "accuracy_m"),
        *("contact_name", "contact_phone", "note", "near_duplicates"),
    )
)


@dataclass(frozen=True, slots=True)
class OutletPropose:
    """A new outlet as the rep saw it. Position and accuracy are there together or not at all."""

    proposal_id: UUID
    name: str
    address: str
    outlet_class: str
    channel: str
    latitude: float | None
    longitude: float | None
    accuracy_m: float | None
    contact_name: str
    contact_phone: str
    note: str
    near_duplicates: tuple[int, ...]

    @staticmethod
    def read(value: object) -> OutletPropose:
        body = read.record("", value, _PROPOSAL_KEYS)
        latitude, longitude, accuracy = body["latitude"], body["longitude"], body["accuracy_m"]
        if (latitude is None) != (longitude is None):
            raise DomainError("longitude" if longitude is None else "latitude", "required")
        return OutletPropose(
            proposal_id=read.uuid("proposal_id", body["proposal_id"]),
            name=read.text("name", body["name"], 200, least=1),
            address=read.text("address", body["address"], 300),
            outlet_class=read.choice("outlet_class", body["outlet_class"], "ABCD"),
            channel=read.text("channel", body["channel"], 40),
            latitude=None if latitude is None else read.number("latitude", latitude, -90, 90),
            longitude=None if longitude is None else read.number("longitude", longitude, -180, 180),
            accuracy_m=read.distance("accuracy_m", accuracy),
            contact_name=read.text("contact_name", body["contact_name"], 100),
            contact_phone=read.text("contact_phone", body["contact_phone"], 64),
            note=read.text("note", body["note"], 2000, lines=True),
            near_duplicates=tuple(read.id_list("near_duplicates", body["near_duplicates"], most=50)),
        )


@dataclass(frozen=True, slots=True)
class OutletNoteAdded:
    outlet_id: int
    at: datetime
    text: str

    @staticmethod
    def read(value: object) -> OutletNoteAdded:
        body = read.record("", value, ("outlet_id", "at", "text"))
        return OutletNoteAdded(
            outlet_id=read.whole("outlet_id", body["outlet_id"], least=1, most=read.MAX_ID),
            at=read.instant("at", body["at"]),
            text=read.text("text", body["text"], 2000, least=1, lines=True),
        )


@dataclass(frozen=True, slots=True)
class PromiseKeep:
    outlet_id: int
    promise_id: UUID
    at: datetime

    @staticmethod
    def read(value: object) -> PromiseKeep:
        body = read.record("", value, ("outlet_id", "promise_id", "at"))
        return PromiseKeep(
            outlet_id=read.whole("outlet_id", body["outlet_id"], least=1, most=read.MAX_ID),
            promise_id=read.uuid("promise_id", body["promise_id"]),
            at=read.instant("at", body["at"]),
        )
