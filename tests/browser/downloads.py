"""What a person takes out of the page: the open session as JSON lines, the workspace as an archive."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from playwright.sync_api import Locator

from tests.browser.person import Person


def download_session(person: Person) -> bytes:
    """The export of the open session."""
    row = person.page.locator(".session-row.open")
    row.hover()  # Its actions come into view with the mouse.
    return _download(person, row.get_by_role("button", name=re.compile("^Export "))).read_bytes()


def download_workspace(person: Person) -> dict[str, bytes]:
    """Path -> bytes of every file of the workspace, in which there must be changes: else no archive is offered."""
    archive = person.button("Archive")
    if not archive.is_visible():
        person.button(re.compile("^Review")).click()
    with zipfile.ZipFile(_download(person, archive)) as content:
        return {name: content.read(name) for name in content.namelist() if not name.endswith("/")}


def _download(person: Person, button: Locator) -> Path:
    with person.page.expect_download(timeout=60_000) as download:
        button.click()
    return download.value.path()
