"""A disk that is small and can be filled: a tmpfs mounted over a folder. Needs root; without, the test says so."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


class SmallDisk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self) -> None:
        """Take all that is free."""
        with self._filler.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))

    def make_room(self) -> None:
        self._filler.unlink()

    def grow(self, *, kib: int) -> None:
        _mount("-o", f"remount,size={kib}k", str(self.folder))


@contextlib.contextmanager
def small_disk(folder: Path, *, kib: int) -> Iterator[SmallDisk]:
    """Mount a disk of `kib` over `folder`, which is empty again afterwards as it was before."""
    try:
        _mount("-t", "tmpfs", "-o", f"size={kib}k,mode=755", "tmpfs", str(folder))
    except (OSError, subprocess.CalledProcessError) as refused:
        pytest.skip(f"a small disk cannot be mounted here (that takes root): {refused}")
    try:
        yield SmallDisk(folder)
    finally:
        # Lazily: a worker of the server may still have a file open there.
        subprocess.run(["umount", "--lazy", str(folder)], check=True, capture_output=True)


def _mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True, capture_output=True)
