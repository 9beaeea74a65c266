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

_KEYS: Final = "routebook_keys"
_INDEX_CHARS: Final = 32


class Seals(Protocol):
    """Whoever keeps the ring of this process (server/keyring.py); the ring changes when keys rotate."""

    def seal(self, value: bytes, context: str) -> bytes: ...

    def unseal(self, sealed: bytes, context: str) -> bytes: ...

    def blind(self, value: str, context: str) -> str: ...


def use_keys(engine: Engine, keeper: Seals) -> None:
    """Let an engine seal and unseal."""
    vars(engine.dialect)[_KEYS] = keeper


def _keys(dialect: Dialect) -> Seals:
    """Errors: KeyError where an engine was given none."""
    keeper: Seals = vars(dialect)[_KEYS]
    return keeper


class Sealed(TypeDecorator[str]):
    """A text. `context` is "table.column"."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else _keys(dialect).seal(value.encode(), self.context)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else _keys(dialect).unseal(bytes(value), self.context).decode()


class SealedBytes(TypeDecorator[bytes]):
    """Bytes, such as an operation's body."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else _keys(dialect).seal(value, self.context)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else _keys(dialect).unseal(bytes(value), self.context)


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
        return _keys(dialect).seal(text.encode(), self.context)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        return (
            None if value is None else json.loads(_keys(dialect).unseal(bytes(value), self.context) or "null")
        )


class BlindIndex(TypeDecorator[str]):
    """Give it a number, in E.164: the database holds and compares its blind index. What comes back is that index, and
    must not be given again."""

    impl = String(_INDEX_CHARS)
    cache_ok = True

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _keys(dialect).blind(value, self.context)
