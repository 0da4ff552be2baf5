"""Projects as directories on disk: the server's shadow workspaces.

Layout: `<dir>/<project id>/{workspace,tmp,home/user,base,meta}/` and `<dir>/<project id>/project.json`.
The disk itself is the journal here, so `flush` and `compact` only have to make what was written durable.
An open project is locked: one owner.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from satchel.base.clock import Clock
from satchel.base.errors import InputError
from satchel.base.ids import IdSource, ProjectId, is_hex_id
from satchel.base.jsonvalue import JsonObject, dumps, loads
from satchel.workspace.errors import NotFoundError
from satchel.workspace.project_storage import ProjectSummary

_RECORD = "project.json"
_DIRECTORIES = ("workspace", "tmp", "home/user", "base", "meta")


class LocalProjectStorage:
    """One open project root (`workspace.project_storage.ProjectStorage`)."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._lock)
            raise InputError(
                "project.in_use",
                f"The project {root.name} is open in another process.",
                "End that one first.",
            ) from error
        for name in _DIRECTORIES:
            (root / name).mkdir(parents=True, exist_ok=True)

    @property
    def root(self) -> str:
        """Host path of the project root."""
        return str(self._root)

    def clone_tree(self, source: str, destination: str) -> None:
        """Copy a tree with its modes, times and symlinks; the kernel shares the blocks where the file
        system can.
        """
        shutil.copytree(source, destination, symlinks=True)

    def flush(self) -> None:
        """Nothing is buffered here: every write went to the kernel. See the module's docstring."""

    async def compact(self) -> None:
        """Nothing to compact: there is no journal."""

    def close(self) -> None:
        """Give the lock back."""
        os.close(self._lock)


class LocalProjectStore:
    """All projects of one state directory (`workspace.project_storage.ProjectStore`)."""

    def __init__(self, directory: Path, clock: Clock, ids: IdSource) -> None:
        self._directory = directory
        self._clock = clock
        self._ids = ids
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)

    async def list(self) -> Sequence[ProjectSummary]:
        """All projects, the one opened last first."""
        found = [
            self._summary(ProjectId(path.name)) for path in self._directory.iterdir() if is_hex_id(path.name)
        ]
        return sorted((one for one in found if one is not None), key=lambda one: -one.opened_ms)

    async def create(self, name: str) -> ProjectId:
        """Make an empty project."""
        project = ProjectId(self._ids.new())
        (self._directory / project).mkdir(mode=0o700)
        now = self._clock.now_ms()
        self._write(ProjectSummary(project, name, now, now))
        return project

    async def open(self, project: ProjectId) -> LocalProjectStorage:
        """Open and lock a project. Raises NotFoundError when there is none, InputError when another
        process has it open.
        """
        summary = self._require(project)
        storage = LocalProjectStorage(self._directory / project)
        self._write(ProjectSummary(project, summary.name, summary.created_ms, self._clock.now_ms()))
        return storage

    async def rename(self, project: ProjectId, name: str) -> None:
        """Give a project another name."""
        summary = self._require(project)
        self._write(ProjectSummary(project, name, summary.created_ms, summary.opened_ms))

    async def delete(self, project: ProjectId) -> None:
        """Remove a project and everything in it. The user's own folder is never touched."""
        if is_hex_id(project):
            shutil.rmtree(self._directory / project, ignore_errors=not (self._directory / project).exists())

    def _require(self, project: ProjectId) -> ProjectSummary:
        summary = self._summary(project) if is_hex_id(project) else None
        if summary is None:
            raise NotFoundError(f"There is no project {project}.")
        return summary

    def _summary(self, project: ProjectId) -> ProjectSummary | None:
        try:
            record = loads((self._directory / project / _RECORD).read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        if not isinstance(record, dict):
            return None
        created, opened = record.get("createdMs"), record.get("openedMs")
        if not (isinstance(created, int) and isinstance(opened, int)):
            return None
        return ProjectSummary(project, str(record.get("name", "")), created, opened)

    def _write(self, summary: ProjectSummary) -> None:
        record: JsonObject = {
            "name": summary.name,
            "createdMs": summary.created_ms,
            "openedMs": summary.opened_ms,
        }
        path = self._directory / summary.id / _RECORD
        draft = path.with_suffix(".new")
        draft.write_text(dumps(record))
        draft.replace(path)
