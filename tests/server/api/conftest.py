"""Who asks, in the tests of the doors: a rep with a phone, a supervisor at a desk. Each file brings its own `field`, at
its own time of day, and others where it wants them."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.server.api.desk import at_desk, on_phone
from tests.server.fake_phone import FakePhone
from tests.server.field import Field


@pytest.fixture
def phone(app: Flask, field: Field) -> FakePhone:
    return on_phone(app, field.rep)


@pytest.fixture
def desk(app: Flask, field: Field) -> FakePhone:
    return at_desk(app, field.supervisor)
