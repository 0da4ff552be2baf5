"""The browser engine of `satchel run`: the turn runs in the built site, its result comes back into the local shadow."""

from __future__ import annotations

import base64
import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from satchel.adapters.server.chromium import ChromiumEngine, ChromiumError
from satchel.base.errors import InputError
from satchel.base.jsonvalue import JsonObject, JsonValue, loads
from satchel.entry.settings import Settings
from satchel.workspace.errors import NotFoundError
from satchel.workspace.guest_files import GuestFiles

_WORKSPACE = "/workspace/"


@dataclass(frozen=True, slots=True)
class BrowserEngine:
    """Runs tasks in headless Chromium on the built site."""

    chromium: ChromiumEngine

    @classmethod
    def on(cls, settings: Settings) -> BrowserEngine:
        """The engine of this machine. Raises InputError where the site or the browser is missing."""
        if settings.site is None:
            raise InputError(
                "browser.no_site",
                "The browser engine needs the built site.",
                "Run `python3 build.py site` in the checkout, or set SATCHEL_SITE to a built one.",
            )
        if settings.chromium is None:
            raise InputError(
                "browser.no_chromium",
                "The browser engine needs Chromium or Chrome.",
                "Install it (Debian: apt-get install chromium), or set SATCHEL_CHROMIUM to its program.",
            )
        return cls(ChromiumEngine(settings.chromium, settings.site))

    async def run(self, task: JsonObject, files: GuestFiles, on_event: Callable[[JsonObject], None]) -> bool:
        """Run the task (fields of `entry.wire.HeadlessStartMessage`) and apply its changes to `files`.

        `on_event` gets every event as it happens. The result is whether the model ended by itself. Raises
        ChromiumError when the run could not be done; `files` is untouched then.
        """
        summary = await self.chromium.run(task, lambda line: on_event(cast(JsonObject, loads(line))))
        if summary.get("error") is not None:
            raise ChromiumError(f"The agent in the browser failed: {summary['error']}.")
        apply_changes(files, cast("Sequence[Mapping[str, JsonValue]]", summary["changes"]))
        return summary["ended"] is True


def apply_changes(files: GuestFiles, changes: Sequence[Mapping[str, JsonValue]]) -> None:
    """Make the changes of a summary (`entry.browser_headless`) in another copy of the same workspace."""
    for change in changes:
        for name in {str(change["path"]), str(change["oldPath"] or change["path"])}:
            _remove(files, _WORKSPACE + name)
    for change in changes:
        if change["data"] is not None:
            _put(files, _WORKSPACE + str(change["path"]), change)


def _remove(files: GuestFiles, path: str) -> None:
    with contextlib.suppress(NotFoundError):
        files.remove_file(path)


def _put(files: GuestFiles, path: str, change: Mapping[str, JsonValue]) -> None:
    data = base64.b64decode(str(change["data"]))
    if change["type"] == "symlink":
        files.make_symlink(os.fsdecode(data), path)
        return
    files.write_bytes(path, data)
    files.set_mode(path, cast(int, change["mode"]))
