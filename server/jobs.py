"""Wakes workers and works: Huey carries the word that there is a job, the job's row says whose it is.

The queue is a SQLite file of Huey's own, or Redis where one is configured. Losing it loses no job: whoever works looks
into the table, too. Workers are threads of the server's process in the default install (a SQLite database below 3.51.3
must have one process), or processes of their own (`flask jobs run`) beside PostgreSQL. What takes long is computed in a
process of its own, which no thread of the server waits for with the interpreter's lock held.
"""

import logging
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask import Flask
from huey import Huey, RedisHuey, SqliteHuey
from huey.consumer import Consumer

from server.config import Settings
from server.domain.jobs import BEAT
from server.errors import RoutebookError
from server.extensions import clock, db
from server.services import jobs, nightly
from server.services.departures.notice import end_notices
from server.services.departures.proposing import propose as propose_handover
from server.services.jobs import Cancelled, Claimed, Lost, Report
from server.services.kpis import rollups
from server.services.notices import PUSH
from server.services.plans.proposing import propose
from server.services.pushing import NO_CONTACT, Sender
from server.services.retention import watching
from server.services.warnings import running

Deed = Callable[[Report, Claimed], None]
# Looked at this often while a job runs: whether somebody cancelled it.
LOOK_S: Final = 1.0
# And this often in between: jobs that nobody was woken for, or whose worker died.
SWEEP_S: Final = 5.0
# How often the figures' roll-ups are looked after; sooner while there is more to count.
COUNT_S: Final = 15.0
COUNT_ON_S: Final = 0.2
# How often somebody's last day is looked at; sign-ins refuse from its very end on.
NOTICE_S: Final = 15.0
# How often it is looked whether the night's work was asked for.
NIGHT_S: Final = 60.0

log = logging.getLogger(__name__)


def probe(report: Report, claimed: Claimed) -> None:
    """Does nothing for some seconds, step by step: shows that workers work."""
    steps = int(str(claimed.parameters.get("steps", 10)))
    for step in range(steps):
        time.sleep(float(str(claimed.parameters.get("pause", 0.1))))
        report.say(progress=100 * (step + 1) // steps, words="probing", detail=str(step + 1))
    jobs.finish(claimed=claimed, result="", now=report.now())


KINDS: Final[Mapping[str, Deed]] = {
    "jobs.probe": probe,
    "plans.propose": propose,
    "departures.propose": propose_handover,
    "retention.run": watching.run,
    "warnings.run": running.run,
}


def open_queue(settings: Settings) -> Huey:
    """Huey on Redis where there is one, else on a file of its own. The file holds nothing that a crash may not take."""
    if settings.redis_url:
        return RedisHuey("routebook", url=settings.redis_url, results=False)
    path = settings.data / "jobs.sqlite3"
    path.parent.mkdir(parents=True, exist_ok=True)
    return SqliteHuey("routebook", filename=str(path), journal_mode="truncate", fsync=False, results=False)


class QuietConsumer(Consumer):
    """Huey's consumer inside a process that has its own way with signals."""

    def _set_signal_handlers(self) -> None:
        pass


class Reporting:
    """What a job tells while it runs. Ends its computing when it is cancelled, lost, or the worker goes home."""

    def __init__(self, app: Flask, claimed: Claimed) -> None:
        self._app, self._claimed = app, claimed
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self.stopped: Exception | None = None
        self._thread = threading.Thread(target=self._beat, name=f"job-{claimed.id}", daemon=True)

    def __enter__(self) -> "Reporting":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(10)

    def now(self) -> datetime:
        return clock.now()

    def say(self, *, progress: int | None = None, words: str = "", detail: str = "") -> None:
        if self.stopped is not None:
            raise self.stopped
        jobs.tell(claimed=self._claimed, now=clock.now(), progress=progress, words=words, detail=detail)

    def watch(self, process: subprocess.Popen[str]) -> None:
        """This process is killed when the job must end."""
        with self._lock:
            self._process = process
        if self.stopped is not None:
            process.kill()

    def end(self, why: Exception) -> None:
        with self._lock:
            self.stopped = self.stopped or why
            if self._process is not None:
                self._process.kill()

    def _beat(self) -> None:
        beaten = clock.now()
        while not self._over.wait(LOOK_S):
            with self._app.app_context():
                try:
                    if jobs.cancel_is_asked(db.session(), self._claimed.id):
                        raise Cancelled
                    if clock.now() - beaten >= BEAT:
                        beaten = clock.now()
                        jobs.tell(claimed=self._claimed, now=beaten)
                except (Cancelled, Lost) as why:
                    self.end(why)
                    return
                except Exception:
                    log.warning("a job's sign of life was not written", exc_info=True)


@dataclass(frozen=True)
class Chore:
    """What the house does of itself, in a thread of its own so that none waits for another. `deed` may say after how
    many seconds it wants to go on, else `pause`."""

    name: str
    pause: float
    deed: Callable[[], float | None]


class GoingHome(Exception):
    """The worker's process ends."""


class JobQueue:
    """The house's queue: wakes workers, and is one where it is asked to."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self._app = app
        self._huey = open_queue(settings)
        self._silent = timedelta(seconds=settings.jobs_silent_s)
        self._task = self._huey.task(name="work")(self.work)
        self._name = ""
        self._consumer: QuietConsumer | None = None
        self._home = threading.Event()
        self._running: dict[int, Reporting] = {}
        sender = Sender(
            key=app.extensions["push_key"],
            contact=settings.push_contact or (settings.origin if settings.is_https else NO_CONTACT),
            inside=settings.inside_hosts,
        )
        self._kinds: Mapping[str, Deed] = {**KINDS, PUSH: sender.push}

    def wake(self, job_id: int) -> None:
        """Let a worker look at a job. Where the queue fails, the sweep finds the job all the same."""
        try:
            self._task(job_id)
        except Exception:
            log.warning("the queue did not take job %s; it is found later", job_id, exc_info=True)

    def start(self, workers: int = 1) -> None:
        """Work in this process, in threads, until `stop`."""
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._home.clear()
        self._consumer = QuietConsumer(
            self._huey, workers=workers, periodic=False, initial_delay=0.05, max_delay=0.5, backoff=1.3,
            check_worker_health=False,
        )  # fmt: skip
        self._consumer.start()
        for chore in (
            Chore("jobs-sweep", min(SWEEP_S, self._silent.total_seconds()), self._sweep),
            Chore("kpis", COUNT_S, self._count),
            Chore("notice-ends", NOTICE_S, self._end_notices),
            Chore("nightly", NIGHT_S, self._ask_nightly),
        ):
            threading.Thread(target=self._keep, args=(chore,), name=chore.name, daemon=True).start()

    def stop(self) -> None:
        """Go home: what is being done is given back, for the next worker."""
        self._home.set()
        for reporting in list(self._running.values()):
            reporting.end(GoingHome())
        if self._consumer is not None:
            self._consumer.stop_flag.set()
            for _, thread in self._consumer.worker_threads:
                thread.join(5)
            self._consumer = None

    def _keep(self, chore: Chore) -> None:
        """Do it again and again until the worker goes home; once that fails, again after the pause."""
        pause = chore.pause
        while not self._home.wait(pause):
            pause = chore.pause
            try:
                with self._app.app_context():
                    pause = chore.deed() or chore.pause
            except Exception:
                log.warning("the house's chore %s failed", chore.name, exc_info=True)

    def _sweep(self) -> None:
        """Wake for the jobs that nobody was woken for, or whose worker died."""
        if not self._huey.pending_count():
            for job_id in jobs.find_due(db.session(), now=clock.now(), silent=self._silent):
                self.wake(job_id)

    def _count(self) -> float:
        """Keep the figures' roll-ups true, a few routes at a time. Whoever else does it too takes other routes."""
        return COUNT_ON_S if rollups.keep(now=clock.now()) else COUNT_S

    def _end_notices(self) -> None:
        """Stop the access of those whose last day is over."""
        end_notices(now=clock.now())

    def _ask_nightly(self) -> None:
        """Ask for what is done once a day, where nobody has yet."""
        for job_id in nightly.ask_due(now=clock.now()):
            self.wake(job_id)

    def work(self, job_id: int) -> None:
        """Do one job, if it is there to be done."""
        with self._app.app_context():
            worker = f"{self._name}/{threading.get_ident() % 100_000}"
            claimed = jobs.claim(worker=worker, now=clock.now(), job_id=job_id, silent=self._silent)
            if claimed is None:
                return
            reporting = Reporting(self._app, claimed)
            self._running[job_id] = reporting
            try:
                with reporting:
                    self._do(claimed, reporting)
            finally:
                self._running.pop(job_id, None)

    def _do(self, claimed: Claimed, reporting: Reporting) -> None:
        try:
            try:
                self._kinds[claimed.kind](reporting, claimed)
            except Exception as error:
                raise (reporting.stopped or error) from error
        except Lost:
            log.warning("job %s went to another worker", claimed.id)
        except GoingHome:
            jobs.give_back(claimed=claimed, now=clock.now())
        except Cancelled:
            jobs.stop(claimed=claimed, now=clock.now())
        except RoutebookError as error:
            detail = "; ".join(f"{one.field} {one.rule}" for one in error.errors)
            jobs.fail(claimed=claimed, words=error.code, detail=detail, now=clock.now())
        except Exception as error:
            log.exception("job %s failed", claimed.id)
            jobs.fail(claimed=claimed, words="broke", detail=type(error).__name__, now=clock.now())
