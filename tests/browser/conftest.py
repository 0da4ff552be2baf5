"""The built site, one Chromium for all, and a profile for each test: a fresh one (`tab`), that of a user who was here
before (`returning_tab`), or the same with a host whose answers the test may change (`unserved_tab`).
"""

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
from tests.browser.shared_profile import SharedProfile
from tests.browser.tab import Tab, open_tab
from tests.support.chromium import chromium, persistent_profile

# The hook of this name, for all tests of the folder.
from tests.support.families import pytest_collection_modifyitems as pytest_collection_modifyitems
from tests.support.process_engines import Engines, all_engines
from tests.support.real_folder import allow_folder_writes

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


@pytest.fixture(scope="session")
def boots() -> Path:
    """Where the browser engine of the command line keeps its boots: past the tests, as for a user."""
    return Checkout(ROOT).state / "tests" / "boot-snapshots"


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


@pytest.fixture(scope="session")
def _served_profile(browser: Browser, site_url: str) -> Iterator[SharedProfile]:
    with browser.new_context(reduced_motion="reduce") as context:
        yield SharedProfile(context, site_url, served=True)


@pytest.fixture(scope="session")
def _unserved_profile(browser: Browser, site_url: str) -> Iterator[SharedProfile]:
    with browser.new_context(reduced_motion="reduce", service_workers="block") as context:
        yield SharedProfile(context, site_url, served=False)


@pytest.fixture(scope="session")
def _clocked_profile(browser: Browser, site_url: str) -> Iterator[SharedProfile]:
    with browser.new_context(reduced_motion="reduce", service_workers="block") as context:
        # Apart from the others: Playwright's clock is one for all tabs of a profile and cannot be taken out again.
        context.clock.install()
        yield SharedProfile(context, site_url, served=False)


@pytest.fixture(scope="session")
def _writable_profile(
    browser: Browser, site_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SharedProfile]:
    directory = tmp_path_factory.mktemp("user") / "profile"
    allow_folder_writes(directory, site_url)
    with persistent_profile(browser.browser_type, directory) as context:
        yield SharedProfile(context, site_url, served=True)


@pytest.fixture
def returning(_served_profile: SharedProfile) -> BrowserContext:
    """The profile of a user who was here before: snapshot and service worker, and nothing else. Shared, so a boot is
    quick; for every test that is not about the first visit.
    """
    return _served_profile.fresh()


@pytest.fixture
def new_returning_tab(returning: BrowserContext, site_url: str) -> Callable[[], Tab]:
    """Makes tabs of the returning user's profile."""
    return lambda: open_tab(returning, site_url)


@pytest.fixture
def returning_tab(new_returning_tab: Callable[[], Tab]) -> Tab:
    """One tab of the returning user, not yet on the site."""
    return new_returning_tab()


@pytest.fixture
def new_unserved_tab(_unserved_profile: SharedProfile, site_url: str) -> Callable[[], Tab]:
    """Makes tabs of a returning user without a service worker, so that a test can change by a route what the host
    sends.
    """
    context = _unserved_profile.fresh()
    return lambda: open_tab(context, site_url)


@pytest.fixture
def unserved_tab(new_unserved_tab: Callable[[], Tab]) -> Tab:
    """One such tab, not yet on the site."""
    return new_unserved_tab()


@pytest.fixture
def clocked_tab(_clocked_profile: SharedProfile, site_url: str) -> Tab:
    """As `unserved_tab`, and time can be moved by `page.clock`. `Tab.ready` does not work here: no time is measured."""
    return open_tab(_clocked_profile.fresh(), site_url)


@pytest.fixture
def writable(_writable_profile: SharedProfile) -> BrowserContext:
    """As `returning`, of a user who allows the site to write to the folders they give it; a test brings its own."""
    return _writable_profile.fresh()
