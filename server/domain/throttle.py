"""How long to wait after wrong passwords: by account and address together, by address, by account, by all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

FORGOTTEN_AFTER: Final = timedelta(hours=1)
FREE_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class Limit:
    """`free` tries cost nothing; then the wait doubles from 2 s up to `longest_s`."""

    free: int
    longest_s: int


# Somebody who guesses at one account from one place.
PAIR: Final = Limit(FREE_TRIES, 300)
# Somebody who tries many accounts from one place. A whole depot may stand behind one address.
ADDRESS: Final = Limit(50, 300)
# Many places that guess at one account, and many places that try many. These two spare an address from which the
# account was signed in to before, so that nobody can keep its owner out.
ACCOUNT: Final = Limit(100, 60)
ALL: Final = Limit(2_000, 30)
LIMITS: Final = {"pair": PAIR, "address": ADDRESS, "account": ACCOUNT, "all": ALL}
SPARES_KNOWN_ADDRESSES: Final = frozenset({"account", "all"})


def wait_s(limit: Limit, count: int, last: datetime, now: datetime) -> int:
    """Seconds to wait after `count` failures, the last one at `last`. An hour without one forgets them."""
    since = (now - last).total_seconds()
    if count < limit.free or since > FORGOTTEN_AFTER.total_seconds():
        return 0
    wait = min(float(limit.longest_s), 2.0 ** min(count - limit.free + 1, 16))
    return max(0, round(wait - since))
