"""docs/security.md answers every ASVS requirement of levels 1 and 2 once, and names files that are there."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "security.md"
# OWASP ASVS 5.0.0: the level of each requirement, in order, by section.
LEVELS = """
1.1 22  1.2 1111122223  1.3 112222222223  1.4 222  1.5 123
2.1 122  2.2 112  2.3 12223  2.4 23
3.1 3  3.2 113  3.3 12223  3.4 11222233  3.5 11122333  3.6 3  3.7 22333
4.1 12233  4.2 23333  4.3 22  4.4 1222
5.1 2  5.2 112333  5.3 113  5.4 222
6.1 122  6.2 111111112222  6.3 11223333  6.4 112233  6.5 22222333  6.6 2223  6.7 33  6.8 2222
7.1 222  7.2 1111  7.3 22  7.4 11222  7.5 223  7.6 22
8.1 1233  8.2 1123  8.3 133  8.4 23
9.1 111  9.2 1222
10.1 22  10.2 223  10.3 22223  10.4 1111122222233333  10.5 22222  10.6 22  10.7 222
11.1 2233  11.2 22233  11.3 11233  11.4 1222  11.5 23  11.6 23  11.7 33
12.1 12233  12.2 11  12.3 22223
13.1 2333  13.2 222223  13.3 2233  13.4 1222233
14.1 22  14.2 12223333  14.3 122
15.1 12233  15.2 12233  15.3 1222222  15.4 3333
16.1 2  16.2 22222  16.3 2222  16.4 222  16.5 2223
17.1 23  17.2 22223333  17.3 22
"""
STATES = {"met", "part", "no", "house"}
ROW = re.compile(r"^\| v5\.0\.0-([\d.]+) \| (\d) \| (\w+) \| (.+) \|$", re.MULTILINE)


def requirements() -> dict[str, int]:
    """The level of each requirement of levels 1 and 2, by number."""
    return {
        f"{section}.{number}": int(level)
        for section, levels in re.findall(r"([\d.]+) (\d+)", LEVELS)
        for number, level in enumerate(levels, start=1)
        if level in "12"
    }


def test_the_standard_is_all_there() -> None:
    levels = Counter(requirements().values())
    assert (levels[1], levels[2]) == (70, 183)


def test_every_requirement_is_answered_once_with_its_level() -> None:
    page = PAGE.read_text()
    table = {number: (int(level), state) for number, level, state, _ in ROW.findall(page)}
    assert {state for _, state in table.values()} <= STATES
    left_out = Counter(
        number
        for line in page.splitlines()
        if re.match(r"Do(es)? not apply: ", line)
        for number in re.findall(r"\b\d+\.\d+\.\d+\b", line)
    )
    wanted = requirements()
    assert len(ROW.findall(page)) == len(table), "one is answered twice"
    assert max(left_out.values()) == 1
    assert table.keys() & left_out.keys() == set()
    assert table.keys() | left_out.keys() == wanted.keys()
    assert {number: level for number, (level, _) in table.items() if wanted[number] != level} == {}


def test_every_file_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`((?:server|pwa|tests|docs|bin)/[\w./-]+)`", PAGE.read_text()))
    assert len(named) > 40
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


def test_what_is_met_says_where_or_why() -> None:
    assert [number for number, _, _, words in ROW.findall(PAGE.read_text()) if len(words.strip()) < 4] == []
