"""A commit that was cut off while it wrote to the folder: the next start says so, and puts the folder back or not."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from tests.browser.person import Person
from tests.browser.real_folders import FOLDER, drop_folder, make_folder
from tests.browser.steady_reads import STEADILY
from tests.browser.tab import Tab, change_worker
from tests.browser.turns import take_turn

pytestmark = pytest.mark.browser

FILES = {
    "GUIDE.md": "Two words that belong apart are seperate.\n",
    "NOTES.md": "We recieve the parcels at the gate.\n",
    "plan.py": '"""Plans."""\n',
}
# The second file that the agent writes to the folder never gets there, nor does anything after it.
HALF_WAY_SCRIPT = """{
  const { createWritable } = FileSystemFileHandle.prototype;
  let files = 0;
  FileSystemFileHandle.prototype.createWritable = function (...options) {
    files += 1;
    return files === 1 ? createWritable.apply(this, options) : new Promise(() => {});
  };
}
"""
READ_SCRIPT = f"""async folder => {{
  {STEADILY}
  const root = await (await navigator.storage.getDirectory()).getDirectoryHandle(folder);
  return steadily(async () => {{
    const found = {{}};
    for await (const [name, handle] of root.entries()) found[name] = await (await handle.getFile()).text();
    return found;
  }});
}}"""


def folder_content(tab: Tab) -> Mapping[str, str]:
    """Name -> text of the folder's files."""
    found: Mapping[str, str] = tab.page.evaluate(READ_SCRIPT, FOLDER)
    return found


@pytest.fixture
def cut_off(unserved_tab: Tab) -> Person:
    """Somebody whose page was reloaded while a commit of two files had written one of them."""
    tab, person = unserved_tab, Person(unserved_tab)
    change_worker(tab, HALF_WAY_SCRIPT)
    tab.open().ready()
    make_folder(tab, FILES)
    drop_folder(tab)
    person.page.get_by_role("dialog").get_by_role("button", name="Import").click()
    tab.until(lambda: "Imported 3 files" in person.conversation(), "the import is told")
    tab.until(lambda: not person.page.get_by_role("dialog").is_visible(), "its dialog goes")
    take_turn(person, "Improve something.")
    take_turn(person, "And something else.")
    person.commit()
    tab.until(lambda: folder_content(tab) != FILES, "one file is written")
    tab.page.unroute_all()
    tab.page.reload()
    tab.ready()
    banner = person.page.get_by_role("alert").filter(has_text="A commit was cut off")
    tab.until(banner.is_visible, "the page tells of it")
    assert f"while it wrote 2 files to {FOLDER}" in banner.inner_text()
    listed = person.page.get_by_role("list", name="Files of the commit that was cut off")
    assert listed.inner_text().split() == ["GUIDE.md", "NOTES.md"]
    assert person.button(re.compile("^Commit ")).count() == 0, "nothing is committed before"
    half = folder_content(tab)
    assert sum(half.get(name) != text for name, text in FILES.items()) == 1
    return person


@pytest.mark.family("whole tasks in unusual circumstances", 3)
def test_a_commit_that_was_cut_off_is_put_back_and_can_be_made_again(cut_off: Person) -> None:
    tab = cut_off.tab
    cut_off.button("Put the folder back").click()
    tab.until(lambda: f"{FOLDER} is as it was before the commit." in tab.text(), "the page says it is done")
    assert folder_content(tab) == FILES
    cut_off.commit()
    wanted = FILES | {
        "GUIDE.md": FILES["GUIDE.md"].replace("seperate", "separate"),
        "NOTES.md": FILES["NOTES.md"].replace("recieve", "receive"),
    }
    tab.until(lambda: folder_content(tab) == wanted, "the commit is written")
    assert tab.errors == []


@pytest.mark.family("whole tasks in unusual circumstances", 3)
def test_a_commit_that_was_cut_off_can_be_left_as_it_is(cut_off: Person) -> None:
    tab = cut_off.tab
    half = folder_content(tab)
    cut_off.button("Leave it as it is").click()
    tab.until(lambda: "The folder stays as it is." in tab.text(), "the page says it is done")
    assert folder_content(tab) == half
    tab.page.reload()
    tab.ready()
    tab.until(lambda: cut_off.button("Patch").is_visible(), "the changes are there again")
    assert "A commit was cut off" not in tab.text()
    assert tab.errors == []
