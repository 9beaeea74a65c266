"""I7, I5, G2: a file leaves once, to who asked for it, says whose it is, and runs nothing."""

from __future__ import annotations

import io
import re
import threading
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from server.api.throttle import FILES_A_MINUTE, FILES_A_MINUTE_AND_ADDRESS
from server.domain.exports import FORMATS
from server.extensions import clock
from server.models import Contact, Outlet
from server.services import agreements
from tests.faults.office import (
    Desk,
    csv_rows,
    deeds,
    desk,
    pdf_streams,
    pdf_text,
    signed,
    xlsx_rows,
)
from tests.server.field import Field, field_at

MORNING = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
FORMULA = "=cmd|'/c calc'!A1"
SCRIPT = "<script>alert(1)</script>"
TYPESET = '#eval("1+1") $x$ *bold* #read("/etc/passwd") \\'


@pytest.fixture
def field(session: Session) -> Field:
    return field_at(session, MORNING)


# --- I7 --------------------------------------------------------------------------------------------------------


def knocks(session: Session) -> list[tuple[int | None, object]]:
    return [(one.person_id, one.detail["why"]) for one in deeds(session, "export.knock")]


def test_I7_a_file_is_fetched_once(session: Session, field: Field, asker: Desk, manager: Desk) -> None:
    export = signed(asker, manager)
    assert asker.fetch(export).status == 200
    again = asker.fetch(export)
    assert (again.status, again.json["code"]) == (404, "not_found")
    assert knocks(session) == [(field.supervisor.id, "taken")]


def test_I7_two_at_the_same_instant_get_one_file(
    app: Flask, session: Session, field: Field, asker: Desk, manager: Desk
) -> None:
    export = signed(asker, manager)
    other = desk(app, field.supervisor)
    asker.step_up()
    other.step_up()
    start = threading.Barrier(2)
    answers: list[int] = []

    def take(one: Desk) -> None:
        start.wait(20)
        answers.append(one.request("POST", f"/exports/{export['id']}/file").status)

    threads = [threading.Thread(target=take, args=(one,)) for one in (asker, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(answers) == [200, 404]
    assert len(deeds(session, "export.take")) == 1


def test_I7_somebody_else_finds_nothing_and_that_is_written_down(
    session: Session, field: Field, asker: Desk, manager: Desk, custodian: Desk
) -> None:
    export = signed(asker, manager)
    for one in (manager, custodian):
        refused = one.fetch(export)
        assert (refused.status, refused.json["code"]) == (404, "not_found")
    assert knocks(session) == [(field.manager.id, "foreign"), (field.custodian.id, "foreign")]
    assert asker.fetch(export).status == 200, "the knocks used nothing up"


def test_I7_who_asks_for_files_too_fast_waits_and_their_own_file_is_not_used_up(
    app: Flask, session: Session, asker: Desk, manager: Desk
) -> None:
    export = signed(asker, manager)
    asker.step_up()
    strange = f"/exports/{'019a0000-0000-7000-8000-000000000009'}/file"
    tried = [asker.request("POST", strange) for _ in range(FILES_A_MINUTE)]
    assert {one.status for one in tried} == {404}
    slowed = asker.request("POST", f"/exports/{export['id']}/file")
    assert (slowed.status, slowed.json["code"]) == (429, "too_many")
    assert 0 < int(slowed.headers["retry-after"]) <= 60
    app.extensions["file_limit"].forget()
    assert asker.request("POST", f"/exports/{export['id']}/file").status == 200


def test_I7_one_address_that_follows_links_without_end_is_slowed_whoever_asks(app: Flask) -> None:
    links = app.test_client()
    path = "/api/v1/exports/019a0000-0000-7000-8000-000000000009/file"
    assert {links.get(path).status_code for _ in range(FILES_A_MINUTE_AND_ADDRESS)} == {404}
    assert links.get(path).status_code == 429
    assert links.get(path, environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 404


def test_I7_after_a_day_there_is_nothing_to_fetch(
    session: Session, field: Field, asker: Desk, manager: Desk
) -> None:
    export = signed(asker, manager)
    late = signed(asker, manager, format="xlsx")
    clock.start_at(MORNING + timedelta(hours=24) - timedelta(minutes=1))
    assert asker.fetch(export).status == 200
    clock.start_at(MORNING + timedelta(hours=24, minutes=1))
    refused = asker.fetch(late)
    assert (refused.status, refused.json["code"]) == (404, "not_found")
    assert knocks(session) == [(field.supervisor.id, "expired")]
    shown = asker.request("GET", f"/exports/{late['id']}").json
    assert shown["status"] == "expired"


def test_I7_a_crawler_and_a_preview_find_nothing_and_use_nothing_up(
    app: Flask, session: Session, field: Field, asker: Desk, manager: Desk
) -> None:
    export = signed(asker, manager)
    address = f"/api/v1/exports/{export['id']}/file"
    crawler = app.test_client()
    for method in ("GET", "HEAD"):
        assert crawler.open(address, method=method).status_code == 404
    assert asker.request("GET", f"/exports/{export['id']}/file").status == 404
    assert knocks(session) == [(None, "link"), (None, "link"), (field.supervisor.id, "link")]
    for _ in range(40):
        crawler.get(address)
    assert len(knocks(session)) == 20, "a crawler does not fill the chain"
    unknown = crawler.get("/api/v1/exports/0193a2b4-0000-7000-8000-000000000000/file")
    assert unknown.status_code == 404
    assert asker.fetch(export).status == 200


# --- I5 --------------------------------------------------------------------------------------------------------


def test_I5_the_servers_own_name_stands_on_the_file_whatever_people_are_called(
    session: Session, field: Field, asker: Desk, manager: Desk
) -> None:
    evil = "../../CON/" + "名" * 80 + '";\r\nX-Evil: 1'
    session.execute(
        sa.text("UPDATE person SET name = :name WHERE id = :id"),
        {"name": evil[:100], "id": field.supervisor.id},
    )
    session.commit()
    for form in FORMATS:
        answer = asker.fetch(signed(asker, manager, format=form, reason="../../etc/passwd CON"))
        assert answer.status == 200
        words = answer.headers["content-disposition"]
        assert re.fullmatch(rf'attachment; filename="routebook-20261123-[0-9a-f]{{12}}\.{form}"', words)
        assert "x-evil" not in answer.headers


def test_I5_who_is_not_active_any_more_gets_no_file(
    app: Flask, session: Session, field: Field, asker: Desk, manager: Desk
) -> None:
    export = signed(asker, manager)
    administrator = desk(app, field.administrator)
    administrator.step_up()
    frozen = administrator.request(
        "POST", f"/people/{field.supervisor.id}/freeze", {"reason": "离职 leaving"}
    )
    assert frozen.status in (200, 204), frozen.data
    refused = asker.request("POST", f"/exports/{export['id']}/file")
    assert refused.status == 401
    assert b"T1-" not in refused.data
    assert deeds(session, "export.take") == []


# --- G2 --------------------------------------------------------------------------------------------------------


@pytest.fixture
def poisoned(session: Session, field: Field) -> Field:
    """Shops and people whose names are formulas, scripts and typesetting commands."""
    for outlet_id, name in zip(field.outlets, (FORMULA, SCRIPT, TYPESET), strict=False):
        outlet = session.get_one(Outlet, outlet_id)
        outlet.name, outlet.address = name, "\t@SUM(1)"
    contact = session.scalars(sa.select(Contact).where(Contact.outlet_id == field.outlets[0])).one()
    contact.name = '+HYPERLINK("http://x")'
    session.commit()
    return field


def test_G2_a_csv_runs_nothing_and_says_in_every_row_whose_it_is(
    poisoned: Field, asker: Desk, manager: Desk
) -> None:
    answer = asker.fetch(signed(asker, manager, fields=["name", "address", "contact_name"]))
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["x-content-type-options"] == "nosniff"
    head, *rows = csv_rows(answer.data)
    assert head[-1] in ("水印", "Watermark")
    names = {row[0] for row in rows}
    assert {f"'{FORMULA}", SCRIPT, TYPESET} <= names
    for row in rows:
        assert not any(cell.startswith(("=", "+", "@", "\t", "\r")) for cell in row)
        assert "supervisor" in row[-1]
        assert "2026-11-23" in row[-1]


def test_G2_a_workbook_runs_nothing_and_bears_whose_it_is_in_cells_head_and_properties(
    poisoned: Field, asker: Desk, manager: Desk
) -> None:
    answer = asker.fetch(signed(asker, manager, format="xlsx", fields=["name", "address"]))
    assert answer.data.startswith(b"PK")
    _, *rows = xlsx_rows(answer.data)
    assert {f"'{FORMULA}", SCRIPT, TYPESET} <= {row[0] for row in rows}
    assert all("supervisor" in row[-1] for row in rows)
    parts = unzipped(answer.data)
    assert b"supervisor" in parts["xl/worksheets/sheet1.xml"].split(b"<headerFooter")[1]
    assert b"supervisor" in parts["docProps/core.xml"]
    assert not any(b"<f>" in part or b"<hyperlink" in part for part in parts.values())


def unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return {name: book.read(name) for name in book.namelist()}


def test_G2_a_pdf_shows_commands_as_text_and_whose_it_is_across_every_page(
    poisoned: Field, asker: Desk, manager: Desk
) -> None:
    answer = asker.fetch(signed(asker, manager, format="pdf", fields=["name", "address"]))
    assert answer.data.startswith(b"%PDF-")
    drawn = pdf_text(answer.data)
    for words in (FORMULA, SCRIPT, TYPESET):
        assert words in drawn
    assert "root:" not in drawn
    assert drawn.count("supervisor") >= 10, "in the head, in the foot and across the page"
    inside = b"".join([answer.data, *pdf_streams(answer.data)])
    for word in (b"/JavaScript", b"/Launch", b"/EmbeddedFile", b"/URI"):
        assert word not in inside


def test_G2_an_agreement_is_kept_as_the_words_that_were_shown(
    app: Flask, session: Session, field: Field
) -> None:
    text = f"{SCRIPT}\n{TYPESET}\n{FORMULA}"
    version = agreements.publish(
        title=f"保密协议 {SCRIPT}", title_en="", text=text, text_en="", by=field.manager.id, now=clock.now()
    ).version
    rep = desk(app, field.rep)
    answer = rep.request("POST", "/agreement/accept", {"version": version, "locale": "zh-CN"})
    assert answer.status == 200
    kept = rep.request("GET", "/agreement/pdf")
    assert (kept.status, kept.headers["content-type"]) == (200, "application/pdf")
    drawn = pdf_text(kept.data)
    for words in (SCRIPT, TYPESET, FORMULA, f"({field.rep.id})", "2026-11-23 08:00:"):
        assert words in drawn
    assert b"/JavaScript" not in b"".join(pdf_streams(kept.data))
