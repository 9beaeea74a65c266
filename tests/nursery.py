"""Servers that need not load the server's code first: a process that has it makes them of itself.

Loading takes a server longer than all else that most tests do with it. So each test process keeps one process that has
loaded everything and started nothing (`python -m tests.nursery`); a server is a fork of it, with an environment, a log
and a session of its own, and runs the same `server.run.main` as `make run` does.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from server.run import main as serve

ROOT = Path(__file__).resolve().parent.parent


class Child:
    """A server from the nursery: what the tests use of a `subprocess.Popen`, for a process that is no child of ours."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._fd: int | None = None
        with contextlib.suppress(ProcessLookupError):
            self._fd = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """None while it runs. How it ended is not known."""
        return None if self._fd is not None and not self._is_over(0) else 0

    def wait(self, timeout: float) -> int:
        """Errors: subprocess.TimeoutExpired."""
        if self._fd is not None and not self._is_over(timeout):
            raise subprocess.TimeoutExpired("server.run", timeout)
        return 0

    def _is_over(self, timeout: float) -> bool:
        if self._fd is None:
            return True
        ready, _, _ = select.select([self._fd], [], [], timeout)
        if ready:
            os.close(self._fd)
            self._fd = None
        return bool(ready)


class Nursery:
    """The process of this test process that makes servers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def make(self, env: Mapping[str, str], log: Path) -> Child:
        """A server with exactly this environment, that writes to `log`."""
        with self._lock:
            if self._process is None:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "tests.nursery"],
                    cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
                )  # fmt: skip
                atexit.register(self.close)
            if self._process.stdin is None or self._process.stdout is None:
                raise RuntimeError("the nursery has no way in or out")
            self._process.stdin.write(json.dumps({"env": dict(env), "log": str(log)}) + "\n")
            self._process.stdin.flush()
            return Child(int(self._process.stdout.readline()))

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


nursery = Nursery()


def main() -> None:
    """Read one wish a line; answer each with the process id of a new server."""
    # Whoever made the wish watches the server; nobody here waits for it.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        wish = json.loads(line)
        pid = os.fork()
        if pid == 0:
            become(wish)
            return
        print(pid, flush=True)


def become(wish: dict[str, Any]) -> None:
    """In the fork: leave nothing of the nursery, then serve, and end as any interpreter does, which closes files."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    log = os.open(wish["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.environ.clear()
    os.environ.update(wish["env"])
    sys.argv = ["server.run"]
    serve()


if __name__ == "__main__":
    main()
