"""A browser profile that outlives whatever shows the site: its worker, its tab, its renderer, the browser itself.

Nothing here says goodbye first. A worker is terminated between two of its instructions, a tab is closed without asking
it, a renderer crashes, and a browser gets SIGKILL, so none of them can save anything any more.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from playwright.sync_api import BrowserContext, BrowserType, ConsoleMessage, Error

from satchel_build.testing.chromium import CHROMIUM_FLAGS
from tests.browser.person import Person
from tests.browser.tab import Tab, open_tab
from tests.support.chromium import executable

Victim = Literal["worker", "tab", "renderer", "browser"]
VICTIMS: tuple[Victim, ...] = get_args(Victim)

# Remembers the workers, so that one can be killed, and says whatever the status line shows of the log, each time that
# it changes: the console is heard outside even if the page dies a moment later.
_WATCH_SCRIPT = """(() => {
  const workers = globalThis.workersOfThePage = [];
  globalThis.Worker = class extends Worker {
    constructor(...options) { super(...options); workers.push(this); }
  };
  let said = '';
  const look = () => {
    const line = document.querySelector('.status-log');
    const shown = line === null ? '' : `${line.textContent} ${line.title}`;
    if (shown !== said && shown !== '') console.debug(`shown: ${shown}`);
    said = shown;
  };
  const everything = { subtree: true, childList: true, characterData: true, attributes: true };
  addEventListener('DOMContentLoaded', () => new MutationObserver(look).observe(document.body, everything));
})()"""
_SHOWN = re.compile(r"shown: ([\d,]+) events?.* ([0-9a-f]{64})$")


@dataclass(frozen=True, slots=True)
class ShownHead:
    """What the page said of its log: so many events, and the hash of the last of them, which names them all."""

    events: int
    digest: str


class LastingProfile:
    """One user's profile; `tab` and `person` are those of the tab that is open now.

    `shown` is what the page said of the open session's log since `forget_shown`, in order.
    """

    def __init__(self, chromium: BrowserType, directory: Path, url: str) -> None:
        self._chromium = chromium
        self._directory = directory
        self._url = url
        self._context: BrowserContext | None = None
        self._browser_process = 0
        self.shown: list[ShownHead] = []
        self._open_browser()
        self.tab = self._open_tab()
        self.person = Person(self.tab)

    def kill(self, victim: Victim) -> None:
        """Kill it, and return when it is dead."""
        match victim:
            case "worker":
                self.tab.page.evaluate("() => workersOfThePage.forEach(worker => worker.terminate())")
                self.tab.until(lambda: not self.tab.page.workers, "the worker is dead", 30)
            case "tab":
                self.tab.page.close()
            case "renderer":
                with self.tab.page.expect_event("crash", timeout=30_000), contextlib.suppress(Error):
                    self.tab.page.goto("chrome://crash")
                self.tab.page.close()
            case "browser":
                os.kill(self._browser_process, signal.SIGKILL)
                self._close_browser()

    def come_back(self) -> None:
        """Open what was killed again, as its user would, and wait for the prompt."""
        if self._context is None:
            self._open_browser()
        if self.tab.page.is_closed():
            self.tab = self._open_tab()
            self.person = Person(self.tab)
        else:
            self.tab.page.reload()
            self.tab.ready()

    def forget_shown(self) -> None:
        """Another session is open now."""
        self.shown.clear()

    def events_shown(self) -> int:
        """How many events the open session has, as the page says."""
        return self.shown[-1].events if self.shown else 0

    def close(self) -> None:
        """End the browser in the usual way."""
        self._close_browser()

    def _open_browser(self) -> None:
        context = self._chromium.launch_persistent_context(
            self._directory, executable_path=executable(), args=list(CHROMIUM_FLAGS)
        )
        self._context = context
        context.add_init_script(_WATCH_SCRIPT)
        assert context.browser is not None
        session = context.browser.new_browser_cdp_session()
        processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
        (self._browser_process,) = (
            int(process["id"]) for process in processes if process["type"] == "browser"
        )
        session.detach()

    def _open_tab(self) -> Tab:
        assert self._context is not None
        tab = open_tab(self._context, self._url)
        tab.page.on("console", self._listen)
        tab.open().ready()
        return tab

    def _close_browser(self) -> None:
        context, self._context = self._context, None
        if context is not None:
            with contextlib.suppress(Error):  # A browser that was killed cannot be asked to close.
                context.close()

    def _listen(self, message: ConsoleMessage) -> None:
        found = _SHOWN.match(message.text)
        if found:
            self.shown.append(ShownHead(int(found[1].replace(",", "")), found[2]))


@contextmanager
def lasting_profile(chromium: BrowserType, directory: Path, url: str) -> Iterator[LastingProfile]:
    """A profile with the site open, closed with the block."""
    profile = LastingProfile(chromium, directory, url)
    try:
        yield profile
    finally:
        profile.close()
