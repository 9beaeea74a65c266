"""Stamps: remembering that a step of the set-up was done with exactly these inputs.

A stamp is a small file holding a digest of what the step was made from. A step whose stamp still matches
is skipped, so that a second `make run` starts in seconds. Standard library only: this runs before `.venv` is
there.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"


def say(message: str) -> None:
    """Tell the person at the terminal; stdout stays free for what a command was asked to print."""
    print(f"routebook: {message}", file=sys.stderr, flush=True)


def stop(message: str) -> SystemExit:
    """One clear line and a failing exit code; raise what this returns."""
    return SystemExit(f"routebook: {message}")


def digest(files: Iterable[Path], *facts: str) -> str:
    """SHA-256 over the names and contents of `files` (in sorted order) and over further `facts`."""
    total = hashlib.sha256()
    for fact in facts:
        total.update(fact.encode() + b"\0")
    for file in sorted(files):
        total.update(str(file.relative_to(ROOT)).encode() + b"\0")
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def is_done(stamp: Path, wanted: str) -> bool:
    """Whether `stamp` says that the step was done from inputs with the digest `wanted`."""
    return stamp.is_file() and stamp.read_text().strip() == wanted


def mark_done(stamp: Path, wanted: str) -> None:
    """Write the stamp last, so that a step that was broken off is done again."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(wanted + "\n")


@contextlib.contextmanager
def one_at_a_time(name: str) -> Iterator[None]:
    """Hold a lock for a set-up step, so that two terminals do not install over each other."""
    lock = ROOT / f".{name}.lock"
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def run(command: Sequence[str | Path], *, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Run a command with its output on stderr; raises CalledProcessError when it fails."""
    subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=env,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
    )
