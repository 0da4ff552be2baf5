"""The peer: the npm package @wasmer/sdk running the same modules in the same browser.

It is fetched for the benchmark only, as `peer/package-lock.json` pins it, and is no part of the site. What it
cannot do is kept as the error that it gives.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from playwright.sync_api import Error, Page

from satchel_build.benchmarks.operations import COMMANDS, KILL, PIPE, SPAWN, SPAWN_AWAITED
from satchel_build.benchmarks.programs import SMALL_PIPE_BLOCKS
from satchel_build.checkout import Checkout
from satchel_build.commands import run_command
from satchel_build.npm_packages import npm_detail
from satchel_build.progress import Progress

__all__ = ["PeerPrograms", "first_line"]

_LOCK = Path(__file__).with_name("peer")
_FILES = ("package.json", "package-lock.json", ".npmrc")
_SPAWNS = 10
_MOST_TEXT = 300
_LATE_MS = 500
_WORKER_FAILED = "Wasmer SDK worker failed: "


class PeerPrograms:
    """Programs of the peer (`Place`). What it refused is in `refusals`, by operation."""

    name = "wasmer sdk"

    def __init__(self, checkout: Checkout, page: Page, url: str, site: Path, progress: Progress) -> None:
        self.refusals: dict[str, str] = {}
        self._complaints: list[str] = []
        # It says there why a worker of it has failed; the error that it throws has a status only.
        page.on("console", lambda message: self._complaints.append(message.text))
        self._page = page
        self._url = url
        _install(checkout.state / "bench-peer", site / "peer", progress)

    def measure(self, operation: str) -> Sequence[float]:
        """See `Place.measure`."""
        if operation == SPAWN_AWAITED or operation in self.refusals:
            return []
        self._complaints.clear()
        try:
            return self._measure(operation)
        except Error as error:
            # The console's message may come after the error.
            self._page.wait_for_timeout(_LATE_MS)
            said = [text for text in self._complaints if text.startswith(_WORKER_FAILED)]
            self.refusals[operation] = first_line(said[0] if said else error.message)
            return []
        finally:
            # It may leave threads behind that compute on, which would be measured with all that comes after.
            self._page.goto("about:blank")

    def _measure(self, operation: str) -> list[float]:
        if operation == SPAWN:
            return cast("list[float]", self._ask("spawns", count=_SPAWNS))
        if operation == PIPE:
            milliseconds = cast(float, self._ask("pipe"))
            return [SMALL_PIPE_BLOCKS * 65_536 / milliseconds / 1e6]
        if operation == KILL:
            return [cast(float, self._ask("kill"))]
        if operation in COMMANDS:
            argv = COMMANDS[operation].argv
            return [cast(float, self._ask("tool", argv=argv))]
        return []

    def _ask(self, action: str, **options: object) -> object:
        self._page.goto(f"{self._url}peer.html")
        return self._page.evaluate("request => bench.ask(request)", {"action": action, **options})


def first_line(message: str) -> str:
    """What an error of the page says, without the driver's own words."""
    text = message.removeprefix("Page.evaluate: ").strip()
    return text.splitlines()[0][:_MOST_TEXT] if text else "it gave no reason"


def _install(folder: Path, target: Path, progress: Progress) -> None:
    wanted = (_LOCK / "package-lock.json").read_text(encoding="utf-8")
    stamp = folder / "installed"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8") != wanted:
        folder.mkdir(parents=True, exist_ok=True)
        for name in _FILES:
            shutil.copy(_LOCK / name, folder)
        with progress.step("Installing the benchmark's peer") as step:
            run_command(
                [shutil.which("npm") or "npm", "ci", "--ignore-scripts", "--loglevel=http"],
                cwd=folder,
                step=step,
                describe=npm_detail,
                remedy="Check the network connection (npm must reach its package registry) and start again.",
            )
        stamp.write_text(wanted, encoding="utf-8")
    shutil.copytree(folder / "node_modules" / "@wasmer" / "sdk", target)
