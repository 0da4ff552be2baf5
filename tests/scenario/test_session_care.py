"""Deleting sessions with their projects, what a start tidies up, and opening again what did not open."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from satchel.adapters.memory.folder import MemoryFolder, MemorySource
from satchel.adapters.memory.log import MemoryLogStorage
from satchel.base.ids import ProjectId
from satchel.llm.scripted import call, say
from satchel.permission.policy import Policy
from satchel.session.errors import LogError
from satchel.workspace.importer import ImportOptions
from tests.scenario.world import World, use

FILES = {"a.txt": b"a\n"}


def projects(world: World) -> set[str]:
    """The projects that are stored."""
    return {name for name in os.listdir(world.state) if (world.state / name).is_dir()}


async def import_another(world: World) -> None:
    folder = MemoryFolder()
    folder.put("other.txt", b"o\n")
    plan = await world.service.plan_import(MemorySource(folder, "other"), ImportOptions())
    await world.service.run_import(plan, new_project_name=None)


async def test_a_project_goes_with_its_last_session(tmp_path: Path) -> None:
    world = await World(tmp_path, [say("One.")]).start(FILES)
    await world.turn()
    first = world.service.session
    await world.service.new_session()
    second = world.service.session
    await import_another(world)
    assert len(projects(world)) == 2
    await world.service.delete_session(second.session_id)
    assert first.project_id in projects(world)
    await world.service.delete_session(first.session_id)
    assert projects(world) == {world.service.session.project_id}


async def test_the_open_project_goes_with_its_last_session(tmp_path: Path) -> None:
    world = await World(tmp_path, [say("One.")]).start(FILES)
    await world.turn()
    await world.service.delete_session(world.service.session.session_id)
    assert projects(world) == set()
    assert world.service.project is None
    assert world.service.session.project_id is None
    assert len(world.service.sessions) == 1


@pytest.mark.parametrize("is_open", [True, False])
async def test_a_project_can_be_kept_and_stays_in_reach(tmp_path: Path, is_open: bool) -> None:
    world = await World(tmp_path, [say("One.")]).start(FILES)
    await world.turn()
    first = world.service.session
    if not is_open:
        await import_another(world)
    await world.service.delete_session(first.session_id, keep_project=True)
    (heir,) = [one for one in world.service.sessions if one.project_id == first.project_id]
    assert heir.id != first.session_id
    await world.service.open_session(heir.id)
    assert world.service.project is not None
    assert world.service.project.files.read_bytes("a.txt") == b"a\n"


async def test_a_start_removes_projects_that_nothing_was_imported_into(tmp_path: Path) -> None:
    world = await World(tmp_path, [say("One.")]).start(FILES)
    store = world.service._ports.project_store
    orphan, kept = await store.create("orphan"), world.service.session.project_id
    again = await world.reloaded().start()
    assert projects(again) == {kept}
    assert orphan != kept


async def test_a_start_keeps_everything_while_a_session_cannot_be_read(tmp_path: Path) -> None:
    world = await World(tmp_path).start(FILES)
    orphan = await world.service._ports.project_store.create("orphan")
    again = world.reloaded()
    again.logs.index = None
    again.logs.logs[world.service.session.session_id][7] = 99
    await again.start()
    assert any(summary.error for summary in again.service.sessions)
    assert orphan in projects(again)


class Stubborn(MemoryLogStorage):
    """Logs that cannot be opened while `broken`."""

    broken = False

    async def open(self, session, *, create):
        if self.broken:
            raise OSError("the disk does not answer")
        return await super().open(session, create=create)


async def test_a_session_whose_log_failed_stays_open_when_it_cannot_be_opened_again(tmp_path: Path) -> None:
    world = await World(tmp_path, [say("One."), say("Two.")], logs=(logs := Stubborn())).start(FILES)
    await world.turn()
    session_id, items = world.service.session.session_id, world.service.session.items
    world.service._opened().log._failed = True
    world.service._opened().report_failure("The log failed.")
    logs.broken = True
    with pytest.raises(LogError, match="does not answer"):
        await world.service.open_session(session_id)
    assert (world.service.session.session_id, world.service.session.items) == (session_id, items)
    assert "does not answer" in world.service.session.failure
    with pytest.raises(LogError):
        await world.turn()
    with pytest.raises(LogError):
        await world.service.export_session(session_id)
    logs.broken = False
    await world.service.open_session(session_id)
    assert world.service.session.failure == ""
    await world.turn("again")
    assert world.service.session.items[-1] != items[-1]


async def test_a_project_that_did_not_open_is_tried_again_without_closing_the_log(tmp_path: Path) -> None:
    world = await World(tmp_path, [say("One.")], logs=(logs := Stubborn())).start(FILES)
    project = world.service.session.project_id
    assert project is not None
    away = tmp_path.parent / f"{tmp_path.name}-away"
    again = world.reloaded()
    os.rename(tmp_path / project, away)
    await again.start()
    assert "cannot be opened" in again.service.session.failure
    os.rename(away, tmp_path / project)
    logs.broken = True
    await again.service.open_session(again.service.session.session_id)
    assert again.service.session.failure == ""
    assert again.service.project is not None
    assert again.service.project.id == ProjectId(project)


async def test_a_log_is_given_up_when_its_session_cannot_be_shown(tmp_path: Path, monkeypatch) -> None:
    world = await World(tmp_path, [say("One.")]).start(FILES)
    await world.turn()
    first = world.service.session.session_id
    await world.service.new_session()

    def fails(self: object, damage: object) -> None:
        raise LogError("test", "No room for the report.")

    with monkeypatch.context() as patch:
        patch.setattr("satchel.agent.recorder.SessionRecorder._explain", fails)
        closed: list[object] = []
        patch.setattr("satchel.session.log.EventLog.close", lambda self: closed.append(self.session))
        with pytest.raises(LogError, match="No room"):
            await world.service.open_session(first)
        assert closed == [first]
    assert world.service.session.session_id != first


async def test_where_nobody_can_be_asked_what_is_not_allowed_is_denied_by_policy(tmp_path: Path) -> None:
    steps = [call(use("Read", file_path="a.txt")), say("I could not.")]
    world = await World(tmp_path, steps, policy=Policy(unattended=True)).start(FILES)
    await world.turn()
    assert world.data("permission.question") == []
    (decision,) = world.data("permission.decision")
    assert (decision["allowed"], decision["by"]) == (False, "policy")
    (result,) = world.data("tool.result")
    assert "Nobody watches this run" in result["errorMessage"]
    assert "user denied" not in result["errorMessage"]
