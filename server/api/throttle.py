"""Slows guessing of passwords: per account and address together, per address, never locking the owner out elsewhere."""

import threading
from collections import OrderedDict

from server.extensions import monotonic

FREE_TRIES = 5
ADDRESS_FREE_TRIES = 50
LONGEST_WAIT_S = 300
REMEMBERED = 10_000
FORGET_AFTER_S = 3600
# A whole depot may stand behind one address, and each batch holds a hundred operations.
DROPS_A_MINUTE = 120


class SignInThrottle:
    """Counts failures in memory, bounded. After five the wait doubles from 2 s to 5 minutes."""

    def __init__(self) -> None:
        self._failures: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, login: str, address: str) -> int:
        """Seconds until this account may be tried again from this address; 0: now."""
        with self._lock:
            return max(
                self._wait((login, address), FREE_TRIES), self._wait(("", address), ADDRESS_FREE_TRIES)
            )

    def failed(self, login: str, address: str) -> None:
        with self._lock:
            for key in ((login, address), ("", address)):
                count, _ = self._failures.pop(key, (0, 0.0))
                self._failures[key] = (count + 1, monotonic())
            while len(self._failures) > REMEMBERED:
                self._failures.popitem(last=False)

    def succeeded(self, login: str, address: str) -> None:
        with self._lock:
            self._failures.pop((login, address), None)

    def _wait(self, key: tuple[str, str], free: int) -> int:
        count, at = self._failures.get(key, (0, 0.0))
        since = monotonic() - at
        if count < free or since > FORGET_AFTER_S:
            return 0
        wait = float(min(LONGEST_WAIT_S, 2.0 ** (count - free + 1)))
        return max(0, round(wait - since))


class RateLimit:
    """So many requests a minute from one address, counted in memory, bounded."""

    def __init__(self, a_minute: int) -> None:
        self._most = a_minute
        self._counts: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, address: str) -> int:
        """Count one request. 0: it may go on; else the seconds until the next may."""
        now = int(monotonic())
        with self._lock:
            minute, count = self._counts.pop(address, (now // 60, 0))
            if minute != now // 60:
                minute, count = now // 60, 0
            self._counts[address] = (minute, count + 1)
            while len(self._counts) > REMEMBERED:
                self._counts.popitem(last=False)
        return 0 if count < self._most else 60 - now % 60
