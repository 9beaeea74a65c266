"""One transaction a deed.

`@deed` opens the transaction, retries it whole when the database says that it lost a race, commits once and
turns "locked" and "full" into errors that a phone understands. A deed called inside a deed joins it.
"""

import functools
import random
import time
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from server.errors import Busy, StorageFull
from server.extensions import db
from server.services.turns import turn_to_write

P = ParamSpec("P")
R = TypeVar("R")

ATTEMPTS = 5
# PostgreSQL: serialization_failure, deadlock_detected (the whole transaction may simply be tried again).
RETRYABLE = {"40001", "40P01"}
# lock_not_available, query_canceled (statement_timeout), connection failures, too_many_connections, cannot_connect_now
BUSY = {"55P03", "57014", "08000", "08003", "08006", "53300", "57P03"}
# disk_full, and SQLite's "database or disk is full"
FULL = {"53100"}


def deed(function: Callable[Concatenate[Session, P], R]) -> Callable[P, R]:
    """Make `function(session, …)` a deed that is called without the session."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        session: Session = db.session()
        if session.info.get("deed"):
            return function(session, *args, **kwargs)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with turn_to_write(session):
                    return _once(session, function, *args, **kwargs)
            except DBAPIError as error:
                if attempt < ATTEMPTS and _state(error) in RETRYABLE:
                    time.sleep(random.uniform(0.01, 0.05) * attempt)
                    continue
                raise refusal(error) from error
        raise AssertionError("unreachable")

    return run


def _once(
    session: Session, function: Callable[Concatenate[Session, P], R], *args: P.args, **kwargs: P.kwargs
) -> R:
    # Reads made so far (who is signed in) end here, so that the writing transaction starts immediate.
    session.rollback()
    session.info["deed"] = True
    try:
        session.connection(execution_options={"routebook_write": True})
        result = function(session, *args, **kwargs)
        session.commit()
        return result
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop("deed", None)


def _state(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def _without_state(error: DBAPIError) -> bool:
    """Whether PostgreSQL itself never answered: the failures of connecting have no SQLSTATE."""
    return getattr(error.orig, "sqlstate", "") is None


def refusal(error: DBAPIError) -> Exception:
    """The database's own failure as an error of ours, or the failure itself when it is neither busy nor full."""
    words = str(error.orig).lower()
    if _state(error) in FULL or "disk is full" in words or "disk i/o error" in words:
        return StorageFull(retry_after_s=30)
    if _state(error) in BUSY | RETRYABLE or "database is locked" in words or "busy" in words:
        return Busy(retry_after_s=5)
    if isinstance(error, OperationalError) and (error.connection_invalidated or _without_state(error)):
        return Busy(retry_after_s=5)
    return error
