"""How many batches of phones are worked at a time.

A batch is mostly reckoning in Python, of which one thread does something at a time, with many short waits for the
database. Threads that take turns at every statement wait for each other at every statement: a dozen at once apply a
third fewer operations a second than one after the other. SQLite has one writer; PostgreSQL's audit chain has one end,
and two more batches are made ready while one commits.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Final

from sqlalchemy.orm import Session

from server.errors import Busy

AT_ONCE: Final = {"sqlite": threading.BoundedSemaphore(1), "postgresql": threading.BoundedSemaphore(3)}
LONGEST_WAIT_S: Final = 20
RETRY_AFTER_S: Final = 5


@contextlib.contextmanager
def turn_of_batch(session: Session) -> Iterator[None]:
    """Wait for a turn, holding nothing of the database meanwhile. Errors: Busy where none came in time."""
    session.rollback()
    turns = AT_ONCE[session.get_bind().dialect.name]
    if not turns.acquire(timeout=LONGEST_WAIT_S):
        raise Busy(retry_after_s=RETRY_AFTER_S)
    try:
        yield
    finally:
        turns.release()
