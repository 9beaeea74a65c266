"""The house keeps its shape: who may import whom, and where."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("server", "routes_planner")
EMPTY_NAMES = {"util", "utils", "helper", "helpers", "common", "misc", "shared", "stuff"}


def python_files(*rooms: str) -> list[Path]:
    return sorted(
        file for room in rooms for file in (ROOT / room).rglob("*.py") if "__pycache__" not in file.parts
    )


def test_the_import_contracts_of_pyproject_are_kept() -> None:
    lint_imports = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [lint_imports, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "file", python_files(*ROOMS, "tests", "bin"), ids=lambda file: str(file.relative_to(ROOT))
)
def test_no_function_imports_anything(file: Path) -> None:
    found = [f"line {line}" for line in imports_inside_functions(ast.parse(file.read_text()))]
    assert not found, f"imports belong at the top of a file: {', '.join(found)}"


def imports_inside_functions(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from (
                inner.lineno for inner in ast.walk(node) if isinstance(inner, ast.Import | ast.ImportFrom)
            )


def test_no_file_has_a_name_that_says_nothing() -> None:
    everywhere = [*python_files(*ROOMS, "tests", "bin"), *(ROOT / "pwa" / "src").rglob("*.*")]
    empty = [
        str(file.relative_to(ROOT)) for file in everywhere if EMPTY_NAMES & {file.stem, file.parent.name}
    ]
    assert not empty


def test_every_file_says_what_it_is_for() -> None:
    silent = [
        str(file.relative_to(ROOT))
        for file in python_files(*ROOMS)
        if file.read_text().strip()
        and "migrations" not in file.parts
        and not ast.get_docstring(ast.parse(file.read_text()))
    ]
    assert not silent


def test_rules_do_not_read_the_clock() -> None:
    """`now` is an argument of a rule, so that a rule says the same thing whenever it is asked."""
    readers = {"now", "utcnow", "today", "time", "monotonic", "perf_counter"}
    modules = {"datetime", "date", "time", "clock"}
    found = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in python_files("server/domain")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in readers
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in modules
    ]
    assert not found


def test_the_server_takes_the_time_from_its_clock_only() -> None:
    """Elsewhere a clock that a test sets would be passed by."""
    found = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in python_files("server")
        if file.name != "extensions.py"
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"now", "utcnow", "today"}
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"datetime", "date"}
    ]
    assert not found
