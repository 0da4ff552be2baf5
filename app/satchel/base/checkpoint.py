"""The event loop is the scarce resource: every long loop passes here, so that others are served meanwhile.

While Python computes, nobody serves syscalls, pipes, cancel or the page. Code that cannot await calls
`poll` every few hundred steps; code that can awaits `breathe`. What a host does in `poll` (serving guest
syscalls, reading the cancel word) is that host's affair.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from satchel.base.cancel import CancelToken
from satchel.base.clock import Clock

YIELD_AFTER_SECONDS = 0.016


class Checkpoint(Protocol):
    """Passed down to every computation whose length the input decides."""

    def poll(self) -> None:
        """Serve what waits on this thread and raise `asyncio.CancelledError` if the turn was cancelled.
        Cheap.
        """

    async def breathe(self) -> None:
        """`poll`, and yield to the event loop when more than 16 ms have passed since the last yield."""


def yield_to_loop() -> Awaitable[None]:
    """The pause of hosts whose event loop is asyncio's own: everything that is due gets its turn."""
    return asyncio.sleep(0)


class LoopCheckpoint:
    """The checkpoint of a turn on an asyncio event loop (CPython's and Pyodide's alike).

    `serve` is the host's syscall pump; `pause` is how the host lets everybody else run once.
    """

    def __init__(
        self,
        clock: Clock,
        cancel: CancelToken,
        serve: Callable[[], None] = lambda: None,
        pause: Callable[[], Awaitable[None]] = yield_to_loop,
    ) -> None:
        self._clock = clock
        self._cancel = cancel
        self._serve = serve
        self._pause = pause
        self._yielded_at = clock.monotonic()

    def poll(self) -> None:
        """See `Checkpoint.poll`."""
        self._serve()
        self._cancel.raise_if_cancelled()

    async def breathe(self) -> None:
        """See `Checkpoint.breathe`."""
        self.poll()
        if self._clock.monotonic() - self._yielded_at >= YIELD_AFTER_SECONDS:
            await self._pause()
            self._yielded_at = self._clock.monotonic()
            self.poll()
