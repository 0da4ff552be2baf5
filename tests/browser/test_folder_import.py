"""Folders into the workspace: by directory handle, and as a list of files where the browser has no handles."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.real_folders import drop_folder, make_folder
from tests.browser.tab import Tab
from tests.support.real_folder import drop_on_page

pytestmark = pytest.mark.browser

FILES = {
    "README.md": "# Read me\n",
    "src/module.py": "print(1)\n",
    ".gitignore": "junk/\n",
    "junk/waste.bin": "waste",
}

MANY = 3000
PROJECTS_SCRIPT = """async () => {
  const satchel = await (await navigator.storage.getDirectory()).getDirectoryHandle('satchel');
  const folder = await (await satchel.getDirectoryHandle('v1')).getDirectoryHandle('projects');
  return Array.fromAsync(folder.keys());
}"""

REMEMBERED_SCRIPT = """() => new Promise((resolve, reject) => {
  const opening = indexedDB.open('satchel', 1);
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const all = opening.result.transaction('folders').objectStore('folders').getAll();
    all.onsuccess = () => { opening.result.close(); resolve(all.result.map(handle => handle.name)) };
  };
})"""


def confirm_import(tab: Tab) -> None:
    """Take what the import dialog proposes."""
    tab.page.get_by_role("dialog").get_by_role("button", name="Import").click()


def assert_is_imported(tab: Tab) -> None:
    tab.until(lambda: "README.md" in tab.text() and "src" in tab.text(), "the files are listed")
    assert "junk" not in tab.page.locator("#files-panel").inner_text()


def test_a_dropped_folder_is_imported_kept_and_remembered(returning_tab: Tab) -> None:
    tab = returning_tab
    tab.open().ready()
    make_folder(tab, FILES)
    drop_folder(tab)
    confirm_import(tab)
    assert_is_imported(tab)
    assert tab.page.evaluate(REMEMBERED_SCRIPT) == ["real-folder"]
    tab.open().ready()
    assert_is_imported(tab)


def test_without_directory_handles_a_folder_comes_as_a_list_of_files(
    returning_tab: Tab, tmp_path: Path
) -> None:
    tab = returning_tab
    for path, text in FILES.items():
        (tmp_path / "project" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "project" / path).write_text(text)
    tab.page.add_init_script("delete window.showDirectoryPicker")
    tab.open().ready()
    with tab.page.expect_file_chooser() as chooser:
        tab.page.get_by_role("button", name="Choose a folder").click()
    chooser.value.set_files(tmp_path / "project")
    confirm_import(tab)
    assert_is_imported(tab)


def test_escape_ends_a_running_import_and_nothing_of_it_stays(returning_tab: Tab, tmp_path: Path) -> None:
    tab, page = returning_tab, returning_tab.page
    for number in range(MANY):
        (tmp_path / f"large/part-{number % 20}").mkdir(parents=True, exist_ok=True)
        (tmp_path / f"large/part-{number % 20}/{number}.txt").write_text(f"{number}\n")
    tab.open().ready()
    make_folder(tab, FILES)
    drop_folder(tab)
    confirm_import(tab)
    assert_is_imported(tab)
    kept = page.evaluate(PROJECTS_SCRIPT)
    assert len(kept) == 1

    drop_on_page(page, tmp_path / "large")
    page.get_by_role("button", name=f"Import {MANY:,} files").click()
    heading = page.get_by_role("heading", name="Importing large")
    tab.until(lambda: heading.is_visible() and f"of {MANY:,} files" in tab.text(), "files arrive")
    page.keyboard.press("Escape")
    tab.until(lambda: not page.get_by_role("dialog").is_visible(), "the import ends")
    assert_is_imported(tab)
    assert "part-1" not in page.locator("#files-panel").inner_text()
    assert "from large" not in page.get_by_role("main").inner_text()
    assert page.evaluate(PROJECTS_SCRIPT) == kept, "no half project is left"
    page.reload()
    tab.ready()
    assert_is_imported(tab)
    assert tab.errors == []
