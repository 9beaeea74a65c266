"""Slows what is public: so many requests a minute from one address. Wrong passwords are counted in the database
(services/sign_in_failures.py)."""

import threading
from collections import OrderedDict

from server.extensions import monotonic

REMEMBERED = 10_000
# A whole depot may stand behind one address, and each batch holds a hundred operations.
DROPS_A_MINUTE = 120
# A market's owners may stand behind one address; guessing 128 bits takes longer at any rate.
OWNER_PAGES_A_MINUTE = 60
PASSKEY_STEPS_A_MINUTE = 240
# A file is made and typeset when it is fetched, and goes out once: nobody fetches ten in a minute.
FILES_A_MINUTE = 10
# A depot's people may stand behind one address.
FILES_A_MINUTE_AND_ADDRESS = 60
# Refused requests of one person that are written down; more are refused just the same.
REFUSALS_A_MINUTE = 120


class RateLimit:
    """So many requests a minute from one address, counted in memory, bounded."""

    def __init__(self, a_minute: int) -> None:
        self._most = a_minute
        self._counts: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._lock = threading.Lock()

    def forget(self) -> None:
        """Nothing was asked yet: for tests, which share an application."""
        with self._lock:
            self._counts.clear()

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
