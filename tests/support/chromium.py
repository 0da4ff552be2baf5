"""One real Chromium for a test session, driven through Playwright's synchronous API.

The synchronous API keeps an event loop running on the test's thread, so an `async def` test cannot run beside it:
browser tests are plain functions. Each test opens its own context, which is a fresh profile: own storage, own service
worker, own cache.

Pitfall: Playwright's default switches deny OPFS and service workers to a page in a cross-site iframe. A test about
that has to start Chromium itself and connect with `connect_over_cdp`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, BrowserType, sync_playwright

from satchel_build.testing.chromium import CHROMIUM, CHROMIUM_FLAGS


def executable() -> str:
    """The path of Chromium. Raises AssertionError with the remedy if there is none."""
    path = CHROMIUM.find()
    assert path, "Chromium is not on PATH; `python3 build.py test --suite browser` installs it"
    return path


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running Chromium, closed with the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=list(CHROMIUM_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def persistent_profile(chromium_type: BrowserType, profile: Path) -> Iterator[BrowserContext]:
    """Chromium on a profile directory that outlives it: what a user's second visit sees."""
    context = chromium_type.launch_persistent_context(
        profile, executable_path=executable(), args=list(CHROMIUM_FLAGS)
    )
    try:
        yield context
    finally:
        context.close()
