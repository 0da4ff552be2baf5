"""The task that the one running turn is, and how it is stopped."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from satchel.agent.loop import Turn
from satchel.base.cancel import CancelToken
from satchel.session.errors import LogError

logger = logging.getLogger(__name__)


class TurnTask:
    """See the module. Each turn is made with the token of `new_token`, then started; the one before is over by then."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self._token = CancelToken()
        self._in_turn = False

    @property
    def is_running(self) -> bool:
        """Whether a turn runs, or what comes after its result."""
        return self._task is not None and not self._task.done()

    def new_token(self) -> CancelToken:
        """The token of the next turn, which `cancel` cancels."""
        self._token = CancelToken()
        return self._token

    def start(self, turn: Turn, then: Callable[[], Awaitable[None]]) -> None:
        """Run a turn, and `then` once it has ended in whatever way."""
        self._task = asyncio.get_running_loop().create_task(self._run(turn, then))

    async def _run(self, turn: Turn, then: Callable[[], Awaitable[None]]) -> None:
        self._in_turn = True
        try:
            await turn.run()
        except LogError:
            logger.warning("the session cannot be saved any more", exc_info=True)
        finally:
            self._in_turn = False
        await then()

    async def wait(self) -> None:
        """Return when no turn runs, nor what comes after it."""
        while self._task is not None and not self._task.done():
            await asyncio.wait({self._task})

    def cancel(self) -> None:
        """Stop the turn, at whatever point it is. Nothing happens when none runs."""
        if self._task is not None and not self._task.done():
            self._token.cancel()
            # Before, the turn sees the token; a task cancelled before it began would never end its turn.
            if self._in_turn:
                self._task.cancel()
