"""The built site, one Chromium for all, and a fresh profile for each test."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from satchel.adapters.server.static_server import StaticServer
from satchel_build.checkout import Checkout
from satchel_build.progress import Progress
from satchel_build.site_build import ensure_site
from tests.browser.tab import Tab, open_tab
from tests.support.chromium import chromium
from tests.support.process_engines import Engines, all_engines

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole run."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def engines(browser: Browser) -> Iterator[Engines]:
    """The four process engines by name; Firefox is started for the first test that wants them."""
    with all_engines(browser) as running:
        yield running


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder of the built site, brought up to date."""
    checkout = Checkout(ROOT)
    ensure_site(checkout, Progress(sys.stderr))
    return checkout.dist


@pytest.fixture(scope="session")
def site_url(site: Path) -> Iterator[str]:
    """The site on a server that sends the security headers."""
    with StaticServer(site) as server:
        yield server.url


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh profile: own storage, own service worker, own cache; of a user who does not wait for text to be typed."""
    fresh = browser.new_context(reduced_motion="reduce")
    fresh.set_default_timeout(30_000)
    yield fresh
    fresh.close()


@pytest.fixture
def new_tab(context: BrowserContext, site_url: str) -> Callable[[], Tab]:
    """Makes tabs of one profile."""
    return lambda: open_tab(context, site_url)


@pytest.fixture
def tab(new_tab: Callable[[], Tab]) -> Tab:
    """One tab, not yet on the site."""
    return new_tab()
