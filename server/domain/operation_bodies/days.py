"""Bodies about a person's day: its start, its end, and the order in which its stops are walked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from server.domain.errors import DomainError
from server.domain.operation_bodies import reading as read
from server.domain.operation_bodies.reading import Fix

MAX_FIGURES: Final = 64
Figure = int | float | str | bool | None


@dataclass(frozen=True, slots=True)
class DayStart:
    """Attendance, and what of the preparation was ticked. `storage`: whether the browser promised to keep the phone's
    databases, and whether the app is installed."""

    work_day_id: UUID
    at: datetime
    fix: Fix | None
    checklist: tuple[tuple[str, bool], ...]
    persisted: bool
    standalone: bool

    @staticmethod
    def read(value: object) -> DayStart:
        body = read.record("", value, ("work_day_id", "at", "fix", "checklist", "storage"))
        storage = read.record("storage", body["storage"], ("persisted", "standalone"))
        return DayStart(
            work_day_id=read.uuid("work_day_id", body["work_day_id"]),
            at=read.instant("at", body["at"]),
            fix=read.fix("fix", body["fix"]),
            checklist=_checklist(body["checklist"]),
            persisted=read.flag("storage.persisted", storage["persisted"]),
            standalone=read.flag("storage.standalone", storage["standalone"]),
        )


def _checklist(value: object) -> tuple[tuple[str, bool], ...]:
    ticks = []
    for index, one in enumerate(read.items("checklist", value, most=MAX_FIGURES)):
        path = f"checklist.{index}"
        tick = read.record(path, one, ("key", "done"))
        ticks.append(
            (read.text(f"{path}.key", tick["key"], 40, least=1), read.flag(f"{path}.done", tick["done"]))
        )
    return tuple(ticks)


@dataclass(frozen=True, slots=True)
class DayEnd:
    """The close of the day with its figures as the phone showed them."""

    work_day_id: UUID
    at: datetime
    fix: Fix | None
    summary: dict[str, Figure]
    note: str

    @staticmethod
    def read(value: object) -> DayEnd:
        body = read.record("", value, ("work_day_id", "at", "fix", "summary", "note"))
        return DayEnd(
            work_day_id=read.uuid("work_day_id", body["work_day_id"]),
            at=read.instant("at", body["at"]),
            fix=read.fix("fix", body["fix"]),
            summary=_summary(body["summary"]),
            note=read.text("note", body["note"], 2000, lines=True),
        )


def _summary(value: object) -> dict[str, Figure]:
    """Figures by name: numbers, short texts, yes and no; nothing nested."""
    if type(value) is not dict:
        raise DomainError("summary", "type")
    if len(value) > MAX_FIGURES:
        raise DomainError("summary", "at_most", most=MAX_FIGURES)
    for name, figure in value.items():
        path = f"summary.{str(name)[:40]}"
        read.text("summary", name, 40, least=1)
        if type(figure) is str:
            read.text(path, figure, 200)
        elif figure is not None and type(figure) not in (int, float, bool):
            raise DomainError(path, "type")
        elif isinstance(figure, int | float) and not (math.isfinite(figure) and abs(figure) <= 2**53):
            raise DomainError(path, "finite")
    return value


@dataclass(frozen=True, slots=True)
class StopsReorder:
    """The rep's own order of a day: evidence, the plan stays."""

    day: date
    outlet_ids: tuple[int, ...]
    reason: str

    @staticmethod
    def read(value: object) -> StopsReorder:
        body = read.record("", value, ("day", "outlet_ids", "reason"))
        return StopsReorder(
            day=read.day("day", body["day"]),
            outlet_ids=tuple(read.id_list("outlet_ids", body["outlet_ids"], most=500)),
            reason=read.text("reason", body["reason"], 200),
        )
