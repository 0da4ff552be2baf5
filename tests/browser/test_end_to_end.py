"""All of it in the built page: a real folder in, a task, a question, a review, a commit, a reload, offline."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.downloads import download_workspace
from tests.browser.person import Person, content
from tests.browser.tab import open_tab
from tests.support.sample_projects import copy_repository

pytestmark = pytest.mark.browser


def test_a_real_folder_is_improved_reviewed_and_committed(
    writable: BrowserContext, site_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "satchel-copy"
    copy_repository(folder)
    (folder / "NOTES.md").write_text("Two words that belong apart are seperate.\n")
    before = content(folder)
    assert len(before) >= 300

    tab = open_tab(writable, site_url)
    tab.open().ready()
    person = Person(tab)
    person.bring(folder)
    assert content(folder) == before, "an import only reads"

    person.ask("Find something to improve.")
    lengths = lengths_while(person)
    assert len(set(lengths)) >= 5, "text arrives over time, not at once"
    person.wait_for_the_end()
    assert content(folder) == before, "the agent works on a copy"
    assert commit_what_was_reviewed(person, folder) in person.conversation()

    tab.page.reload()
    tab.ready()
    tab.until(lambda: "Find something to improve." in person.conversation(), "the session is back", 10)
    writable.set_offline(True)
    tab.page.reload()
    tab.ready()
    tab.until(
        lambda: "Find something to improve." in person.conversation(), "the session is back offline", 10
    )
    person.ask("And one more thing?")
    tab.until(lambda: "And one more thing?" in person.conversation(), "the task is taken", 10)
    tab.until(person.working, "the turn begins", 10)
    person.wait_for_the_end()
    assert commit_what_was_reviewed(person, folder) in person.conversation()
    assert tab.foreign_requests == []
    assert tab.errors == []


def commit_what_was_reviewed(person: Person, folder: Path) -> str:
    """Commit the one change there is; the folder then holds it byte for byte, and nothing else changed. Its path."""
    before = content(folder)
    commits = person.conversation().lower().count("committed")
    reviewed = download_workspace(person)
    person.commit()
    person.tab.until(lambda: content(folder) != before, "the commit is written", 30)
    person.tab.until(
        lambda: person.conversation().lower().count("committed") > commits, "the transcript tells of it", 10
    )
    after = content(folder)
    (changed,) = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert after[changed] == reviewed[changed]
    return changed


def lengths_while(person: Person) -> list[int]:
    """The lengths of the conversation's text while the turn runs; answers its questions."""
    lengths: list[int] = []
    allow = person.button("Allow for this session")
    person.tab.until(person.working, "the turn begins", 10)
    while person.working():
        if allow.is_visible():
            question = person.allow_for_session()
            assert re.search(r"^((Read|Change) .*workspace|Run a command)", question)
        lengths.append(len(person.conversation()))
        person.page.wait_for_timeout(30)
    return lengths
