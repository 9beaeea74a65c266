"""Export files: the rows of a request as they stand in the book now, and the marked file made of them."""

import io
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.exports import MOST_ROWS, Duty, duties_needed, scope_sha256
from server.domain.secrecy import seen_at_desk
from server.domain.tabular_writing import write_csv, write_xlsx
from server.errors import FieldError, Invalid, TooLarge
from server.models import Contact, Departure, ExportRequest, Outlet, Territory
from server.services.evidence import HEADS, outlet_classes, read_tables
from server.services.evidence_pack import Packing, make_pack
from server.services.outlets import OutletFilter, matching
from server.services.pdf import make_pdf
from server.services.people import get_person, roles_on
from server.services.scopes import territories_of
from server.services.secrecy import field_classes

AT_ONCE: Final = 500
MIME: Final[Mapping[str, str]] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "zip": "application/zip",
}
# field -> (zh-CN, en)
HEADINGS: Final[Mapping[str, tuple[str, str]]] = {
    "code": ("门店编码", "Code"),
    "name": ("店名", "Name"),
    "name_en": ("英文店名", "English name"),
    "chain": ("连锁", "Chain"),
    "outlet_class": ("等级", "Class"),
    "channel": ("渠道", "Channel"),
    "address": ("地址", "Address"),
    "status": ("状态", "Status"),
    "territory": ("区域", "Territory"),
    "position": ("坐标 (WGS-84)", "Position (WGS-84)"),
    "contact_name": ("联系人", "Contacts"),
    "contact_phone": ("电话", "Numbers"),
}
WATERMARK: Final = ("水印", "Watermark")
TITLE: Final = ("门店清单", "Outlets")


@dataclass(frozen=True)
class Scope:
    """What a request would take out of the house now, and the signatures that it needs."""

    rows: list[list[str]]
    duties: frozenset[Duty]
    sha256: str


def read_scope(session: Session, export: ExportRequest, day: date) -> Scope:
    """The rows of a request: outlets that the asker finds at the desk, no others.

    Errors: TooLarge for more rows than a file of this form may have; Invalid where nothing is found.
    """
    roles = roles_on(get_person(session, export.person_id), day)
    if export.format == "zip":
        return _evidence_scope(session, export, seen_at_desk(roles))
    mine = territories_of(session, export.person_id, roles, day)
    wanted = OutletFilter(**export.filter, classes=seen_at_desk(roles), within=mine)  # type: ignore[arg-type]
    most = MOST_ROWS[export.format]
    query = matching(wanted, day=day).order_by(Outlet.code)
    found = list(session.scalars(query.limit(most + 1)))
    if len(found) > most:
        raise TooLarge("export_too_large", most=most)
    if not found:
        raise Invalid(errors=[FieldError("filter", "none_found")])
    rows = list(_rows(session, found, export.fields))
    duties = duties_needed(export.fields, field_classes(session), {outlet.secrecy for outlet in found})
    return Scope(rows, duties, scope_sha256(export.filter, export.fields, export.format, duties, rows))


def evidence_tables(
    session: Session, export: ExportRequest, classes: Collection[str]
) -> tuple[Departure, dict[str, list[list[str]]]]:
    """The case that a pack is about, and the rows of its lists."""
    row = session.get_one(Departure, export.filter["departure_id"])
    upto = int(str(export.filter["upto"]))
    return row, read_tables(session, row, upto=upto, at=export.asked_at, classes=classes)


def _evidence_scope(session: Session, export: ExportRequest, classes: Collection[str]) -> Scope:
    case, tables = evidence_tables(session, export, classes)
    rows = [[name, *cells] for name, found in tables.items() for cells in found]
    duties = duties_needed((), {}, outlet_classes(session, case) & set(classes))
    return Scope(rows, duties, scope_sha256(export.filter, export.fields, export.format, duties, rows))


def make_evidence(session: Session, export: ExportRequest, scope: Scope, packing: Packing) -> bytes:
    """The pack, from exactly the rows of the scope that was signed."""
    tables: dict[str, list[list[str]]] = {name: [] for name in HEADS}
    for name, *cells in scope.rows:
        tables[name].append(cells)
    row = session.get_one(Departure, export.filter["departure_id"])
    return make_pack(session, export, row, tables, packing)


def _rows(session: Session, outlets: Sequence[Outlet], fields: Sequence[str]) -> Iterator[list[str]]:
    territories: dict[int, str] = {row.id: row.name for row in session.scalars(select(Territory))}
    for start in range(0, len(outlets), AT_ONCE):
        part = outlets[start : start + AT_ONCE]
        contacts: dict[int, list[Contact]] = {}
        if {"contact_name", "contact_phone"} & set(fields):
            query = select(Contact).where(Contact.outlet_id.in_([outlet.id for outlet in part]))
            for one in session.scalars(query.order_by(Contact.position, Contact.id)):
                contacts.setdefault(one.outlet_id, []).append(one)
        for outlet in part:
            mine = contacts.get(outlet.id, [])
            yield [_cell(field, outlet, mine, territories) for field in fields]


def _cell(field: str, outlet: Outlet, contacts: Sequence[Contact], territories: Mapping[int, str]) -> str:
    if field == "territory":
        return territories.get(outlet.territory_id or 0, "")
    if field == "position":
        known = outlet.latitude is not None and outlet.longitude is not None
        return f"{outlet.latitude:.6f}, {outlet.longitude:.6f}" if known else ""
    if field == "contact_name":
        return "; ".join(one.name for one in contacts)
    if field == "contact_phone":
        return "; ".join(one.phone for one in contacts if one.phone)
    value: Any = getattr(outlet, field)
    return str(value or "")


def make_file(export: ExportRequest, scope: Scope, mark: str, locale: str) -> bytes:
    """The file: whose it is stands in every row, and in the head of every sheet and page."""
    language = 0 if locale == "zh-CN" else 1
    head = [*(HEADINGS[field][language] for field in export.fields), WATERMARK[language]]
    if export.format == "pdf":
        return make_pdf(
            "list",
            {
                "title": TITLE[language],
                "mark": mark,
                "lang": ("zh", "en")[language],
                "head": head[:-1],
                "rows": scope.rows,
            },
            at=export.asked_at,
        )
    table = _table(head, scope.rows, mark)
    if export.format == "csv":
        text = io.StringIO(newline="")
        write_csv(text, table)
        return text.getvalue().encode("utf-8-sig")
    with tempfile.TemporaryFile() as file:
        write_xlsx(file, table, TITLE[language], mark=mark)
        file.seek(0)
        return file.read()


def _table(head: list[str], rows: Sequence[list[str]], mark: str) -> Iterator[list[str]]:
    yield head
    for row in rows:
        yield [*row, mark]
