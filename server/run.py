"""`python -m server.run`: migrate, fill an empty database with the demo company, say who can sign in, serve."""

import gc
import os
import sqlite3
import sys
from email.utils import format_datetime

import gunicorn.util
from flask import Flask
from flask_migrate import upgrade
from gunicorn.app.base import BaseApplication

from server.api.front import keep_build
from server.app import create_app
from server.cli_demo import sign_in_table
from server.config import Settings
from server.extensions import SQLITE_SAFE_FOR_PROCESSES, Clock, clock, db
from server.logs import GunicornJson
from server.services import keys, resealing
from server.services.company import find_company
from server.services.demo import DemoSignIn, create_demo, find_demo_sign_ins


class Gunicorn(BaseApplication):  # type: ignore[misc]
    """Gunicorn started from Python, so that there is one command."""

    def __init__(self, app: Flask, options: dict[str, object]) -> None:
        self._app, self._options = app, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._app


def processes(app: Flask) -> int:
    """One process on SQLite below the safe version (several share a WAL-reset fault), else as told."""
    wanted = int(os.environ.get("ROUTEBOOK_PROCESSES", "1"))
    if (
        app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite")
        and sqlite3.sqlite_version_info < SQLITE_SAFE_FOR_PROCESSES
    ):
        return 1
    return wanted


def prepare(app: Flask) -> list[DemoSignIn]:
    """Bring the database up to date; fill an empty one with the demo company. Returns who can sign in to that."""
    with app.app_context():
        before = keys.is_sealed(db.engine)
        upgrade()
        if before is False:  # rows that stood there in the clear were sealed just now
            resealing.scrub()
        keys.note_ring(now=clock.now())
        if find_company(db.session()) is None:
            create_demo(now=clock.now())
        sign_ins = find_demo_sign_ins(db.session())
        db.session.remove()
        # A connection does not cross a fork.
        db.engine.dispose()
    return sign_ins


def begin_jobs(app: Flask, settings: Settings) -> None:
    """Work in this process, too, unless workers elsewhere do."""
    if settings.job_workers:
        app.extensions["jobs"].start(settings.job_workers)


def sign_off(app: Flask) -> None:
    """At the end, give back what is being done and sign where the audit chain ends: what comes next begins after it."""
    app.extensions["jobs"].stop()
    with app.app_context():
        app.extensions["checkpoints"].sign_off(db.session(), now=clock.now())
        db.session.remove()
        # SQLite folds its log into the database when the last connection closes: no collector is waited for.
        db.engine.dispose()


def date_answers_by(times: Clock) -> None:
    """The date at the head of an answer is our clock's: phones look there too, and a clock that was set
    (ROUTEBOOK_CLOCK) would else disagree with itself."""
    gunicorn.util.http_date = lambda *_: format_datetime(times.now(), usegmt=True)


def set_aside() -> None:
    """What is there at the start stays to the end, a quarter of a million objects: the collector shall not walk
    through them again and again. At every tenth long answer that would cost a sixth of a second. Forked workers share
    them, too."""
    gc.collect()
    gc.freeze()


def main() -> None:
    # A thread that comes back from the database waits this long for one that computes; at the default of 5 ms, a dozen
    # statements an operation, waiting would be most of the time when many phones push at once.
    sys.setswitchinterval(0.0005)
    host, port = os.environ.get("HOST", "localhost"), int(os.environ.get("PORT", "8000"))
    app = create_app()
    sign_ins = prepare(app)
    settings: Settings = app.config["SETTINGS"]
    keep_build(settings.pwa, settings.data)
    if settings.clock:
        date_answers_by(clock)
    print(f"Routebook: http://{host}:{port}", file=sys.stderr)
    print("\n".join(sign_in_table(sign_ins)), file=sys.stderr)
    sys.stderr.flush()
    set_aside()
    Gunicorn(
        app,
        {
            "bind": f"{host}:{port}",
            "workers": processes(app),
            "worker_class": "gthread",
            "threads": 16,
            "timeout": 60,
            "graceful_timeout": 10,
            "keepalive": 75,
            "accesslog": None,
            "loglevel": "warning",
            "logger_class": GunicornJson,
            "post_worker_init": lambda _worker: begin_jobs(app, settings),
            "worker_exit": lambda _server, _worker: sign_off(app),
        },
    ).run()


if __name__ == "__main__":
    main()
