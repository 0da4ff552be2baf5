"""A program that dies in the middle of a commit: nothing is lost, and the next start sorts it out."""

from __future__ import annotations

from pathlib import Path

import pytest

from satchel.adapters.memory.folder import MemoryFolder, MemoryTarget
from satchel.workspace import commit as commit_module
from satchel.workspace.base import Base
from satchel.workspace.commit_target import TargetFile
from satchel.workspace.errors import WorkspaceError
from satchel.workspace.project import Project
from tests.unit.workspace.projects import Patient, Scene, open_project, quiet


class ProgramDiedError(BaseException):
    """Stands for the end of the process: nothing after it runs."""


class Dying(MemoryTarget):
    """The program ends right after the n-th write to the folder."""

    def __init__(self, folder: MemoryFolder, die_at: int) -> None:
        super().__init__(folder)
        self.left = die_at

    def _count(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise ProgramDiedError

    async def write(self, path: str, data: bytes, mode: int) -> None:
        await super().write(path, data, mode)
        self._count()

    async def remove(self, path: str) -> None:
        await super().remove(path)
        self._count()


def edit(scene: Scene) -> None:
    scene.files.write_bytes("a", b"ours\n")
    scene.files.write_bytes("new/file", b"new\n")
    scene.files.remove_tree("d")
    scene.files.write_bytes("d", b"a file now\n")


async def die(scene: Scene, die_at: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Commit everything and die at a write; whether it came to that."""

    async def no_undo(*arguments: object) -> None:
        raise ProgramDiedError

    monkeypatch.setattr(commit_module, "put_back", no_undo)
    changeset = await scene.project.changeset(Patient())
    accepted = [change.path for change in changeset.changes]
    try:
        await scene.project.commit(changeset, accepted, Dying(scene.folder, die_at), Patient(), quiet)
    except ProgramDiedError:
        return True
    finally:
        monkeypatch.undo()
    return False


async def commit_all(project: Project, folder: MemoryFolder) -> tuple[str, ...]:
    changeset = await project.changeset(Patient())
    accepted = [change.path for change in changeset.changes]
    report = await project.commit(changeset, accepted, MemoryTarget(folder), Patient(), quiet)
    assert report.conflicts == ()
    return report.notes


@pytest.mark.parametrize("die_at", range(1, 6))
async def test_the_next_start_puts_the_folder_back(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, die_at: int
) -> None:
    before = dict(scene.folder.files)
    edit(scene)
    died = await die(scene, die_at, monkeypatch)
    again = open_project(tmp_path / "root")
    if not died:
        assert die_at > 4
        assert again.interrupted_commit is None
        return
    journal = again.interrupted_commit
    assert journal is not None
    assert journal.phase == "writing"
    await again.put_back_interrupted_commit(MemoryTarget(scene.folder))
    assert scene.folder.files == before
    assert again.interrupted_commit is None
    await commit_all(again, scene.folder)
    assert scene.folder.files["d"] == TargetFile("file", b"a file now\n", 0o644)


async def test_committing_again_sorts_it_out_by_itself(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(scene)
    assert await die(scene, 3, monkeypatch)
    again = open_project(tmp_path / "root")
    again.files.write_bytes("a", b"ours, second thoughts\n")
    assert any("put back first" in note for note in await commit_all(again, scene.folder))
    assert scene.folder.files["a"].data == b"ours, second thoughts\n"
    assert (await again.changeset(Patient())).changes == ()


async def test_an_edit_made_after_the_crash_is_kept(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(scene)
    assert await die(scene, 4, monkeypatch)
    again = open_project(tmp_path / "root")
    scene.folder.put("a", b"edited after the crash\n")
    report = await again.put_back_interrupted_commit(MemoryTarget(scene.folder))
    assert report is not None
    assert "a" in report.kept
    assert scene.folder.files["a"].data == b"edited after the crash\n"
    assert scene.folder.files["d/x"].data == b"x\n"


async def test_another_folder_is_left_alone(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(scene)
    before = dict(scene.folder.files)
    assert await die(scene, 3, monkeypatch)
    again = open_project(tmp_path / "root")
    other = MemoryFolder(dict(before), set(scene.folder.directories) | {"d"})
    changeset = await again.changeset(Patient())
    target = MemoryTarget(other, "another")
    report = await again.commit(changeset, ["a"], target, Patient(), quiet)
    assert report.committed == ("a",)
    assert any("half written" in note for note in report.notes)
    assert other.files == {**before, "a": TargetFile("file", b"ours\n", 0o644)}


@pytest.mark.parametrize("step", ["put", "drop", "save"])
async def test_dying_while_the_base_is_brought_up_to_date(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The folder is complete then; the next start finishes the base without asking for the folder."""
    edit(scene)

    def dies(*arguments: object) -> None:
        raise ProgramDiedError

    monkeypatch.setattr(Base, step, dies)
    with pytest.raises(ProgramDiedError):
        await commit_all(scene.project, scene.folder)
    monkeypatch.undo()
    again = open_project(tmp_path / "root")
    assert again.interrupted_commit is None
    assert (await again.changeset(Patient())).changes == ()
    assert again.base.read("a") == b"ours\n"
    assert scene.folder.files["a"].data == b"ours\n"


async def test_a_damaged_journal_stops_the_next_commit_until_it_is_dismissed(scene: Scene) -> None:
    scene.files.write_bytes("a", b"ours")
    Path(f"{scene.project.storage.root}/meta/commit.json").write_bytes(b"{")
    with pytest.raises(WorkspaceError, match="interrupted commit is damaged"):
        await commit_all(scene.project, scene.folder)
    scene.project.forget_interrupted_commit()
    await commit_all(scene.project, scene.folder)
