"""The log: one JSON object a line on standard error, whatever was in the message. Never what people entered.

A line holds when, how serious, who logs, the event, and what was given as `extra`. A failure is told by its classes
and the places it went through; the words of a database error are left out: they repeat the rows being written.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from gunicorn.glogging import Logger as GunicornLogger
from sqlalchemy.exc import SQLAlchemyError

# What every record has; anything else came as `extra`.
_USUAL: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_LONGEST: Final = 500
_FRAMES: Final = 30
_SPEAKS_OF_ROWS: Final = ("psycopg", "sqlite3")


class JsonLines(logging.Formatter):
    """One record, one line. Non-ASCII letters are escaped, so that no letter can pass for a line's end."""

    def format(self, record: logging.LogRecord) -> str:
        entry: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage()[:_LONGEST],
        }
        for name, value in vars(record).items():
            if name not in _USUAL:
                entry[name] = value if isinstance(value, int | float | bool) else str(value)[:_LONGEST]
        if record.exc_info and record.exc_info[1] is not None:
            entry["failures"] = [_told(error) for error in _chain(record.exc_info[1])]
        return json.dumps(entry)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The failure and what caused it, the last one first."""
    for _ in range(10):
        if error is None:
            return
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _told(error: BaseException) -> dict[str, object]:
    kind = type(error)
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return {
        "class": f"{kind.__module__}.{kind.__qualname__}",
        "words": _words(error),
        "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }


def _words(error: BaseException) -> str:
    of_database = isinstance(error, SQLAlchemyError) or type(error).__module__.startswith(_SPEAKS_OF_ROWS)
    if of_database:
        return str(getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None) or "")
    return str(error)[:_LONGEST]


class GunicornJson(GunicornLogger):  # type: ignore[misc]
    """Gunicorn's own log in the same form."""

    def setup(self, cfg: object) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonLines())


def install() -> None:
    """Send what the product logs to standard error as JSON lines. Once a process."""
    root = logging.getLogger()
    if not any(isinstance(handler.formatter, JsonLines) for handler in root.handlers):
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(JsonLines())
        root.addHandler(handler)
