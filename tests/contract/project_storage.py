"""What every `ProjectStorage` and `ProjectStore` must do."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from pathlib import Path

import pytest

from satchel.base.ids import ProjectId
from satchel.workspace.errors import NotFoundError
from satchel.workspace.project_storage import ProjectStore


class ProjectStoreContract(ABC):
    """Subclass as `Test…`."""

    @pytest.fixture
    @abstractmethod
    def store(self) -> ProjectStore:
        """A store without projects."""

    async def test_a_new_project_is_listed_and_opens(self, store: ProjectStore) -> None:
        project = await store.create("first \U0001f9f3")
        [summary] = await store.list()
        assert (summary.id, summary.name) == (project, "first \U0001f9f3")
        assert 0 < summary.created_ms <= summary.opened_ms
        storage = await store.open(project)
        assert os.path.isdir(storage.root)
        assert not storage.root.endswith("/")
        storage.close()

    async def test_files_survive_closing(self, store: ProjectStore) -> None:
        project = await store.create("one")
        storage = await store.open(project)
        (Path(storage.root) / "workspace").mkdir(exist_ok=True)
        (Path(storage.root) / "workspace" / "a").write_bytes(b"kept")
        storage.flush()
        await storage.compact()
        storage.close()
        again = await store.open(project)
        assert (Path(again.root) / "workspace" / "a").read_bytes() == b"kept"
        again.close()

    async def test_clones_are_independent_and_exact(self, store: ProjectStore) -> None:
        storage = await store.open(await store.create("one"))
        source = Path(storage.root) / "tree"
        (source / "d" / "empty").mkdir(parents=True)
        (source / "d" / "run").write_bytes(b"#!")
        (source / "d" / "run").chmod(0o755)
        (source / "link").symlink_to("nowhere")
        copy = Path(storage.root) / "copy"
        storage.clone_tree(str(source), str(copy))
        assert (copy / "d" / "run").stat().st_mode & 0o777 == 0o755
        assert os.readlink(copy / "link") == "nowhere"
        assert (copy / "d" / "empty").is_dir()
        (source / "d" / "run").write_bytes(b"changed")
        assert (copy / "d" / "run").read_bytes() == b"#!"
        (copy / "d" / "run").write_bytes(b"other")
        assert (source / "d" / "run").read_bytes() == b"changed"
        storage.close()

    async def test_a_clone_never_lands_on_something(self, store: ProjectStore) -> None:
        storage = await store.open(await store.create("one"))
        (Path(storage.root) / "tree").mkdir()
        (Path(storage.root) / "there").mkdir()
        with pytest.raises(Exception, match=r"."):
            storage.clone_tree(f"{storage.root}/tree", f"{storage.root}/there")
        storage.close()

    async def test_rename_and_delete(self, store: ProjectStore) -> None:
        first, second = await store.create("first"), await store.create("second")
        await store.rename(first, "renamed")
        assert {one.name for one in await store.list()} == {"renamed", "second"}
        await store.delete(second)
        await store.delete(second)
        assert [one.id for one in await store.list()] == [first]

    async def test_unknown_projects(self, store: ProjectStore) -> None:
        nobody = ProjectId("f" * 32)
        with pytest.raises(NotFoundError):
            await store.open(nobody)
        with pytest.raises(NotFoundError):
            await store.rename(nobody, "x")
