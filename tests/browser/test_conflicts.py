"""A real folder that is edited by others while the agent works: their bytes stay, whatever the user decides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.downloads import download_session
from tests.browser.person import Person, content
from tests.browser.session_evidence import Event, SessionEvidence
from tests.browser.tab import open_tab
from tests.browser.turns import take_turn

pytestmark = pytest.mark.browser

GUIDE = "Two words that belong apart are seperate.\n"
NOTES = "We recieve the parcels at the gate.\n"
WAIT_SECONDS = 60


@pytest.fixture
def person(writable: BrowserContext, site_url: str) -> Iterator[Person]:
    """Somebody at a tab of that profile."""
    tab = open_tab(writable, site_url)
    tab.open().ready()
    yield Person(tab)
    tab.page.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project with a mistake in each of two files."""
    project = tmp_path / "parcels"
    project.mkdir()
    (project / "GUIDE.md").write_text(GUIDE)
    (project / "NOTES.md").write_text(NOTES)
    (project / "plan.py").write_text('"""Plans."""\n')
    return project


def test_an_outside_edit_is_never_overwritten_and_the_rest_can_be_committed(
    person: Person, folder: Path
) -> None:
    person.bring(folder)
    take_turn(person, "Improve something.")
    take_turn(person, "And something else.")
    (folder / "GUIDE.md").write_text(GUIDE + "Written by somebody else.\n")
    outside = content(folder)
    person.page.reload()  # The folder is known from storage now, and no longer from the drop.
    person.tab.ready()

    commit(person, 2)
    review = person.page.get_by_role("region", name="Review")
    told = "1 file changed in parcels since the import"
    person.tab.until(lambda: told in review.inner_text(), "the conflict is shown", WAIT_SECONDS)
    person.tab.until(
        lambda: "Written by somebody else." in review.inner_text(), "with both sides", WAIT_SECONDS
    )
    assert "NOTES.md" not in review.inner_text(), "only what is in conflict"
    assert content(folder) == outside, "nothing was written"

    person.button("Leave these out").click()
    commit(person, 1)
    wanted = {**outside, "NOTES.md": NOTES.replace("recieve", "receive").encode()}
    person.tab.until(lambda: content(folder) == wanted, "the rest is written", WAIT_SECONDS)

    person.tab.until(
        lambda: "1 left out" in person.conversation(), "the transcript tells of it", WAIT_SECONDS
    )
    guide = person.page.get_by_role("checkbox", name="Take GUIDE.md")
    person.tab.until(guide.is_visible, "the change is still there to be decided", WAIT_SECONDS)
    assert not guide.is_checked(), "what was rejected stays rejected"
    refused, written = commits(person)
    assert refused == {"committed": [], "rejected": [], "conflicts": ["GUIDE.md"]}
    assert written == {"committed": ["NOTES.md"], "rejected": ["GUIDE.md"], "conflicts": []}

    take_turn(person, "What now?")
    assert content(folder) == wanted, "a turn does not touch the folder"
    assert person.tab.errors == []


@pytest.mark.family("whole tasks in unusual circumstances", 3)
def test_a_change_to_a_file_that_was_deleted_outside_can_be_discarded(person: Person, folder: Path) -> None:
    (folder / "NOTES.md").unlink()
    person.bring(folder)
    take_turn(person, "Improve something.")
    (folder / "GUIDE.md").unlink()
    outside = content(folder)

    commit(person, 1)
    back = person.button("Back to the changes")
    person.tab.until(back.is_visible, "the conflict is shown", WAIT_SECONDS)
    assert content(folder) == outside, "nothing was written"
    back.click()
    person.button("Discard").click()
    person.page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    review = person.page.get_by_role("region", name="Review")
    person.tab.until(lambda: "No changes." in review.inner_text(), "the change is gone", WAIT_SECONDS)
    assert content(folder) == outside, "discarding does not touch the folder"
    (refused,) = commits(person)
    assert refused == {"committed": [], "rejected": [], "conflicts": ["GUIDE.md"]}
    log = SessionEvidence(download_session(person))
    assert [event["paths"] for event in log.of_type("workspace.discard")] == [["GUIDE.md"]]
    assert person.tab.errors == []


def commit(person: Person, files: int) -> None:
    """Commit what is ticked, which is this many files."""
    person.button(re.compile(rf"^Commit {files} files? to folder$")).click()


def commits(person: Person) -> list[Event]:
    """What the log says of each commit, paths only."""
    log = SessionEvidence(download_session(person))
    return [
        {kind: event.get(kind, []) for kind in ("committed", "rejected", "conflicts")}
        for event in log.of_type("workspace.commit")
    ]
