"""Run the checks and tests by name, each with its duration, and fail when one failed.

    .venv/bin/python bin/check.py all|quick|lint|types|unit|browser|format

A stage that fails does not keep the later ones from running: one run shows everything that is wrong.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

import set_up_browser
from set_up_node import PWA, install_packages, node_environment
from stamps import ROOT, VENV, stop

BIN = VENV / "bin"
NO_TESTS_COLLECTED = 5


@dataclass(frozen=True)
class Stage:
    """One check: a name people read, and the deed, which answers an exit code (0 is good)."""

    name: str
    deed: Callable[[], int]
    # Done beside it by the cores that it leaves idle; told when it is over.
    beside: tuple[Stage, ...] = ()


Result = tuple[str, int, float]
# Where what is done beside another stage writes; each thread has its own.
_output = threading.local()


def main(wish: str) -> int:
    stages = wishes().get(wish)
    if stages is None:
        raise stop(f"no such check: {wish}; there are {', '.join(wishes())}")
    started = time.monotonic()
    results = [result for stage in stages for result in done(stage)]
    print("\n== summary", flush=True)
    for name, code, seconds in results:
        print(f"   {'ok    ' if code == 0 else 'FAILED'} {seconds:7.1f} s  {name}")
    print(f"   {'':6} {time.monotonic() - started:7.1f} s  in all", flush=True)
    return 1 if any(code for _, code, _ in results) else 0


def done(stage: Stage) -> list[Result]:
    """The stage, and what is done beside it."""
    others: list[Result] = []
    with tempfile.TemporaryFile("w+") as kept:

        def beside() -> None:
            _output.file = kept
            others.extend(timed(other) for other in stage.beside)

        thread = threading.Thread(target=beside)
        thread.start()
        own = timed(stage)
        thread.join()
        kept.seek(0)
        print(kept.read(), flush=True)
    # A check that could not even be begun is no check that passed.
    lost = [(other.name, 1, 0.0) for other in stage.beside[len(others) :]]
    return [own, *others, *lost]


def timed(stage: Stage) -> Result:
    print(f"\n== {stage.name}", file=output(), flush=True)
    started = time.monotonic()
    code = stage.deed()
    seconds = time.monotonic() - started
    told = "ok" if code == 0 else f"FAILED (code {code})"
    print(f"== {stage.name}: {told} in {seconds:.1f} s", file=output(), flush=True)
    return stage.name, code, seconds


def output() -> IO[str]:
    return getattr(_output, "file", sys.stdout)


def wishes() -> dict[str, list[Stage]]:
    node = Stage("node and packages", front_end_packages)
    lint = [
        Stage("ruff check", lambda: tool("ruff", "check", ".")),
        Stage("ruff format", lambda: tool("ruff", "format", "--check", ".")),
        Stage("import contracts", lambda: tool("lint-imports", "--no-logo")),
    ]
    front_lint = [
        Stage("eslint", lambda: npm("lint")),
        Stage("prettier", lambda: npm("format:check")),
    ]
    types = [Stage("mypy", lambda: tool("mypy"))]
    front_types = [Stage("vue-tsc", lambda: npm("types"))]
    vitest = [Stage("vitest", lambda: npm("test"))]
    # The server's own tests ask for the app's page, too.
    front = [Stage("front end", lambda: python("build_front_end.py"))]

    def pytest(*beside: Stage) -> Stage:
        spread = ("-n", workers(), "--dist", "worksteal")
        deed = partial(run_pytest, "-m", "not browser", *spread)
        return Stage("pytest (SQLite and PostgreSQL)", deed, beside)

    def kernels(*beside: Stage) -> Stage:
        """One core for more than a minute on a fresh machine: what needs none of it is done meanwhile."""
        return Stage("the planner's kernels", lambda: python("warm_planner.py"), beside)

    browser = [Stage("pytest in a browser", browser_tests)]
    quick = [kernels(*lint, *types, node, *front, *front_lint), pytest(*front_types, *vitest)]
    return {
        "all": [*quick, *browser],
        "quick": quick,
        "lint": [*lint, node, *front_lint],
        "types": [*types, node, *front_types],
        "unit": [kernels(node, *front), pytest(*vitest)],
        "browser": [kernels(*front), *browser],
        "format": [
            Stage("ruff", lambda: tool("ruff", "check", "--fix-only", ".") or tool("ruff", "format", ".")),
            Stage("prettier", lambda: npm("format")),
        ],
    }


def workers() -> str:
    """One more than there are cores, for they wait a lot; at most three: each has a PostgreSQL and its own servers."""
    return str(min(3, 1 + (os.cpu_count() or 1)))


def run_pytest(*options: str) -> int:
    return call([BIN / "python", "-m", "pytest", *options])


def browser_tests() -> int:
    """The tests in a browser. Where none can be had, that is a failure in one clear line, no silent pass."""
    code = set_up_browser.main()
    if code:
        print("no browser could be had: the browser tests did not run", flush=True)
        return code
    # By file: the tests of one file share a server. In the order of the folders, which begins with the longest files.
    spread = ("-n", workers(), "--dist", "loadfile", "--no-loadscope-reorder")
    return run_pytest("-m", "browser", *spread, "--screenshot", "only-on-failure")


def tool(name: str, *options: str) -> int:
    return call([BIN / name, *options])


def python(script: str) -> int:
    return call([BIN / "python", ROOT / "bin" / script])


def front_end_packages() -> int:
    install_packages(node_environment())
    return 0


def npm(script: str) -> int:
    return call(["npm", "run", "--silent", script], folder=PWA, environment=node_environment())


def call(
    command: Sequence[str | Path], *, folder: Path = ROOT, environment: dict[str, str] | None = None
) -> int:
    """Run a command with its output where ours goes, and answer its exit code."""
    words = [str(part) for part in command]
    try:
        return subprocess.run(
            words, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output(), stderr=output()
        ).returncode
    except FileNotFoundError:
        print(f"{words[0]} is missing; run `make setup`", flush=True)
        return 127


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "all"))
