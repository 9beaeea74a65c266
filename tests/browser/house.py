"""The house: a real server with its data and its clock, on a working Monday morning."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from server.keyring import FILE, Keeper
from tests.server_process import ServerProcess, free_port

ROOT = Path(__file__).resolve().parents[2]
TIMEZONE = "Asia/Hong_Kong"
# Days on which the demo company does not walk: a test must not fall on one.
HOLIDAYS = {(1, 1), (5, 1), (10, 1), (12, 25), (12, 26)}


def working_monday(real: datetime | None = None) -> datetime:
    """07:30 of a Monday on which people work: this one or the next.

    Never more than a day before the real time: the app does not believe in a date before it was built.
    """
    here = (real or datetime.now(ZoneInfo(TIMEZONE))).astimezone(ZoneInfo(TIMEZONE))
    day = here + timedelta(days=-here.weekday() % 7)
    while (day.month, day.day) in HOLIDAYS:
        day += timedelta(weeks=1)
    return day.replace(hour=7, minute=30, second=0, microsecond=0)


class House:
    """A server with data of its own. Its clock began at `morning` and goes on while it is stopped."""

    def __init__(self, folder: Path, *, morning: datetime | None = None, pwa: Path | None = None) -> None:
        self.folder, self.port = folder, free_port()
        self._shift = (morning or working_monday()).timestamp() - time.time()
        self._env = {"ROUTEBOOK_PWA": str(pwa)} if pwa else {}
        self._server: ServerProcess | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def shift_ms(self) -> int:
        """How far this clock is ahead of the machine's."""
        return round(self._shift * 1000)

    def now(self) -> datetime:
        return datetime.fromtimestamp(time.time() + self._shift, ZoneInfo(TIMEZONE))

    @property
    def database(self) -> Path:
        return self.folder / "data" / "routebook.sqlite3"

    def start(self) -> None:
        clock = self.now().isoformat()
        self._server = ServerProcess(self.folder, clock=clock, port=self.port, env=self._env)
        self._server.start()

    def at(self, morning: datetime) -> House:
        """The same house on another morning. This one has stopped."""
        other = House(self.folder, morning=morning)
        other._env = self._env
        return other

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None

    def kill(self) -> None:
        if self._server is not None:
            self._server.kill()
            self._server = None

    @contextlib.contextmanager
    def serving(self) -> Iterator[House]:
        self.start()
        try:
            yield self
        finally:
            self.stop()

    def command(self, *words: str) -> str:
        """`flask --app server …` on this house's data and time; returns what it prints."""
        environment = {
            **os.environ,
            **self._env,
            "ROUTEBOOK_DATA": str(self.folder / "data"),
            "ROUTEBOOK_CLOCK": self.now().isoformat(),
        }
        environment.pop("ROUTEBOOK_DATABASE_URL", None)
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "server", *words],
            cwd=ROOT, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(
                f"flask {' '.join(words)} ended with {done.returncode}:\n{done.stderr[-3000:]}"
            )
        return done.stdout

    def rows(self, question: str, *values: object) -> list[dict[str, Any]]:
        """What the database holds, read apart from the server."""
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(question, values)]

    def unsealed(self, sealed: bytes, context: str) -> str:
        """A sealed text as its own key ring opens it. `context` is "table.column"."""
        keeper = Keeper.of_file(self.folder / "data" / FILE)
        return keeper.unseal(sealed, context).decode()


def founded_house(factory: pytest.TempPathFactory, *, pwa: Path, morning: datetime | None = None) -> House:
    """A house with a copy of the demo company, which is founded once a run, whichever process comes first."""
    base = factory.getbasetemp()
    run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    founded = run / "founded"
    with (run / "founded.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (founded / "is-founded").exists():
            with House(founded, pwa=pwa).serving():
                pass
            (founded / "is-founded").touch()
    house = House(factory.mktemp("house"), morning=morning, pwa=pwa)
    shutil.copytree(founded / "data", house.folder / "data")
    return house
