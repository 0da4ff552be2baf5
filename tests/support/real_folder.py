"""A real folder of this machine in headless Chromium: dropped on the page by the browser's own drag and
drop, and writable.

The browser asks the user before a page may write to a folder, and nobody can click that away headless. A
profile may answer beforehand, by the content setting that a user's "always allow" makes; what stays
untested is the look of the prompt.
"""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import Page


def allow_folder_writes(profile: Path, origin: str) -> None:
    """Make a fresh profile in which pages of `origin` may write to folders that the user gave them, and read and write
    them again on a later visit."""
    (profile / "Default").mkdir(parents=True)
    grant = {f"{origin.rstrip('/')},*": {"setting": 1, "last_modified": "13300000000000000"}}
    guards = {"file_system_read_guard": grant, "file_system_write_guard": grant}
    settings = {"profile": {"content_settings": {"exceptions": guards}}}
    (profile / "Default" / "Preferences").write_text(json.dumps(settings))


_TRIES = 5
_WATCH_DROPS = """() => {
  globalThis.sawDrop = false;
  addEventListener('drop', () => { globalThis.sawDrop = true; }, { capture: true, once: true });
}"""
# With a limit: a page in the background draws no frames.
_TWO_FRAMES = """() => new Promise((done) => {
  requestAnimationFrame(() => requestAnimationFrame(done));
  setTimeout(done, 100);
})"""


def drop_on_page(page: Page, *paths: Path) -> None:
    """Drop files or folders on the middle of the page, as from the desktop.

    The browser drops nothing before the page has agreed to what hovers over it; who drags by hand takes longer than
    that, and a script has to look. A page that refuses is asked a few times.
    """
    session = page.context.new_cdp_session(page)
    size = page.viewport_size or {"width": 800, "height": 600}
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    page.evaluate(_WATCH_DROPS)
    for _ in range(_TRIES):
        for step in ("dragEnter", "dragOver", "dragOver", "drop"):
            session.send(
                "Input.dispatchDragEvent",
                {"type": step, "x": size["width"] / 2, "y": size["height"] / 2, "data": data},
            )
            page.evaluate(_TWO_FRAMES)
        if page.evaluate("() => globalThis.sawDrop"):
            break
    session.detach()
