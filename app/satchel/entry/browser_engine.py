"""The browser engine of `satchel run`: the turn runs in the built site, its result comes back into the local shadow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from satchel.adapters.server.chromium import ChromiumEngine, ChromiumError
from satchel.base.jsonvalue import JsonObject
from satchel.entry.change_transfer import apply_changes
from satchel.entry.chromium_here import chromium_on
from satchel.entry.settings import Settings
from satchel.workspace.guest_files import GuestFiles


@dataclass(frozen=True, slots=True)
class BrowserEngine:
    """Runs tasks in headless Chromium on the built site."""

    chromium: ChromiumEngine

    @classmethod
    def on(cls, settings: Settings) -> BrowserEngine:
        """The engine of this machine. Raises InputError where the site or the browser is missing."""
        return cls(chromium_on(settings))

    async def run(self, task: JsonObject, files: GuestFiles, on_line: Callable[[str], None]) -> bool:
        """Run the task (fields of `entry.wire.HeadlessStartMessage`) and apply its changes to `files`.

        `on_line` gets every event as it happens, as the line of JSON that is stored. The result is whether the
        model ended by itself. Raises ChromiumError when the run could not be done; `files` is untouched then.
        """
        summary = await self.chromium.run(task, on_line)
        if summary.get("error") is not None:
            raise ChromiumError(f"The agent in the browser failed: {summary['error']}.")
        apply_changes(files, summary)
        return summary["ended"] is True
