"""Imports over HTTP and by command: who may, what comes back, and every refusal in the user's language."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.models import ImportRow, Outlet, Sku, Territory
from tests.server.field import PASSWORD, build_field

ROOT = Path(__file__).resolve().parents[3]
LIST = """编号,名称,地址,纬度,经度
K1,幸福超市,軒尼詩道38號,23.27763,113.17050
K2,永利士多,軒尼詩道145號,23.277766,113.173088
K3,,皇后大道1號,23.28,113.17
K4,好景士多,皇后大道2號,113.17,23.28
K5,永利士多店,軒尼詩道145號,23.277767,113.173089
"""


@pytest.fixture
def custodian(client: FlaskClient, session: Session) -> FlaskClient:
    """A client with the custodian signed in."""
    build_field(session)
    answer = client.post("/api/v1/session", json={"login": "custodian", "password": PASSWORD})
    assert answer.status_code == 200
    return client


def upload(client: FlaskClient, content: str | bytes = LIST, name: str = "list.csv", **form: str) -> Any:
    data = content.encode() if isinstance(content, str) else content
    return client.post(
        "/api/v1/imports",
        data={"file": (io.BytesIO(data), name), **form},
        headers={"Accept-Language": "en"},
    )


def outlets(session: Session) -> int:
    session.rollback()
    return session.execute(select(func.count()).select_from(Outlet)).scalar_one()


def test_a_list_is_uploaded_looked_at_and_confirmed(custodian: FlaskClient, session: Session) -> None:
    before = outlets(session)
    staged = upload(custodian)
    assert staged.status_code == 201
    shown = staged.json
    assert (shown["rows"], shown["accepted"], shown["rejected"], shown["duplicates"]) == (5, 2, 2, 1)
    assert shown["mapping"] == {
        "code": "编号", "name": "名称", "address": "地址", "latitude": "纬度", "longitude": "经度"
    }  # fmt: skip
    assert {(one["row"], one["field"], one["rule"]) for one in shown["errors"]} == {
        (4, "name", "missing_name"),
        (5, "latitude", "swapped_position"),
        (6, "duplicate", "near_duplicate_in_file"),
    }
    assert outlets(session) == before
    address = f"/api/v1/imports/{shown['id']}"
    page = custodian.get(f"{address}/rows?state=faulty&limit=1").json
    assert (page["total"], [row["row"] for row in page["rows"]]) == (2, [4])
    assert page["rows"][0]["cells"][0] == "K3"
    assert page["rows"][0]["findings"][0]["severity"] == "error"
    done = custodian.post(f"{address}/confirm", json={"rows": "all_good", "duplicates": [6]})
    assert done.status_code == 200
    assert (done.json["state"], done.json["accepted"], done.json["duplicates"]) == ("confirmed", 3, 0)
    assert outlets(session) == before + 3
    again = custodian.post(f"{address}/confirm", json={})
    assert again.json["accepted"] == 3
    assert outlets(session) == before + 3
    assert [one["id"] for one in custodian.get("/api/v1/imports").json] == [shown["id"]]


def test_messages_are_in_the_language_that_was_asked_for(custodian: FlaskClient) -> None:
    address = f"/api/v1/imports/{upload(custodian).json['id']}"
    words = {
        language: custodian.get(address, headers={"Accept-Language": language}).json["errors"][0]["message"]
        for language in ("zh-CN", "en")
    }
    assert words == {"zh-CN": "没有名称", "en": "has no name"}


def test_a_mapping_and_a_coordinate_system_can_be_given_and_changed(custodian: FlaskClient) -> None:
    text = "Bezeichnung,Breite,Länge\nA,23.1,113.1\n"
    mapping = json.dumps({"name": "Bezeichnung", "latitude": "Breite", "longitude": "Länge"})
    shown = upload(custodian, text, mapping=mapping, crs="gcj02").json
    assert (shown["accepted"], shown["crs"]) == (1, "gcj02")
    address = f"/api/v1/imports/{shown['id']}"
    shifted = custodian.get(f"{address}/rows").json["rows"][0]["values"]
    changed = custodian.put(f"{address}/mapping", json={"mapping": {"name": "Bezeichnung"}, "crs": "wgs84"})
    assert changed.status_code == 200
    assert changed.json["ignored_headings"] == ["Breite", "Länge"]
    assert "latitude" not in custodian.get(f"{address}/rows").json["rows"][0]["values"]
    assert shifted["latitude"] != 23.1


def test_skus_are_imported_too(custodian: FlaskClient, session: Session) -> None:
    text = "code,name,brand,pack,price\nZ1,Plain water,Spring,12,2.5\nZ2,Tea,Spring,x,3\n"
    shown = upload(custodian, text, kind="skus").json
    assert (shown["accepted"], shown["rejected"]) == (1, 1)
    assert custodian.post(f"/api/v1/imports/{shown['id']}/confirm", json={}).status_code == 200
    session.rollback()
    assert session.execute(select(Sku.pack).where(Sku.code == "Z1")).scalar_one() == 12


@pytest.mark.parametrize(
    ("content", "rule", "row"),
    [
        (b"", "empty_file", None),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "not_a_table", None),
        ('name,note\nA,b\nB,"never\n', "open_quote", 3),
        (b"name\nA\0\n", "nul_bytes", 2),
        ("a,b,c\n1,2,3\n4,5", "half_file", 3),
        (b"name,note\nCaf\xe9,x\n", "wrong_coding", 2),
    ],
)
def test_an_unreadable_file_is_refused_with_rule_and_row(
    custodian: FlaskClient, session: Session, content: str | bytes, rule: str, row: int | None
) -> None:
    answer = upload(custodian, content)
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert answer.json["code"] == "unreadable_file"
    fault = answer.json["errors"][0]
    assert (fault["field"], fault["rule"], fault.get("row")) == ("file", rule, row)
    assert fault["message"] != rule
    session.rollback()
    assert session.execute(select(func.count()).select_from(ImportRow)).scalar_one() == 0


def test_I4_a_zip_bomb_is_answered_with_413(custodian: FlaskClient) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 30_000_000)
    answer = upload(custodian, buffer.getvalue(), "list.xlsx")
    assert (answer.status_code, answer.json["errors"][0]["rule"]) == (413, "packed_too_tightly")


def test_I5_a_hostile_file_name_is_only_shown(custodian: FlaskClient) -> None:
    assert upload(custodian, name="../../" + "店" * 300 + ".csv").json["file_name"] == "店" * 200


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"kind": "people"}, "kind"),
        ({"crs": "mars"}, "crs"),
        ({"colour": "red"}, "colour"),
        ({"mapping": "[1]"}, "mapping"),
        ({"mapping": '{"name":"Foo"}'}, "mapping"),
        ({"territory_id": "987654"}, "territory_id"),
    ],
)
def test_a_wrong_form_field_is_named(custodian: FlaskClient, form: dict[str, str], field: str) -> None:
    answer = upload(custodian, **form)
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json["errors"]] == [field]


def test_an_upload_without_a_file_is_refused(custodian: FlaskClient) -> None:
    answer = custodian.post("/api/v1/imports", data={"kind": "outlets"})
    assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "file")


@pytest.mark.parametrize(
    "body", [{"rows": "some"}, {"duplicates": [1.5]}, {"duplicates": [-1]}, {"extra": 1}]
)
def test_a_wrong_confirmation_changes_nothing(
    custodian: FlaskClient, session: Session, body: dict[str, object]
) -> None:
    before = outlets(session)
    import_id = upload(custodian).json["id"]
    assert custodian.post(f"/api/v1/imports/{import_id}/confirm", json=body).status_code == 422
    assert outlets(session) == before


def test_the_faulty_rows_come_as_csv_and_as_a_workbook(custodian: FlaskClient) -> None:
    import_id = upload(custodian, LIST + "K6,=cmd|x,路,x,1\n").json["id"]
    csv_answer = custodian.get(f"/api/v1/imports/{import_id}/faults.csv", headers={"Accept-Language": "zh"})
    assert csv_answer.headers["Content-Disposition"] == f"attachment; filename=import-{import_id}-faults.csv"
    text = csv_answer.data.decode("utf-8-sig")
    assert csv_answer.data.startswith(b"\xef\xbb\xbf")
    assert text.splitlines()[0] == "编号,名称,地址,纬度,经度,文件行,原因"
    assert "K6,'=cmd|x,路,x,1,7,latitude: “x”不是数字" in text
    xlsx_answer = custodian.get(f"/api/v1/imports/{import_id}/faults.xlsx")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(xlsx_answer.data)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows] == ["编号", "K3", "K4", "K5", "K6"]
    assert rows[4][1] == "'=cmd|x"


def test_a_discarded_import_is_not_found_any_more(custodian: FlaskClient) -> None:
    import_id = upload(custodian).json["id"]
    address = f"/api/v1/imports/{import_id}"
    assert custodian.delete(address).status_code == 204
    for door in ("", "/rows", "/faults.csv"):
        assert custodian.get(address + door).status_code == 404
    assert custodian.post(f"{address}/confirm", json={}).status_code == 404


def test_a_confirmed_import_cannot_be_discarded(custodian: FlaskClient) -> None:
    import_id = upload(custodian).json["id"]
    custodian.post(f"/api/v1/imports/{import_id}/confirm", json={})
    assert custodian.delete(f"/api/v1/imports/{import_id}").status_code == 409


def test_without_a_geocoder_positions_cannot_be_looked_up(custodian: FlaskClient) -> None:
    import_id = upload(custodian).json["id"]
    answer = custodian.post(f"/api/v1/imports/{import_id}/positions")
    assert (answer.status_code, answer.json["code"]) == (409, "no_geocoder")


class Town:
    def locate(self, _address: str) -> tuple[float, float] | None:
        return 23.5, 113.5


def test_with_a_geocoder_missing_positions_are_looked_up(app: Flask, custodian: FlaskClient) -> None:
    app.extensions["geocoder"] = Town()
    try:
        import_id = upload(custodian, "name,address\nA,路1號\nB,\n").json["id"]
        answer = custodian.post(f"/api/v1/imports/{import_id}/positions")
    finally:
        del app.extensions["geocoder"]
    assert answer.json == {"asked": 1, "found": 1, "remaining": 0}
    rows = custodian.get(f"/api/v1/imports/{import_id}/rows").json["rows"]
    assert rows[0]["values"]["latitude"] == 23.5


def test_a_rep_may_not_import(client: FlaskClient, session: Session) -> None:
    build_field(session)
    client.post("/api/v1/session", json={"login": "rep", "password": PASSWORD})
    assert upload(client).status_code == 403


# -- by command


@pytest.fixture
def command(app: Flask, database_url: str, tmp_path: Path) -> Any:
    """Run `flask import …` on the test's database; gives exit code, and the JSON on stdout."""
    runner = app.test_cli_runner()

    def run(*words: str) -> tuple[int, dict[str, Any]]:
        result = runner.invoke(args=["import", *words, "--json"])
        return result.exit_code, json.loads(result.stdout)

    return run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_text(LIST, encoding="utf-8")
    return path


def test_the_command_takes_the_good_rows_and_says_so(command: Any, file: Path, session: Session) -> None:
    code, answer = command("outlets", str(file))
    assert code == 0
    assert {name: answer[name] for name in ("rows", "accepted", "rejected", "duplicates")} == {
        "rows": 5, "accepted": 2, "rejected": 2, "duplicates": 1
    }  # fmt: skip
    assert answer["errors"][0] == {
        "row": 4,
        "field": "name",
        "rule": "missing_name",
        "message": "has no name",
    }
    assert outlets(session) == 2
    assert command("outlets", str(file))[1]["accepted"] == 0
    assert outlets(session) == 2


def test_a_dry_run_keeps_nothing(command: Any, file: Path, session: Session) -> None:
    code, answer = command("outlets", str(file), "--dry-run")
    assert (code, answer["accepted"], answer["import_id"]) == (0, 2, None)
    assert outlets(session) == 0
    assert session.execute(select(func.count()).select_from(ImportRow)).scalar_one() == 0


def test_the_command_maps_by_hand_and_takes_a_coordinate_system(
    command: Any, tmp_path: Path, session: Session
) -> None:
    path = tmp_path / "x.csv"
    path.write_text("Bez=eichnung,B,L\nA,23.1,113.1\n", encoding="utf-8")
    words = ["--map", "name=Bez=eichnung", "--map", "latitude=B", "--map", "longitude=L", "--crs", "bd09"]
    code, answer = command("outlets", str(path), *words)
    assert (code, answer["accepted"]) == (0, 1)
    outlet = session.execute(select(Outlet)).scalar_one()
    assert outlet.latitude != 23.1
    assert outlet.latitude == pytest.approx(23.1, abs=0.02)


@pytest.mark.parametrize(
    ("content", "field", "rule"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "file", "not_a_table"),
        (b"\xff\xfe\xff", "file", "half_character"),
        (b"foo,bar\n1,2\n", "name", "no_name_column"),
        (b"name\n", "file", "no_rows"),
    ],
)
def test_the_command_ends_with_two_on_an_unreadable_file(
    command: Any, tmp_path: Path, session: Session, content: bytes, field: str, rule: str
) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    code, answer = command("outlets", str(path))
    assert (code, answer["rows"], answer["code"]) == (2, 0, "unreadable_file")
    assert (answer["errors"][0]["field"], answer["errors"][0]["rule"]) == (field, rule)
    assert outlets(session) == 0


def test_the_command_says_that_a_file_is_not_there(command: Any, tmp_path: Path) -> None:
    code, answer = command("skus", str(tmp_path / "none.csv"))
    assert (code, answer["errors"][0]["rule"]) == (2, "no_file")


def test_a_mapping_without_an_equals_sign_is_refused(command: Any, file: Path) -> None:
    code, answer = command("outlets", str(file), "--map", "name")
    assert (code, answer["errors"][0]["field"]) == (2, "map")


def test_a_territory_by_its_code(command: Any, file: Path, session: Session) -> None:
    build_field(session)
    code, answer = command("outlets", str(file), "--territory", "NOWHERE")
    assert (code, answer["errors"][0]["field"]) == (2, "territory")
    name, number = session.execute(select(Territory.code, Territory.id).order_by(Territory.id).limit(1)).one()
    session.rollback()
    code, answer = command("outlets", str(file), "--territory", name)
    assert (code, answer["accepted"]) == (0, 2)
    placed = select(Outlet.territory_id).where(Outlet.code == "K1")
    assert session.execute(placed).scalar_one() == number


def test_skus_by_command(command: Any, tmp_path: Path, session: Session) -> None:
    path = tmp_path / "x.csv"
    path.write_text("货号,品名,品牌,箱规,单价\nZ1,清水,山泉,1×24,2.5\n", encoding="gb18030")
    code, answer = command("skus", str(path))
    assert (code, answer["accepted"]) == (0, 1)
    assert session.execute(select(Sku.pack)).scalar_one() == 24


def test_a_first_import_makes_tables_and_company_on_a_new_machine(
    empty_database_url: str, tmp_path: Path, file: Path
) -> None:
    environment = {
        **os.environ,
        "ROUTEBOOK_DATA": str(tmp_path / "data"),
        "ROUTEBOOK_DATABASE_URL": empty_database_url,
    }
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "server", "import", "outlets", str(file), "--json"],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["accepted"] == 2
