"""Whose turn it is, within one process: waits that would cost more in the database or in the interpreter than here.

A batch of a phone is mostly reckoning in Python, of which one thread does something at a time, with many short waits
for the database. Threads that work at once give each other the interpreter at every statement: a dozen of them apply a
fifth fewer operations a second than one after the other.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Final

from sqlalchemy.orm import Session

from server.errors import Busy

# SQLite has one writer, and whoever waits for it sleeps and looks again, up to a tenth of a second at a time. With many
# phones at once that is most of the time, so the threads of one process queue here instead.
WRITERS: Final = {"sqlite": threading.BoundedSemaphore(1)}
LONGEST_WAIT_TO_WRITE_S: Final = 10
# PostgreSQL's audit chain has one end: two more batches are made ready while one commits.
BATCHES: Final = {"sqlite": threading.BoundedSemaphore(1), "postgresql": threading.BoundedSemaphore(3)}
LONGEST_WAIT_OF_BATCH_S: Final = 20
RETRY_AFTER_S: Final = 5


def turn_to_write(session: Session) -> AbstractContextManager[None]:
    """Wait to write, where the database has one writer. Errors: Busy where no turn came in time."""
    turns = WRITERS.get(session.get_bind().dialect.name)
    return contextlib.nullcontext() if turns is None else _turn(session, turns, LONGEST_WAIT_TO_WRITE_S)


def turn_of_batch(session: Session) -> AbstractContextManager[None]:
    """Wait to work a batch of a phone. Errors: Busy where no turn came in time."""
    return _turn(session, BATCHES[session.get_bind().dialect.name], LONGEST_WAIT_OF_BATCH_S)


@contextlib.contextmanager
def _turn(session: Session, turns: threading.BoundedSemaphore, longest_s: float) -> Iterator[None]:
    session.rollback()  # nothing is held while waiting
    if not turns.acquire(timeout=longest_s):
        raise Busy(retry_after_s=RETRY_AFTER_S)
    try:
        yield
    finally:
        turns.release()
