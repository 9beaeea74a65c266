"""import.rows_per_s: a list of 100,000 outlets read, checked, stored and confirmed, rows a second of the
whole.

The list is generated: Chinese and English names, positions over a district, contacts with phone numbers,
hours, and two rows in a hundred with a fault of each kind in turn. It runs in a process of its own, so that
its memory can be told from the benchmark's; that the book holds the right number of outlets is checked
afterwards.
"""

from __future__ import annotations

import csv
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figure import Figure, Wanted

NAMES = ("import.rows_per_s",)
ROWS = 100_000
FAULT_EVERY = 50

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗"
FIRST = [
    "幸福",
    "永利",
    "好邻居",
    "家家乐",
    "惠民",
    "顺发",
    "金龙",
    "宏达",
    "新世纪",
    "百佳",
    "福源",
    "东升",
    "利民",
    "兴旺",
]
SECOND = ["超市", "便利店", "士多", "商店", "小卖部", "粮油店", "烟酒行", "副食店", "百货", "杂货铺"]
STREETS = ["人民路", "解放路", "建设街", "中山路", "和平里", "长江路", "南京路", "文化街", "育才路", "工农巷"]
ENGLISH = ["Lucky", "Golden", "Family", "Sunrise", "Happy", "Corner", "Star", "Union"]
HEADINGS = [
    "门店编号", "门店名称", "英文名", "门店等级", "渠道", "地址", "纬度", "经度", "联系人", "联系电话",
    "营业时间", "备注",
]  # fmt: skip
# The command, with the time of the work alone and the process's highest memory beside it.
CHILD = """
import json, resource, sys, time
from pathlib import Path
from server import create_app
from server.extensions import clock, db
from server.services import imports
from server.services.company import found_company
app = create_app()
with app.app_context():
    db.create_all()
    found_company(name="B", name_en="B", timezone="Asia/Shanghai", currency="CNY", now=clock.now())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    made = imports.stage_file(imports.ListFile(Path(sys.argv[1]), "list.csv"), kind="outlets",
    now=clock.now(),
                              person_id=None)
    staged = time.perf_counter()
    imports.confirm(import_id=made, person_id=None, now=clock.now())
    done = time.perf_counter()
    batch = imports.get_import(db.session(), made)
    outlets = db.session().execute(db.text("select count(*) from outlet")).scalar_one()
    print(json.dumps({"rows": batch.rows, "accepted": batch.accepted, "faulty": batch.faulty,
        "duplicates": batch.duplicates, "outlets": outlets, "seconds": done - started,
        "stage_s": staged - started, "confirm_s": done - staged,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "memory_before_mb": before // 1024}))
"""


def write_list(path: Path, rows: int = ROWS, seed: int = 20261123) -> int:
    """A CSV of `rows` outlets in UTF-8 with a mark; returns how many of them have a fault."""
    chance = random.Random(seed)
    faulty = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        for number in range(rows):
            row = outlet(chance, number)
            if number % FAULT_EVERY == FAULT_EVERY - 1:
                spoil(row, faulty)
                faulty += 1
            writer.writerow(row)
    return faulty


def outlet(chance: random.Random, number: int) -> list[str]:
    street, house = chance.choice(STREETS), chance.randrange(1, 900)
    return [
        f"K{number:06d}",
        f"{chance.choice(SURNAMES)}记{chance.choice(FIRST)}{chance.choice(SECOND)}{number}",
        f"{chance.choice(ENGLISH)} Store {number}",
        chance.choice("ABCD"),
        chance.choice(["便利店", "超市", "餐饮"]),
        f"城关镇{street}{house}号",
        f"{chance.uniform(30.0, 31.2):.6f}",
        f"{chance.uniform(103.5, 104.9):.6f}",
        chance.choice(SURNAMES) + "老板",
        f"13{chance.randrange(10**9):09d}",
        chance.choice(["08:00-22:00", "24小时", "周一至周五 7:30-21:00; 周六 9:00-20:00"]),
        chance.choice(["", "", "后门送货", "店主喜欢微信联系"]),
    ]


def spoil(row: list[str], kind: int) -> None:
    """One fault, of each kind in turn."""
    column, text = (
        (1, ""),
        (6, "一百"),
        (6, "130.5"),
        (10, "早到晚"),
        (3, "特级"),
        (11, "长" * 2500),
    )[kind % 6]
    row[column] = text


def measure(wanted: Wanted) -> Iterator[Figure]:
    if not wanted("import.rows_per_s"):
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        faulty = write_list(path)
        detail = run(path, Path(folder) / "data")
        expected = ROWS - faulty
        if detail["outlets"] != expected or detail["faulty"] != faulty:
            raise AssertionError(f"{expected} outlets and {faulty} faulty rows were expected: {detail}")
        detail["file_mb"] = round(path.stat().st_size / 1024 / 1024, 1)
    yield Figure("import.rows_per_s", ROWS / detail["seconds"], "rows/s", {"database": "SQLite", **detail})


def run(path: Path, data: Path) -> dict[str, float]:
    environment = {"ROUTEBOOK_DATA": str(data), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path)],
        env=environment,
        cwd=Path(__file__).resolve().parents[2],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found
