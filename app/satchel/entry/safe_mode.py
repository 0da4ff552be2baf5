"""Safe mode: start without opening the project of the last session, for when that is what fails."""

from __future__ import annotations

from collections.abc import Sequence

from satchel.base.errors import InputError
from satchel.base.ids import ProjectId
from satchel.workspace.project_storage import ProjectStorage, ProjectStore, ProjectSummary


class ReluctantProjectStore:
    """A project store that opens nothing until `relent` is called; everything else goes through."""

    def __init__(self, store: ProjectStore) -> None:
        self._store = store
        self._is_reluctant = True

    def relent(self) -> None:
        """From now on open what is asked for: the user chooses it knowingly."""
        self._is_reluctant = False

    async def create(self, name: str) -> ProjectId:
        """See `ProjectStore.create`."""
        return await self._store.create(name)

    async def open(self, project: ProjectId) -> ProjectStorage:
        """See `ProjectStore.open`. Raises InputError before `relent`."""
        if self._is_reluctant:
            raise InputError(
                "safe_mode", "Safe mode opens no project by itself.", "Choose the session to open it."
            )
        return await self._store.open(project)

    async def rename(self, project: ProjectId, name: str) -> None:
        """See `ProjectStore.rename`."""
        await self._store.rename(project, name)

    async def delete(self, project: ProjectId) -> None:
        """See `ProjectStore.delete`."""
        await self._store.delete(project)

    async def list(self) -> Sequence[ProjectSummary]:
        """See `ProjectStore.list`."""
        return await self._store.list()
