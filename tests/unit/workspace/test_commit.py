"""Commit: what lands in the real folder, what is a conflict, and that outside edits always survive."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable

import pytest

from satchel.adapters.memory.folder import MemoryFolder, MemoryTarget
from satchel.workspace.commit_target import TargetFile
from satchel.workspace.errors import ChangesetMovedError, NotFoundError, WorkspaceError
from tests.unit.workspace.projects import SCENE_FILES, CancelAfter, Patient, Scene, quiet


async def test_every_kind_of_change_lands(scene: Scene) -> None:
    scene.files.write_bytes("a", b"one\n2\n")
    scene.files.write_bytes("new/deep/file", b"n")
    scene.files.remove_file("b")
    scene.files.rename("d/x", "moved")
    scene.files.set_mode("run.sh", 0o755)
    scene.files.remove_file("link")
    scene.files.make_symlink("link", "d/y")
    report = await scene.commit()
    assert report.conflicts == ()
    assert set(report.committed) == {"a", "new/deep/file", "b", "moved", "run.sh", "link"}
    assert scene.content("a") == b"one\n2\n"
    assert scene.content("new/deep/file") == b"n"
    assert scene.content("b") is None
    assert scene.content("d/x") is None
    assert scene.content("moved") == b"x\n"
    assert scene.content("link") == "d/y"
    assert scene.folder.files["run.sh"].mode == 0o755
    assert (await scene.project.changeset(Patient())).changes == ()


async def test_rejected_changes_stay_in_the_workspace_only(scene: Scene) -> None:
    scene.files.write_bytes("a", b"changed")
    scene.files.write_bytes("b", b"changed")
    report = await scene.commit("a")
    assert (report.committed, report.rejected) == (("a",), ("b",))
    assert scene.content("b") == b"b\n"
    left = await scene.project.changeset(Patient())
    assert [change.path for change in left.changes] == ["b"]
    assert scene.project.compare("b").after == "changed"


async def test_emptied_directories_go_where_the_agent_removed_them(scene: Scene) -> None:
    scene.files.remove_tree("d")
    await scene.commit()
    assert "d" not in scene.folder.directories


async def test_emptied_directories_stay_where_the_agent_kept_them(scene: Scene) -> None:
    scene.files.remove_file("d/x")
    scene.files.remove_file("d/y")
    await scene.commit()
    assert "d" in scene.folder.directories


async def test_a_file_gives_way_to_a_directory_and_back(scene: Scene) -> None:
    scene.files.remove_file("b")
    scene.files.write_bytes("b/inner", b"i")
    scene.files.remove_tree("d")
    scene.files.write_bytes("d", b"file now")
    report = await scene.commit()
    assert report.conflicts == ()
    assert scene.content("b/inner") == b"i"
    assert scene.content("d") == b"file now"
    assert (await scene.project.changeset(Patient())).changes == ()


OUTSIDE: dict[str, tuple[Callable[[MemoryFolder], object], Callable[[Scene], object], str, str]] = {
    "both edited": (
        lambda f: f.put("a", b"theirs"),
        lambda s: s.files.write_bytes("a", b"ours"),
        "a",
        "changed",
    ),
    "edited and deleted here": (
        lambda f: f.put("a", b"theirs"),
        lambda s: s.files.remove_file("a"),
        "a",
        "changed",
    ),
    "deleted there": (
        lambda f: f.files.pop("a"),
        lambda s: s.files.write_bytes("a", b"ours"),
        "a",
        "deleted",
    ),
    "both added": (
        lambda f: f.put("new", b"theirs"),
        lambda s: s.files.write_bytes("new", b"ours"),
        "new",
        "created",
    ),
    "became a link": (
        lambda f: f.link("a", "b"),
        lambda s: s.files.write_bytes("a", b"ours"),
        "a",
        "changed",
    ),
    "directory there": (
        lambda f: f.put("new/file", b"theirs"),
        lambda s: s.files.write_bytes("new", b"ours"),
        "new",
        "directory",
    ),
    "file where a directory is needed": (
        lambda f: f.put("n", b"theirs"),
        lambda s: s.files.write_bytes("n/x", b"ours"),
        "n/x",
        "not-a-directory",
    ),
    "both modes": (
        lambda f: f.put("run.sh", b"#!/bin/sh\n", 0o700),
        lambda s: s.files.set_mode("run.sh", 0o755),
        "run.sh",
        "mode-changed",
    ),
    "moved away and edited": (
        lambda f: f.put("b", b"theirs"),
        lambda s: s.files.rename("b", "c"),
        "b",
        "changed",
    ),
}


@pytest.mark.parametrize("case", OUTSIDE)
async def test_outside_edits_are_conflicts_and_nothing_is_written(scene: Scene, case: str) -> None:
    outside, inside, path, reason = OUTSIDE[case]
    inside(scene)
    scene.files.write_bytes("also", b"free of conflict")
    outside(scene.folder)
    before = dict(scene.folder.files)
    report = await scene.commit()
    assert [(conflict.path, conflict.reason) for conflict in report.conflicts] == [(path, reason)]
    assert report.committed == ()
    assert scene.folder.files == before
    rest = await scene.commit(skip_conflicts=True)
    assert rest.committed == ("also",)
    assert scene.folder.files == {**before, "also": TargetFile("file", b"free of conflict", 0o644)}


async def test_a_conflict_shows_three_sides(scene: Scene) -> None:
    scene.files.write_bytes("a", b"ours\n")
    scene.folder.put("a", b"theirs\n")
    [conflict] = (await scene.commit()).conflicts
    assert (conflict.base_text, conflict.theirs_text, conflict.ours_text) == (
        "one\ntwo\n",
        "theirs\n",
        "ours\n",
    )
    assert conflict.theirs is not None
    assert conflict.theirs.size == 7


async def test_the_same_edit_on_both_sides_is_no_conflict(scene: Scene) -> None:
    scene.files.write_bytes("a", b"same")
    scene.files.remove_file("b")
    scene.folder.put("a", b"same")
    del scene.folder.files["b"]
    report = await scene.commit()
    assert (report.conflicts, set(report.committed)) == ((), {"a", "b"})
    assert (await scene.project.changeset(Patient())).changes == ()


async def test_a_mode_changed_outside_survives_an_edit_here(scene: Scene) -> None:
    scene.files.write_bytes("a", b"ours")
    scene.folder.put("a", b"one\ntwo\n", 0o600)
    assert (await scene.commit()).conflicts == ()
    assert scene.folder.files["a"] == TargetFile("file", b"ours", 0o600)
    assert (await scene.project.changeset(Patient())).changes == ()


async def test_untouched_files_are_never_written(scene: Scene) -> None:
    scene.folder.put("b", b"edited outside")
    scene.folder.put("extra", b"made outside")
    scene.files.write_bytes("a", b"ours")
    await scene.commit()
    assert scene.content("b") == b"edited outside"
    assert scene.content("extra") == b"made outside"


async def test_nothing_slips_in_after_the_review(scene: Scene) -> None:
    scene.files.write_bytes("a", b"reviewed")
    changeset = await scene.project.changeset(Patient())
    scene.files.write_bytes("b", b"slipped in")
    with pytest.raises(ChangesetMovedError):
        await scene.project.commit(changeset, ["a"], MemoryTarget(scene.folder), Patient(), quiet)
    assert scene.content("a") == SCENE_FILES["a"]


async def test_content_that_moves_before_the_first_write_is_caught(scene: Scene) -> None:
    scene.files.write_bytes("a", b"reviewed")
    scene.files.write_bytes("b", b"reviewed")
    before = dict(scene.folder.files)

    def slip(progress: object) -> None:
        if getattr(progress, "phase", "") == "checking":
            scene.files.write_bytes("b", b"slipped")

    changeset = await scene.project.changeset(Patient())
    with pytest.raises(ChangesetMovedError):
        await scene.project.commit(changeset, ["a", "b"], MemoryTarget(scene.folder), Patient(), slip)
    assert scene.folder.files == before
    assert scene.project.interrupted_commit is None


async def test_what_was_reviewed_is_written_and_adopted_even_if_the_workspace_moves_on(scene: Scene) -> None:
    scene.files.write_bytes("a", b"reviewed")
    scene.files.write_bytes("b", b"reviewed")

    def go_on(progress: object) -> None:
        if getattr(progress, "phase", "") == "writing":
            scene.files.write_bytes("b", b"later")

    changeset = await scene.project.changeset(Patient())
    await scene.project.commit(changeset, ["a", "b"], MemoryTarget(scene.folder), Patient(), go_on)
    assert scene.content("b") == b"reviewed"
    assert scene.project.base.read("b") == b"reviewed"
    (left,) = (await scene.project.changeset(Patient())).changes
    assert (left.path, scene.project.compare("b").before) == ("b", "reviewed")
    await scene.commit()
    assert scene.content("b") == b"later"


@pytest.mark.parametrize("to", ["a", "new", "/usr", "nowhere"])
async def test_a_directory_gives_way_to_a_link(scene: Scene, to: str) -> None:
    scene.files.remove_tree("d")
    scene.files.write_bytes("new/file", b"n")
    scene.files.make_symlink("d", to)
    report = await scene.commit()
    assert report.conflicts == ()
    assert scene.content("d") == to
    assert (await scene.project.changeset(Patient())).changes == ()


async def test_an_edit_that_the_undo_left_alone_is_told(scene: Scene) -> None:
    scene.files.write_bytes("a", b"ours")
    scene.files.write_bytes("b", b"ours")

    class Meddling(MemoryTarget):
        async def write(self, path: str, data: bytes, mode: int) -> None:
            await super().write(path, data, mode)
            scene.folder.put("a", b"theirs, just now")
            scene.folder.put("b", b"theirs, too")

    changeset = await scene.project.changeset(Patient())
    report = await scene.project.commit(changeset, ["a", "b"], Meddling(scene.folder), Patient(), quiet)
    assert report.committed == ()
    assert report.notes == ("Edited meanwhile and left as they are: a, b.",)
    assert scene.content("a") == b"theirs, just now"

    class Failing(MemoryTarget):
        async def write(self, path: str, data: bytes, mode: int) -> None:
            if path == "b":
                scene.folder.put("a", b"theirs, just now")
                raise OSError(errno.ENOSPC, "No space left on device")
            await super().write(path, data, mode)

    scene.folder.put("a", b"one\ntwo\n")
    scene.folder.put("b", b"b\n")
    with pytest.raises(WorkspaceError, match=r"storage is full\. Edited meanwhile and left as they are: a"):
        await scene.project.commit(changeset, ["a", "b"], Failing(scene.folder), Patient(), quiet)


async def test_an_edit_between_check_and_write_is_a_conflict_and_survives(scene: Scene) -> None:
    scene.files.write_bytes("a", b"ours")
    scene.files.write_bytes("b", b"ours")

    def meddle(progress: object) -> None:
        if getattr(progress, "phase", "") == "writing" and getattr(progress, "current", "") == "b":
            scene.folder.put("b", b"theirs, just now")

    changeset = await scene.project.changeset(Patient())
    report = await scene.project.commit(changeset, ["a", "b"], MemoryTarget(scene.folder), Patient(), meddle)
    assert [(one.path, one.reason) for one in report.conflicts] == [("b", "changed-meanwhile")]
    assert report.committed == ()
    assert scene.content("a") == SCENE_FILES["a"]
    assert scene.content("b") == b"theirs, just now"


async def test_unknown_paths_are_refused(scene: Scene) -> None:
    with pytest.raises(NotFoundError):
        await scene.commit("never changed")


async def test_a_rename_that_differs_in_case_only_on_a_folder_that_ignores_case(scene: Scene) -> None:
    scene.folder.ignores_case = True
    scene.files.rename("a", "A")
    report = await scene.commit()
    assert report.conflicts == ()
    assert scene.folder.files.keys() == {"A", "b", "d/x", "d/y", "link", "run.sh"}
    assert scene.content("A") == SCENE_FILES["a"]


async def test_a_clash_of_case_is_a_conflict(scene: Scene) -> None:
    scene.folder.ignores_case = True
    scene.files.write_bytes("A", b"another file")
    report = await scene.commit()
    assert [conflict.reason for conflict in report.conflicts] == ["created"]
    assert scene.content("a") == SCENE_FILES["a"]


async def test_a_folder_without_modes_says_what_it_lost(scene: Scene) -> None:
    scene.files.set_mode("run.sh", 0o755)
    report = await scene.commit(keeps_modes=False)
    assert report.committed == ("run.sh",)
    assert any("run.sh" in note for note in report.notes)


async def test_cancelling_half_way_puts_everything_back(scene: Scene) -> None:
    for name in ("a", "b", "d/x", "n1", "n2"):
        scene.files.write_bytes(name, b"ours")
    before = dict(scene.folder.files)
    changeset = await scene.project.changeset(Patient())
    accepted = [change.path for change in changeset.changes]
    outcomes = set()
    for passes in range(60):
        try:
            await scene.project.commit(
                changeset, accepted, MemoryTarget(scene.folder), CancelAfter(passes), quiet
            )
            outcomes.add("done")
            break
        except asyncio.CancelledError:
            outcomes.add("cancelled")
            assert scene.folder.files == before
            assert scene.project.interrupted_commit is None
    assert outcomes == {"done", "cancelled"}
