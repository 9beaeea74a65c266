"""Somebody at a desk or on a phone, for tests: signed in, and at the desk proved to be there."""

from __future__ import annotations

import re

from flask import Flask

from tests.server.fake_phone import Answer, ClientWire, FakePhone
from tests.server.field import PASSWORD, Who

# Keys and instants: the digits in them stand there by chance.
_BY_CHANCE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-][\d:]+)")


def at_desk(app: Flask, who: Who, *, stepped_up: bool = True) -> FakePhone:
    phone = FakePhone(ClientWire(app.test_client()))
    assert phone.request("POST", "/session", {"login": who.login, "password": PASSWORD}).status == 200
    if stepped_up:
        assert phone.request("POST", "/session/step-up", {"password": PASSWORD}).status == 200
    return phone


def on_phone(app: Flask, who: Who) -> FakePhone:
    phone = FakePhone(ClientWire(app.test_client()))
    assert phone.sign_in(who).status == 200
    return phone


def words_of(answer: Answer) -> str:
    """What an answer tells, without keys and instants: where four digits of a number are looked for."""
    return _BY_CHANCE.sub("", answer.data.decode())
