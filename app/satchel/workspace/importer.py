"""Import: a copy of the user's project becomes the workspace and, at the same time, the base of all
changes.

First a plan that shows what is taken, ignored and refused (`import_plan.py`), then the copying in batches.
An import that fails or is cancelled leaves the project empty, as it was. The source is never written to.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence

from satchel.base.checkpoint import Checkpoint
from satchel.base.limits import WorkspaceLimits
from satchel.workspace.errors import AlreadyExistsError, QuotaExceededError, from_os_error
from satchel.workspace.file_state import FileState, state_of_content
from satchel.workspace.guest_path import path_bytes, shown
from satchel.workspace.host_tree import NEW_FILE_MODE, make_directory, remove_tree, scan
from satchel.workspace.import_listing import ImportListing
from satchel.workspace.import_plan import (
    ImportListener,
    ImportOptions,
    ImportPlan,
    ImportProgress,
    ImportReport,
    PlannedEntry,
)
from satchel.workspace.import_source import BATCH_FILES, CopiedFile, ImportSource
from satchel.workspace.project import Project

__all__ = ["ImportOptions", "ImportPlan", "ImportProgress", "ImportReport", "plan_import", "run_import"]

_BATCH_BYTES = 8 << 20


async def plan_import(
    source: ImportSource,
    options: ImportOptions,
    checkpoint: Checkpoint,
    progress: ImportListener,
    limits: WorkspaceLimits | None = None,
) -> ImportPlan:
    """What an import of `source` would take. Raises WorkspaceError when its root cannot be listed."""
    return await ImportListing(source, options, limits or WorkspaceLimits(), checkpoint, progress).run()


async def run_import(
    plan: ImportPlan, project: Project, progress: ImportListener, checkpoint: Checkpoint
) -> ImportReport:
    """Copy what the plan says into an empty project and make it the base.

    Files that cannot be read are reported, not fatal. Raises AlreadyExistsError when the project is not
    empty, QuotaExceededError when it does not fit; the project is empty again after any failure.
    """
    if plan.blocked is not None:
        raise QuotaExceededError(plan.blocked)
    if not project.is_empty:
        raise AlreadyExistsError(f"{shown(project.name)} holds files already.", "Import into a new project.")
    began = time.monotonic()
    copy = _Copy(plan, project, progress, checkpoint)
    try:
        await copy.run()
        progress(ImportProgress("recording", len(copy.states), plan.files, copy.bytes, ""))
        project.adopt_import(copy.states)
    except BaseException as error:
        _empty(project.workspace_directory)
        if isinstance(error, OSError):
            raise from_os_error(error, shown(project.name)) from error
        raise
    return ImportReport(
        copy.files, copy.bytes, time.monotonic() - began, tuple(copy.skipped), project.base.digest
    )


class _Copy:
    """The copying of one import, and what has come of it."""

    def __init__(
        self, plan: ImportPlan, project: Project, progress: ImportListener, checkpoint: Checkpoint
    ) -> None:
        self._plan = plan
        self._limits = project.limits
        self._to = project.workspace_directory
        self._progress = progress
        self._checkpoint = checkpoint
        self.states: dict[str, FileState] = {}
        self.skipped: list[tuple[str, str]] = []
        self.files = 0
        self.bytes = 0

    async def run(self) -> None:
        for entry in self._plan.entries:
            if entry.kind == "directory":
                make_directory(f"{self._to}/{entry.path}")
        for batch in _batches([entry for entry in self._plan.entries if entry.kind == "file"]):
            await self._checkpoint.breathe()
            self._progress(ImportProgress("copying", self.files, self._plan.files, self.bytes, batch[0].path))
            copied = await self._plan.source.copy_into([entry.path for entry in batch], self._to)
            for entry, result in zip(batch, copied, strict=True):
                self._record(entry, result)
        for entry in self._plan.entries:
            if entry.kind == "symlink":
                self._link(entry)

    def _record(self, entry: PlannedEntry, copied: CopiedFile) -> None:
        if copied.error is not None:
            self.skipped.append((entry.path, copied.error))
            return
        host = f"{self._to}/{entry.path}"
        if copied.size > self._limits.file_bytes:
            os.unlink(host)
            self.skipped.append((entry.path, f"larger than {self._limits.file_bytes} bytes"))
            return
        mode = NEW_FILE_MODE if entry.mode is None else (entry.mode & 0o777) | 0o400
        if os.lstat(host).st_mode & 0o7777 != mode:
            os.chmod(host, mode)
        mtime = entry.mtime_ns if entry.mtime_ns is not None else copied.mtime_ns
        if mtime is not None:
            os.utime(host, ns=(mtime, mtime))
        self.states[entry.path] = FileState("file", mode, copied.size, copied.sha256)
        self.files += 1
        self.bytes += copied.size
        if self.bytes > self._limits.total_bytes:
            raise QuotaExceededError(
                f"The files are larger than was announced: more than {self._limits.total_bytes} bytes.",
                "Import a part of the project.",
            )

    def _link(self, entry: PlannedEntry) -> None:
        target = entry.link_target or ""
        os.symlink(target, f"{self._to}/{entry.path}")
        self.states[entry.path] = state_of_content("symlink", 0, path_bytes(target))


def _batches(entries: Sequence[PlannedEntry]) -> Iterator[list[PlannedEntry]]:
    batch: list[PlannedEntry] = []
    size = 0
    for entry in entries:
        if batch and (len(batch) >= BATCH_FILES or size + entry.size > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += entry.size
    if batch:
        yield batch


def _empty(directory: str) -> None:
    for entry in scan(directory):
        if entry.is_dir(follow_symlinks=False):
            remove_tree(entry.path)
        else:
            os.unlink(entry.path)
