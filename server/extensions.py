"""The parts of Flask that the whole house shares. Bound to an application in create_app only."""

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from flask_login import LoginManager
from flask_migrate import Migrate
from flask_smorest import Api
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, event

from server.models import Base

# Connections below this version of SQLite's library share a WAL-reset fault when several processes write.
SQLITE_SAFE_FOR_PROCESSES = (3, 51, 3)

# Tables are declared on a base of our own, so that models know nothing of Flask; the extension gives sessions.
db = SQLAlchemy(metadata=Base.metadata)
migrate = Migrate()
api = Api()
login_manager = LoginManager()
# Its guess from address and browser would rewrite the cookie whenever a phone changes networks; devices sign instead.
login_manager.session_protection = None


class Clock:
    """The only source of time on the server: real by default, or started at a set instant."""

    def __init__(self) -> None:
        self._shift = timedelta(0)
        # What is wrong with it, as services.clock_watch found: "", unsynchronised or jumped. The audit marks entries.
        self.doubt = ""

    def start_at(self, instant: datetime | None) -> None:
        self._shift = timedelta(0) if instant is None else instant.astimezone(UTC) - datetime.now(UTC)

    def now(self) -> datetime:
        """The present instant, aware, UTC."""
        return datetime.now(UTC) + self._shift


clock = Clock()


def engine_options(database_url: str) -> dict[str, Any]:
    """Pool and connection options: every wait has a limit, on either database, and no failure tells a row's values.

    Every thread of the server may keep its connection: one beyond the pool would be opened and closed each time.
    """
    pool = {"pool_size": 20, "max_overflow": 10, "pool_timeout": 10}
    if database_url.startswith("sqlite"):
        return {
            "hide_parameters": True,
            **pool,
            "connect_args": {"timeout": 10, "check_same_thread": False},
        }
    return {
        "hide_parameters": True,
        **pool,
        "pool_pre_ping": True,
        "connect_args": {
            "connect_timeout": 5,
            "options": "-c lock_timeout=5000 -c statement_timeout=30000 -c timezone=UTC",
        },
    }


def tune_engine(engine: Engine) -> None:
    """Make SQLite durable and its writing transactions immediate; PostgreSQL needs nothing here.

    A deferred transaction that reads and then writes fails under concurrency (SQLITE_BUSY cannot be waited
    for once a snapshot is held), so `services.transaction` marks writing ones and they begin IMMEDIATE.
    """
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Any) -> None:
        writes = connection.get_execution_options().get("routebook_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def as_postgres_url(url: str) -> str:
    """Accept the usual spellings of a PostgreSQL address and name the driver that is installed."""
    return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url)


def monotonic() -> float:
    """Seconds for measuring spans; never for telling the time."""
    return time.monotonic()
