"""A link between a phone and the server that fails as it is told: a TCP proxy on a loopback port.

    with FaultyProxy(server.port) as link:
        link.arm(Fault(cut_up_after=200))       both ends are reset when 200 bytes of requests have passed
        link.arm(Fault(cut_down_after=0))       the server answers, and the phone sees a reset instead (A2)
        link.arm(Fault(hold_answers=True))      the server answers, nothing reaches the phone until the link is cut
        link.arm(Fault(old_answer=data))        a cache gives `data`; the server is never asked (A11)
        link.struck.wait(5)                     until the fault has happened
        link.cut()                              reset every connection now

A fault counts bytes from the moment it was armed, over all connections, and happens `times` times (what
answers or holds back does so until `heal`). Latency and rates
are `tests.throttled_proxy`'s; here nothing is slowed down, so that what a test waits for is the server.
"""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType

RESET_AT_CLOSE = struct.pack("ii", 1, 0)
CHUNK = 16 << 10


@dataclass(frozen=True)
class Fault:
    """What goes wrong next. `times` None: until another fault is armed."""

    cut_up_after: int | None = None
    cut_down_after: int | None = None
    hold_answers: bool = False
    old_answer: bytes | None = None
    times: int | None = 1


NONE = Fault(times=None)


class _Reset(Exception):
    """Both ends are to be reset."""


class FaultyProxy:
    """The link to `127.0.0.1:target_port`; one thread a connection, from `start` to `stop`."""

    def __init__(self, target_port: int) -> None:
        self.target_port = target_port
        self.struck = threading.Event()
        self.strikes = 0
        self.answers = b""
        """What came down since the link was armed."""
        self._fault, self._left = NONE, 0
        self._up = self._down = 0
        self._lock = threading.Lock()
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._stopped = False

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def arm(self, fault: Fault) -> None:
        """From now on, this; bytes are counted anew."""
        with self._lock:
            self._fault, self._left = fault, fault.times if fault.times is not None else -1
            self._up = self._down = 0
            self.answers = b""
            self.struck.clear()

    def heal(self) -> None:
        self.arm(NONE)

    def cut(self) -> None:
        """Reset every open connection, at both ends."""
        with self._lock:
            pairs = list(self._pairs)
        for one in (one for pair in pairs for one in pair):
            # The thread that serves the pair wakes up with an end of file, and resets both.
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RD)

    def __enter__(self) -> FaultyProxy:
        threading.Thread(target=self._listen, name="faulty proxy", daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def _listen(self) -> None:
        while not self._stopped:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.target_port), timeout=10)
            except OSError:
                _reset((near,))  # nobody is at home: the phone sees a dead connection
                continue
            threading.Thread(target=self._serve, args=(near, far), daemon=True).start()

    def _serve(self, near: socket.socket, far: socket.socket) -> None:
        pair = (near, far)
        with self._lock:
            self._pairs.add(pair)
        try:
            while True:
                ready, _, _ = select.select(pair, (), (), 60)
                for one in ready:
                    data = one.recv(CHUNK)
                    if not data:
                        return
                    if one is near:
                        self._pass_up(near, far, data)
                    else:
                        self._pass_down(near, data)
        except (OSError, ValueError, _Reset):
            pass  # one end is gone or was cut: so is the other
        finally:
            with self._lock:
                self._pairs.discard(pair)
            _reset(pair)

    def _pass_up(self, near: socket.socket, far: socket.socket, data: bytes) -> None:
        with self._lock:
            fault, before = self._active(), self._up
            self._up += len(data)
        if fault.old_answer is not None:
            if before == 0:
                near.sendall(fault.old_answer)
                self.struck.set()
            return
        if fault.cut_up_after is not None and before + len(data) > fault.cut_up_after:
            far.sendall(data[: max(0, fault.cut_up_after - before)])
            self._strike()
            raise _Reset
        far.sendall(data)

    def _pass_down(self, near: socket.socket, data: bytes) -> None:
        with self._lock:
            fault, before = self._active(), self._down
            self._down += len(data)
            self.answers += data
        if fault.hold_answers:
            self.struck.set()
            return
        if fault.cut_down_after is not None and before + len(data) > fault.cut_down_after:
            near.sendall(data[: max(0, fault.cut_down_after - before)])
            self._strike()
            raise _Reset
        near.sendall(data)

    def _active(self) -> Fault:
        return self._fault if self._left else NONE

    def _strike(self) -> None:
        with self._lock:
            self._left -= self._left > 0
            self._up = self._down = 0
            self.strikes += 1
        self.struck.set()


def _reset(pair: Iterable[socket.socket]) -> None:
    """Close both ends so that the other side sees RST, as when a phone loses its network."""
    for one in pair:
        with contextlib.suppress(OSError):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
        with contextlib.suppress(OSError):
            one.close()
