"""The sample project as an import source. Its archive is made when somebody wants it: every boot would pay for it."""

from __future__ import annotations

from collections.abc import Sequence

from satchel.base.checkpoint import Checkpoint
from satchel.entry.sample_project import SAMPLE_NAME, sample_archive
from satchel.workspace.archive_source import ArchiveSource, open_archive
from satchel.workspace.import_source import CopiedFile, SourceEntry, SourceKind


class SampleSource:
    """See `workspace.import_source.ImportSource`."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._checkpoint = checkpoint
        self._archive: ArchiveSource | None = None

    @property
    def name(self) -> str:
        """See `ImportSource.name`."""
        return SAMPLE_NAME

    @property
    def kind(self) -> SourceKind:
        """See `ImportSource.kind`."""
        return "archive"

    async def list_directory(self, path: str) -> Sequence[SourceEntry]:
        """See `ImportSource.list_directory`."""
        return await (await self._opened()).list_directory(path)

    async def read(self, path: str) -> bytes:
        """See `ImportSource.read`."""
        return await (await self._opened()).read(path)

    async def copy_into(self, paths: Sequence[str], destination: str) -> Sequence[CopiedFile]:
        """See `ImportSource.copy_into`."""
        return await (await self._opened()).copy_into(paths, destination)

    async def close(self) -> None:
        """See `ImportSource.close`."""
        if self._archive is not None:
            await self._archive.close()
            self._archive = None

    async def _opened(self) -> ArchiveSource:
        if self._archive is None:
            self._archive = await open_archive(f"{SAMPLE_NAME}.zip", sample_archive(), self._checkpoint)
        return self._archive
