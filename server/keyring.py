"""Where the key ring is kept: a file apart from the database, or the environment. Never in the database or a log.

Several processes share the file: whoever changes it holds its lock, writes a whole new file and renames it; the others
notice that it is another file. A ring that came by the environment cannot be changed from here.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from server.domain.keyring import WrongRing, new_ring, read_ring, write_ring
from server.domain.sealing import UNREADABLE, KeyRing, Unsealable

FILE: Final = Path("keys") / "keyring.json"
"""Below the data folder, unless ROUTEBOOK_KEYRING names another place."""


_MISSES_KEPT: Final = 1_000


class RingUnusable(SystemExit):
    """The ring is lost, wrong or cannot be changed: the program stops with one sentence for its operator."""

    def __init__(self, sentence: str) -> None:
        super().__init__(f"Routebook: {sentence}")


class Keeper:
    """Holds the ring of this process and keeps it in step with the file. `ring` is the one to use at this moment."""

    unreadable: Final = UNREADABLE

    def __init__(self, ring: KeyRing, path: Path | None) -> None:
        self.ring = ring
        self.path = path
        self._lock = threading.Lock()
        self._seen = self._stamp()
        self._misses: dict[tuple[str, bytes], None] = {}
        self._told: dict[tuple[str, bytes], None] = {}

    @staticmethod
    def of_text(text: str) -> Keeper:
        """A ring given whole. Errors: RingUnusable."""
        return Keeper(_read(text, "in ROUTEBOOK_KEYRING_JSON"), None)

    @staticmethod
    def of_file(path: Path) -> Keeper:
        """A ring out of its file. Errors: RingUnusable."""
        return Keeper(_read_file(path), path)

    @staticmethod
    def new_file(path: Path, now: datetime) -> Keeper:
        """A new ring in a new file; where another process was quicker, that one's."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(path):
            if not path.exists():
                _write(path, write_ring(new_ring(now)))
        return Keeper.of_file(path)

    def refresh(self) -> None:
        """Take over what another process changed. Cheap enough for every request that gives out a key."""
        if self.path is None or self._stamp() == self._seen:
            return
        with self._lock:
            seen = self._stamp()
            if seen is not None and seen != self._seen:
                self.ring, self._seen = _read_file(self.path), seen

    def seal(self, value: bytes, context: str) -> bytes:
        return self.ring.seal(value, context)

    def unseal(self, sealed: bytes, context: str) -> bytes:
        """Errors: Unsealable, once the ring is known to be the newest: another process may have rotated a key."""
        try:
            return self.ring.unseal(sealed, context)
        except Unsealable:
            self.refresh()
            return self.ring.unseal(sealed, context)

    def find_unsealed(self, sealed: bytes, context: str) -> bytes | None:
        """None, and remembered, for what does not open: one value takes nothing else with it."""
        try:
            return self.unseal(sealed, context)
        except Unsealable:
            self.miss(sealed, context)
            return None

    def blind(self, value: str, context: str) -> str:
        self.refresh()  # under a key that was replaced meanwhile the number would be found no more
        return self.ring.blind(value, context)

    def miss(self, sealed: bytes, context: str) -> None:
        """Remember a value that did not open, once in this process and a thousand at most."""
        key = (context, sealed)
        with self._lock:
            if key not in self._told and len(self._misses) < _MISSES_KEPT:
                self._misses[key] = None

    def misses(self) -> list[tuple[str, bytes]]:
        """Column and sealed value of what did not open and nobody was told of yet. Nearly always none."""
        return list(self._misses) if self._misses else []

    def told(self, misses: Iterable[tuple[str, bytes]]) -> None:
        """These are on record now."""
        with self._lock:
            for key in misses:
                self._misses.pop(key, None)
                self._told[key] = None
            while len(self._told) > _MISSES_KEPT:
                self._told.pop(next(iter(self._told)))

    def change(self, make: Callable[[KeyRing], KeyRing]) -> KeyRing:
        """Change the ring as it is at that moment, for every process. Errors: RingUnusable for one without a file."""
        if self.path is None:
            raise RingUnusable(
                "the key ring came by ROUTEBOOK_KEYRING_JSON and can only be changed where that is set."
            )
        with _locked(self.path):
            ring = make(_read_file(self.path))
            _write(self.path, write_ring(ring))
        self.refresh()
        return self.ring

    def _stamp(self) -> tuple[int, int, int] | None:
        if self.path is None:
            return None
        try:
            told = self.path.stat()
        except OSError:  # on a disk that is away for a moment: go on with the ring that is known
            return None
        return told.st_ino, told.st_mtime_ns, told.st_size


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.with_suffix(".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _write(path: Path, text: str) -> None:
    """All of it or nothing, on the disk before the name changes: half a ring would be a lost one."""
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _read_file(path: Path) -> KeyRing:
    try:
        return _read(path.read_text(encoding="utf-8"), f"at {path}")
    except (OSError, UnicodeDecodeError) as fault:
        raise RingUnusable(
            f"the key ring at {path} cannot be read ({type(fault).__name__}); restore it from its backup."
        ) from None


def _read(text: str, where: str) -> KeyRing:
    try:
        return read_ring(text)
    except WrongRing as wrong:
        raise RingUnusable(
            f"the key ring {where} cannot be used: {wrong}; restore it from its backup."
        ) from None
