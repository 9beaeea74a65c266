"""Compilation of the search kernels to machine code, kept on disk between runs.

The kernels of this package call one another across files. numba's own cache watches only the file a function
stands in, so a change of a callee would go unseen; `refresh_cache` therefore compares a digest of all kernel sources
with the one the cache was made from, and drops the cache when they differ.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., object])

_PACKAGE = Path(__file__).parent
_STAMP = "kernels.digest"


def compiled(function: F) -> F:
    """Compile with numba: no Python objects, no interpreter lock, kept on disk, IEEE arithmetic (repeatable).

    `_nrt=False` leaves out reference counting, which took seven eighths of the search's time: kernels therefore
    never allocate, they work in arrays made outside.
    """
    options: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}
    return cast(F, njit(**options)(function))


def inlined(function: F) -> F:
    """As `compiled`, and melted into its callers: a state is fifty arrays, and handing it over takes time."""
    options: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}
    return cast(F, njit(**options, forceinline=True)(function))


def kernel_digest() -> str:
    """Digest of every kernel source; two equal digests mean the cached machine code may be used."""
    digest = hashlib.sha256()
    for source in sorted(_PACKAGE.rglob("kernel*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def refresh_cache() -> bool:
    """Drop machine code made from other sources than today's. True if something was dropped.

    A cache in a place that cannot be written is left alone: numba then uses the user's own cache folder.
    """
    stamp = _PACKAGE / "__pycache__" / _STAMP
    digest = kernel_digest()
    with contextlib.suppress(OSError):
        if stamp.exists() and stamp.read_text() == digest:
            return False
        for old in _PACKAGE.rglob("kernel*.nb[ic]"):
            old.unlink()
        stamp.parent.mkdir(exist_ok=True)
        stamp.write_text(digest)
        return True
    return False


refresh_cache()
