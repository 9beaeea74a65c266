"""Requests by hand: with exactly these headers, or with exactly these bytes."""

from __future__ import annotations

import http.client
import json
import socket
from typing import NamedTuple

from tests.faults.house import House

SESSION = "/api/v1/session"
JSON = {"Content-Type": "application/json"}


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    cookies: list[str]
    body: bytes


def ask(
    house: House, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
) -> Reply:
    """One request on a connection of its own, with exactly these headers beside the host's name."""
    connection = http.client.HTTPConnection("127.0.0.1", house.server.port, timeout=30)
    try:
        data = None if body is None else json.dumps(body).encode()
        named = {
            "Host": f"localhost:{house.server.port}",
            **(JSON if body is not None else {}),
            **(headers or {}),
        }
        connection.request(method, path, data, named)
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        cookies = [value for name, value in answer.getheaders() if name.lower() == "set-cookie"]
        return Reply(answer.status, found, cookies, answer.read())
    finally:
        connection.close()


def send_raw(house: House, data: bytes) -> bytes:
    """Bytes as they are, and all that comes back until the server hangs up or says nothing for two seconds."""
    heard = b""
    with socket.create_connection(("127.0.0.1", house.server.port), timeout=2) as wire:
        wire.sendall(data)
        try:
            while piece := wire.recv(65_536):
                heard += piece
        except (TimeoutError, ConnectionResetError):
            pass
    return heard


def guess(house: House, login: str, headers: dict[str, str] | None = None) -> Reply:
    """A sign-in with a wrong password."""
    return ask(house, "POST", SESSION, {"login": login, "password": "not the password"}, headers)
