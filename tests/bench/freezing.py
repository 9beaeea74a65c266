"""custody.freeze_ms: from the freeze until the last answer that still gave something has come.

Somebody's phones and desks ask all the time, each in its own way: the book, its pages, a push, a photo, the session, a
step-up, a sign-in by password and one by passkey. Counted from the instant that the server wrote down for the freeze,
which is before its commit, to the end of the last answer that was no refusal, also of a request that was on its way
already. The slowest way of the slowest round counts; `refused_ms` is when the last way had its first refusal in hand.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from tests.bench.figure import Figure, Wanted
from tests.bench.sync import founded
from tests.server.fake_phone import Answer, FakePhone, HttpWire
from tests.server.field import PASSWORD, Field, Who
from tests.server.signing import Authenticator, KeyPhone, SigningWire
from tests.server_process import ServerProcess

NAMES = ("custody.freeze_ms",)
PATIENCE_S = 60
# How long the refusals are watched: one that is given again begins anew.
HOLDS_S = 1.0
PAUSE_S = 0.15
# 429: too many wrong tries, which is what a password is from then on.
REFUSED = {401, 429}


def measure(wanted: Wanted) -> Iterator[Figure]:
    if wanted("custody.freeze_ms"):
        yield freeze_figure("custody.freeze_ms", by_freezing)


def desk(server: ServerProcess, who: Who) -> FakePhone:
    phone = FakePhone(HttpWire(server.url))
    answer = phone.request("POST", "/session", {"login": who.login, "password": PASSWORD})
    proved = phone.request("POST", "/session/step-up", {"password": PASSWORD})
    if (answer.status, proved.status) != (200, 200):
        raise RuntimeError(f"{who.login} did not get in: {answer.data!r} {proved.data!r}")
    return phone


def ways_in(server: ServerProcess, who: Who) -> dict[str, Callable[[], int]]:
    """Every kind of access of one person, each on a connection of its own; a call tells the answer's status."""

    def phone() -> KeyPhone:
        one = KeyPhone(SigningWire(HttpWire(server.url)))
        one.sign_in(who)
        return one

    def asking(one: FakePhone, method: str, path: str, body: object = None) -> Callable[[], int]:
        return lambda: one.request(method, path, body).status

    pusher, stranger, keyed = phone(), FakePhone(HttpWire(server.url)), FakePhone(HttpWire(server.url))
    owner, authenticator = desk(server, who), Authenticator(origin=server.url)
    asked = owner.request("POST", "/passkeys/options", {}).json
    made = authenticator.make(asked["options"])
    body = {"ceremony": asked["ceremony"], "credential": made, "label": "x", "prf": False}
    if owner.request("POST", "/passkeys", body).status != 201:
        raise RuntimeError("no passkey was made")

    def by_passkey() -> int:
        question = keyed.request("POST", "/session/passkey/options", {}).json
        answer = {"ceremony": question["ceremony"], "credential": authenticator.answer(question["options"])}
        return keyed.request("POST", "/session/passkey", answer).status

    credentials = {"login": who.login, "password": PASSWORD}
    return {
        "manifest": asking(phone(), "GET", "/daybook/manifest"),
        "pages": asking(phone(), "GET", "/daybook/pages?catalogue=1&index=1"),
        "push": lambda: pusher.send(pusher.envelope([])).status,
        "photo": asking(phone(), "HEAD", "/uploads/0193a2b4-0000-7000-8000-000000000000"),
        "session": asking(owner, "GET", "/session"),
        "step-up": asking(desk(server, who), "POST", "/session/step-up", {"password": PASSWORD}),
        "password": asking(stranger, "POST", "/session", credentials),
        "passkey": by_passkey,
    }


class Round(NamedTuple):
    """Milliseconds from the freeze: by way until the last thing that was given, and until all were refused."""

    given: dict[str, float]
    refused_ms: float


def by_freezing(manager: FakePhone, who: Who) -> tuple[Answer, str]:
    """The freeze itself: the answer, and since when the person is frozen."""
    answer = manager.request("POST", f"/people/{who.id}/freeze", {"reason": "measured"})
    return answer, answer.json.get("since", "")


Stopping = Callable[[FakePhone, Who], tuple[Answer, str]]


def freeze_figure(name: str, stop_access: Stopping) -> Figure:
    """Five people's access is stopped by `stop_access`, one after another."""
    with tempfile.TemporaryDirectory(prefix="routebook-freeze-") as place:
        folder = Path(place)
        field = founded(folder, f"sqlite:///{folder / 'data' / 'routebook.sqlite3'}")
        with ServerProcess(folder) as server:
            # Another person each time: wrong tries of the round before would slow down their sign-in.
            people = (field.rep, field.other_rep, field.far_rep, field.substitute, field.driver)
            rounds = [freeze_once(server, field, who, stop_access) for who in people]
    slowest = max(rounds, key=lambda one: max(one.given.values()))
    return Figure(
        name,
        round(max(slowest.given.values()), 1),
        "ms",
        {
            "rounds": [round(max(one.given.values()), 1) for one in rounds],
            "ways": {way: round(ms, 1) for way, ms in slowest.given.items()},
            "refused_ms": round(max(one.refused_ms for one in rounds), 1),
            "database": "sqlite",
        },
    )


def freeze_once(server: ServerProcess, field: Field, who: Who, stop_access: Stopping) -> Round:
    """Let somebody ask in every way, stop their access by `stop_access`, and give it back."""
    manager, administrator = desk(server, field.manager), desk(server, field.administrator)
    ways = ways_in(server, who)
    given: dict[str, float] = {}
    refused: dict[str, float] = {}
    stop = threading.Event()
    faults: list[Any] = []

    def look(way: str, ask: Callable[[], int]) -> None:
        try:
            while not stop.is_set():
                status = ask()
                at = time.time()
                if status in REFUSED:
                    refused.setdefault(way, at)
                else:
                    given[way] = at
                    refused.pop(way, None)
                stop.wait(PAUSE_S)
        except Exception as error:
            faults.append((way, error))

    threads = [threading.Thread(target=look, args=one) for one in ways.items()]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + PATIENCE_S
    while set(given) != set(ways) and time.monotonic() < deadline and not faults:
        time.sleep(0.02)
    frozen, since_text = stop_access(manager, who)
    while set(refused) != set(ways) and time.monotonic() < deadline and not faults:
        time.sleep(0.02)
    time.sleep(HOLDS_S)
    stop.set()
    for thread in threads:
        thread.join()
    thawed = administrator.request("DELETE", f"/people/{who.id}/freeze")
    if frozen.status not in (200, 201) or thawed.status != 204 or faults or set(refused) != set(ways):
        print(f"{frozen.data!r} {thawed.data!r} {faults} {set(ways) - set(refused)}", file=sys.stderr)
        raise RuntimeError("the freeze did not hold everywhere")
    if set(given) != set(ways):
        raise RuntimeError(f"never given before the freeze: {set(ways) - set(given)}")
    since = datetime.fromisoformat(since_text).timestamp()
    return Round(
        {way: max(0.0, (at - since) * 1000) for way, at in given.items()},
        (max(refused.values()) - since) * 1000,
    )
