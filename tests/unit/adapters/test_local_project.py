"""Projects on this machine's disk: what a flush makes durable, and that an open project is not deleted."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from satchel.adapters.server import local_project
from satchel.adapters.server.local_project import LocalProjectStorage, LocalProjectStore
from satchel.base.clock import SystemClock
from satchel.base.errors import InputError
from satchel.base.ids import Uuid7Source
from satchel.workspace.errors import WorkspaceError


class Synced:
    """What was synced, by path below the project; 'everything' for the whole disk."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.paths: set[str] = set()
        self.root = root
        monkeypatch.setattr(os, "fsync", self._note)
        monkeypatch.setattr(os, "sync", lambda: self.paths.add("everything"))

    def _note(self, descriptor: int) -> None:
        path = os.readlink(f"/proc/self/fd/{descriptor}")
        self.paths.add(os.path.relpath(path, self.root))

    def taken(self) -> set[str]:
        paths, self.paths = self.paths, set()
        return paths


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalProjectStorage:
    monkeypatch.setattr(local_project, "_CLOCK_SLACK_NS", 0)
    return LocalProjectStorage(tmp_path)


def pass_time() -> None:
    time.sleep(0.03)


def test_a_flush_syncs_what_changed_and_the_directory_of_its_name(
    storage: LocalProjectStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "workspace/d").mkdir()
    (tmp_path / "workspace/d/old").write_bytes(b"1")
    (tmp_path / "meta/base.json").write_bytes(b"{}")
    storage.flush()
    pass_time()
    synced = Synced(tmp_path, monkeypatch)
    storage.flush()
    assert synced.taken() <= {"workspace", "home", "meta"}
    pass_time()
    (tmp_path / "workspace/d/new").write_bytes(b"2")
    (tmp_path / "base/x").write_bytes(b"not without its record")
    (tmp_path / "tmp/scratch").write_bytes(b"3")
    storage.flush()
    assert synced.taken() - {"workspace", "home", "meta"} == {"workspace/d", "workspace/d/new"}
    pass_time()
    (tmp_path / "meta/base.json").write_bytes(b"{ }")
    (tmp_path / "base/y").write_bytes(b"new")
    storage.flush()
    assert {"meta/base.json", "base", "base/y"} <= synced.taken()


def test_very_many_files_are_synced_at_once(
    storage: LocalProjectStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = Synced(tmp_path, monkeypatch)
    for number in range(300):
        (tmp_path / f"workspace/{number}").write_bytes(b"")
    storage.flush()
    assert synced.taken() == {"everything"}


def test_a_disk_that_fails_is_told(storage: LocalProjectStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(WorkspaceError, match="Input/output error"):
        storage.flush()


async def test_a_project_that_is_open_is_not_deleted(tmp_path: Path) -> None:
    clock = SystemClock()
    store = LocalProjectStore(tmp_path, clock, Uuid7Source(clock))
    project = await store.create("one")
    storage = await store.open(project)
    with pytest.raises(InputError, match="open in another process"):
        await store.delete(project)
    storage.close()
    await store.delete(project)
    assert await store.list() == []
