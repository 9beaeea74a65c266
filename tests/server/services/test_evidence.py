"""A leaver's case packed as evidence: signed by another, taken once, and what it says can be checked."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.models import AuditEntry
from server.services import evidence
from tests.server.api.desk import at_desk
from tests.server.fake_phone import FakePhone
from tests.server.field import Field, field_at
from tests.server.services.planned_case import MONDAY, confirm_all, planned


@pytest.fixture
def field(session: Session) -> Field:
    return field_at(session, MONDAY)


def fetched(phone: FakePhone, export: str) -> Any:
    return phone.request("POST", f"/exports/{export}/file")


def test_the_evidence_pack_leaves_once_signed_by_another_with_a_manifest_and_checkpoints(
    app: Flask, field: Field, session: Session
) -> None:
    desk, boss = at_desk(app, field.manager), at_desk(app, field.supervisor)
    case = planned(session, field, desk)
    confirm_all(boss, session, case, field)
    asked = boss.request("POST", f"/departures/{case}/evidence", {"reason": "=cmd 劳动仲裁"})
    assert asked.status == 201, asked.data
    export = asked.json["id"]
    assert (asked.json["format"], asked.json["filter"]["departure_id"]) == ("zip", case)
    assert fetched(boss, export).json["code"] == "not_released"
    scope = {"scope_sha256": asked.json["scope_sha256"]}
    assert boss.request("POST", f"/exports/{export}/sign", scope).status == 403
    assert desk.request("POST", f"/exports/{export}/sign", scope).json["status"] == "approved"
    assert fetched(desk, export).status == 404, "only the asker"
    answer = fetched(boss, export)
    assert answer.status == 200, answer.data
    assert fetched(boss, export).status == 404, "once"
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    manifest = json.loads(archive.read("manifest.json"))
    assert set(manifest["files"]) == set(archive.namelist()) - {"manifest.json"}
    for name, told in manifest["files"].items():
        assert hashlib.sha256(archive.read(name)).hexdigest() == told["sha256"], name
    assert archive.read("report.pdf").startswith(b"%PDF")
    assert b"audit verify --checkpoint" in archive.read("VERIFY.txt")
    rows = list(csv.DictReader(io.StringIO(archive.read("handovers.csv").decode("utf-8-sig"))))
    assert [one["state"] for one in rows] == ["confirmed"] * len(field.outlets)
    assert all("supervisor" in one["watermark"] for one in rows)
    log = list(csv.DictReader(io.StringIO(archive.read("access.csv").decode("utf-8-sig"))))
    assert "departure.open" in [one["deed"] for one in log]
    assert archive.read("checkpoints.jsonl").count(b"\n") >= 1


def test_a_list_of_the_evidence_pack_that_ends_at_its_limit_says_so(
    app: Flask, field: Field, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "MOST", 2)
    desk, boss = at_desk(app, field.manager), at_desk(app, field.supervisor)
    case = planned(session, field, desk)
    asked = boss.request("POST", f"/departures/{case}/evidence", {"reason": "劳动仲裁"}).json
    desk.request("POST", f"/exports/{asked['id']}/sign", {"scope_sha256": asked["scope_sha256"]})
    archive = zipfile.ZipFile(io.BytesIO(fetched(boss, asked["id"]).data))
    files = json.loads(archive.read("manifest.json"))["files"]
    assert (files["handovers.csv"]["rows"], files["handovers.csv"]["at_limit"]) == (2, True)
    assert (files["reveals.csv"]["rows"], files["reveals.csv"]["at_limit"]) == (0, False)
    assert "at_limit" not in files["VERIFY.txt"]


def test_the_checkpoints_of_the_pack_prove_the_chain_and_an_altered_one_does_not(
    app: Flask, field: Field, session: Session, tmp_path: Any
) -> None:
    desk, boss = at_desk(app, field.manager), at_desk(app, field.supervisor)
    case = planned(session, field, desk)
    asked = boss.request("POST", f"/departures/{case}/evidence", {"reason": "劳动仲裁"}).json
    desk.request("POST", f"/exports/{asked['id']}/sign", {"scope_sha256": asked["scope_sha256"]})
    archive = zipfile.ZipFile(io.BytesIO(fetched(boss, asked["id"]).data))
    file = tmp_path / "checkpoints.jsonl"
    file.write_bytes(archive.read("checkpoints.jsonl"))
    run = app.test_cli_runner()
    whole = run.invoke(args=["audit", "verify", "--checkpoint", str(file)])
    assert (whole.exit_code, "whole" in whole.output) == (0, True), whole.output
    session.rollback()
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.seq).limit(1)).one()
    entry.deed = "visit.record"
    session.commit()
    broken = run.invoke(args=["audit", "verify", "--checkpoint", str(file)])
    assert broken.exit_code == 1
