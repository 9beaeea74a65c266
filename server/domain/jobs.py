"""Jobs: what a job may do next, and whose worker has fallen silent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

STATES: Final = ("waiting", "running", "done", "failed", "cancelled")
ENDED: Final = frozenset({"done", "failed", "cancelled"})

BEAT: Final = timedelta(seconds=5)
"""A worker says this often that it is alive."""

SILENT_AFTER: Final = timedelta(seconds=30)
"""Six beats missed: the worker is taken for dead and the job goes back to the others."""

MOST_ATTEMPTS: Final = 3
"""A job that took three workers with it is not given to a fourth."""

LOG_LINES: Final = 200


def is_silent(beat_at: datetime | None, now: datetime, silent_after: timedelta = SILENT_AFTER) -> bool:
    """Whether the worker of a running job must be taken for dead. One that never said anything is."""
    return beat_at is None or now - beat_at > silent_after


def after_silence(attempts: int) -> str:
    """The state of a job whose worker died: back in the queue, or failed when it went that way too often."""
    return "failed" if attempts >= MOST_ATTEMPTS else "waiting"


def with_line(log: list[list[str]], at: str, key: str, detail: str = "") -> list[list[str]]:
    """The log with one more line, the oldest dropped when there are too many."""
    return [*log, [at, key, detail[:200]]][-LOG_LINES:]
