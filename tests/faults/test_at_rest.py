"""E10 on the server: the canary number is nowhere in the clear. J4: nothing secret in a log or an address."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from server.domain.keyring import read_ring
from tests import canary
from tests.databases import KINDS
from tests.server_process import ServerProcess


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", KINDS)
def test_E10_the_canary_is_in_no_answer_file_log_or_backup(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    postgres = None if kind == "sqlite" else request.getfixturevalue("postgres")
    assert canary.walk(tmp_path, postgres) == {}


def test_E10_the_search_would_find_it(tmp_path: Path) -> None:
    """A search that cannot find is no proof: the number is put where each kind of search looks."""
    for spelling in canary.SPELLINGS:
        assert canary.hits_in(b"\x00" + spelling + b"\xff") >= 1
    workbook = tmp_path / "x.xlsx"
    with zipfile.ZipFile(workbook, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", f"<t>{canary.CANARY_PHONE}</t>")
    assert canary.hits_in(canary.unpacked(workbook.read_bytes())) == 1


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_J4_no_secret_stands_in_the_log(tmp_path: Path) -> None:
    with ServerProcess(tmp_path, clock=canary.CLOCK) as server:
        phone = canary.signed_in(server, "rep1")
        cookie = next(iter(phone.wire._cookies.values()))  # type: ignore[attr-defined]
        phone.request("POST", "/session", {"login": "rep1", "password": "wrong-secret-4711"})
        phone.request("POST", "/outlets/by-number", {"number": canary.CANARY_PHONE})
        # A failure of the server's own writes a traceback.
        phone.request("POST", "/operations", b"\x00" * 50, headers={"Content-Encoding": "gzip"})
        ring = read_ring((server.data / "keys" / "keyring.json").read_text())
        secret_key = (server.data / "secret_key").read_text().strip()
    log = server.log.read_bytes()
    assert log, "a server that logs nothing proves nothing"
    secrets = [cookie, "wrong-secret-4711", secret_key, canary.CANARY_PHONE]
    entries = json.loads((server.data / "keys" / "keyring.json").read_text())["keys"]
    secrets += [entry["secret"] for entry in entries] + [key.secret.hex() for key in ring.keys]
    assert [secret for secret in secrets if secret.encode() in log] == []
