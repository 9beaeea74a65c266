"""Column types for what is sealed at rest: a text, bytes or JSON under the field key, and the blind index of a number.

The keys come by the engine's dialect (`use_keys`), so that a table knows no application and two applications in one
process keep their rings apart. A sealed value is bound to its table and column; it cannot be compared, sorted or
searched in the database.

A value that does not open (altered, moved, its key lost) must not take the rest of a list with it: it is read as a
marked nothing, which says so to whoever looks, and which written again leaves in the database what was there.
"""

from __future__ import annotations

import json
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy import Engine, LargeBinary, String
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

_KEYS: Final = "routebook_keys"
_INDEX_CHARS: Final = 32


class Seals(Protocol):
    """Whoever keeps the ring of this process (server/keyring.py); the ring changes when keys rotate."""

    def seal(self, value: bytes, context: str) -> bytes: ...

    @property
    def unreadable(self) -> str:
        """What stands where a value does not open."""

    def find_unsealed(self, sealed: bytes, context: str) -> bytes | None:
        """None for a value that does not open; it is remembered until somebody is told (services/unreadable.py)."""

    def blind(self, value: str, context: str) -> str: ...


class UnreadableText(str):
    """In the place of a text that did not open. `sealed`: what stands in the database."""

    sealed: bytes


class UnreadableBytes(bytes):
    """In the place of bytes that did not open."""

    sealed: bytes


class UnreadableMap(dict[str, Any]):
    """In the place of an object that did not open: every field of it is marked."""

    sealed: bytes
    mark: str

    def __missing__(self, key: str) -> str:
        return self.mark


class UnreadableList(list[Any]):
    """In the place of a list that did not open."""

    sealed: bytes


Marked = TypeVar("Marked", UnreadableText, UnreadableBytes, UnreadableMap, UnreadableList)


def use_keys(engine: Engine, keeper: Seals) -> None:
    """Let an engine seal and unseal."""
    vars(engine.dialect)[_KEYS] = keeper


def _keys(dialect: Dialect) -> Seals:
    """Errors: KeyError where an engine was given none."""
    keeper: Seals = vars(dialect)[_KEYS]
    return keeper


def _marked(empty: Marked, value: bytes) -> Marked:
    empty.sealed = bytes(value)
    return empty


class Sealed(TypeDecorator[str]):
    """A text. `context` is "table.column"."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        if isinstance(value, UnreadableText):
            return value.sealed
        return None if value is None else _keys(dialect).seal(value.encode(), self.context)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        keys = _keys(dialect)
        plain = keys.find_unsealed(bytes(value), self.context)
        return _marked(UnreadableText(keys.unreadable), value) if plain is None else plain.decode()


class SealedBytes(TypeDecorator[bytes]):
    """Bytes, such as an operation's body."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        if isinstance(value, UnreadableBytes):
            return value.sealed
        return None if value is None else _keys(dialect).seal(value, self.context)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        keys = _keys(dialect)
        plain = keys.find_unsealed(bytes(value), self.context)
        return _marked(UnreadableBytes(), value) if plain is None else plain


class SealedJson(TypeDecorator[Any]):
    """What JSON can say. `is_list`: a list and not an object, for the marked nothing in the place of one."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, context: str, is_list: bool = False) -> None:
        super().__init__()
        self.context = context
        self.is_list = is_list

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        if isinstance(value, UnreadableMap | UnreadableList):
            return value.sealed
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return _keys(dialect).seal(text.encode(), self.context)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        keys = _keys(dialect)
        plain = keys.find_unsealed(bytes(value), self.context)
        if plain is not None:
            return json.loads(plain or "null")
        if self.is_list:
            return _marked(UnreadableList([keys.unreadable]), value)
        empty = _marked(UnreadableMap(), value)
        empty.mark = keys.unreadable
        return empty


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
