"""What `make audit` makes of the answers: an unanswered finding fails it, and no answer is told from a clean one."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
PIP_FOUND = {
    "dependencies": [
        {
            "name": "jinja2",
            "version": "2.4.1",
            "vulns": [{"id": "PYSEC-2014-8", "fix_versions": ["2.7.3"], "aliases": ["CVE-2014-1402"]}],
        },
        {"name": "flask", "version": "3.1.3", "vulns": []},
    ],
    "fixes": [],
}
NPM_FOUND = {
    "vulnerabilities": {
        "lodash": {
            "name": "lodash",
            "range": "<4.17.12",
            "via": [
                {
                    "source": 1065,
                    "title": "Pollution",
                    "url": "https://github.com/advisories/GHSA-jf85-cpcp-j695",
                }
            ],
        },
        "async": {"name": "async", "range": "*", "via": ["lodash"]},
    }
}
NPM_REFUSED = {"message": "405 Method Not Allowed", "statusCode": 405}


@pytest.fixture
def audit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """`bin/audit.py` as a module, with answers of its own."""
    monkeypatch.syspath_prepend(str(ROOT / "bin"))
    spec = importlib.util.spec_from_file_location("routebook_audit", ROOT / "bin" / "audit.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "routebook_audit", module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "ANSWERS", tmp_path / "security-findings.md")
    module.ANSWERS.write_text("")
    return module


def says(audit: ModuleType, monkeypatch: pytest.MonkeyPatch, pip: object, npm: object) -> int:
    """The exit code when the two tools say this."""

    def look(read: Callable[[object], list[object]], said: object) -> Callable[[], list[object]]:
        return lambda: read(said)

    monkeypatch.setattr(audit, "python_findings", look(audit.read_pip_audit, pip))
    monkeypatch.setattr(audit, "npm_findings", look(audit.read_npm_audit, npm))
    return int(audit.main())


CLEAN_PIP, CLEAN_NPM = (
    {"dependencies": [{"name": "flask", "version": "3.1.3", "vulns": []}]},
    {"vulnerabilities": {}},
)


def test_nothing_found_is_clean(audit: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    assert says(audit, monkeypatch, CLEAN_PIP, CLEAN_NPM) == 0


def test_an_unanswered_finding_fails_and_an_answered_one_does_not(
    audit: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert says(audit, monkeypatch, PIP_FOUND, NPM_FOUND) == 1
    assert capsys.readouterr().out.count("OPEN") == 2
    audit.ANSWERS.write_text("| CVE-2014-1402 | jinja2 | not reached |\n")
    assert says(audit, monkeypatch, PIP_FOUND, NPM_FOUND) == 1
    audit.ANSWERS.write_text("| CVE-2014-1402 | jinja2 |\n| GHSA-jf85-cpcp-j695 | lodash |\n")
    assert says(audit, monkeypatch, PIP_FOUND, NPM_FOUND) == 0


def test_an_answer_to_what_is_no_longer_found_is_named(
    audit: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    audit.ANSWERS.write_text("| CVE-2014-1402 | jinja2 |\n")
    assert says(audit, monkeypatch, CLEAN_PIP, CLEAN_NPM) == 0
    assert "CVE-2014-1402" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("pip", "npm"),
    [
        (CLEAN_PIP, NPM_REFUSED),
        ({"dependencies": []}, CLEAN_NPM),
        ({"dependencies": [{"name": "flask", "skip_reason": "not found"}]}, CLEAN_NPM),
    ],
    ids=["npm refused", "nothing looked at", "a package left out"],
)
def test_a_service_that_does_not_answer_is_no_clean_answer(
    audit: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    pip: object,
    npm: object,
) -> None:
    assert says(audit, monkeypatch, pip, npm) == 3
    assert capsys.readouterr().err.count("could not be looked up") == 1
