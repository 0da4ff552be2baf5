"""Real folders through File System Access: read by an import, written by a commit.

Copying is JavaScript's work from end to end (`worker/bridge/import_copy.js`): the bytes go from the folder into the
store without passing through Python. Browsers show neither links nor modes, so neither appears here.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal, cast

from satchel.adapters.browser.bridge import JsFolderReader, JsFolderWriter, js_bytes, translated_errors
from satchel.base.jsonvalue import JsonValue, dumps, loads
from satchel.workspace.commit_target import TargetFile
from satchel.workspace.errors import NameInvalidError, QuotaExceededError, WorkspaceError, from_os_error
from satchel.workspace.import_source import CopiedFile, SourceEntry, SourceKind

_NS_PER_MS = 1_000_000


class BrowserFolderSource:
    """A folder that was dropped or picked (`workspace.import_source.ImportSource`)."""

    def __init__(self, reader: JsFolderReader) -> None:
        self._reader = reader

    @property
    def name(self) -> str:
        """See `ImportSource.name`."""
        return self._reader.name

    @property
    def kind(self) -> SourceKind:
        """See `ImportSource.kind`."""
        return "folder"

    async def list_directory(self, path: str) -> Sequence[SourceEntry]:
        """See `ImportSource.list_directory`."""
        with _shown_as(path):
            entries = loads(await self._reader.list(path))
        return [_source_entry(entry) for entry in cast("Iterable[Mapping[str, JsonValue]]", entries)]

    async def read(self, path: str) -> bytes:
        """See `ImportSource.read`."""
        with _shown_as(path):
            return (await self._reader.read(path)).to_bytes()

    async def copy_into(self, paths: Sequence[str], destination: str) -> Sequence[CopiedFile]:
        """See `ImportSource.copy_into`."""
        result = cast(
            "Mapping[str, JsonValue]", loads(await self._reader.copyInto(dumps(list(paths)), destination))
        )
        if result["full"]:
            raise QuotaExceededError(
                "The project does not fit: the workspace's quota is used up.",
                "Leave out large folders (a .gitignore is honoured), or import a part of it.",
            )
        return [_copied_file(one) for one in cast("Iterable[Mapping[str, JsonValue]]", result["copied"])]

    async def close(self) -> None:
        """See `ImportSource.close`."""
        self._reader.close()


class BrowserFolderTarget:
    """A folder that the user let us write to (`workspace.commit_target.CommitTarget`)."""

    def __init__(self, writer: JsFolderWriter) -> None:
        self._writer = writer

    @property
    def name(self) -> str:
        """See `CommitTarget.name`."""
        return self._writer.name

    @property
    def identity(self) -> str:
        """See `CommitTarget.identity`. Browsers give folders none that can be kept."""
        return self._writer.name

    @property
    def keeps_modes(self) -> bool:
        """See `CommitTarget.keeps_modes`."""
        return False

    async def read(self, path: str) -> TargetFile | None:
        """See `CommitTarget.read`."""
        with _shown_as(path):
            found = await self._writer.read(path)
        if found is None:
            return None
        kind = cast(Literal["file", "directory"], found.kind)
        return TargetFile(kind, b"" if found.data is None else found.data.to_bytes())

    async def write(self, path: str, data: bytes, mode: int) -> None:
        """See `CommitTarget.write`; `mode` cannot be kept."""
        with _shown_as(path):
            await self._writer.write(path, js_bytes(data))

    async def symlink(self, path: str, target: str) -> None:
        """Browsers cannot make links: always raises WorkspaceError."""
        raise WorkspaceError(
            f"{path} is a symbolic link, and a browser cannot make one in a real folder.",
            "Leave it out of the commit, or take the changes as a patch.",
        )

    async def remove(self, path: str) -> None:
        """See `CommitTarget.remove`."""
        with _shown_as(path):
            await self._writer.remove(path)

    async def make_directory(self, path: str, mode: int) -> None:
        """Browsers know no modes: always raises WorkspaceError."""
        raise WorkspaceError(f"A browser cannot set the mode of {path}.")

    async def remove_directory(self, path: str) -> bool:
        """See `CommitTarget.remove_directory`."""
        return await self._writer.removeDirectory(path)


@contextmanager
def _shown_as(path: str) -> Iterator[None]:
    try:
        with translated_errors():
            yield
    except OSError as error:
        if error.errno == errno.EINVAL:
            raise NameInvalidError(
                f"{path} has a name that browsers do not allow in real folders.",
                "Rename it, leave it out of the commit, or take the changes as a patch.",
            ) from error
        raise from_os_error(error, path or "The folder") from error


def _source_entry(entry: Mapping[str, JsonValue]) -> SourceEntry:
    size, mtime_ms = entry.get("size"), entry.get("mtimeMs")
    return SourceEntry(
        name=str(entry["name"]),
        kind="directory" if entry["kind"] == "directory" else "file",
        size=size if isinstance(size, int) else None,
        mtime_ns=int(mtime_ms * _NS_PER_MS) if isinstance(mtime_ms, (int, float)) else None,
    )


def _copied_file(result: Mapping[str, JsonValue]) -> CopiedFile:
    path, error = str(result["path"]), result.get("error")
    if error is not None:
        return CopiedFile(path, error=str(error))
    size, mtime_ms = result["size"], result["mtimeMs"]
    assert isinstance(size, int)
    assert isinstance(mtime_ms, (int, float))
    return CopiedFile(path, size, str(result["sha256"]), int(mtime_ms * _NS_PER_MS))
