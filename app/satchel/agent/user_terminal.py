"""The user's own terminals: they work on the open project, with what runs there in the open session's log."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from satchel.agent.project_holder import ProjectHolder
from satchel.base.errors import InputError
from satchel.runtime.foreground import Screen
from satchel.runtime.process import TerminalSize
from satchel.runtime.run_command import CommandEvent, RunPlace
from satchel.runtime.terminal import Terminal
from satchel.session.errors import LogError
from satchel.session.events import Event

logger = logging.getLogger(__name__)


class UserTerminals:
    """See the module. `record` puts an event into the open session, `recorded` is told when there is more of them."""

    def __init__(
        self,
        holder: ProjectHolder,
        record: Callable[[Event], object],
        recorded: Callable[[], Awaitable[None]],
    ) -> None:
        self._holder = holder
        self._record = record
        self._recorded = recorded

    def open(self, screen: Screen, changed: Callable[[], None], size: TerminalSize) -> Terminal:
        """A terminal on the project that is open. Raises InputError without one, and where no program can run."""
        if not self._holder.runs_programs:
            raise InputError(
                "agent.no_programs", "This browser cannot run programs.", "Help tells what it can do."
            )
        self._holder.require()
        return Terminal(self, screen, changed, size)

    def find(self) -> RunPlace:
        """See `TerminalPlace.find`."""
        return self._holder.run_place()

    def report(self, event: CommandEvent) -> None:
        """See `TerminalPlace.report`. A log that takes nothing more says so itself, and stops no program."""
        try:
            self._record(event)
        except LogError:
            logger.warning("a program of the terminal is not in the log", exc_info=True)

    async def changed(self) -> None:
        """See `TerminalPlace.changed`: what was written is made durable before it is shown."""
        if self._holder.project is not None:
            self._holder.project.flush()
            await self._holder.refresh()
        await self._recorded()
