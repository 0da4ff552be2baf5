"""Import, changeset, commit and discard through the service, and what the model hears of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from satchel.adapters.memory.folder import MemoryFolder, MemorySource, MemoryTarget
from satchel.base.errors import InputError
from satchel.llm.scripted import call, say
from satchel.session.content import TextBlock
from satchel.workspace.errors import WorkspaceError
from satchel.workspace.importer import ImportOptions
from tests.scenario.world import World, use

FILES = {"a.txt": b"old a\n", "b.txt": b"old b\n"}
EDITS = call(
    use("Write", "t1", file_path="a.txt", content="new a\n", overwrite=True),
    use("Write", "t2", file_path="b.txt", content="new b\n", overwrite=True),
)


def _folder() -> MemoryFolder:
    folder = MemoryFolder()
    for path, content in {"unrelated": b"\n", **FILES}.items():
        folder.put(path, content)
    return folder


def _last_user_texts(world: World) -> list[str]:
    return [
        block.text
        for block in world.provider.requests[-1].messages[-1].content
        if isinstance(block, TextBlock)
    ]


async def test_the_changeset_follows_each_tool_that_wrote(tmp_path: Path) -> None:
    world = await World(tmp_path, [EDITS, say("ok")]).start(FILES)
    seen: list[tuple[str, ...]] = []

    def look() -> None:
        changeset = world.service.changeset
        paths = () if changeset is None else tuple(change.path for change in changeset.changes)
        if not seen or seen[-1] != paths:
            seen.append(paths)

    world.service.subscribe(look)
    await world.turn()
    assert seen == [(), ("a.txt",), ("a.txt", "b.txt")]
    changeset = world.service.changeset
    assert await world.service.refresh_changes() is changeset


async def test_what_the_user_rejected_is_told_to_the_model_in_the_next_request(tmp_path: Path) -> None:
    world = await World(tmp_path, [EDITS, say("ok"), say("I see."), say("Still.")]).start(FILES)
    await world.turn()
    folder = _folder()
    report = await world.service.commit(["a.txt"], MemoryTarget(folder, "my folder"))
    assert (report.committed, report.rejected) == (("a.txt",), ("b.txt",))
    (event,) = world.data("workspace.commit")
    assert (event["committed"], event["rejected"], event["conflicts"]) == (["a.txt"], ["b.txt"], [])
    await world.turn("next task")
    note, text = _last_user_texts(world)
    assert "Accepted and written: a.txt" in note
    assert "Rejected, not wanted as they are: b.txt" in note
    assert text == "next task"
    await world.turn("another")
    assert _last_user_texts(world) == ["another"]


async def test_a_conflict_is_reported_told_and_nothing_is_overwritten(tmp_path: Path) -> None:
    world = await World(tmp_path, [EDITS, say("ok"), say("I see.")]).start(FILES)
    await world.turn()
    folder = _folder()
    folder.put("a.txt", b"edited by hand meanwhile\n")
    target = MemoryTarget(folder, "my folder")
    report = await world.service.commit(["a.txt", "b.txt"], target)
    assert [conflict.path for conflict in report.conflicts] == ["a.txt"]
    found = await target.read("a.txt")
    assert found is not None
    assert found.data == b"edited by hand meanwhile\n"
    await world.turn("next")
    assert "the user's folder has other edits there: a.txt" in _last_user_texts(world)[0]


async def test_discard_restores_the_workspace_and_is_told(tmp_path: Path) -> None:
    world = await World(tmp_path, [EDITS, say("ok"), say("I see.")]).start(FILES)
    await world.turn()
    await world.service.discard(["b.txt"])
    assert world.service.project is not None
    assert world.service.project.files.read_bytes("b.txt") == b"old b\n"
    assert world.service.changeset is not None
    assert [change.path for change in world.service.changeset.changes] == ["a.txt"]
    await world.turn("next")
    assert "took these changes back" in _last_user_texts(world)[0]


async def test_patch_and_archive_hold_the_accepted_change(tmp_path: Path) -> None:
    world = await World(tmp_path, [EDITS, say("ok")]).start(FILES)
    await world.turn()
    patch = await world.service.export_patch(["a.txt"])
    assert b"+new a" in patch
    assert b"new b" not in patch
    assert (await world.service.export_archive("zip")).startswith(b"PK")
    with pytest.raises(InputError, match="zip or tar"):
        await world.service.export_archive("rar")


async def test_a_second_import_begins_a_new_session_with_its_own_project(tmp_path: Path) -> None:
    world = await World(tmp_path, [say("One.")]).start(FILES)
    await world.turn("first")
    first = world.service.session
    plan = await world.service.plan_import(MemorySource(_folder(), "other"), ImportOptions())
    await world.service.run_import(plan, new_project_name="Other project")
    assert world.service.session.session_id != first.session_id
    assert world.service.project is not None
    assert world.service.project.name == "Other project"
    await world.service.open_session(first.session_id)
    assert world.service.project.name == "sample"
    assert world.service.session.project_id == first.project_id


async def test_a_project_that_is_not_whole_yet_is_never_shown_as_if_it_were(tmp_path: Path) -> None:
    world = await World(tmp_path, [say("One.")]).start(FILES)
    seen: set[tuple[int, bool]] = set()

    def look() -> None:
        project = world.service.project
        if project is not None and project.name == "other":
            files = len(project.files.list_directory("/workspace"))
            seen.add((files, world.service.import_progress is not None))

    world.service.subscribe(look)
    plan = await world.service.plan_import(MemorySource(_folder(), "other"), ImportOptions())
    await world.service.run_import(plan, new_project_name=None)
    whole = len(FILES) + 1
    assert (whole, False) in seen
    assert [files for files, importing in seen if not importing and files != whole] == []


class _FailingSource(MemorySource):
    async def copy_into(self, paths: object, destination: str) -> list[object]:  # type: ignore[override]
        raise WorkspaceError("The drive was pulled out.")


async def test_a_failed_import_leaves_the_project_of_before(tmp_path: Path) -> None:
    world = await World(tmp_path, [say("One.")]).start(FILES)
    before = world.service.session
    plan = await world.service.plan_import(_FailingSource(_folder(), "broken"), ImportOptions())
    with pytest.raises(WorkspaceError, match="pulled out"):
        await world.service.run_import(plan, new_project_name=None)
    assert world.service.session == before
    assert world.service.import_progress is None
    assert world.service.project is not None
    assert world.service.project.files.read_bytes("a.txt") == b"old a\n"
    assert len(await world.service._ports.project_store.list()) == 1


async def test_without_a_project_a_turn_gets_an_empty_one(tmp_path: Path) -> None:
    world = await World(
        tmp_path, [call(use("Write", file_path="new.py", content="x = 1\n")), say("ok")]
    ).start()
    await world.turn("write me a script")
    assert world.service.project is not None
    assert world.service.project.files.read_bytes("new.py") == b"x = 1\n"
    again = await world.reloaded().start()
    assert again.service.project is not None
    assert again.service.project.id == world.service.project.id


async def test_the_workspace_is_flushed_before_the_result_is_in_the_log(tmp_path: Path) -> None:
    world = await World(tmp_path, [EDITS, say("ok")]).start(FILES)
    order: list[str] = []
    assert world.service.project is not None
    storage = world.service.project.storage
    storage.flush = lambda: order.append("flush")  # type: ignore[method-assign]
    world.service.on_event = lambda envelope: order.append(str(envelope["type"]))
    await world.turn()
    for index, entry in enumerate(order):
        assert entry != "tool.result" or order[index - 1] == "flush"
    assert order.count("tool.result") == 2
