"""The product without encryption, for measuring what encryption costs. The product itself has no such switch.

`python -m tests.bench._open_ring` serves like `python -m server.run`, with a ring that seals and opens nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from server import keyring
from server.domain.keyring import read_ring
from server.domain.sealing import Key, KeyRing
from server.run import main


class OpenRing(KeyRing):
    """Leaves every field as it is. Packed bodies come unsealed to such a server."""

    __slots__ = ()

    def seal(self, value: bytes, context: str) -> bytes:
        return value

    def unseal(self, sealed: bytes, context: str) -> bytes:
        return sealed

    def blind(self, value: str, context: str, key: Key | None = None) -> str:
        return value[:32]


def open_ring(text: str) -> KeyRing:
    return OpenRing(read_ring(text).keys)


@contextlib.contextmanager
def encryption_off() -> Iterator[None]:
    """In this process, for founding a company that such a server can read."""
    vars(keyring)["read_ring"] = open_ring
    try:
        yield
    finally:
        vars(keyring)["read_ring"] = read_ring


if __name__ == "__main__":
    with encryption_off():
        main()
