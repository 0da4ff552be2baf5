"""pytest-pyodide on the system's Chromium: its server and its browser come from here instead of its defaults."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from pytest_pyodide import get_global_config
from pytest_pyodide.server import DefaultHandler

from tests.pyodide.shipment import ROOT, assemble_distribution
from tests.support.chromium import chromium

# Without packageBaseUrl Pyodide looks for wheels on a public server, and a lock entry without a file is no error.
_LOAD = """
const base = new URL("./", location.href).href;
let pyodide = await loadPyodide({ fullStdLib: false, jsglobals: self, indexURL: base, packageBaseUrl: base });
"""


class _QuietHandler(DefaultHandler):
    def log_message(self, format_: str, *args: object) -> None:
        """Requests are of no interest here."""


def pytest_configure() -> None:
    """Tell pytest-pyodide how to load Pyodide."""
    get_global_config().set_load_pyodide_script("chrome", _LOAD)


@pytest.fixture(scope="session")
def distribution() -> Path:
    """The folder that is served: Pyodide, the test tools' wheels, the shipment."""
    return assemble_distribution(ROOT / "node_modules/pyodide", ROOT / ".build")


@pytest.fixture(scope="session")
def web_server_main(distribution: Path) -> Iterator[tuple[str, int, None]]:
    """Replaces pytest-pyodide's forked server process by a thread."""
    handler = functools.partial(_QuietHandler, directory=str(distribution))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield "127.0.0.1", server.server_address[1], None
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def playwright_browsers() -> Iterator[dict[str, Browser]]:
    """Replaces pytest-pyodide's own, which can only start the Chromium that Playwright downloads."""
    with chromium() as browser:
        yield {"chrome": browser}
