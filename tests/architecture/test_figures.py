"""`make bench` can be read by a program: one JSON object a line on stdout, and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.figure import Figure

ROOT = Path(__file__).resolve().parents[2]
FAMILY = """
import os
from tests.bench import Figure
NAMES = ("probe.first", "probe.second")
def measure(wanted):
    print("chatter"); os.system("echo chatter of a child")
    yield Figure("probe.first", 1.5, "ms", {"n": 3})
    if LATE: raise RuntimeError("half way")
    yield Figure("probe.second", 2, "KB")
"""


def collect(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the collector with one more folder of families."""
    code = (
        f"import runpy, tests.bench; tests.bench.__path__.append({str(folder)!r});"
        "runpy.run_module('tests.bench.__main__', run_name='__main__')"
    )
    command = [sys.executable, "-c", code, *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "probe.py").write_text(FAMILY.replace("LATE", "False"))
    return tmp_path


def test_figures_are_alone_on_stdout(folder: Path) -> None:
    done = collect(folder, "--only", "probe")
    assert done.returncode == 0, done.stderr
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"name": "probe.first", "value": 1.5, "unit": "ms", "detail": {"n": 3}},
        {"name": "probe.second", "value": 2, "unit": "KB", "detail": {}},
    ]
    assert "chatter of a child" in done.stderr


def test_only_the_names_with_the_prefix_are_printed(folder: Path) -> None:
    done = collect(folder, "--only", "probe.second")
    assert [json.loads(line)["name"] for line in done.stdout.splitlines()] == ["probe.second"]


def test_a_family_that_fails_keeps_what_it_measured_and_fails_the_command(folder: Path) -> None:
    (folder / "probe.py").write_text(FAMILY.replace("LATE", "True"))
    done = collect(folder, "--only", "probe")
    assert done.returncode == 1
    assert [json.loads(line)["name"] for line in done.stdout.splitlines()] == ["probe.first"]
    assert "half way" in done.stderr


def test_a_prefix_that_fits_no_name_is_said(folder: Path) -> None:
    done = collect(folder, "--only", "no-such-family")
    assert done.returncode == 2
    assert "no-such-family" in done.stderr


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True])
def test_a_figure_without_a_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        Figure("phone.save_ms_p95", value, "ms")


@pytest.mark.parametrize("name", ["", "phone", "phone save.ms"])
def test_a_figure_without_a_family_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="family"):
        Figure(name, 1, "ms")
