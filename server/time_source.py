"""Whether the server's clock is held by a time source, and whether it has jumped.

What says so: a file that the time service touches at each synchronisation (ROUTEBOOK_TIME_SYNC, for systemd-timesyncd
/run/systemd/timesync/synchronized), else the kernel (adjtimex).
"""

from __future__ import annotations

import ctypes
import time
from datetime import timedelta
from pathlib import Path
from typing import Final

FRESH_FOR: Final = timedelta(hours=3)
"""systemd-timesyncd asks its source every 34 minutes at the longest."""

JUMP: Final = timedelta(seconds=5)

_TIME_ERROR: Final = 5
_TIMEX_BYTES: Final = 512  # struct timex has 208 on 64-bit Linux; read-only with modes = 0


class TimeSource:
    """Asked every minute. `file`: the time service's, where there is one."""

    def __init__(self, file: Path | None = None) -> None:
        self.file = file
        self._was_held = file is not None
        self._lead = _lead()

    def is_lost(self) -> bool:
        """Whether the clock runs free that was held before. A machine that never had a source has lost none."""
        held = self._is_held()
        if held:
            self._was_held = True
        return held is False and self._was_held

    def jumped(self) -> timedelta | None:
        """By how much the wall clock moved against the time since start since it was last asked; None: hardly."""
        lead = _lead()
        moved, self._lead = timedelta(seconds=lead - self._lead), lead
        return moved if abs(moved) >= JUMP else None

    def _is_held(self) -> bool | None:
        if self.file is None:
            return _kernel_says()
        try:
            return time.time() - self.file.stat().st_mtime < FRESH_FOR.total_seconds()
        except OSError:
            return False


def _lead() -> float:
    """How far the wall clock is ahead of the time since start, which sleep does not stop."""
    return time.time() - time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def _kernel_says() -> bool | None:
    """None where the kernel cannot be asked."""
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError):
        return None
    return None if state < 0 else bool(state != _TIME_ERROR)
