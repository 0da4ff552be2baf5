"""A program that dies in the middle of a commit: nothing is lost, and the next start sorts it out."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from satchel.adapters.memory.folder import MemoryFolder, MemoryTarget
from satchel.workspace import base as base_module
from satchel.workspace import commit as commit_module
from satchel.workspace import commit_journal as journal_module
from satchel.workspace.base import Base
from satchel.workspace.commit_journal import Journal, JournalFile
from satchel.workspace.commit_report import CommitReport
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
    interrupted = again.interrupted_commit
    assert interrupted is not None
    assert interrupted.target == "folder"
    assert set(interrupted.paths) == {"a", "d", "d/x", "d/y", "new/file"}
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


async def test_another_folder_is_refused_and_the_journal_stays(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(scene)
    before = dict(scene.folder.files)
    assert await die(scene, 3, monkeypatch)
    again = open_project(tmp_path / "root")
    other = MemoryFolder(dict(before), {"d": 0o755})
    changeset = await again.changeset(Patient())
    target = MemoryTarget(other, "another")
    with pytest.raises(WorkspaceError, match="commit to folder was cut off, and this is another folder"):
        await again.commit(changeset, ["a"], target, Patient(), quiet)
    assert other.files == before
    assert again.interrupted_commit is not None
    await again.put_back_interrupted_commit(MemoryTarget(scene.folder))
    assert scene.folder.files == before


STEPS = [(Base, "_remove"), (Base, "_take"), (base_module, "replace_file")]


@pytest.mark.parametrize(("owner", "step"), STEPS)
async def test_dying_while_the_base_is_brought_up_to_date(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: object, step: str
) -> None:
    """The folder is complete then; the next start records it and finishes the base without asking for the folder."""
    edit(scene)

    def dies(*arguments: object) -> None:
        raise ProgramDiedError

    monkeypatch.setattr(owner, step, dies)
    with pytest.raises(ProgramDiedError):
        await commit_all(scene.project, scene.folder)
    monkeypatch.undo()
    again = open_project(tmp_path / "root")
    assert again.interrupted_commit is None
    assert await again.put_back_interrupted_commit(MemoryTarget(scene.folder)) is None
    again.files.write_bytes("a", b"the workspace moved on\n")
    recorded: list[CommitReport] = []
    again.finish_commit(recorded.append)
    again.finish_commit(recorded.append)
    (report,) = recorded
    assert set(report.committed) == {"a", "d", "d/x", "d/y", "new/file"}
    assert (report.target, report.rejected, len(report.digest)) == ("folder", (), 64)
    assert again.base.read("a") == b"ours\n"
    assert again.base.read("d") == b"a file now\n"
    assert [change.path for change in (await again.changeset(Patient())).changes] == ["a"]
    assert scene.folder.files["a"].data == b"ours\n"
    assert set(os.listdir(f"{again.storage.root}/meta")) == {"base.json", "stat.json"}


@pytest.mark.parametrize(("owner", "step"), STEPS)
async def test_a_base_that_cannot_be_brought_up_to_date_is_tried_again_and_nothing_is_undone(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, owner: object, step: str
) -> None:
    edit(scene)
    entries = dict(scene.project.base.entries)

    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(owner, step, full)
    (note,) = await commit_all(scene.project, scene.folder)
    assert "not up to date yet" in note
    assert "storage is full" in note
    assert dict(scene.project.base.entries) == entries
    written = dict(scene.folder.files)
    scene.files.write_bytes("b", b"more\n")
    with pytest.raises(WorkspaceError, match="storage is full"):
        await commit_all(scene.project, scene.folder)
    assert scene.folder.files == written
    monkeypatch.undo()
    scene.project.finish_commit(quiet)
    assert [change.path for change in (await scene.project.changeset(Patient())).changes] == ["b"]
    assert await commit_all(scene.project, scene.folder) == ()
    assert scene.folder.files == {**written, "b": TargetFile("file", b"more\n", 0o644)}


async def test_no_room_for_the_journal_is_told_before_anything_is_written(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(scene)
    before = dict(scene.folder.files)

    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    for step in ("make_directory", "replace_file"):
        monkeypatch.setattr(journal_module, step, full)
        with pytest.raises(WorkspaceError, match="storage is full"):
            await commit_all(scene.project, scene.folder)
        monkeypatch.undo()
    assert scene.folder.files == before
    assert scene.project.interrupted_commit is None


async def test_a_failure_to_note_that_the_folder_is_complete_puts_it_back(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(scene)
    before, save = dict(scene.folder.files), JournalFile.save

    def fails_at_the_end(self: JournalFile, journal: Journal) -> None:
        if journal.phase == "applied":
            raise WorkspaceError("The storage is full.")
        save(self, journal)

    monkeypatch.setattr(JournalFile, "save", fails_at_the_end)
    with pytest.raises(WorkspaceError, match="storage is full"):
        await commit_all(scene.project, scene.folder)
    assert scene.folder.files == before
    assert scene.project.interrupted_commit is None


async def test_finishing_twice_touches_nothing_behind_a_link(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The base's directory is a link by then, to where a file of the same name is."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x").write_bytes(b"not ours")
    scene.files.remove_tree("d")
    scene.files.make_symlink("d", str(outside))

    def dies(*arguments: object) -> None:
        raise ProgramDiedError

    monkeypatch.setattr(base_module, "replace_file", dies)
    with pytest.raises(ProgramDiedError):
        await commit_all(scene.project, scene.folder)
    monkeypatch.undo()
    again = open_project(tmp_path / "root")
    again.finish_commit(quiet)
    assert (outside / "x").read_bytes() == b"not ours"
    assert again.base.read("d") == str(outside).encode()


async def test_a_removed_directory_comes_back_with_its_mode(scene: Scene) -> None:
    scene.folder.make_directory("d", 0o700)
    scene.files.remove_tree("d")
    scene.files.write_bytes("z", b"z")

    class Full(MemoryTarget):
        async def write(self, path: str, data: bytes, mode: int) -> None:
            if path == "z":
                assert "d" not in scene.folder.directories
                raise WorkspaceError("No room.")
            await super().write(path, data, mode)

    changeset = await scene.project.changeset(Patient())
    accepted = [change.path for change in changeset.changes]
    with pytest.raises(WorkspaceError, match="No room"):
        await scene.project.commit(changeset, accepted, Full(scene.folder), Patient(), quiet)
    assert scene.folder.directories["d"] == 0o700
    assert scene.folder.files["d/x"].data == b"x\n"


async def test_a_damaged_journal_stops_the_next_commit_until_it_is_dismissed(scene: Scene) -> None:
    scene.files.write_bytes("a", b"ours")
    Path(f"{scene.project.storage.root}/meta/commit.json").write_bytes(b"{")
    with pytest.raises(WorkspaceError, match="interrupted commit is damaged"):
        await commit_all(scene.project, scene.folder)
    interrupted = scene.project.interrupted_commit
    assert interrupted is not None
    assert "damaged" in interrupted.damage
    scene.project.forget_interrupted_commit()
    await commit_all(scene.project, scene.folder)
