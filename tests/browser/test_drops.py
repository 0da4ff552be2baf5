"""Drops and pickers: taken from the first moment on, refused in words, and nothing lost in silence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route

from tests.browser.tab import Tab
from tests.support.real_folder import drop_on_page

pytestmark = pytest.mark.browser

# Drops a folder without a handle, of which one file and one directory cannot be read.
UNREADABLE_DROP_SCRIPT = """() => {
  const file = (fullPath, content) => ({ isDirectory: false, fullPath, file: (done, failed) =>
    content === null ? failed(new DOMException('locked', 'NotReadableError')) : done(new File([content], 'x')) });
  const directory = (name, fullPath, entries) => ({ isDirectory: true, name, fullPath, createReader: () => ({
    readEntries: (done, failed) => entries === null ? failed(new DOMException('denied', 'NotReadableError'))
      : done(entries.splice(0)) }) });
  const top = directory('box', '/box', [
    file('/box/good.txt', 'good'), file('/box/locked.db', null), directory('secret', '/box/secret', null)]);
  const item = { kind: 'file', webkitGetAsEntry: () => top, getAsFile: () => null };
  const event = new Event('drop', { bubbles: true, cancelable: true });
  Object.defineProperty(event, 'dataTransfer', { value: { types: ['Files'], items: [item] } });
  document.body.dispatchEvent(event);
}"""


def folder(root: Path, name: str) -> Path:
    """A folder with one file, called as the folder is."""
    made = root / name
    made.mkdir()
    (made / f"{name}.txt").write_text(name)
    return made


def preview_of(page: Page, name: str) -> Callable[[], bool]:
    """Whether the import dialog asks for the folder `name`."""
    return lambda: page.get_by_role("heading", name=f"Import {name}?").is_visible()


def test_a_drop_during_the_boot_waits_for_the_agent(unserved_tab: Tab, tmp_path: Path) -> None:
    tab = unserved_tab
    held: list[Route] = []
    tab.page.route("**/agent.worker.js", lambda route: held.append(route))
    tab.open()
    tab.until(lambda: held, "the page looks at its worker")
    drop_on_page(tab.page, folder(tmp_path, "early"))
    tab.page.wait_for_timeout(300)
    assert tab.page.url == tab.url
    tab.page.unroute("**/agent.worker.js")
    tab.ready()
    tab.until(preview_of(tab.page, "early"), "the drop is taken")


def test_a_drop_on_the_failure_page_does_not_leave_it(tab: Tab, tmp_path: Path) -> None:
    tab.page.add_init_script("delete globalThis.WebAssembly")
    assert tab.open().failed() == "no-webassembly"
    drop_on_page(tab.page, folder(tmp_path, "late"))
    tab.page.wait_for_timeout(300)
    assert tab.page.url == tab.url
    assert tab.failure_code() == "no-webassembly"


def test_a_viewer_refuses_a_drop_in_words(new_returning_tab: Callable[[], Tab], tmp_path: Path) -> None:
    owner, viewer = new_returning_tab(), new_returning_tab()
    owner.open().ready()
    viewer.open()
    viewer.until(lambda: viewer.attribute("viewer") is not None, "it watches")
    viewer.page.bring_to_front()
    drop_on_page(viewer.page, folder(tmp_path, "elsewhere"))
    viewer.until(lambda: "was not taken" in viewer.page.locator("#boot").inner_text(), "it says so")
    assert viewer.page.url == viewer.url
    viewer.page.get_by_role("button", name="Use it here").click()
    viewer.ready()
    drop_on_page(viewer.page, tmp_path / "elsewhere")
    viewer.until(preview_of(viewer.page, "elsewhere"), "now it is taken")


def test_of_several_things_the_first_is_taken_and_the_others_are_named(
    returning_tab: Tab, tmp_path: Path
) -> None:
    tab = returning_tab
    tab.open().ready()
    drop_on_page(tab.page, *(folder(tmp_path, name) for name in ("one", "two", "three")))
    tab.until(preview_of(tab.page, "one"), "the first is taken")
    notices = tab.page.locator(".notices").inner_text()
    assert "Only “one” was taken" in notices
    assert "Not taken: “two”, “three”." in notices


def test_what_cannot_be_read_of_a_folder_is_named_and_the_rest_is_taken(returning_tab: Tab) -> None:
    tab = returning_tab
    tab.open().ready()
    tab.page.evaluate(UNREADABLE_DROP_SCRIPT)
    tab.until(preview_of(tab.page, "box"), "the folder is taken")
    assert tab.page.get_by_role("button", name="Import 1 file").is_visible()
    tab.until(lambda: "locked.db" in tab.page.locator(".notices").inner_text(), "the rest is named")
    assert "“box/locked.db”, “box/secret/”" in tab.page.locator(".notices").inner_text()


def test_a_picker_that_the_browser_refuses_is_told(returning_tab: Tab) -> None:
    tab = returning_tab
    tab.page.add_init_script(
        "window.showDirectoryPicker = async () => { throw new DOMException('Not in this frame.', 'SecurityError') }"
    )
    tab.open().ready()
    tab.page.get_by_role("button", name="Choose a folder").first.click()
    tab.until(lambda: "Not in this frame." in tab.page.locator(".notices").inner_text(), "the user is told")
    assert tab.errors == []
