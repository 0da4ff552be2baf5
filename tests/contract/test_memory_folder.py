"""The folder in memory keeps the contracts."""

from __future__ import annotations

from pathlib import Path

import pytest

from satchel.adapters.memory.folder import MemoryFolder, MemorySource, MemoryTarget
from satchel.workspace.commit_target import CommitTarget
from satchel.workspace.import_source import ImportSource
from tests.contract.commit_target import CommitTargetContract
from tests.contract.import_source import FILES, ImportSourceContract


class FolderTarget(MemoryTarget):
    """A target that gives its folder away."""

    def __init__(self, folder: MemoryFolder, *, keeps_modes: bool = True) -> None:
        super().__init__(folder, keeps_modes=keeps_modes)
        self.folder = folder


class TestMemoryTarget(CommitTargetContract):
    """A folder that knows modes."""

    @pytest.fixture
    def target(self) -> CommitTarget:
        return FolderTarget(MemoryFolder())

    def plant_link(self, target: CommitTarget, path: str, to: str) -> None:
        assert isinstance(target, FolderTarget)
        target.folder.link(path, to)


class TestMemoryTargetWithoutModes(TestMemoryTarget):
    """A folder that knows none."""

    @pytest.fixture
    def target(self) -> CommitTarget:
        return FolderTarget(MemoryFolder(), keeps_modes=False)

    async def test_nothing_goes_through_a_link(self, target: CommitTarget) -> None:
        pytest.skip("compares modes")


class TestMemorySource(ImportSourceContract):
    """A folder to import from."""

    @pytest.fixture
    def source(self, tmp_path: Path) -> ImportSource:
        folder = MemoryFolder()
        for path, content in FILES.items():
            folder.put(path, content)
        return MemorySource(folder)
