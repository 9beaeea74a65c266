"""A slow link: a TCP proxy on a loopback port that holds back every byte as a phone network does.

Each direction has its own queue: bytes leave it at the link's speed and arrive half a round trip later. Opening a
connection costs one round trip before the first byte is taken, as the handshake does.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from types import TracebackType

CHUNK = 1400
"""Bytes that leave together: about one packet."""


class SlowLink:
    """`with SlowLink(8000, round_trip_s=0.15, bits_per_s=1_600_000) as link:` … http://localhost:{link.port}"""

    def __init__(self, port: int, *, round_trip_s: float, bits_per_s: float) -> None:
        self.target = port
        self.half_trip_s = round_trip_s / 2
        self.bytes_per_s = bits_per_s / 8
        self.bytes_up = 0
        self.bytes_down = 0
        self.connections = 0
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()

    def __enter__(self) -> SlowLink:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        with contextlib.suppress(RuntimeError):
            self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        await asyncio.sleep(2 * self.half_trip_s)
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        await asyncio.gather(
            self._carry(reader, far_writer, up=True), self._carry(far_reader, writer, up=False)
        )

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, up: bool) -> None:
        """Bytes one way: read as they come, sent on when they would have arrived."""
        arrivals: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def deliver() -> None:
            while True:
                due, data = await arrivals.get()
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                if not data:
                    writer.close()
                    return
                writer.write(data)
                await writer.drain()

        delivering = asyncio.create_task(deliver())
        free_at = 0.0
        while data := await reader.read(CHUNK):
            free_at = max(free_at, time.monotonic()) + len(data) / self.bytes_per_s
            arrivals.put_nowait((free_at + self.half_trip_s, data))
            if up:
                self.bytes_up += len(data)
            else:
                self.bytes_down += len(data)
        arrivals.put_nowait((max(free_at, time.monotonic()) + self.half_trip_s, b""))
        await delivering
