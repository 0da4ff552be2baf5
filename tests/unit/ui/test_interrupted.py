"""A commit that was cut off on the page; the question before a session is deleted; what a switch forgets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from satchel.base.ids import ProjectId
from satchel.ui.view_state import Host
from satchel.workspace.commit_report import CommitReport, Conflict, InterruptedCommit
from tests.unit.ui.stand_in import OTHER_SESSION, Stage, find, project_with_changes, text_of

CUT_OFF = InterruptedCommit("tide-table", "tide-table", ("README.md", "tides/a.py"))


class Target:
    """A folder that is only named."""

    name = "tide-table"


def stage_with(interrupted: InterruptedCommit) -> Stage:
    stage = Stage(project_with_changes())
    stage.service.interrupted_commit = interrupted
    return stage


def buttons(stage: Stage, region: str) -> list[str]:
    return [text_of(each).strip() for each in find(stage.regions()[region], "button")]


def test_it_takes_the_place_of_the_changes() -> None:
    stage = stage_with(CUT_OFF)
    shown = text_of(stage.regions()["changes"])
    assert "A commit was cut off" in shown
    assert "2 files to tide-table" in shown
    assert "tides/a.py" in shown
    assert buttons(stage, "changes") == ["Put the folder back", "Leave it as it is"]
    assert "document" not in stage.regions()


def test_it_opens_the_review_even_without_changes() -> None:
    stage = stage_with(CUT_OFF)
    stage.service.changeset = None
    assert "changes" in stage.regions()


def test_without_a_folder_picker_it_says_what_would_help() -> None:
    stage = stage_with(CUT_OFF)
    stage.app.set_host(Host(can_pick_folder=False))
    assert buttons(stage, "changes") == ["Leave it as it is"]
    assert "open this page in one that can" in text_of(stage.regions()["changes"])


def test_a_damaged_record_can_only_be_left() -> None:
    stage = stage_with(
        InterruptedCommit("", "", (), "The record of an interrupted commit is damaged (empty).")
    )
    assert "record of an interrupted commit is damaged" in text_of(stage.regions()["changes"])
    assert buttons(stage, "changes") == ["Leave it as it is"]


@pytest.mark.parametrize("kept", [(), ("README.md",)])
async def test_leave_to_write_puts_back_and_commits_nothing(kept: tuple[str, ...]) -> None:
    stage = stage_with(CUT_OFF)
    stage.service.kept = kept
    await stage.app.commit_to(Target())  # type: ignore[arg-type]
    assert stage.service.calls == [("put_back", "tide-table")]
    assert ("left as they are: README.md" in stage.notices()) == bool(kept)
    assert ("as it was before the commit" in stage.notices()) == (not kept)
    assert "Commit 1 file to folder" in buttons(stage, "changes")


async def test_it_can_be_left_as_it_is() -> None:
    stage = stage_with(CUT_OFF)
    await stage.act("commit.leave")
    assert stage.service.calls == [("leave_interrupted_commit", None)]
    assert "stays as it is" in stage.notices()


async def test_what_an_undo_left_alone_is_told_beside_the_conflicts() -> None:
    stage = Stage(project_with_changes())
    conflict = Conflict("README.md", "README.md", "changed", None, None, None, "base\n", "theirs\n", "ours\n")
    note = "Edited meanwhile and left as they are: a."
    stage.service.report = CommitReport("real-folder", (), (), (conflict,), "e" * 64, (note,))
    await stage.app.commit_to(Target())  # type: ignore[arg-type]
    assert note in stage.notices()


async def test_deleting_a_session_asks_about_a_project_that_no_other_has() -> None:
    stage = Stage()
    await stage.act("session.ask-delete", id=OTHER_SESSION)
    assert buttons(stage, "dialog") == ["Cancel", "Delete session"]
    first, second = stage.service.sessions
    alone = replace(second, project_id=ProjectId("c" * 32))
    stage.service.sessions = (first, alone)
    assert buttons(stage, "dialog") == [
        "Cancel",
        "Delete session, keep project",
        "Delete session and project",
    ]
    assert "every change in it that you did not commit" in text_of(stage.regions()["dialog"])
    stage.service.sessions = (replace(first, project_id=alone.project_id), alone)
    assert buttons(stage, "dialog") == ["Cancel", "Delete session"]
    await stage.act("session.delete", id=OTHER_SESSION, keep_project=False)
    assert stage.service.calls == [("delete_session", (OTHER_SESSION, False))]


async def test_a_switch_does_not_forget_what_is_being_done() -> None:
    stage = Stage(project_with_changes())
    controller = stage.app._controller
    controller.busy_with("Committing")
    await stage.act("session.open", id=OTHER_SESSION)
    assert controller.view.busy == "Committing"
    await stage.act("session.new")
    assert controller.view.busy == "Committing"
