"""JSON as the standard means it: no NaN or infinity, no duplicate keys, no lone surrogates, bounded when unpacked."""

import json
import zlib
from typing import Any, NoReturn

from flask import Request, request
from flask.json.provider import DefaultJSONProvider

from server.errors import FieldError, Invalid, TooLarge

WIRE_CAP = 1 << 20
UNPACKED_CAP = 8 << 20


def _no_constant(name: str) -> NoReturn:
    raise Invalid("bad_json", errors=[FieldError("body", "finite", {"value": name})])


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise Invalid("bad_json", errors=[FieldError("body", "finite", {"value": text[:20]})])
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise Invalid("bad_json", errors=[FieldError(twice, "duplicate_key")])
    return result


def loads(data: bytes | str) -> Any:
    """Parse one JSON text; an Invalid that names the rule otherwise."""
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        value = json.loads(text, parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_unique)
        # A lone surrogate can stand in a JSON escape; it cannot be stored or sent on.
        if "\\ud" in text.lower():
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeError:
        raise Invalid("bad_json", errors=[FieldError("body", "text")]) from None
    except (json.JSONDecodeError, RecursionError):
        raise Invalid("bad_json", errors=[FieldError("body", "format")]) from None
    return value


def unpack(data: bytes, cap: int = UNPACKED_CAP, *, wbits: int = 31) -> bytes:
    """Inflate within a cap (A19): a bomb is refused before it is unpacked. wbits 31 = gzip, -15 = raw deflate."""
    engine = zlib.decompressobj(wbits)
    try:
        unpacked = engine.decompress(data, cap)
    except zlib.error:
        raise Invalid("bad_json", errors=[FieldError("body", "format")]) from None
    if engine.unconsumed_tail:
        raise TooLarge(max=cap)
    if not engine.eof:
        raise Invalid("bad_json", errors=[FieldError("body", "format")])
    return unpacked


def request_bytes(cap: int = WIRE_CAP) -> bytes:
    """The request's body, unpacked when it came compressed. Bounded before it is read."""
    if request.content_length is None and "chunked" not in request.headers.get("Transfer-Encoding", ""):
        return b""
    if (request.content_length or 0) > cap:
        raise TooLarge(max=cap)
    data = request.stream.read(cap + 1)
    if len(data) > cap:
        raise TooLarge(max=cap)
    if request.content_length is not None and len(data) < request.content_length:
        raise Invalid("bad_json", errors=[FieldError("body", "format")])
    return unpack(data) if request.headers.get("Content-Encoding") == "gzip" else data


class StrictRequest(Request):
    """Flask's request, with JSON parsed strictly."""

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:  # noqa: ARG002
        cached = self.__dict__.get("_strict_json")
        if cached is None:
            data = request_bytes()
            cached = (loads(data) if data else {},)
            self.__dict__["_strict_json"] = cached
        return cached[0]

    @property
    def json(self) -> Any:
        return self.get_json()


class CompactJSON(DefaultJSONProvider):
    """Answers without blanks, keys as they were put in."""

    sort_keys = False
    compact = True
    ensure_ascii = False
