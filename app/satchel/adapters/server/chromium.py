"""The built site in headless Chromium, driven from outside: the `browser` engine of the command line.

Every run has its own profile, its own port and its own browser, so several at once do not disturb one
another. What they share is the snapshot of a booted Python, which spares all but the first run of a build the boot.
Playwright drives a Chromium that is installed already; it is an optional dependency (`pip install satchel[browser]`).
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from satchel.adapters.server.boot_snapshots import BootSnapshots, SnapshotExchange
from satchel.adapters.server.static_server import StaticServer
from satchel.base.errors import InputError, SatchelError
from satchel.base.jsonvalue import JsonObject, JsonValue, loads

if TYPE_CHECKING:
    from playwright.async_api import Page

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_START = "([message, snapshots]) => window.satchelHeadless.start(message, snapshots)"
_SEND = "message => window.satchelHeadless.send(message)"
_NEXT = "() => window.satchelHeadless.next()"
_PING = "() => true"
_AGENT = "/agent.worker"

# Seconds without an event before the agent is asked for a sign of life, and that it has for one.
QUIET_SECONDS = 20.0
ANSWER_SECONDS = 40.0

# Seconds that a run which is over waits for the snapshot that its boot made and the next will want.
SNAPSHOT_SECONDS = 3.0


class ChromiumError(SatchelError):
    """The browser, or the site in it, could not do what it was asked for."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__("chromium.failed", message, remedy)


Send: TypeAlias = Callable[[JsonObject], Awaitable[None]]
Feed: TypeAlias = Callable[[Send], Coroutine[None, None, None]]


@dataclass(frozen=True, slots=True)
class ChromiumEngine:
    """Where the browser and the built site are, and the directory where snapshots of the boot are kept."""

    program: Path
    site: Path
    snapshots: Path

    async def run(
        self, message: JsonObject, on_line: Callable[[str], None], feed: Feed | None = None
    ) -> JsonObject:
        """Run what a message asks for (`HeadlessStartMessage`, `WasiStartMessage`, `DoctorStartMessage` of
        `entry.wire`).

        `on_line` gets every event as a line of JSON as it happens; `feed` may send more messages meanwhile and is
        cancelled at the end. The result is the run's summary. Raises ChromiumError.
        """
        exchange = SnapshotExchange(BootSnapshots(self.snapshots))
        try:
            async with self._page(exchange) as page:
                summary = await _drive(page, message, on_line, feed, exchange.path)
                await exchange.settle(SNAPSHOT_SECONDS)
                return summary
        except BrokenPipeError:  # It is of `on_line`: nobody reads what it writes.
            raise
        except SatchelError:
            exchange.distrust()
            raise
        except Exception as error:
            exchange.distrust()
            raise ChromiumError(f"The agent in the browser failed: {error}.") from error

    @contextlib.asynccontextmanager
    async def _page(self, exchange: SnapshotExchange) -> AsyncIterator[Page]:
        try:
            playwright = importlib.import_module("playwright.async_api")
        except ImportError as error:
            raise InputError(
                "chromium.no_playwright",
                "The browser engine needs Playwright.",
                "Run `python3 build.py setup` in a checkout, or `pip install 'satchel[browser]'`.",
            ) from error
        with StaticServer(self.site, handler=exchange.handler()) as server:
            async with playwright.async_playwright() as driver:
                browser = await driver.chromium.launch(executable_path=str(self.program), args=list(_FLAGS))
                try:
                    page = await browser.new_page()
                    await page.goto(server.url + "headless.html")
                    yield page
                finally:
                    await browser.close()


async def _drive(
    page: Page,
    message: JsonObject,
    on_line: Callable[[str], None],
    feed: Feed | None = None,
    snapshots: str = "",
) -> JsonObject:
    async def send(more: JsonObject) -> None:
        await page.evaluate(_SEND, dict(more))

    run = asyncio.ensure_future(page.evaluate(_START, [dict(message), snapshots]))
    feeding = None if feed is None else asyncio.ensure_future(feed(send))
    watch = _Watch(page)
    try:
        while True:
            lines = await _next_lines(page, run, watch)
            if lines is None:
                break
            watch.has_begun = True
            for line in lines:
                on_line(line)
        summary: JsonValue = loads(str(await run))
    finally:
        run.cancel()
        if feeding is not None:
            feeding.cancel()
    if not isinstance(summary, dict):
        raise ChromiumError("The agent in the browser gave no summary.")
    return summary


async def _next_lines(page: Page, run: asyncio.Future[object], watch: _Watch) -> list[str] | None:
    more = asyncio.ensure_future(page.evaluate(_NEXT))
    try:
        while not more.done():
            done, _ = await asyncio.wait(
                {more, run}, timeout=QUIET_SECONDS, return_when=asyncio.FIRST_COMPLETED
            )
            if run in done and run.exception() is not None:
                raise ChromiumError(f"The agent in the browser failed: {run.exception()}.")
            if run in done:
                break  # `more` gets what is left.
            if not done:
                await watch.require_life()
        found = await asyncio.wait_for(more, ANSWER_SECONDS)
    finally:
        more.cancel()
    return None if found is None else [str(line) for line in found]


class _Watch:
    """Whether the agent's worker lives: one that is gone, or computes without end, tells nobody by itself.

    Before it is there the page's own watchdog has the boot in its care.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        self.has_begun = False

    async def require_life(self) -> None:
        """Raise ChromiumError when the agent that was there is gone or does not answer."""
        agent = next((worker for worker in self._page.workers if _AGENT in worker.url), None)
        if agent is None:
            if self.has_begun:
                raise ChromiumError("The agent in the browser is gone.", "Run the task again.")
            return
        self.has_begun = True
        try:
            await asyncio.wait_for(agent.evaluate(_PING), ANSWER_SECONDS)
        except TimeoutError as error:
            raise ChromiumError(
                "The agent in the browser does not answer any more.", "Run the task again."
            ) from error
