"""Collect the figures of all families: `python -m tests.bench [--only PREFIX] [--list]`.

Figures go to stdout, one JSON object a line; everything else goes to stderr. A family that fails is named
there and makes the exit code 1; the others are measured all the same.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import pkgutil
import sys
import time
import traceback
from collections.abc import Iterator
from types import ModuleType
from typing import TextIO

import tests.bench
from tests.bench.figure import Figure


def main() -> int:
    options = read_options()
    found, broken = families(options.only)
    if options.list:
        print("\n".join(name for family in found for name in family.NAMES if name.startswith(options.only)))
        return 1 if broken else 0
    if not found and not broken:
        print(f"no figure's name begins with {options.only!r}", file=sys.stderr)
        return 2
    with figures_apart_from_chatter() as out:
        failed = [family.__name__ for family in found if not printed(family, options.only, out)]
    for name in [*broken, *failed]:
        print(f"FAILED: {name}", file=sys.stderr)
    return 1 if broken or failed else 0


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Print the product's figures.")
    parser.add_argument("--only", default="", metavar="PREFIX", help="measure only names that begin so")
    parser.add_argument("--list", action="store_true", help="print the names and measure nothing")
    return parser.parse_args()


def families(prefix: str) -> tuple[list[ModuleType], list[str]]:
    """The modules that can print a name beginning with `prefix`, and the names of those that do not load."""
    found: list[ModuleType] = []
    broken: list[str] = []
    for entry in sorted(pkgutil.iter_modules(tests.bench.__path__), key=lambda entry: entry.name):
        if entry.name.startswith("_"):
            continue
        try:
            module = importlib.import_module(f"tests.bench.{entry.name}")
        except Exception:
            traceback.print_exc()
            broken.append(entry.name)
            continue
        if any(name.startswith(prefix) for name in getattr(module, "NAMES", ())):
            found.append(module)
    return found, broken


@contextlib.contextmanager
def figures_apart_from_chatter() -> Iterator[TextIO]:
    """Keep the real stdout for figures and point file descriptor 1 at stderr, for child processes too."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with os.fdopen(os.dup(kept), "w", encoding="utf-8") as out:
            yield out
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def printed(family: ModuleType, prefix: str, out: TextIO) -> bool:
    """Measure one family and print its figures as they come; False when it failed or left a name out."""
    expected = {name for name in family.NAMES if name.startswith(prefix)}
    seen: set[str] = set()
    started = time.monotonic()
    print(f"measuring {', '.join(sorted(expected))}", file=sys.stderr)
    try:
        for figure in family.measure(lambda name: name.startswith(prefix)):
            check_name(figure, family)
            if figure.name in expected:
                seen.add(figure.name)
                print(figure.line(), file=out, flush=True)
    except Exception:
        traceback.print_exc()
        return False
    print(f"{family.__name__}: {time.monotonic() - started:.1f} s", file=sys.stderr)
    for name in sorted(expected - seen):
        print(f"{name} was not measured", file=sys.stderr)
    return expected <= seen


def check_name(figure: Figure, family: ModuleType) -> None:
    if figure.name not in family.NAMES:
        raise ValueError(f"{figure.name} is not among the NAMES of {family.__name__}")


if __name__ == "__main__":
    sys.exit(main())
