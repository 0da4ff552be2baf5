"""Cancellation of one turn: a flag that long computations read, raised as asyncio's own `CancelledError`."""

from __future__ import annotations

import asyncio


class CancelToken:
    """Set once, never cleared; one for each turn."""

    def __init__(self) -> None:
        self._cancelled = False

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancelled

    def cancel(self) -> None:
        """Ask everything that works on behalf of this turn to stop at its next checkpoint."""
        self._cancelled = True

    def raise_if_cancelled(self) -> None:
        """Raise `asyncio.CancelledError` when the turn was cancelled."""
        if self._cancelled:
            raise asyncio.CancelledError
