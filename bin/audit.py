"""Look every locked package up in the lists of known faults. Part of no test: it asks services outside the house.

    .venv/bin/python bin/audit.py

Ends with 0 when there is no finding, or each is answered in docs/security-findings.md; with 1 when one is not; with 3
when a service that knows the faults could not be asked, which is no answer at all.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packages import install_apart
from set_up_node import PWA, node_environment
from stamps import ROOT, VENV, digest, is_done, mark_done, say

ANSWERS = ROOT / "docs" / "security-findings.md"
TOOL_LOCK = ROOT / "requirements-audit.txt"
TOOL = VENV / "audit"
TOOL_STAMP = VENV / "stamps" / "audit"
# What is installed on the machine that serves, and what only builds, tests or measures.
LISTS = ("requirements.txt", "requirements-node.txt", "requirements-bench.txt", "requirements-audit.txt")
PATIENCE_S = 300
CLEAN, UNANSWERED, NOT_ASKED = 0, 1, 3
ID = re.compile(r"\b(?:GHSA(?:-[0-9a-z]{4}){3}|CVE-\d{4}-\d+|PYSEC-\d{4}-\d+)\b")


class NotAsked(Exception):
    """The service that knows the faults gave no answer."""


@dataclass(frozen=True)
class Finding:
    """A known fault of a locked package. `ids`: all its names."""

    package: str
    version: str
    ids: frozenset[str]
    words: str

    def __str__(self) -> str:
        return f"{self.package} {self.version}: {', '.join(sorted(self.ids))} {self.words}".rstrip()


def main() -> int:
    answered = frozenset(ID.findall(ANSWERS.read_text()))
    findings: list[Finding] = []
    silent: list[str] = []
    for name, look in (("the Python packages", python_findings), ("the front end's packages", npm_findings)):
        try:
            findings += look()
        except NotAsked as reason:
            silent.append(name)
            say(f"{name} could not be looked up: {reason}")
    open_ones = [one for one in findings if not one.ids & answered]
    for one in findings:
        print(f"{'OPEN    ' if one in open_ones else 'answered'} {one}")
    for name in sorted(answered - {name for one in findings for name in one.ids} if not silent else ()):
        print(f"no longer found, take it out of {ANSWERS.relative_to(ROOT)}: {name}")
    if open_ones:
        return UNANSWERED
    print(f"{len(findings)} findings, all answered" if not silent else f"not looked up: {', '.join(silent)}")
    return NOT_ASKED if silent else CLEAN


def python_findings() -> list[Finding]:
    """What pip-audit knows of the locked versions. Nothing is resolved or installed: the locks are complete."""
    install_tool()
    wishes = [word for name in LISTS for word in ("--requirement", str(ROOT / name))]
    # A module of its folder, not the script in its bin: that one names the Python it was installed by.
    command = [
        str(VENV / "bin" / "python"),
        "-m",
        "pip_audit",
        "--format",
        "json",
        "--progress-spinner",
        "off",
    ]
    said = ask(
        [*command, "--disable-pip", "--require-hashes", *wishes], environment={"PYTHONPATH": str(TOOL)}
    )
    return read_pip_audit(said)


def install_tool() -> None:
    wanted = digest([TOOL_LOCK])
    if is_done(TOOL_STAMP, wanted):
        return
    try:
        install_apart(TOOL_LOCK, TOOL)
    except (subprocess.CalledProcessError, OSError) as fault:
        raise NotAsked("pip-audit could not be installed") from fault
    mark_done(TOOL_STAMP, wanted)


def npm_findings() -> list[Finding]:
    """What the npm registry knows of the locked versions."""
    return read_npm_audit(
        ask(["npm", "audit", "--json", "--package-lock-only"], node_environment(), folder=PWA)
    )


def ask(command: Sequence[str], environment: dict[str, str], folder: Path = ROOT) -> Any:
    """What a command says as JSON, whatever its exit code: both tools end with 1 when they found something."""
    whole = {**node_environment(), **environment}
    try:
        done = subprocess.run(
            command, cwd=folder, env=whole, capture_output=True, text=True, timeout=PATIENCE_S,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise NotAsked(type(fault).__name__) from fault
    try:
        return json.loads(done.stdout)
    except ValueError as fault:
        raise NotAsked(last_line(done.stderr) or f"exit code {done.returncode}") from fault


def last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""


def read_pip_audit(said: Any) -> list[Finding]:
    """Findings in what `pip-audit --format json` prints. Errors: NotAsked for a package that was not looked up."""
    if not isinstance(said, dict) or not said.get("dependencies"):
        raise NotAsked("pip-audit looked at nothing")
    skipped = [one for one in said["dependencies"] if "skip_reason" in one]
    if skipped:
        raise NotAsked(f"{len(skipped)} packages left out; the first: {skipped[0]['skip_reason'][:160]}")
    return [
        Finding(one["name"], one["version"], frozenset({fault["id"], *fault["aliases"]}), fix_words(fault))
        for one in said["dependencies"]
        for fault in one["vulns"]
    ]


def fix_words(fault: Any) -> str:
    versions = fault.get("fix_versions") or []
    return f"(mended in {', '.join(versions)})" if versions else "(not mended yet)"


def read_npm_audit(said: Any) -> list[Finding]:
    """Findings in what `npm audit --json` prints. Errors: NotAsked where it prints an error instead."""
    if not isinstance(said, dict) or "vulnerabilities" not in said:
        raise NotAsked(str(said.get("message") if isinstance(said, dict) else said)[:200])
    return [
        Finding(name, str(entry["range"]), advisory_ids(via), str(via.get("title", "")))
        for name, entry in said["vulnerabilities"].items()
        for via in entry["via"]
        if isinstance(via, dict)
    ]


def advisory_ids(via: Any) -> frozenset[str]:
    """The names of an advisory, which npm gives in its address only."""
    return frozenset(ID.findall(str(via.get("url", "")))) or frozenset({f"npm-{via.get('source', '?')}"})


if __name__ == "__main__":
    sys.exit(main())
