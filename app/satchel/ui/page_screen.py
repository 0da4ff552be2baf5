"""The terminal's screen on the page, and how far behind it is: who writes waits, so that no flood piles up there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from satchel.base.limits import KIB
from satchel.ui.effects import Effect, TerminalOutput

MOST_BEHIND = 256 * KIB


class PageScreen:
    """A `runtime.foreground.Screen`. The page reports what it has shown; until then it is behind by that."""

    def __init__(self, emit: Callable[[Effect], None]) -> None:
        self._emit = emit
        self._behind = 0
        self._moved = asyncio.Event()

    def show(self, data: bytes) -> None:
        """See `Screen.show`."""
        self._behind += len(data)
        self._emit(TerminalOutput(data))

    async def drained(self) -> None:
        """See `Screen.drained`."""
        while self._behind > MOST_BEHIND:
            self._moved.clear()
            await self._moved.wait()

    def shown(self, size: int) -> None:
        """The page has shown so many bytes more."""
        self._behind = max(0, self._behind - max(0, size))
        self._moved.set()

    def release(self) -> None:
        """See `Screen.release`."""
        self.shown(self._behind)
