"""Where the browser lends no storage everything lives in memory: the whole way from a folder to an export works."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.downloads import download_session, download_workspace
from tests.browser.person import Person, content
from tests.browser.session_evidence import ExpectedFiles, SessionEvidence
from tests.browser.tab import Tab, change_worker
from tests.browser.turns import take_turn
from tests.support.sample_projects import write_generated_project

pytestmark = pytest.mark.browser

DENIED_SCRIPT = (
    "navigator.storage.getDirectory = async () => { throw new DOMException('denied', 'SecurityError') };\n"
)


@pytest.mark.family("whole tasks in unusual circumstances", 3)
def test_without_private_files_a_project_is_imported_improved_and_exported(
    unserved_tab: Tab, tmp_path: Path
) -> None:
    tab, person = unserved_tab, Person(unserved_tab)
    change_worker(tab, DENIED_SCRIPT)
    assert tab.open().ready()["storage"] == "memory"
    assert "only as long as this tab" in tab.text()

    paths = write_generated_project(tmp_path / "parcels", seed=1)
    before = {path: data for path, data in content(tmp_path / "parcels").items() if "build/" not in path}
    assert len(before) == len(paths) - 1
    person.bring(tmp_path / "parcels")
    take_turn(person, "Find something to improve.")

    log = SessionEvidence(download_session(person))
    assert log.of_type("result")[-1]["stopReason"] == "end"
    files = ExpectedFiles(dict(before))
    files.follow(log.events)
    assert files.content != before, "something was improved"
    files.check(download_workspace(person))
    assert tab.errors == []
