"""A slow and unreliable link between a phone and the server: a TCP proxy on a loopback port.

    with ThrottledProxy(server.port) as link:            150 ms round trip, 1.6 Mbit/s each way
        ... requests against link.url ...
        link.cut()               every connection is reset; new ones are taken
        link.stall(); link.flow()        bytes stand still, connections stay open
        link.drop_answers(); link.flow()     requests arrive, of the answers nothing comes back
        link.down(); link.up()           nobody listens; as a phone without a network

All connections share the link's rate, as they share a phone's. A new connection waits a round trip before its first
byte, as the handshake would. Slow start, loss and jitter are not imitated. `moved` counts the bytes that were passed
on; its answers only when they were handed to the phone.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

from tests.server_process import free_port

ROUND_TRIP_MS = 150
BITS_PER_S = 1_600_000
CHUNK = 1_448  # what an Ethernet frame holds
Result = TypeVar("Result")


@dataclass
class Moved:
    """Bytes passed on, to the server and to the phone, and connections taken."""

    up: int = 0
    down: int = 0
    connections: int = 0


class _Direction:
    """One way of the link: bytes leave at its rate, one after another, and arrive after its delay."""

    def __init__(self, delay_s: float, bits_per_s: float) -> None:
        self.delay_s, self.bits_per_s = delay_s, bits_per_s
        self._free_at = 0.0

    def arrival(self, now: float, size: int) -> float:
        self._free_at = max(now, self._free_at) + size * 8 / self.bits_per_s
        return self._free_at + self.delay_s


class ThrottledProxy:
    """The link to `127.0.0.1:target_port`; runs in a thread of its own from `start` to `stop`."""

    def __init__(
        self,
        target_port: int,
        *,
        round_trip_ms: float = ROUND_TRIP_MS,
        bits_per_s: float = BITS_PER_S,
        port: int | None = None,
    ) -> None:
        self.target_port, self.port = target_port, port or free_port()
        self.moved = Moved()
        self._delay_s = round_trip_ms / 2000
        self._ways = (_Direction(self._delay_s, bits_per_s), _Direction(self._delay_s, bits_per_s))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="throttled proxy", daemon=True)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._answers_dropped = False
        self._flowing = asyncio.Event()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        self._thread.start()
        self.flow()
        self.up()

    def stop(self) -> None:
        self._call(self._close_everything())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def cut(self) -> None:
        """Reset every open connection; what was under way is lost."""
        self._call(self._cut())

    def down(self) -> None:
        """Reset every connection and take no new one."""
        self._call(self._stop_listening())
        self.cut()

    def up(self) -> None:
        """Take connections (again)."""
        if self._server is None:
            self._call(self._listen())

    def stall(self) -> None:
        """Let no byte pass until `flow`; connections stay open and new ones are taken."""
        self._call(self._set(self._flowing.clear))

    def drop_answers(self) -> None:
        """Pass requests on, and lose the answers until `flow`: the connection is reset when one begins."""
        self._answers_dropped = True

    def flow(self) -> None:
        """Undo `stall` and `drop_answers`."""
        self._answers_dropped = False
        self._call(self._set(self._flowing.set))

    def __enter__(self) -> ThrottledProxy:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # --- within the thread's loop ------------------------------------------------------------------------------

    def _call(self, work: Coroutine[Any, Any, Result]) -> Result:
        done: Future[Result] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return done.result(10)

    async def _set(self, change: Callable[[], object]) -> None:
        change()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def _stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _cut(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _close_everything(self) -> None:
        await self._stop_listening()
        await self._cut()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.moved.connections += 1
        opened = self._loop.time()
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
        self._writers.add(writer)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        except OSError:
            writer.transport.abort()
            return
        self._writers.add(far_writer)
        try:
            await asyncio.gather(
                self._pump(reader, far_writer, 0, opened + 2 * self._delay_s),
                self._pump(far_reader, writer, 1, 0.0),
            )
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # one side is gone, so is the other; or the link ends
        finally:
            for one in (writer, far_writer):
                one.transport.abort()
                self._writers.discard(one)
            if task is not None:
                self._tasks.discard(task)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: int, not_before: float
    ) -> None:
        """Read what comes, and hand it over when the link would have."""
        on_the_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(maxsize=512)
        delivery = asyncio.ensure_future(self._deliver(on_the_way, writer, way))
        try:
            while data := await reader.read(CHUNK):
                sent = max(self._loop.time(), not_before)
                await on_the_way.put((self._ways[way].arrival(sent, len(data)), data))
            await on_the_way.put((self._loop.time() + self._delay_s, b""))
            await delivery
        finally:
            delivery.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await delivery

    async def _deliver(
        self, on_the_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter, way: int
    ) -> None:
        while True:
            at, data = await on_the_way.get()
            await asyncio.sleep(max(0.0, at - self._loop.time()))
            await self._flowing.wait()
            if way == 1 and self._answers_dropped:
                await self._cut()
                raise ConnectionResetError
            if not data:
                with contextlib.suppress(OSError):
                    writer.write_eof()
                return
            writer.write(data)
            await writer.drain()
            if way == 0:
                self.moved.up += len(data)
            else:
                self.moved.down += len(data)
