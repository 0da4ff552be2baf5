"""The operations in the tab: through a page that holds the product's engine, storage and Python."""

from collections.abc import Sequence
from typing import cast

from playwright.sync_api import Page

from satchel.runtime.guest_environment import guest_environment
from satchel_build.benchmarks.operations import (
    COMMANDS,
    KILL,
    PIPE,
    SEQUENCE,
    SEQUENCE_SPAWNS,
    SPAWN,
    SPAWN_AWAITED,
    ToolCommand,
)
from satchel_build.benchmarks.programs import PIPE_BLOCKS
from satchel_build.errors import BuildError

__all__ = ["TabPrograms"]

_SPAWNS = 200


class TabPrograms:
    """Programs in the tab (`Place`), with shared memory or, where little is measured, without."""

    def __init__(self, page: Page, *, shared: bool) -> None:
        self.name = "tab" if shared else "tab without shared memory"
        self._page = page
        self._mode = "shared" if shared else "suspending"

    def measure(self, operation: str) -> Sequence[float]:
        """See `Place.measure`."""
        match operation:
            case _ if operation == SPAWN:
                return cast("list[float]", self._ask("spawns", mode=self._mode, count=_SPAWNS))
            case _ if operation == PIPE:
                milliseconds = cast(float, self._ask("pipe", mode=self._mode))
                return [PIPE_BLOCKS * 65_536 / milliseconds / 1e6]
            case _ if self._mode != "shared":
                return []
            case _ if operation == SPAWN_AWAITED:
                return cast("list[float]", self._ask("awaited", count=_SPAWNS))
            case _ if operation == SEQUENCE:
                return [cast(float, self._ask("sequence", count=SEQUENCE_SPAWNS))]
            case _ if operation == KILL:
                return [cast(float, self._ask("kill"))]
        return [self._tool(COMMANDS[operation])]

    def _tool(self, command: ToolCommand) -> float:
        environment = list(guest_environment("/workspace").items())
        answer = self._ask("tool", argv=command.argv, env=environment, makes=command.makes)
        result = cast("dict[str, float]", answer)
        if result["errors"]:
            raise BuildError(f"{command.argv[0]} in the tab: {result['errors']}", "Look at the engine.")
        command.check(self.name, int(result["status"]), b"\n" * int(result["lines"]))
        return result["milliseconds"]

    def _ask(self, action: str, **options: object) -> object:
        return self._page.evaluate("request => bench.ask(request)", {"action": action, **options})
