"""Real directories as projects and folders, and the pieces the workspace's tests share."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import stat
from pathlib import Path

from satchel.adapters.memory.folder import MemoryFolder, MemorySource, MemoryTarget
from satchel.base.ids import ProjectId
from satchel.base.limits import WorkspaceLimits
from satchel.workspace.commit_report import CommitReport
from satchel.workspace.importer import ImportOptions, ImportReport, plan_import, run_import
from satchel.workspace.project import Project

PROJECT_ID = ProjectId("0" * 32)


class Patient:
    """A checkpoint that lets others run and never cancels."""

    def poll(self) -> None:
        """Nothing waits."""

    async def breathe(self) -> None:
        """Yield."""
        await asyncio.sleep(0)


class CancelAfter:
    """A checkpoint that cancels at its n-th pass."""

    def __init__(self, passes: int) -> None:
        self.left = passes

    def poll(self) -> None:
        """Count."""
        self.left -= 1
        if self.left < 0:
            raise asyncio.CancelledError

    async def breathe(self) -> None:
        """Count."""
        self.poll()


class DirectoryStorage:
    """A `ProjectStorage` over a directory that counts its flushes."""

    def __init__(self, root: Path) -> None:
        self.root = str(root)
        self.flushes = 0

    def clone_tree(self, source: str, destination: str) -> None:
        """A plain copy."""
        shutil.copytree(source, destination, symlinks=True)

    def flush(self) -> None:
        """Count."""
        self.flushes += 1

    async def compact(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to do."""


def open_project(root: Path, limits: WorkspaceLimits | None = None) -> Project:
    root.mkdir(parents=True, exist_ok=True)
    return Project.open(PROJECT_ID, "demo", DirectoryStorage(root), limits)


def quiet(progress: object) -> None:
    """A progress listener that does not listen."""


async def import_folder(project: Project, folder: MemoryFolder) -> ImportReport:
    plan = await plan_import(MemorySource(folder), ImportOptions(built_in_excludes=()), Patient(), quiet)
    return await run_import(plan, project, quiet, Patient())


def folder_of(files: dict[str, bytes | str]) -> MemoryFolder:
    """Bytes are files, text is the target of a link."""
    folder = MemoryFolder()
    for path, content in files.items():
        if isinstance(content, bytes):
            folder.put(path, content)
        else:
            folder.link(path, content)
    return folder


def tree(root: Path | str) -> dict[str, tuple[str, int, bytes]]:
    """Path -> (kind, mode, content) of every file and link below a real directory."""
    found: dict[str, tuple[str, int, bytes]] = {}
    for directory, directories, names in os.walk(root):
        for name in [
            *names,
            *(each for each in directories if os.path.islink(os.path.join(directory, each))),
        ]:
            path = os.path.join(directory, name)
            relative = os.path.relpath(path, root)
            status = os.lstat(path)
            if stat.S_ISLNK(status.st_mode):
                found[relative] = ("symlink", 0, os.fsencode(os.readlink(path)))
            else:
                found[relative] = ("file", stat.S_IMODE(status.st_mode), Path(path).read_bytes())
    return found


def directories(root: Path | str) -> set[str]:
    """Every directory below a real directory."""
    return {
        os.path.relpath(os.path.join(directory, name), root)
        for directory, names, _ in os.walk(root)
        for name in names
        if not os.path.islink(os.path.join(directory, name))
    }


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


SCENE_FILES: dict[str, bytes | str] = {
    "a": b"one\ntwo\n",
    "b": b"b\n",
    "d/x": b"x\n",
    "d/y": b"y\n",
    "link": "a",
    "run.sh": b"#!/bin/sh\n",
}


class Scene:
    """A folder in memory, the project imported from it, and a commit of what changed."""

    def __init__(self, root: Path) -> None:
        self.folder = folder_of(SCENE_FILES)
        self.project = open_project(root)
        self.files = self.project.files

    async def commit(
        self, *accepted: str, skip_conflicts: bool = False, keeps_modes: bool = True
    ) -> CommitReport:
        changeset = await self.project.changeset(Patient())
        paths = accepted or tuple(change.path for change in changeset.changes)
        target = MemoryTarget(self.folder, keeps_modes=keeps_modes)
        return await self.project.commit(
            changeset, paths, target, Patient(), quiet, skip_conflicts=skip_conflicts
        )

    def content(self, path: str) -> bytes | str | None:
        found = self.folder.files.get(path)
        if found is None:
            return None
        return found.link_target if found.kind == "symlink" else found.data
