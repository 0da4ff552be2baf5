"""The scene that commits, discards and recoveries are tested on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.workspace.projects import Scene, import_folder


@pytest.fixture
async def scene(tmp_path: Path) -> Scene:
    """`SCENE_FILES` in a folder, imported into a project."""
    made = Scene(tmp_path / "root")
    await import_folder(made.project, made.folder)
    return made
