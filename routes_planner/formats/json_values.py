"""Frozen dataclasses from JSON and back. Errors name the field; unknown fields are refused."""

from __future__ import annotations

import dataclasses
import json
import math
import types
import typing
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from routes_planner.errors import ProblemError

T = TypeVar("T")


def parse(text: str) -> object:
    """Strict JSON: no NaN or infinities, no name twice in one object."""

    def refuse(constant: str) -> object:
        raise ProblemError("file", "json", f"{constant} is not JSON")

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found: dict[str, object] = {}
        for name, value in pairs:
            if name in found:
                raise ProblemError(name, "json", "is there twice in one object")
            found[name] = value
        return found

    try:
        return json.loads(text, parse_constant=refuse, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise ProblemError("file", "json", f"line {error.lineno}: {error.msg}") from error


def write(value: object) -> object:
    """What json.dumps takes: infinities become null, arrays lists, dataclasses objects."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: write(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): write(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [write(entry) for entry in value]
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def read(kind: type[T], value: object, path: str = "") -> T:
    """A dataclass of this kind from parsed JSON."""
    if not isinstance(value, dict):
        raise ProblemError(path or "file", "object", "must be an object")
    hints = get_type_hints(kind)
    fields = {field.name: field for field in dataclasses.fields(typing.cast(Any, kind))}
    for name in value:
        if name not in fields:
            raise ProblemError(_join(path, name), "unknown", "is not a known field")
    found: dict[str, object] = {}
    for name, field in fields.items():
        required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        infinite = hints[name] is float and not required and field.default == math.inf
        if name not in value:
            if required:
                raise ProblemError(_join(path, name), "required", "is missing")
        elif value[name] is None and infinite:
            found[name] = math.inf
        else:
            found[name] = _value(hints[name], value[name], _join(path, name))
    try:
        return kind(**found)
    except ProblemError as error:
        raise ProblemError(_join(path, error.field), error.rule, error.message) from error


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _value(hint: Any, value: object, path: str) -> object:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        if value is None and type(None) in get_args(hint):
            return None
        return _value(next(arg for arg in get_args(hint) if arg is not type(None)), value, path)
    if origin is tuple:
        return _tuple(get_args(hint), value, path)
    if origin is dict:
        if not isinstance(value, dict):
            raise ProblemError(path, "object", "must be an object")
        return {key: _value(get_args(hint)[1], entry, _join(path, key)) for key, entry in value.items()}
    if origin is np.ndarray:
        return _array(value, path)
    if dataclasses.is_dataclass(hint):
        return read(typing.cast(type[object], hint), value, path)
    return _scalar(hint, value, path)


def _tuple(inner: tuple[Any, ...], value: object, path: str) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise ProblemError(path, "list", "must be a list")
    if len(inner) == 2 and inner[1] is Ellipsis:
        return tuple(_value(inner[0], entry, f"{path}[{number}]") for number, entry in enumerate(value))
    if len(value) != len(inner):
        raise ProblemError(path, "length", f"must have {len(inner)} entries")
    return tuple(
        _value(kind, entry, f"{path}[{n}]") for n, (kind, entry) in enumerate(zip(inner, value, strict=True))
    )


def _array(value: object, path: str) -> object:
    try:
        return np.array(value, dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise ProblemError(path, "numbers", "must be a table of numbers with rows of one length") from error


def _scalar(hint: Any, value: object, path: str) -> object:
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if hint is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    if hint is bool and isinstance(value, bool):
        return value
    if hint is str and isinstance(value, str):
        return value
    names = {float: "a number", int: "a whole number", bool: "true or false", str: "a text"}
    raise ProblemError(path, "type", f"must be {names.get(hint, 'something else')}")
