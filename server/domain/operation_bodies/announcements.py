"""The body with which a phone says that an announcement was read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from server.domain.operation_bodies import reading as read


@dataclass(frozen=True, slots=True)
class AnnouncementRead:
    """`confirmed`: the person also said that they have understood it."""

    announcement_id: int
    at: datetime
    confirmed: bool

    @staticmethod
    def read(value: object) -> AnnouncementRead:
        body = read.record("", value, ("announcement_id", "at", "confirmed"))
        return AnnouncementRead(
            announcement_id=read.whole("announcement_id", body["announcement_id"], least=1, most=read.MAX_ID),
            at=read.instant("at", body["at"]),
            confirmed=read.flag("confirmed", body["confirmed"]),
        )
