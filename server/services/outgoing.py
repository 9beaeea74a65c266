"""Every call that the server makes to somewhere else goes through here: a judged address, a time limit, a size limit.

Redirects are not followed: where a service has moved to is for a person to say. Proxies of the environment are not
used, or the judgement would be about the wrong address.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

from server.domain.errors import DomainError
from server.domain.outgoing import Target, is_public, target_of

TIMEOUT_S: Final = 10.0
MOST_BYTES: Final = 4 << 20
CHUNK: Final = 64 << 10
Resolve = Callable[[str, int], Collection[str]]


class NotCalled(Exception):
    """A call that was refused before anything was sent. `rule` says why."""

    def __init__(self, rule: str) -> None:
        super().__init__(f"the address may not be called ({rule})")
        self.rule = rule


class CallFailed(Exception):
    """The other side did not answer, not in time, too much, or with another address."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


def addresses_of(host: str, port: int) -> list[str]:
    """What a name resolves to. Errors: CallFailed."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise CallFailed("the name is not known") from error
    return [str(one[4][0]) for one in found]


def call(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    inside: Collection[str] = (),
    timeout_s: float = TIMEOUT_S,
    most_bytes: int = MOST_BYTES,
    resolve: Resolve = addresses_of,
) -> Answer:
    """Ask another server. `inside`: hosts of the company's own that may have private addresses. `timeout_s` is for the
    whole call.

    Errors: NotCalled before anything was sent; CallFailed.
    """
    try:
        target = target_of(url, inside)
    except DomainError as error:
        raise NotCalled(error.rule) from None
    deadline = time.monotonic() + timeout_s
    address = _judged(target, resolve, inside)
    connection = _Pinned(target, address, timeout_s)
    try:
        connection.request(method, target.path, body=body, headers={**(headers or {}), "Connection": "close"})
        answer = connection.getresponse()
        if 300 <= answer.status < 400:
            raise CallFailed("it has moved, and redirects are not followed")
        content = _read(connection, answer, deadline, most_bytes)
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, content)
    except (OSError, http.client.HTTPException) as error:
        raise CallFailed(type(error).__name__) from error
    finally:
        connection.close()


def _judged(target: Target, resolve: Resolve, inside: Collection[str]) -> str:
    """The address to connect to. One that is not public among those of a name refuses the name."""
    found = list(resolve(target.host, target.port))
    if not found:
        raise CallFailed("the name is not known")
    is_ours = target.host in inside or f"{target.host}:{target.port}" in inside
    if not is_ours and not all(is_public(address) for address in found):
        raise NotCalled("not_public")
    return found[0]


def _read(connection: _Pinned, answer: http.client.HTTPResponse, deadline: float, most_bytes: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            raise CallFailed("it took too long")
        if connection.sock is not None:
            connection.sock.settimeout(left)
        part = answer.read1(CHUNK)
        if not part:
            return b"".join(parts)
        size += len(part)
        if size > most_bytes:
            raise CallFailed("the answer is too large")
        parts.append(part)


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, that asks for (and over TLS insists on) the host's name."""

    def __init__(self, target: Target, address: str, timeout_s: float) -> None:
        super().__init__(target.host, target.port, timeout=timeout_s)
        self._address, self._is_tls, self._wait_s = address, target.scheme == "https", timeout_s

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), self._wait_s)
        self.sock = (
            ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)
            if self._is_tls
            else plain
        )
