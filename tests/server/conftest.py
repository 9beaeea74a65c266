"""The application under test: on both databases, empty before each test, with a clock that tests may set."""

from __future__ import annotations

import contextvars
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from server import create_app
from server.api.throttle import RateLimit
from server.config import Settings
from server.extensions import clock, db
from server.services.plans.board import BoardKeeper


class OutsideClient(FlaskClient):
    """A client whose requests know nothing of the test's own application context.

    Flask would reuse a context that is open already, and with it who was signed in a request ago.
    """

    def open(self, *args: Any, **kwargs: Any) -> Any:
        return contextvars.Context().run(super().open, *args, **kwargs)


@pytest.fixture(scope="session")
def shared_app(shared_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One application a database for all tests of this process; take `app` instead."""
    data: Path = tmp_path_factory.mktemp("data")
    settings = Settings(
        data=data,
        database_url=shared_database_url,
        secret_key="only for tests",
        device_approval="none",
        testing=True,
    )
    application = create_app(settings)
    application.test_client_class = OutsideClient
    yield application
    with application.app_context():
        db.engine.dispose()


@pytest.fixture
def app(database_url: str, shared_app: Flask) -> Iterator[Flask]:
    """The application on a database without rows, once on SQLite and once on PostgreSQL."""
    clock.start_at(None)
    # What one test asked for is not counted against the next, and no board of another test's version is lent.
    for limit in shared_app.extensions.values():
        if isinstance(limit, RateLimit):
            limit.forget()
    shared_app.extensions["boards"] = BoardKeeper()
    yield shared_app
    clock.start_at(None)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session in an application context. Commit before asking the client: SQLite has one writer."""
    with app.app_context():
        yield db.session()
        db.session.remove()
