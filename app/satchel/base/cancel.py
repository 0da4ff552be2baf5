"""Cancellation: of one turn, a flag that long computations read; and of a wait for what must not be lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

_T = TypeVar("_T")


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


async def kept_or_undone(coming: Awaitable[_T], undo: Callable[[_T], None]) -> _T:
    """What comes of an operation that cannot be stopped. When the wait for it is cancelled, `undo` gets it once it is
    there, so that nobody has to know of it; that it then failed interests nobody.
    """
    task = asyncio.ensure_future(coming)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        task.add_done_callback(lambda done: _undo(done, undo))
        raise


def _undo(done: asyncio.Future[_T], undo: Callable[[_T], None]) -> None:
    if not done.cancelled() and done.exception() is None:
        undo(done.result())
