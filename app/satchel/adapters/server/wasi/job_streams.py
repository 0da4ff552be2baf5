"""The agent's ends of what a job reads and writes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading


class Output:
    """What was written and not yet read. `push` and `end` are called from any thread, `read` on the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lock = threading.Lock()
        self._chunks: list[bytes] = []
        self._is_ended = False
        self._is_announced = False
        self._waiting: list[asyncio.Future[None]] = []

    def push(self, data: bytes) -> None:
        """More was written."""
        with self._lock:
            self._chunks.append(data)
            announces, self._is_announced = not self._is_announced and bool(self._waiting), True
        if announces:
            self._announce()

    def end(self) -> None:
        """Nothing will be written any more."""
        with self._lock:
            self._is_ended = True
            announces = bool(self._waiting)
        if announces:
            self._announce()

    async def read(self) -> bytes:
        """All there is, at least one byte; b"" at the end."""
        while True:
            with self._lock:
                self._is_announced = False
                if self._chunks or self._is_ended:
                    data = b"".join(self._chunks)
                    self._chunks.clear()
                    return data
                woken = asyncio.get_running_loop().create_future()
                self._waiting.append(woken)
            await woken

    def _announce(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody reads any more
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, []
        for woken in waiting:
            if not woken.done():
                woken.set_result(None)


class Input:
    """The writing end of a job's input. Used on the loop only."""

    def __init__(self, loop: asyncio.AbstractEventLoop, host: int) -> None:
        self._loop = loop
        self._host = host
        self._turn = asyncio.Lock()
        self._blocked: asyncio.Future[None] | None = None

    async def write(self, data: bytes) -> None:
        """Returns when all of it is in the pipe. Raises BrokenPipeError when nobody reads any more."""
        async with self._turn:
            view = memoryview(data)
            while view:
                if self._host < 0:
                    raise BrokenPipeError
                try:
                    view = view[os.write(self._host, view) :]
                except BlockingIOError:
                    await self._room()

    def close(self) -> None:
        """End of the input."""
        if self._host >= 0:
            self._loop.remove_writer(self._host)
            os.close(self._host)
            self._host = -1
            if self._blocked is not None and not self._blocked.done():
                self._blocked.set_result(None)

    def close_from_thread(self) -> None:
        """As `close`, from another thread."""
        try:
            self._loop.call_soon_threadsafe(self.close)
        except RuntimeError:  # the loop is closed
            if self._host >= 0:
                os.close(self._host)
                self._host = -1

    async def _room(self) -> None:
        self._blocked = self._loop.create_future()
        self._loop.add_writer(self._host, self._set_unblocked)
        try:
            await self._blocked
        finally:
            if self._host >= 0:
                self._loop.remove_writer(self._host)
            self._blocked = None

    def _set_unblocked(self) -> None:
        if self._blocked is not None and not self._blocked.done():
            self._blocked.set_result(None)
