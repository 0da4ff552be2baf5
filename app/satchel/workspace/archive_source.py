"""An archive (zip; tar, also compressed) as a source to import from.

Nothing is unpacked before it is asked for, nothing is written outside of the destination, and nothing in
the archive decides where: names come from the checked tree (`archive_tree.py`), sizes are held to the
limits (`archive_limits.py`).
"""

from __future__ import annotations

import errno
import io
from collections.abc import Sequence
from typing import IO, Literal, Protocol

from satchel.base.checkpoint import Checkpoint
from satchel.base.limits import WorkspaceLimits
from satchel.workspace import tar_reader, zip_reader
from satchel.workspace.archive_tree import ArchiveTree
from satchel.workspace.errors import (
    ArchiveError,
    NotAFileError,
    NotFoundError,
    from_os_error,
)
from satchel.workspace.guest_path import shown
from satchel.workspace.host_tree import write_stream
from satchel.workspace.import_source import CopiedFile, SourceEntry
from satchel.workspace.tar_reader import TarReader, unpacked
from satchel.workspace.zip_reader import ZipReader

_READ_ERRORS = (*zip_reader.READ_ERRORS, *tar_reader.READ_ERRORS)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")
_KNOWN_OTHERS = {
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!": "RAR",
    b"\x28\xb5\x2f\xfd": "Zstandard",
    b"\x1f\x9d": "compress",
}


class _Reader(Protocol):
    tree: ArchiveTree

    def close(self) -> None: ...


class ArchiveSource:
    """An `ImportSource` over an archive. Made by `open_archive`."""

    def __init__(self, name: str, reader: _Reader, limits: WorkspaceLimits) -> None:
        self._name = name
        self._reader = reader
        self._limits = limits
        self._tree = reader.tree.without_root(name)

    @property
    def name(self) -> str:
        """The archive's file name."""
        return self._name

    @property
    def kind(self) -> Literal["archive"]:
        """See `ImportSource.kind`."""
        return "archive"

    @property
    def refused(self) -> Sequence[tuple[str, str]]:
        """Entries that are not listed, as (name in the archive, reason)."""
        return tuple(self._reader.tree.refused)

    async def list_directory(self, path: str) -> Sequence[SourceEntry]:
        """See `ImportSource.list_directory`."""
        listing = self._tree.listing(path)
        if listing is None:
            raise NotFoundError(f"There is no directory {shown(path)} in {shown(self._name)}.")
        return listing

    async def read(self, path: str) -> bytes:
        """See `ImportSource.read`. Raises ArchiveError when the entry is damaged."""
        entry = self._tree.entries.get(path)
        if entry is None:
            raise NotFoundError(f"There is no {shown(path)} in {shown(self._name)}.")
        if entry.opened is None:
            raise NotAFileError(f"{shown(path)} in {shown(self._name)} is not a file.")
        try:
            with entry.opened() as stream:
                return stream.read(self._limits.file_bytes)
        except _READ_ERRORS as error:
            raise ArchiveError(f"{shown(path)} in {shown(self._name)} is damaged ({error}).") from error

    async def copy_into(self, paths: Sequence[str], destination: str) -> Sequence[CopiedFile]:
        """See `ImportSource.copy_into`."""
        return [self._copy(path, destination) for path in paths]

    async def close(self) -> None:
        """See `ImportSource.close`."""
        self._reader.close()

    def _copy(self, path: str, destination: str) -> CopiedFile:
        entry = self._tree.entries.get(path)
        if entry is None or entry.opened is None:
            return CopiedFile(path, error="there is no such file in the archive")
        try:
            with entry.opened() as stream:
                size, sha256 = write_stream(stream, f"{destination}/{path}", self._limits.file_bytes)
        except _READ_ERRORS as error:
            return CopiedFile(path, error=f"it is damaged in the archive ({error})")
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise from_os_error(error, shown(path)) from error
            return CopiedFile(path, error=f"{error.strerror or error}")
        return CopiedFile(path, size, sha256, entry.mtime_ns)


async def open_archive(
    name: str, content: bytes | IO[bytes], checkpoint: Checkpoint, limits: WorkspaceLimits | None = None
) -> ArchiveSource:
    """The archive in `content` (bytes, or a stream that can seek) as an import source.

    What it is, is decided by its first bytes, not by `name`. Raises ArchiveError when it is damaged,
    encrypted, a bomb, or of a format that is not known. One top directory named like the archive
    (`project-main.zip` with `project-main/`) is taken for the project's root.
    """
    held = limits or WorkspaceLimits()
    stream = io.BytesIO(content) if isinstance(content, bytes) else content
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    magic = stream.read(8)
    stream.seek(0)
    for start, known in _KNOWN_OTHERS.items():
        if magic.startswith(start):
            raise ArchiveError(
                f"{shown(name)} is a {known} archive.", "Zip and tar (also .gz, .bz2, .xz) can be imported."
            )
    if magic.startswith(_ZIP):
        return ArchiveSource(name, ZipReader(stream, size, held), held)
    if magic.startswith(_COMPRESSED):
        stream = await unpacked(stream, magic, size, held, checkpoint)
    reader = TarReader(stream, held)
    try:
        await reader.scan(size, checkpoint)
    except BaseException:
        reader.close()
        raise
    return ArchiveSource(name, reader, held)
