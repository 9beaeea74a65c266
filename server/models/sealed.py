"""Column types for what is sealed at rest: a text, bytes or JSON under the field key, and the blind index of a number.

The keys come by the engine's dialect (`use_keys`), so that a table knows no application and two applications in one
process keep their rings apart. A sealed value is bound to its table and column; it cannot be compared, sorted or
searched in the database.
"""

from __future__ import annotations

import json
from typing import Any, Final, Protocol

from sqlalchemy import Engine, LargeBinary, String
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from server.domain.sealing import BLIND_CHARS, KeyRing, Unsealable

_KEYS: Final = "routebook_keys"


class HoldsRing(Protocol):
    """Whoever holds the ring of this process; the ring changes when keys rotate."""

    ring: KeyRing

    def refresh(self) -> None: ...


def use_keys(engine: Engine, keeper: HoldsRing) -> None:
    """Let an engine seal and unseal."""
    vars(engine.dialect)[_KEYS] = keeper


def ring_of(dialect: Dialect) -> KeyRing:
    """The ring that an engine's columns are sealed with. Errors: KeyError where none was given."""
    keeper: HoldsRing = vars(dialect)[_KEYS]
    return keeper.ring


def _unsealed(sealed: bytes, context: str, dialect: Dialect) -> bytes:
    """Errors: Unsealable, once the ring is known to be the newest: another process may have rotated a key."""
    try:
        return ring_of(dialect).unseal(sealed, context)
    except Unsealable:
        keeper: HoldsRing = vars(dialect)[_KEYS]
        keeper.refresh()
        return keeper.ring.unseal(sealed, context)


class Sealed(TypeDecorator[str]):
    """A text. `context` is "table.column"."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else ring_of(dialect).seal(value.encode(), self.context)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else _unsealed(bytes(value), self.context, dialect).decode()


class SealedBytes(TypeDecorator[bytes]):
    """Bytes, such as an operation's body."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else ring_of(dialect).seal(value, self.context)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else _unsealed(bytes(value), self.context, dialect)


class SealedJson(TypeDecorator[Any]):
    """What JSON can say."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return ring_of(dialect).seal(text.encode(), self.context)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(_unsealed(bytes(value), self.context, dialect) or "null")


class BlindIndex(TypeDecorator[str]):
    """Give it a number, in E.164: the database holds and compares its blind index. What comes back is that index, and
    must not be given again."""

    impl = String(BLIND_CHARS)
    cache_ok = True

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else ring_of(dialect).blind(value, self.context)
