"""Requests' JSON, parsed strictly (domain.strict_json) and bounded on the wire and when unpacked."""

from typing import Any

from flask import Request, request
from flask.json.provider import DefaultJSONProvider
from webargs.flaskparser import FlaskParser

from server.domain import strict_json
from server.domain.errors import DomainError
from server.errors import FieldError, Invalid, TooLarge

WIRE_CAP = 1 << 20
UNPACKED_CAP = 8 << 20


def _refusal(error: DomainError) -> Invalid | TooLarge:
    if error.rule == "too_large":
        return TooLarge(max=error.params["most"])
    return Invalid("bad_json", errors=[FieldError(error.field, error.rule, error.params)])


def loads(data: bytes | str) -> Any:
    """Parse one JSON text; an Invalid that names the rule otherwise."""
    try:
        return strict_json.loads(data)
    except DomainError as error:
        raise _refusal(error) from None


def unpack(data: bytes, cap: int = UNPACKED_CAP, *, wbits: int = strict_json.GZIP) -> bytes:
    """Inflate within a cap (A19): a bomb is refused before it is unpacked."""
    try:
        return strict_json.inflate(data, cap, wbits=wbits)
    except DomainError as error:
        raise _refusal(error) from None


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


class StrictParser(FlaskParser):
    """What `Blueprint.arguments` reads JSON with: strictly, and unpacked."""

    def _raw_load_json(self, req: Request) -> Any:
        return req.get_json()


class CompactJSON(DefaultJSONProvider):
    """Answers without blanks, keys as they were put in."""

    sort_keys = False
    compact = True
    ensure_ascii = False
