"""Projects as directories on disk: the server's shadow workspaces.

Layout: `<dir>/<project id>/{workspace,tmp,home/user,base,meta}/` and `<dir>/<project id>/project.json`.
The disk itself is the journal here, so `flush` only has to make what was written durable. What changed since the
last flush is found by its time of change, whoever wrote it. An open project is locked: one owner.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from satchel.base.clock import Clock
from satchel.base.errors import InputError
from satchel.base.ids import IdSource, ProjectId, is_hex_id
from satchel.base.jsonvalue import JsonObject, dumps, loads
from satchel.workspace.errors import NotFoundError, from_os_error
from satchel.workspace.host_tree import walk_tree
from satchel.workspace.project_layout import BASE_RECORD, BASE_TREE
from satchel.workspace.project_storage import ProjectSummary

_RECORD = "project.json"
_DIRECTORIES = ("workspace", "tmp", "home/user", "base", "meta")
# The clock that files are stamped with may be a little behind the one that is asked here.
_CLOCK_SLACK_NS = 1_000_000_000
_MANY = 256
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class LocalProjectStorage:
    """One open project root (`workspace.project_storage.ProjectStorage`)."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = _locked(root)
        self._flushed_ns = 0
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
        """Return once every file that changed since the last flush is on the disk, under its name. `tmp/` is left out.

        Raises WorkspaceError.
        """
        began = time.time_ns()
        try:
            changed = list(self._changed_since(self._flushed_ns - _CLOCK_SLACK_NS))
            if len(changed) > _MANY or not all(_put_on_disk(path) for path in changed):
                os.sync()
        except OSError as error:
            raise from_os_error(error, "The project's directory") from error
        self._flushed_ns = began

    def _changed_since(self, then_ns: int) -> Iterator[str]:
        trees = ["workspace", "home", "meta"]
        record = self._root / BASE_RECORD
        if record.exists() and record.stat().st_ctime_ns >= then_ns:
            trees.append(BASE_TREE)  # It is written before its record is, and by nobody else.
        for name in trees:
            yield f"{self._root}/{name}"
            for path, status in walk_tree(f"{self._root}/{name}"):
                is_kept = stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)
                if is_kept and status.st_ctime_ns >= then_ns:
                    yield f"{self._root}/{name}/{path}"

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
        """Remove a project and everything in it. The user's own folder is never touched.

        Raises InputError when another process has it open, WorkspaceError.
        """
        root = self._directory / project
        if not is_hex_id(project) or not root.exists():
            return
        lock = _locked(root)
        try:
            shutil.rmtree(root)
        except OSError as error:
            raise from_os_error(error, f"The project {project}") from error
        finally:
            os.close(lock)

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


def _locked(root: Path) -> int:
    """A descriptor that holds the project's lock. Raises InputError when another process has it."""
    lock = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(lock)
        raise InputError(
            "project.in_use", f"The project {root.name} is open in another process.", "End that one first."
        ) from error
    return lock


def _put_on_disk(path: str) -> bool:
    """Sync one file or directory; false when it cannot be opened for that, true when it is gone."""
    try:
        descriptor = os.open(path, _OPEN)
    except FileNotFoundError:
        return True
    except PermissionError:
        return False
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return True
