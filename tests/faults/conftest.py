"""Houses for fault tests: one that tests share and may kill, and new ones for tests that ruin theirs."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from server.app import create_app
from server.config import Settings
from server.extensions import clock, db
from tests.databases import KINDS
from tests.faults.chain import Chain, grown_chain
from tests.faults.house import Company, House, found
from tests.faults.office import Desk, desk
from tests.faulty_proxy import FaultyProxy
from tests.server.conftest import OutsideClient
from tests.server.field import Field

NewHouse = Callable[..., House]


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """An application without a server, once on SQLite and once on PostgreSQL, where no process need be hurt."""
    settings = Settings(data=tmp_path, database_url=database_url, secret_key="only for tests", testing=True)
    made = create_app(settings)
    made.test_client_class = OutsideClient
    yield made
    clock.start_at(None)
    with made.app_context():
        db.engine.dispose()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    with app.app_context():
        yield db.session()
        db.session.remove()


@pytest.fixture(scope="session")
def company(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Company]:
    """The founded company by kind of database, to make houses from."""

    @functools.cache
    def founded(kind: str) -> Company:
        postgres = request.getfixturevalue("postgres") if kind == "postgresql" else None
        return found(kind, tmp_path_factory.mktemp(f"company-{kind}"), postgres)

    return founded


@pytest.fixture(scope="session", params=KINDS)
def shared_house(
    request: pytest.FixtureRequest,
    company: Callable[[str], Company],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[House]:
    house = House(company(request.param), tmp_path_factory.mktemp("house"))
    try:
        yield house
    finally:
        house.close()


@pytest.fixture
def house(shared_house: House) -> House:
    """A running server, once on SQLite and once on PostgreSQL. Shared: kill it, but leave its data as they are."""
    if not shared_house.server.is_running:
        shared_house.server.start()
    return shared_house


@pytest.fixture
def link(house: House) -> Iterator[FaultyProxy]:
    """A link to the house's server that can be told to fail."""
    with FaultyProxy(house.server.port) as proxy:
        yield proxy


@pytest.fixture
def new_house(company: Callable[[str], Company], tmp_path: Path) -> Iterator[NewHouse]:
    """Make houses of one test's own: `new_house("sqlite", data=…, start=True)`."""
    with ExitStack() as stack:

        def make(kind: str, *, start: bool = True, folder: Path | None = None, **options: object) -> House:
            house = House(company(kind), folder or tmp_path / "house", **options)  # type: ignore[arg-type]
            stack.callback(house.close)
            if start:
                house.server.start()
            return house

        yield make


@pytest.fixture
def chain(empty_database_url: str, tmp_path: Path) -> Iterator[Chain]:
    """A short audit chain of this one test, to be attacked."""
    with grown_chain(empty_database_url, tmp_path) as grown:
        yield grown


# --- at the desk: each file brings its own `field`, at its own time of day ---


@pytest.fixture
def asker(app: Flask, field: Field) -> Desk:
    return desk(app, field.supervisor)


@pytest.fixture
def manager(app: Flask, field: Field) -> Desk:
    return desk(app, field.manager)


@pytest.fixture
def custodian(app: Flask, field: Field) -> Desk:
    return desk(app, field.custodian)
