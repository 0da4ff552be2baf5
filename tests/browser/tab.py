"""A tab on the built site: waits for the prompt or the failure page, and keeps what must not happen."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Error, Page, Request, Route

from tests.browser.steady_reads import STEADILY

BOOT_SECONDS = 60.0
# A page of the site on which nothing runs.
STILL_PAGE = "build-manifest.json"
# Milliseconds. Each look costs the machine something, which a test that waits for long has better uses for.
_FIRST_LOOKS, _QUICKLY, _PATIENTLY = 8, 25, 75

_SNAPSHOT_SCRIPT = f"""async () => {{
  {STEADILY}
  return steadily(async () => {{
    const satchel = await (await navigator.storage.getDirectory()).getDirectoryHandle('satchel');
    const folder = await (await satchel.getDirectoryHandle('v1')).getDirectoryHandle('snapshot');
    for await (const handle of folder.values()) {{
      return (await (await handle.getFile()).slice(0, 8).text()) === 'SATSNAP1';
    }}
    return false;
  }});
}}"""


@dataclass
class Tab:
    """One page. `foreign_requests` are the addresses asked for outside the site's origin, of any tab of the context."""

    page: Page
    url: str
    foreign_requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def open(self, query: str = "") -> Tab:
        """Go to the site, without waiting for the boot."""
        self.page.goto(self.url + query)
        return self

    def ready(self) -> Mapping[str, object]:
        """Wait until the prompt can be used; what the agent said of its boot."""
        self.until(lambda: self.attribute("ready") or self.failure_code(), "the boot ends")
        assert self.failure_code() is None, self.failure_text()
        return cast(
            "Mapping[str, object]",
            self.page.evaluate("() => performance.getEntriesByName('satchel:ready')[0].detail"),
        )

    def failed(self) -> str:
        """Wait for the failure page; its code."""
        self.until(lambda: self.attribute("ready") or self.failure_code(), "the boot ends")
        code = self.failure_code()
        assert code is not None, "the boot did not fail"
        return code

    def failed_after_ready(self) -> str:
        """Wait for a failure of an agent that had been running; its code."""
        self.until(self.failure_code, "a failure is shown")
        return str(self.failure_code())

    def attribute(self, name: str) -> str | None:
        """A data attribute of the document element."""
        return cast(
            "str | None", self.page.evaluate("name => document.documentElement.dataset[name] ?? null", name)
        )

    def failure_code(self) -> str | None:
        """The code of the failure that is shown, None when none is."""
        script = "() => document.querySelector('#failure:not([hidden])')?.dataset.code ?? null"
        return cast("str | None", self.page.evaluate(script))

    def failure_text(self) -> str:
        """All that the failure page says."""
        return self.page.locator("#failure").inner_text()

    def text(self) -> str:
        """All that can be seen."""
        return self.page.locator("body").inner_text()

    def has_snapshot(self) -> bool:
        """Whether the boot snapshot is stored whole: its header is written last."""
        return bool(self.page.evaluate(_SNAPSHOT_SCRIPT))

    def isolated(self) -> bool:
        """Whether the page is cross-origin isolated."""
        return bool(self.page.evaluate("() => crossOriginIsolated"))

    def until(self, holds: Callable[[], object], what: str, seconds: float = BOOT_SECONDS) -> None:
        """Poll, because a page under a strict policy cannot evaluate Playwright's own waiting expressions."""
        deadline = time.monotonic() + seconds
        looks = 0
        while not _holds(holds):
            assert time.monotonic() < deadline, f"waited {seconds} s for: {what}"
            looks += 1
            self.page.wait_for_timeout(_QUICKLY if looks <= _FIRST_LOOKS else _PATIENTLY)


def _holds(condition: Callable[[], object]) -> bool:
    try:
        return bool(condition())
    except Error as error:
        # The page was reloaded between question and answer; what it was asked no longer matters.
        if "context was destroyed" in error.message:
            return False
        raise


def open_tab(context: BrowserContext, url: str) -> Tab:
    """A new tab, not yet on the site."""
    tab = Tab(context.new_page(), url)
    origin = urlsplit(url).netloc

    def watch(request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != origin:
            tab.foreign_requests.append(request.url)

    context.on("request", watch)
    tab.page.on("close", lambda _: context.remove_listener("request", watch))
    tab.page.on("pageerror", lambda error: tab.errors.append(str(error)))
    return tab


def change_worker(tab: Tab, prefix: str) -> None:
    """Begin the agent's worker with the script `prefix`. Needs a tab without service worker, which would answer."""

    def changed(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=prefix + response.text())

    tab.page.route("**/agent.worker.js", changed)
