"""Folders into the workspace: by directory handle, and as a list of files where the browser has no handles."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.real_folders import drop_folder, make_folder
from tests.browser.tab import Tab

pytestmark = pytest.mark.browser

FILES = {
    "README.md": "# Read me\n",
    "src/module.py": "print(1)\n",
    ".gitignore": "junk/\n",
    "junk/waste.bin": "waste",
}

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


def test_a_dropped_folder_is_imported_kept_and_remembered(tab: Tab) -> None:
    tab.open().ready()
    make_folder(tab, FILES)
    drop_folder(tab)
    confirm_import(tab)
    assert_is_imported(tab)
    assert tab.page.evaluate(REMEMBERED_SCRIPT) == ["real-folder"]
    tab.open().ready()
    assert_is_imported(tab)


def test_without_directory_handles_a_folder_comes_as_a_list_of_files(tab: Tab, tmp_path: Path) -> None:
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
