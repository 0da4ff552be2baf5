"""Discard, and what a project knows after it was opened again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from satchel.workspace.errors import NotFoundError, WorkspaceError
from satchel.workspace.project import Project
from tests.unit.workspace.projects import Patient, Scene, open_project


async def test_discard_brings_back_every_kind(scene: Scene) -> None:
    before = (await scene.project.changeset(Patient())).digest
    scene.files.write_bytes("a", b"changed")
    scene.files.remove_tree("d")
    scene.files.write_bytes("d", b"now a file")
    scene.files.remove_file("link")
    scene.files.write_bytes("link", b"now a file")
    scene.files.set_mode("run.sh", 0o700)
    scene.files.make_directory("new/place", create_parents=True)
    scene.files.rename("b", "new/place/b")
    changeset = await scene.project.changeset(Patient())
    await scene.project.discard([change.path for change in changeset.changes])
    assert (await scene.project.changeset(Patient())).digest == before
    assert not scene.files.exists("new")
    assert scene.files.read_link("link") == "a"


async def test_discard_that_cannot_be_complete_does_nothing(scene: Scene) -> None:
    scene.files.remove_tree("d")
    scene.files.make_symlink("d", "/tmp")
    with pytest.raises(WorkspaceError, match="Discard the change of d too"):
        await scene.project.discard(["d/x"])
    assert scene.files.read_link("d") == "/tmp"
    assert not os.path.exists(f"{scene.project.storage.root}/tmp/x")


async def test_a_link_to_a_directory_is_no_directory(scene: Scene) -> None:
    scene.files.remove_file("a")
    scene.files.make_symlink("a", "d")
    await scene.project.discard(["a"])
    assert scene.files.read_bytes("a") == b"one\ntwo\n"


async def test_only_changed_paths_can_be_discarded(scene: Scene) -> None:
    with pytest.raises(NotFoundError):
        await scene.project.discard(["a"])


async def test_nothing_is_shown_through_a_link_the_agent_made(scene: Scene, tmp_path: Path) -> None:
    """A directory that became a link to a place of the host must not lend its files to the review."""
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "x").write_bytes(b"host only")
    scene.files.remove_tree("d")
    os.symlink(secret, f"{scene.project.workspace_directory}/d")
    await scene.project.changeset(Patient())
    comparison = scene.project.compare("d/x")
    assert (comparison.before, comparison.after) == ("x\n", None)
    with pytest.raises(WorkspaceError):
        scene.project.read_current("d/x", "file")


async def test_reopening_keeps_base_and_changes(scene: Scene, tmp_path: Path) -> None:
    scene.files.write_bytes("a", b"ours")
    changeset = await scene.project.changeset(Patient())
    scene.project.close()
    again: Project = open_project(tmp_path / "root")
    assert await again.changeset(Patient()) == changeset
