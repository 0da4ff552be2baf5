"""A wait that may be cancelled, for an operation that may not: what still comes of it is undone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

_T = TypeVar("_T")


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
