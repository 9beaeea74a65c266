"""`flask --app server jobs …`: work, look, try, cancel, run again."""

import signal
import sqlite3
import threading

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from server.errors import RoutebookError
from server.extensions import SQLITE_SAFE_FOR_PROCESSES, clock, db
from server.jobs import JobQueue
from server.messages import title
from server.services import jobs

job_commands = AppGroup("jobs", help="Work that takes longer than an answer.")


def _queue() -> JobQueue:
    queue: JobQueue = current_app.extensions["jobs"]
    return queue


@job_commands.command("run")
@click.option("--workers", type=click.IntRange(1, 32), default=1, help="How many jobs at once.")
@with_appcontext
def run(workers: int) -> None:
    """Work until told to end (SIGTERM or Ctrl-C)."""
    if (
        db.engine.dialect.name == "sqlite"
        and sqlite3.sqlite_version_info < SQLITE_SAFE_FOR_PROCESSES
        and current_app.config["SETTINGS"].job_workers
    ):
        raise click.ClickException(
            "this SQLite must not be written by two processes: the server does the jobs itself. With "
            "ROUTEBOOK_JOB_WORKERS=0 this command may run while no server does."
        )
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    queue = _queue()
    queue.start(workers)
    click.echo(f"working, {workers} at once")
    while not over.wait(0.5):
        pass
    queue.stop()


@job_commands.command("list")
@with_appcontext
def list_jobs() -> None:
    """The newest jobs."""
    for job in jobs.find_jobs(db.session()):
        click.echo(f"{job.id}\t{job.kind}\t{job.state}\t{job.progress}%\t{job.words}\t{job.result}")


@job_commands.command("log")
@click.argument("job_id", type=int)
@with_appcontext
def show_log(job_id: int) -> None:
    """What a job said."""
    for at, key, detail in jobs.get_job(db.session(), job_id).log:
        click.echo(f"{at}\t{key}\t{detail}")


@job_commands.command("probe")
@click.option("--steps", type=click.IntRange(1, 10_000), default=10)
@click.option("--pause", type=float, default=0.1, help="Seconds a step.")
@with_appcontext
def probe(steps: int, pause: float) -> None:
    """Ask for a job that does nothing, to see that workers work."""
    job = jobs.ask(kind="jobs.probe", parameters={"steps": steps, "pause": pause}, now=clock.now(), by=None)
    job_id = job.id
    _queue().wake(job_id)
    click.echo(job_id)


@job_commands.command("cancel")
@click.argument("job_id", type=int)
@with_appcontext
def cancel(job_id: int) -> None:
    """Cancel a job."""
    try:
        jobs.cancel(job_id=job_id, now=clock.now(), by=None)
    except RoutebookError as error:
        raise click.ClickException(title(error.code, "en")) from None


@job_commands.command("again")
@click.argument("job_id", type=int)
@with_appcontext
def again(job_id: int) -> None:
    """Run a job again."""
    try:
        job = jobs.run_again(job_id=job_id, now=clock.now(), by=None)
    except RoutebookError as error:
        raise click.ClickException(title(error.code, "en")) from None
    new_id = job.id
    _queue().wake(new_id)
    click.echo(new_id)
