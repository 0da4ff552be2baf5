"""The server's directories keep the contracts."""

from __future__ import annotations

from pathlib import Path

import pytest

from satchel.adapters.server.local_folder import LocalFolderSource, LocalFolderTarget
from satchel.adapters.server.local_project import LocalProjectStore
from satchel.workspace.commit_target import CommitTarget
from satchel.workspace.import_source import ImportSource
from satchel.workspace.project_storage import ProjectStore
from tests.contract.commit_target import CommitTargetContract
from tests.contract.import_source import FILES, ImportSourceContract
from tests.contract.project_storage import ProjectStoreContract

pytestmark = pytest.mark.host_only("adapters of the server: locks, directories on disk")


class TickingClock:
    """Time that passes by itself."""

    def __init__(self) -> None:
        self.now = 1000

    def now_ms(self) -> int:
        self.now += 1
        return self.now

    def monotonic(self) -> float:
        return self.now / 1000

    async def sleep(self, seconds: float) -> None:
        self.now += int(seconds * 1000)


class CountingIds:
    """Ids in order."""

    def __init__(self) -> None:
        self.count = 0

    def new(self) -> str:
        self.count += 1
        return f"{self.count:032x}"


class TestLocalTarget(CommitTargetContract):
    """A directory to commit to."""

    @pytest.fixture
    def target(self, tmp_path: Path) -> CommitTarget:
        return LocalFolderTarget(tmp_path)

    def plant_link(self, target: CommitTarget, path: str, to: str) -> None:
        (Path(target.name) / path).symlink_to(to)


class TestLocalSource(ImportSourceContract):
    """A directory to import from."""

    @pytest.fixture
    def source(self, tmp_path_factory: pytest.TempPathFactory) -> ImportSource:
        root = tmp_path_factory.mktemp("project")
        for path, content in FILES.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content)
        return LocalFolderSource(root)


class TestLocalStore(ProjectStoreContract):
    """Projects as directories."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> ProjectStore:
        return LocalProjectStore(tmp_path, TickingClock(), CountingIds())
