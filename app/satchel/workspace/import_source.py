"""Port: something that files can be imported from (a dropped folder, an archive, a directory of the
server).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias, runtime_checkable

SourceKind: TypeAlias = Literal["folder", "archive", "directory"]
EntryKind: TypeAlias = Literal["file", "directory", "symlink"]

BATCH_FILES = 256


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """One name in a directory of the source. None = the source cannot tell (browsers know no modes)."""

    name: str
    kind: EntryKind
    size: int | None = None
    mode: int | None = None
    mtime_ns: int | None = None
    link_target: str | None = None


@dataclass(frozen=True, slots=True)
class CopiedFile:
    """What came of copying one file: its size and hex SHA-256, or the `error` that kept it out."""

    path: str
    size: int = 0
    sha256: str = ""
    mtime_ns: int | None = None
    error: str | None = None


class ImportSource(Protocol):
    """Where an import reads from. Paths are relative to its root, `/` between components, `''` for the
    root.
    """

    @property
    def name(self) -> str:
        """The folder's or archive's own name, as shown to the user."""

    @property
    def kind(self) -> SourceKind:
        """What it is."""

    async def list_directory(self, path: str) -> Sequence[SourceEntry]:
        """The entries of a directory, in any order.

        What is neither file, directory nor link is left out.
        """

    async def read(self, path: str) -> bytes:
        """The content of a small file. Raises NotFoundError, NotAFileError."""

    async def copy_into(self, paths: Sequence[str], destination: str) -> Sequence[CopiedFile]:
        """Copy files (at most `BATCH_FILES`) to `destination/path` on the host, in the order given.

        The parents exist already; links are not asked for. One that cannot be read is reported in its
        `CopiedFile` and leaves no file behind; QuotaExceededError ends the whole batch.
        """

    async def close(self) -> None:
        """Let go of what the source holds open."""


@runtime_checkable
class RefusesEntries(Protocol):
    """A source that leaves entries out by itself (an archive with hostile names); the preview shows them."""

    @property
    def refused(self) -> Sequence[tuple[str, str]]:
        """(path, reason) of what it does not list."""
