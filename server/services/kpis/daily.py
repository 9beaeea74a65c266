"""The daily summary: one day beside the same weekday of the week before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy.orm import Session

from server.services.kpis.questions import Question
from server.services.kpis.report import Compared, Report, find_report
from server.services.scopes import Within


@dataclass(frozen=True)
class Daily:
    """A day at a glance, beside the same weekday of the week before. `silent`: routes that had a plan and nobody
    made a call."""

    day: date
    day_before: date
    report: Report
    silent: int


def find_daily(session: Session, day: date, within: Within) -> Daily:
    """The day's totals and its routes; what they are compared with is a week older, because weekdays differ."""
    earlier = day - timedelta(days=7)
    now, before = (
        find_report(session, Question("d", one, one, "route", within=within, compare=False))
        for one in (day, earlier)
    )
    lines_before = {line.id: line.figures for line in before.lines}
    lines = [
        line._replace(figures=_beside(line.figures, lines_before.get(line.id, []))) for line in now.lines
    ]
    silent = sum(line.calls == 0 and line.figures[0].whole > 0 for line in now.lines)
    report = replace(now, totals=_beside(now.totals, before.totals), lines=lines)
    return Daily(day, earlier, report, silent)


def _beside(now: Sequence[Compared], before: Sequence[Compared]) -> list[Compared]:
    values = {one.key: one.value for one in before}
    return [one._replace(before=values.get(one.key)) for one in now]
