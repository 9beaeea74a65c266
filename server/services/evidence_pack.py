"""The evidence pack as a file: report, lists, documents, checkpoints, a note on checking them, and a manifest."""

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from server.domain.tabular_writing import write_csv
from server.models import Departure, ExportRequest
from server.services.checkpoints import CheckpointKeeper, read_checkpoints
from server.services.company import get_company
from server.services.evidence import HEADS, Row, find_documents, is_at_limit
from server.services.pdf import make_pdf
from server.services.people import get_person

# ZIP keeps no earlier year; one fixed instant for all files, so that the same content gives the same bytes.
_SINCE: Final = (1980, 1, 1, 0, 0, 0)
TITLE: Final = ("离职证据包", "Evidence pack of a departure")
AT_LIMIT: Final = ("已到上限，账上可能还有", "at the limit, the book may have more")
NOTE: Final = """\
证据包的核对 / How to check this pack

1. manifest.json 列出每个文件的 SHA-256。
   manifest.json names the SHA-256 of every file:
       sha256sum report.pdf access.csv
   "at_limit": true 表示该清单已到上限，公司账上可能还有更多。
   "at_limit": true says that a list ends at its limit, and that the company's book may have more.

2. checkpoints.jsonl 是审计链各时点的签名（每行一个）。在公司的服务器上用它核对审计链：
   checkpoints.jsonl holds the signed ends of the audit chain, one a line. The company's server checks its chain
   against them:
       flask --app server audit verify --checkpoint checkpoints.jsonl
   输出 “whole” 表示与签名时一致；否则指出第一条不符的记录，并以 1 结束。
   "whole" means that the history is what it was when it was signed; otherwise the first entry that differs is named,
   and the command ends with 1.

3. access.csv 中每条记录都有编号 seq、前一条的摘要 previous 和本条摘要 digest，与服务器上的审计链逐条对应。
   Each entry of access.csv bears its number, the digest of the entry before it and its own, as they stand in the chain.
   单元格以 = + - @ 开头时前面加了 ' ，以免表格软件当作公式。
   A cell that begins with = + - @ has ' before it, so that no spreadsheet takes it for a formula.

联系人字段不在包内；文字中的号码已隐去。
Contact fields are not part of it; numbers within what people wrote are masked.
"""


@dataclass(frozen=True)
class Packing:
    """What a pack is made of besides its rows: whose it is, in which language, and who keeps the checkpoints."""

    mark: str
    locale: str
    keeper: CheckpointKeeper
    now: datetime


def make_pack(
    session: Session, export: ExportRequest, row: Departure, tables: Mapping[str, list[Row]], packing: Packing
) -> bytes:
    """The ZIP file. The rows are those that were signed."""
    files: dict[str, bytes] = {"report.pdf": _report(session, row, tables, packing)}
    files.update({name: _csv(HEADS[name], rows, packing.mark) for name, rows in tables.items()})
    files.update({name: content for name, _, content in find_documents(session, row, export.asked_at)})
    packing.keeper.make(session, now=packing.now)
    kept = read_checkpoints(packing.keeper.path(get_company(session).epoch))
    files["checkpoints.jsonl"] = "".join(one.line() for one in kept).encode()
    files["VERIFY.txt"] = NOTE.encode()
    files["manifest.json"] = _manifest(export, row, tables, files, packing)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, _SINCE), files[name], zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _manifest(
    export: ExportRequest, row: Departure, tables: Mapping[str, list[Row]], files: Mapping[str, bytes],
    packing: Packing,
) -> bytes:  # fmt: skip
    words = {
        "departure": row.id,
        "export": str(export.id),
        "watermark": packing.mark,
        "made_at": f"{packing.now:%Y-%m-%dT%H:%M:%SZ}",
        "log_up_to": export.filter["upto"],
        "scope_sha256": export.scope_sha256,
        "files": {
            name: {
                "sha256": hashlib.sha256(content).hexdigest(),
                "bytes": len(content),
                **(
                    {"rows": len(tables[name]), "at_limit": is_at_limit(tables[name])}
                    if name in tables
                    else {}
                ),
            }
            for name, content in sorted(files.items())
        },
    }
    return json.dumps(words, ensure_ascii=False, indent=2).encode()


def _csv(head: list[str], rows: list[Row], mark: str) -> bytes:
    text = io.StringIO(newline="")
    write_csv(text, [[*head, "watermark"], *([*row, mark] for row in rows)])
    return text.getvalue().encode("utf-8-sig")


def _count(rows: list[Row], *, english: bool) -> str:
    """How many rows a list has, and whether the book may have more."""
    return f"{len(rows)} ({AT_LIMIT[english]})" if is_at_limit(rows) else str(len(rows))


def _report(session: Session, row: Departure, tables: Mapping[str, list[Row]], packing: Packing) -> bytes:
    english = packing.locale == "en"
    leaver, opener = get_person(session, row.person_id), get_person(session, row.opened_by)
    company = get_company(session)
    facts = [
        ("公司", "Company", (company.name_en or company.name) if english else company.name),
        ("离职人", "Leaver", f"{leaver.name} {leaver.name_en} ({leaver.login})"),
        ("开始办理", "Opened", f"{row.opened_at:%Y-%m-%d %H:%M}Z · {opener.name}"),
        ("最后工作日", "Last working day", row.last_day.isoformat()),
        ("方式", "Mode", row.mode),
        ("状态", "State", row.state),
        (
            "门店移交起始",
            "Stores are others’ from",
            f"{row.holds_from:%Y-%m-%d %H:%M}Z" if row.holds_from else "—",
        ),
        ("日志截至", "Log up to entry", str(tables["access.csv"][-1][0] if tables["access.csv"] else 0)),
    ]
    return make_pdf(
        "evidence",
        {
            "lang": "en" if english else "zh",
            "title": TITLE[english],
            "mark": packing.mark,
            "facts": [[en if english else zh, value] for zh, en, value in facts],
            "tables": [
                {"name": name, "count": len(rows), "head": HEADS[name], "rows": rows[:200]}
                for name, rows in tables.items()
                if name
                in ("checklist.csv", "handovers.csv", "call_backs.csv", "exports.csv", "documents.csv")
            ],
            "counts": [[name, _count(rows, english=english)] for name, rows in tables.items()],
        },
        at=packing.now,
    )
