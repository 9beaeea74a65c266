"""Opening hours as people write them, read into [weekday 0-6, opens minute, closes minute]."""

import re
from functools import lru_cache
from typing import Final

from server.domain.imports.values import BadCell, narrow

DAY: Final = 1440
_ALWAYS: Final = re.compile(r"(24小[时時](营业|營業)?|24hours?|24hrs?|24/7|全天|全日|全天候|24h)")
_DAYS: Final = {
    **{name: i for i, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))},
    **{name: i for i, name in enumerate("一二三四五六日")},
    **{str(i + 1): i for i in range(7)},
    "天": 6,
}
_DAY_NAME: Final = (
    r"(?:周|週|星期|礼拜|禮拜)?[一二三四五六日天]|(?:周|週|星期)[1-7]|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*"
)
_DAY_SPAN: Final = re.compile(rf"({_DAY_NAME})(?:[-~至到]({_DAY_NAME}))?[,、:]?")
_EVERY_DAY: Final = re.compile(r"(每天|每日|daily|everyday|mon-sun|周一至周日)[:,]?")
_WEEKDAYS: Final = re.compile(r"(工作日|weekdays)[:,]?")
_WEEKEND: Final = re.compile(r"(周末|週末|weekends?)[:,]?")
_TIMES: Final = re.compile(
    r"(\d{1,2})(?:[:.时時点點h](\d{2})?分?)?(am|pm)?[-~至到](\d{1,2})(?:[:.时時点點h](\d{2})?分?)?(am|pm)?[,、]?"
)


@lru_cache(maxsize=4096)
def read_hours(cell: str) -> list[list[int]]:
    """Spans in week order; a span past midnight is cut there. Errors: BadCell `bad_hours`.

    The same few texts fill a whole list, so answers are kept: do not change them.
    08:00-22:00 · 24小时 · 周一至周五 8:00-20:00; 周六 9:00-18:00 · Mon-Fri 08:00-12:00,14:00-18:00
    """
    text = narrow(cell).casefold().replace("–", "-").replace("—", "-").replace(" to ", "-")
    spans: list[list[int]] = []
    for part in re.split(r"[;；\n]+", text):
        part = re.sub(r"\s+", "", part)
        if part:
            spans += _part(part, cell)
    if not spans or len(spans) > 28:
        raise BadCell("bad_hours", given=cell[:60])
    return sorted(spans)


def _part(part: str, cell: str) -> list[list[int]]:
    days, rest = _leading_days(part)
    if _ALWAYS.fullmatch(rest):
        return [[day, 0, DAY] for day in days]
    spans: list[list[int]] = []
    while rest:
        found = _TIMES.match(rest)
        if not found:
            raise BadCell("bad_hours", given=cell[:60])
        opens = _minute(found[1], found[2], found[3], cell)
        closes = _minute(found[4], found[5], found[6], cell)
        for day in days:
            spans += _span(day, opens, closes)
        rest = rest[found.end() :]
    return spans


def _leading_days(part: str) -> tuple[list[int], str]:
    """The weekdays a part begins with (all seven where it names none), and the rest of it."""
    for pattern, days in ((_EVERY_DAY, range(7)), (_WEEKDAYS, range(5)), (_WEEKEND, range(5, 7))):
        found = pattern.match(part)
        if found:
            return list(days), part[found.end() :]
    named: list[int] = []
    while found := _DAY_SPAN.match(part):
        first = _day(found[1])
        last = _day(found[2]) if found[2] else first
        named += [day % 7 for day in range(first, last + 1 if last >= first else last + 8)]
        part = part[found.end() :]
    return (sorted(set(named)) or list(range(7))), part


def _day(name: str) -> int:
    return _DAYS[name[:3]] if name[:3] in _DAYS else _DAYS[name[-1]]


def _minute(hour: str, minute: str | None, half: str | None, cell: str) -> int:
    hours, minutes = int(hour), int(minute or 0)
    if half:
        hours = hours % 12 + (12 if half == "pm" else 0)
    if hours > 24 or minutes > 59 or hours * 60 + minutes > DAY:
        raise BadCell("bad_hours", given=cell[:60])
    return hours * 60 + minutes


def _span(day: int, opens: int, closes: int) -> list[list[int]]:
    if opens == closes:
        return [[day, 0, DAY]]
    if closes > opens:
        return [[day, opens, closes]]
    late = [[(day + 1) % 7, 0, closes]] if closes else []
    return [[day, opens, DAY], *late]
