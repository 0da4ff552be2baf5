"""Time as a port, so that a recorded session replays with the times it had."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Where time comes from. `entry` wires the host's clock, tests a clock they move by hand."""

    def now_ms(self) -> int:
        """Wall clock: milliseconds since the Unix epoch."""

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back; only differences mean something."""

    async def sleep(self, seconds: float) -> None:
        """Wait, letting other tasks run."""


class SystemClock:
    """The host's own clocks; the same calls serve CPython and Pyodide."""

    def now_ms(self) -> int:
        """See `Clock.now_ms`."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """See `Clock.monotonic`."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """See `Clock.sleep`."""
        await asyncio.sleep(seconds)
