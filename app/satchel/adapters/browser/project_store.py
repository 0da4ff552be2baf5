"""Projects of this origin: the inode store in JavaScript, kept in OPFS (or in memory where that is denied).

Python reads and writes an open project through ordinary POSIX calls below its root; only what POSIX has no call for
goes over the bridge.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import cast

from satchel.adapters.browser.bridge import JsOpenProject, JsProjects, translated_errors
from satchel.base.clock import Clock
from satchel.base.ids import IdSource, ProjectId
from satchel.base.jsonvalue import JsonValue, dumps, loads
from satchel.workspace.errors import NotFoundError, QuotaExceededError, from_os_error
from satchel.workspace.project_layout import make_layout
from satchel.workspace.project_storage import ProjectSummary


class BrowserProjectStorage:
    """One open project (`workspace.project_storage.ProjectStorage`)."""

    def __init__(self, project: JsOpenProject) -> None:
        self._project = project

    @property
    def root(self) -> str:
        """See `ProjectStorage.root`."""
        return self._project.root

    def clone_tree(self, source: str, destination: str) -> None:
        """See `ProjectStorage.clone_tree`; content is shared until one side is written."""
        number = self._project.cloneTree(source, destination)
        if number != 0:
            raise from_os_error(OSError(number, os.strerror(number)), destination)

    def flush(self) -> None:
        """See `ProjectStorage.flush`. Raises QuotaExceededError when the browser cannot take the changes."""
        with _told_to_the_user():
            durable = self._project.flush()
        if not durable:
            raise QuotaExceededError(
                "The last changes of the workspace are not saved: the browser's storage does not take them.",
                "Free space on this device, or export the workspace before you close the tab.",
            )

    async def compact(self) -> None:
        """See `ProjectStorage.compact`."""
        with _told_to_the_user():
            await self._project.compact()

    def close(self) -> None:
        """See `ProjectStorage.close`."""
        with _told_to_the_user():
            self._project.close()


class BrowserProjectStore:
    """All projects (`workspace.project_storage.ProjectStore`)."""

    def __init__(self, projects: JsProjects, clock: Clock, ids: IdSource) -> None:
        self._projects = projects
        self._clock = clock
        self._ids = ids

    async def create(self, name: str) -> ProjectId:
        """See `ProjectStore.create`."""
        project, now = ProjectId(self._ids.new()), self._clock.now_ms()
        await self._write(ProjectSummary(project, name, now, now))
        return project

    async def open(self, project: ProjectId) -> BrowserProjectStorage:
        """See `ProjectStore.open`."""
        summary = await self._require(project)
        with _told_to_the_user():
            storage = BrowserProjectStorage(await self._projects.open(project))
        make_layout(storage.root)
        await self._write(replace(summary, opened_ms=self._clock.now_ms()))
        return storage

    async def rename(self, project: ProjectId, name: str) -> None:
        """See `ProjectStore.rename`."""
        await self._write(replace(await self._require(project), name=name))

    async def delete(self, project: ProjectId) -> None:
        """See `ProjectStore.delete`."""
        with _told_to_the_user():
            await self._projects.remove(project)

    async def list(self) -> Sequence[ProjectSummary]:
        """See `ProjectStore.list`."""
        with _told_to_the_user():
            records = cast("Iterable[Mapping[str, JsonValue]]", loads(await self._projects.list()))
        return sorted(map(_summary, records), key=lambda summary: -summary.opened_ms)

    async def _require(self, project: ProjectId) -> ProjectSummary:
        for summary in await self.list():
            if summary.id == project:
                return summary
        raise NotFoundError(f"There is no project {project}.", "Import the folder again.")

    async def _write(self, summary: ProjectSummary) -> None:
        record: Mapping[str, JsonValue] = {
            "id": summary.id,
            "name": summary.name,
            "createdMs": summary.created_ms,
            "openedMs": summary.opened_ms,
        }
        with _told_to_the_user():
            await self._projects.writeRecord(summary.id, dumps(record))


@contextmanager
def _told_to_the_user() -> Iterator[None]:
    try:
        with translated_errors():
            yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise QuotaExceededError(
                "The browser has no room for the project: its storage is full.",
                "Free space on this device or delete sessions with their projects; exports still work.",
            ) from error
        raise from_os_error(error, "The project") from error


def _summary(record: Mapping[str, JsonValue]) -> ProjectSummary:
    created, opened = record["createdMs"], record["openedMs"]
    assert isinstance(created, int)
    assert isinstance(opened, int)
    return ProjectSummary(ProjectId(str(record["id"])), str(record["name"]), created, opened)
