"""Workers that die: the job goes back, and one other does it (D13)."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.postgres import Postgres
from tests.server_process import ROOT, ServerProcess

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


# A company and the start of its audit chain: no job is asked for without.
FOUND = """
from server import create_app
from server.extensions import clock
from server.services.company import found_company
with create_app().app_context():
    found_company(name="试点", name_en="Pilot", timezone="Asia/Hong_Kong", currency="HKD", now=clock.now())
"""


class Workers:
    """Processes that work on one PostgreSQL, and nothing else."""

    def __init__(self, folder: Path, url: str) -> None:
        self.url, self.running = url, list[subprocess.Popen[bytes]]()
        self.environment = {
            **os.environ, "ROUTEBOOK_DATA": str(folder), "ROUTEBOOK_DATABASE_URL": url,
            "ROUTEBOOK_JOBS_SILENT_S": "6", "PYTHONUNBUFFERED": "1",
        }  # fmt: skip

    def flask(self, *words: str) -> str:
        command = [sys.executable, "-m", "flask", "--app", "server", *words]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout.strip()

    def start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "server", "jobs", "run"],
            cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        assert process.stdout is not None
        assert b"working" in process.stdout.readline()
        self.running.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)
        self.running.remove(process)

    def job(self, job_id: int) -> sa.Row[tuple[str, int, str, list[list[str]]]]:
        engine = sa.create_engine(self.url, poolclass=sa.NullPool)
        with engine.connect() as connection:
            question = sa.text("SELECT state, attempts, worker, log FROM job WHERE id = :id")
            return connection.execute(question, {"id": job_id}).one()  # type: ignore[return-value]

    def wait_for(self, job_id: int, state: str, seconds: float = 90) -> None:
        until = time.monotonic() + seconds
        while self.job(job_id).state != state:
            assert time.monotonic() < until, self.job(job_id)
            time.sleep(0.2)


@pytest.fixture
def workers(tmp_path: Path, postgres: Postgres) -> Iterator[Workers]:
    name = postgres.new_database()
    found = Workers(tmp_path, postgres.url(name))
    found.flask("db", "upgrade")
    subprocess.run([sys.executable, "-c", FOUND], cwd=ROOT, env=found.environment, check=True)
    yield found
    for process in list(found.running):
        with contextlib.suppress(ProcessLookupError):
            found.kill(process)
    postgres.drop_database(name)


def test_D13_a_killed_workers_job_returns_and_exactly_one_other_does_it(workers: Workers) -> None:
    first = workers.start()
    job_id = int(workers.flask("jobs", "probe", "--steps", "20", "--pause", "0.5"))
    workers.wait_for(job_id, "running")
    workers.kill(first)
    assert workers.job(job_id).state == "running"  # nobody knows yet
    second, third = workers.start(), workers.start()
    until = time.monotonic() + 90
    while workers.job(job_id).attempts < 2:
        assert time.monotonic() < until, workers.job(job_id)
        time.sleep(0.2)
    workers.wait_for(job_id, "done", seconds=120)
    job = workers.job(job_id)
    keys = [line[1] for line in job.log]
    assert (job.attempts, keys.count("claimed"), keys.count("taken_back"), keys.count("done")) == (2, 2, 1, 1)
    assert str(first.pid) not in job.worker
    assert any(f":{one.pid}/" in job.worker for one in (second, third))


def test_D13_many_jobs_and_two_workers_each_job_is_done_once(workers: Workers) -> None:
    jobs = [int(workers.flask("jobs", "probe", "--steps", "2", "--pause", "0.05")) for _ in range(4)]
    workers.start()
    workers.start()
    for job_id in jobs:
        workers.wait_for(job_id, "done")
        keys = [line[1] for line in workers.job(job_id).log]
        assert (keys.count("claimed"), keys.count("done")) == (1, 1)


def test_a_job_survives_the_servers_death_and_is_done_after_the_restart(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, env={"ROUTEBOOK_JOBS_SILENT_S": "6"})
    with server:
        environment = {**os.environ, "ROUTEBOOK_DATA": str(server.data)}
        environment.pop("ROUTEBOOK_DATABASE_URL", None)

        def flask(*words: str) -> str:
            command = [sys.executable, "-m", "flask", "--app", "server", *words]
            done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr[-2000:]
            return done.stdout.strip()

        def job() -> sqlite3.Row:
            with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
                connection.row_factory = sqlite3.Row
                found: sqlite3.Row = connection.execute("SELECT state, log FROM job").fetchone()
                return found

        def wait(state: str) -> None:
            until = time.monotonic() + 120
            while job()["state"] != state:
                assert time.monotonic() < until, tuple(job())
                time.sleep(0.1)

        database = server.data / "routebook.sqlite3"
        flask("jobs", "probe", "--steps", "24", "--pause", "0.5")
        wait("running")
        server.kill()
        server.start()
        wait("done")
        keys = [line[1] for line in json.loads(job()["log"])]
        assert (keys.count("claimed"), keys.count("taken_back"), keys.count("done")) == (2, 1, 1)
