"""While a commit runs nothing else begins; and a commit that was cut off is known, recorded and put back."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from satchel.adapters.memory.folder import MemoryFolder, MemoryTarget
from satchel.agent.service import AgentService
from satchel.base.errors import InputError
from satchel.workspace import commit as commit_module
from satchel.workspace import project as project_module
from satchel.workspace.errors import WorkspaceError
from tests.scenario.world import World, until

FILES = {"a": b"1\n", "b": b"1\n", "c": b"1\n"}


class ProgramDiedError(BaseException):
    """Stands for the end of the process."""


class Slow(MemoryTarget):
    """Waits in the middle until it is told to go on."""

    def __init__(self, folder: MemoryFolder) -> None:
        super().__init__(folder)
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()

    async def write(self, path: str, data: bytes, mode: int) -> None:
        await super().write(path, data, mode)
        self.begun.set()
        await self.go_on.wait()


async def edited(tmp_path: Path) -> tuple[World, MemoryFolder]:
    """A world in which every file was changed, and the folder it came from."""
    world = await World(tmp_path).start(FILES)
    folder = MemoryFolder()
    for path, content in {"unrelated": b"\n", **FILES}.items():
        folder.put(path, content)
    assert world.service.project is not None
    for path in FILES:
        world.service.project.files.write_bytes(path, b"2\n")
    await world.service.refresh_changes()
    return world, folder


OTHERS: dict[str, Callable[[AgentService], Awaitable[object]]] = {
    "commit": lambda service: service.commit(["a"], MemoryTarget(MemoryFolder())),
    "discard": lambda service: service.discard(["a"]),
    "submit": lambda service: service.submit("improve it"),
    "new session": lambda service: service.new_session(),
    "delete": lambda service: service.delete_session(service.session.session_id),
    "put back": lambda service: service.put_back(MemoryTarget(MemoryFolder())),
}


@pytest.mark.parametrize("other", OTHERS)
async def test_nothing_begins_while_a_commit_runs(tmp_path: Path, other: str) -> None:
    world, folder = await edited(tmp_path)
    target = Slow(folder)
    running = asyncio.create_task(world.service.commit(list(FILES), target))
    await target.begun.wait()
    attempt = asyncio.ensure_future(OTHERS[other](world.service))
    if other == "delete":  # It waits its turn, so that it cannot be refused too late.
        target.go_on.set()
        await running
        await attempt
        return
    with pytest.raises(InputError, match="A commit is running"):
        await attempt
    target.go_on.set()
    report = await running
    assert (report.committed, report.conflicts) == (("a", "b", "c"), ())
    assert {folder.files[path].data for path in FILES} == {b"2\n"}
    assert (await world.service.refresh_changes()).changes == ()
    assert len(world.data("workspace.commit")) == 1


async def test_closing_lets_a_commit_end(tmp_path: Path) -> None:
    world, folder = await edited(tmp_path)
    target = Slow(folder)
    running = asyncio.create_task(world.service.commit(list(FILES), target))
    await target.begun.wait()
    closing = asyncio.create_task(world.service.close())
    await asyncio.sleep(0.01)
    assert not closing.done()
    target.go_on.set()
    assert (await running).committed == ("a", "b", "c")
    await closing
    assert len(world.data("workspace.commit")) == 1


async def test_a_commit_that_ended_without_its_event_is_recorded_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, folder = await edited(tmp_path)

    def dies(*arguments: object) -> None:
        raise ProgramDiedError

    monkeypatch.setattr(world.service._holder, "_record", dies)
    monkeypatch.setattr(world.service, "_record_commit", dies)
    with pytest.raises(ProgramDiedError):
        await world.service.commit(["a", "b"], MemoryTarget(folder, "my folder"))
    assert world.data("workspace.commit") == []
    again = await world.reloaded().start()
    (event,) = again.data("workspace.commit")
    assert (event["target"], event["committed"], event["rejected"]) == ("my folder", ["a", "b"], ["c"])
    assert event["digest"]
    assert again.service.interrupted_commit is None
    assert [change.path for change in (await again.service.refresh_changes()).changes] == ["c"]
    once_more = await again.reloaded().start()
    assert once_more.data("workspace.commit") == []


async def test_a_commit_that_was_recorded_but_not_finished_is_not_recorded_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, folder = await edited(tmp_path)

    def dies(*arguments: object) -> None:
        raise ProgramDiedError

    monkeypatch.setattr(project_module, "adopt_committed", dies)
    with pytest.raises(ProgramDiedError):
        await world.service.commit(list(FILES), MemoryTarget(folder))
    monkeypatch.undo()
    assert len(world.data("workspace.commit")) == 1
    again = await world.reloaded().start()
    assert again.data("workspace.commit") == []
    assert (await again.service.refresh_changes()).changes == ()


async def test_a_base_that_is_not_up_to_date_is_a_note_and_the_next_look_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, folder = await edited(tmp_path)

    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("satchel.workspace.base.replace_file", full)
        report = await world.service.commit(list(FILES), MemoryTarget(folder))
    assert report.committed == ("a", "b", "c")
    assert "not up to date yet" in report.notes[0]
    assert (await world.service.refresh_changes()).changes == ()
    assert len(world.data("workspace.commit")) == 1
    assert world.service.project is not None
    world.service.project.files.write_bytes("a", b"3\n")
    await world.service.refresh_changes()
    report = await world.service.commit(["a"], MemoryTarget(folder))
    assert report.notes == ()
    assert [folder.files[path].data for path in FILES] == [b"3\n", b"2\n", b"2\n"]


async def cut_off(world: World, folder: MemoryFolder, monkeypatch: pytest.MonkeyPatch) -> World:
    """Die after the first write; the program started anew."""

    async def dies(*arguments: object) -> None:
        raise ProgramDiedError

    class Dying(MemoryTarget):
        async def write(self, path: str, data: bytes, mode: int) -> None:
            await super().write(path, data, mode)
            raise ProgramDiedError

    monkeypatch.setattr(commit_module, "put_back", dies)
    with pytest.raises(ProgramDiedError):
        await world.service.commit(list(FILES), Dying(folder))
    monkeypatch.undo()
    return await world.reloaded().start()


async def test_a_commit_that_was_cut_off_is_shown_and_put_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, folder = await edited(tmp_path)
    again = await cut_off(world, folder, monkeypatch)
    interrupted = again.service.interrupted_commit
    assert interrupted is not None
    assert interrupted.paths == ("a", "b", "c")
    assert again.service.interrupted_commit is interrupted
    with pytest.raises(WorkspaceError, match="another folder"):
        await again.service.put_back(MemoryTarget(MemoryFolder(), "elsewhere"))
    assert again.service.interrupted_commit is interrupted
    report = await again.service.put_back(MemoryTarget(folder))
    assert report is not None
    assert report.restored == ("a",)
    assert folder.files["a"].data == b"1\n"
    assert again.service.interrupted_commit is None


async def test_a_commit_that_was_cut_off_can_be_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, folder = await edited(tmp_path)
    again = await cut_off(world, folder, monkeypatch)
    await again.service.leave_interrupted_commit()
    assert again.service.interrupted_commit is None
    assert folder.files["a"].data == b"2\n"
    report = await again.service.commit(list(FILES), MemoryTarget(folder))
    assert (report.committed, report.notes) == (("a", "b", "c"), ())


async def test_a_damaged_record_is_shown_until_it_is_given_up(tmp_path: Path) -> None:
    world, folder = await edited(tmp_path)
    assert world.service.project is not None
    Path(world.service.project.storage.root, "meta", "commit.json").write_bytes(b"")
    await world.service.refresh_changes()
    interrupted = world.service.interrupted_commit
    assert interrupted is not None
    assert "damaged" in interrupted.damage
    with pytest.raises(WorkspaceError, match="damaged"):
        await world.service.commit(["a"], MemoryTarget(folder))
    await world.service.leave_interrupted_commit()
    assert (await world.service.commit(["a"], MemoryTarget(folder))).committed == ("a",)


async def test_a_commit_is_refused_while_a_turn_runs(tmp_path: Path) -> None:
    world, folder = await edited(tmp_path)
    await world.service.submit("go")
    with pytest.raises(InputError, match="A turn is running"):
        await world.service.commit(["a"], MemoryTarget(folder))
    await until(lambda: world.service.session.turn == "idle")
