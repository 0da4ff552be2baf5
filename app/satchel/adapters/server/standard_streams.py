"""Standard input and output of this process as bytes, beside an event loop that must not wait for them."""

from __future__ import annotations

import asyncio
import os
import select
import threading
from collections.abc import AsyncIterator
from contextlib import suppress

_CHUNK = 64 * 1024


async def standard_input(fd: int = 0) -> AsyncIterator[bytes]:
    """What comes on a descriptor, as it comes, until its end.

    One piece is read ahead. A reading that is under way when nobody wants more ends with the process.
    """
    loop = asyncio.get_running_loop()
    pieces: asyncio.Queue[bytes] = asyncio.Queue()
    wanted = threading.Semaphore(1)

    def read() -> None:
        while True:
            wanted.acquire()
            try:
                data = _read(fd)
            except OSError:  # Closed, or a terminal that is gone: the end.
                data = b""
            with suppress(RuntimeError):  # The loop has ended meanwhile.
                loop.call_soon_threadsafe(pieces.put_nowait, data)
            if not data:
                return

    threading.Thread(target=read, daemon=True, name="standard input").start()
    while data := await pieces.get():
        wanted.release()
        yield data


async def write_all(fd: int, data: bytes) -> None:
    """Write all of it, however long that takes. Raises BrokenPipeError when nobody reads any more."""
    await asyncio.to_thread(write_blocking, fd, data)


def write_blocking(fd: int, data: bytes) -> None:
    """Write all of it while this thread waits. Raises BrokenPipeError when nobody reads any more."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(fd, view) :]
        except BlockingIOError:  # Whoever shares the open file has set O_NONBLOCK on it.
            select.select([], [fd], [])


def _read(fd: int) -> bytes:
    while True:
        try:
            return os.read(fd, _CHUNK)
        except BlockingIOError:
            select.select([fd], [], [])
