"""A real server in a process of its own, for the tests that kill it, cut its wire or put it out of reach.

with ServerProcess(folder) as server:
    ... requests against server.url ...
    server.kill()      # as a power cut would, workers and all
    server.start()     # the same port and the same data
"""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from tests.nursery import Child, nursery

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = (
    120  # the first start founds the demo company: 6 s on SQLite, 20 s on PostgreSQL, more on a busy machine
)
STOP_SECONDS = 20
HEALTH = "/api/v1/health"


def free_port() -> int:
    """A loopback port that nobody holds at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class ServerProcess:
    """The product as `make run` serves it, on a free loopback port, with data and log in `folder`.

    `database_url` None means the SQLite file in `folder`. `clock` sets the server's clock
    ("2026-11-23T07:00:00+08:00").
    `env` adds to or overrides the environment; a value None takes a variable away.
    """

    def __init__(
        self,
        folder: Path,
        *,
        database_url: str | None = None,
        clock: str | None = None,
        env: Mapping[str, str | None] | None = None,
        port: int | None = None,
        command: tuple[str, ...] = (),
    ) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.log = folder / "server.log"
        self._command = command
        self._process: subprocess.Popen[bytes] | Child | None = None
        folder.mkdir(parents=True, exist_ok=True)
        wanted: dict[str, str | None] = {
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "ROUTEBOOK_DATA": str(folder / "data"),
            "ROUTEBOOK_DATABASE_URL": database_url,
            "ROUTEBOOK_CLOCK": clock,
            # Tests sign in as the same person on many phones; what waiting devices may do is tried where it is meant.
            "ROUTEBOOK_DEVICE_APPROVAL": "none",
            "PYTHONUNBUFFERED": "1",
            **(env or {}),
        }
        self._env = {**os.environ, **{name: value for name, value in wanted.items() if value is not None}}
        for name in (name for name, value in wanted.items() if value is None):
            self._env.pop(name, None)

    @property
    def url(self) -> str:
        """The address by the name localhost, which passkeys and service workers need."""
        return f"http://localhost:{self.port}"

    @property
    def data(self) -> Path:
        return Path(self._env["ROUTEBOOK_DATA"])

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError("the server has not been started")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, *, healthy: bool = True) -> None:
        """Start, or start again on the same port, and wait until the server says that it is well.

        `healthy` False is content with any answer: for a start on a full disk or a locked database.
        """
        if self.is_running:
            raise RuntimeError("the server is already running")
        if self._command:
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    self._command, cwd=ROOT, env=self._env, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                    start_new_session=True,
                )  # fmt: skip
        else:
            self._process = nursery.make(self._env, self.log)
        self._wait_until_it_answers(healthy)

    def kill(self) -> None:
        """End it at once (SIGKILL), the workers with it: nothing is flushed, nobody says goodbye."""
        self._signal(signal.SIGKILL)
        self._wait_until_gone()

    def stop(self) -> None:
        """End it as an operator does; one that does not end in time is killed."""
        if self.is_running:
            os.kill(self.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process_or_fail().wait(STOP_SECONDS)
        self.kill()

    def restart(self) -> None:
        self.stop()
        self.start()

    def pause(self) -> None:
        """Freeze it: connections are accepted by the kernel and never answered."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def log_text(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def __enter__(self) -> ServerProcess:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _process_or_fail(self) -> subprocess.Popen[bytes] | Child:
        if self._process is None:
            raise RuntimeError("the server has not been started")
        return self._process

    def _signal(self, number: int) -> None:
        """To the whole group that the server leads, so that no worker is left behind."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def _wait_until_gone(self) -> None:
        """Until the leader is reaped and nobody listens on the port any more."""
        if self._process is None:
            return
        self._process.wait(STOP_SECONDS)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) != 0:
                    return
            time.sleep(0.02)
        raise RuntimeError(f"port {self.port} is still served after the server was killed")

    def _wait_until_it_answers(self, healthy: bool) -> None:
        deadline = time.monotonic() + START_SECONDS
        status = 0
        while time.monotonic() < deadline:
            if not self.is_running:
                raise RuntimeError(f"the server ended while starting:\n{self.log_text()[-4000:]}")
            status = self.health()
            if status == 200 or (status and not healthy):
                return
            time.sleep(0.05)
        self.kill()
        words = f"answered {status}" if status else "did not answer"
        raise RuntimeError(f"the server {words} for {START_SECONDS} s:\n{self.log_text()[-4000:]}")

    def health(self) -> int:
        """The status of GET /api/v1/health; 0 when nobody answers within 5 s."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", HEALTH, headers={"Host": f"localhost:{self.port}"})
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()
