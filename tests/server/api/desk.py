"""Somebody at a desk, for tests: signed in, and proved to be there."""

from __future__ import annotations

from flask import Flask

from tests.server.fake_phone import ClientWire, FakePhone
from tests.server.field import PASSWORD, Who


def at_desk(app: Flask, who: Who, *, stepped_up: bool = True) -> FakePhone:
    phone = FakePhone(ClientWire(app.test_client()))
    assert phone.request("POST", "/session", {"login": who.login, "password": PASSWORD}).status == 200
    if stepped_up:
        assert phone.request("POST", "/session/step-up", {"password": PASSWORD}).status == 200
    return phone
