"""A folder in memory: something to import from and to commit to, for tests and demos.

Behaves like a real folder as far as the ports can tell (the contract suites run on it), and may ignore the case of
names or know no modes, as some real ones do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from satchel.workspace.commit_target import TargetFile
from satchel.workspace.errors import NotAFileError, NotFoundError, WorkspaceError
from satchel.workspace.guest_path import path_bytes, shown
from satchel.workspace.host_tree import replace_file
from satchel.workspace.import_source import CopiedFile, SourceEntry, SourceKind

_NEW_DIRECTORY_MODE = 0o755


@dataclass(slots=True)
class MemoryFolder:
    """The content: files and links by path, and the modes of directories, which exist above every file."""

    files: dict[str, TargetFile] = field(default_factory=dict)
    directories: dict[str, int] = field(default_factory=dict)
    ignores_case: bool = False

    def put(self, path: str, data: bytes, mode: int = 0o644) -> None:
        """Make a file, directories included."""
        self._place(path, TargetFile("file", data, mode))

    def link(self, path: str, target: str) -> None:
        """Make a symbolic link, directories included."""
        self._place(path, TargetFile("symlink", mode=0o777, link_target=target))

    def make_directory(self, path: str, mode: int = _NEW_DIRECTORY_MODE) -> None:
        """Make a directory, those above it included."""
        for parent in (*parents_of(path), path):
            if self.key(parent) in self.files:
                raise WorkspaceError(f"{shown(parent)} is not a directory.")
            self.directories.setdefault(self.key(parent), _NEW_DIRECTORY_MODE)
        self.directories[self.key(path)] = mode

    def key(self, path: str) -> str:
        """The path as it is stored: the spelling that is there already where case does not count."""
        if not self.ignores_case or path in self.files or path in self.directories:
            return path
        folded = path.casefold()
        return next((known for known in (*self.files, *self.directories) if known.casefold() == folded), path)

    def _place(self, path: str, file: TargetFile) -> None:
        for parent in parents_of(path):
            if self.key(parent) in self.files:
                raise WorkspaceError(f"{shown(parent)} is not a directory.")
            self.directories.setdefault(self.key(parent), _NEW_DIRECTORY_MODE)
        self.files[self.key(path)] = file


class MemoryTarget:
    """A `CommitTarget` over a folder in memory."""

    def __init__(self, folder: MemoryFolder, name: str = "folder", *, keeps_modes: bool = True) -> None:
        self._folder = folder
        self._name = name
        self._keeps_modes = keeps_modes

    @property
    def name(self) -> str:
        """See `CommitTarget.name`."""
        return self._name

    @property
    def identity(self) -> str:
        """See `CommitTarget.identity`."""
        return self._name

    @property
    def keeps_modes(self) -> bool:
        """See `CommitTarget.keeps_modes`."""
        return self._keeps_modes

    async def read(self, path: str) -> TargetFile | None:
        """See `CommitTarget.read`."""
        key = self._folder.key(path)
        self._refuse_links_above(path)
        if key in self._folder.directories:
            return TargetFile("directory", mode=self._folder.directories[key] if self._keeps_modes else None)
        found = self._folder.files.get(key)
        if found is None or self._keeps_modes:
            return found
        return TargetFile(found.kind, found.data, None, found.link_target)

    async def write(self, path: str, data: bytes, mode: int) -> None:
        """See `CommitTarget.write`."""
        self._refuse_links_above(path)
        key = self._folder.key(path)
        there = self._folder.files.get(key)
        if key in self._folder.directories or (there is not None and there.kind != "file"):
            raise WorkspaceError(f"{shown(path)} is there and is no regular file.")
        self._folder.put(path, data, mode if self._keeps_modes else 0o644)

    async def symlink(self, path: str, target: str) -> None:
        """See `CommitTarget.symlink`."""
        self._refuse_links_above(path)
        key = self._folder.key(path)
        if key in self._folder.files or key in self._folder.directories:
            raise WorkspaceError(f"{shown(path)} exists already.")
        self._folder.link(path, target)

    async def remove(self, path: str) -> None:
        """See `CommitTarget.remove`."""
        self._refuse_links_above(path)
        if self._folder.key(path) in self._folder.directories:
            raise NotAFileError(f"{shown(path)} is a directory.")
        if self._folder.files.pop(self._folder.key(path), None) is None:
            raise NotFoundError(f"{shown(path)} does not exist.")

    async def make_directory(self, path: str, mode: int) -> None:
        """See `CommitTarget.make_directory`."""
        self._refuse_links_above(path)
        key = self._folder.key(path)
        if key in self._folder.files or key in self._folder.directories:
            raise WorkspaceError(f"{shown(path)} exists already.")
        self._folder.make_directory(path, mode)

    async def remove_directory(self, path: str) -> bool:
        """See `CommitTarget.remove_directory`."""
        key = self._folder.key(path)
        inside = f"{key}/"
        taken = any(known.startswith(inside) for known in (*self._folder.files, *self._folder.directories))
        if taken or key not in self._folder.directories:
            return False
        del self._folder.directories[key]
        return True

    def _refuse_links_above(self, path: str) -> None:
        for parent in parents_of(path):
            there = self._folder.files.get(self._folder.key(parent))
            if there is not None and there.kind == "symlink":
                raise WorkspaceError(f"{shown(parent)} is a symbolic link in the folder.")


class MemorySource:
    """An `ImportSource` over a folder in memory."""

    def __init__(self, folder: MemoryFolder, name: str = "folder") -> None:
        self._folder = folder
        self._name = name

    @property
    def name(self) -> str:
        """See `ImportSource.name`."""
        return self._name

    @property
    def kind(self) -> SourceKind:
        """See `ImportSource.kind`."""
        return "folder"

    async def list_directory(self, path: str) -> Sequence[SourceEntry]:
        """See `ImportSource.list_directory`."""
        if path and path not in self._folder.directories:
            raise NotFoundError(f"There is no directory {shown(path)}.")
        prefix = f"{path}/" if path else ""
        found = [
            SourceEntry(known[len(prefix) :], "directory")
            for known in self._folder.directories
            if known.startswith(prefix) and known != path and "/" not in known[len(prefix) :]
        ]
        for known, file in self._folder.files.items():
            if known.startswith(prefix) and "/" not in known[len(prefix) :]:
                found.append(_source_entry(known[len(prefix) :], file))
        return found

    async def read(self, path: str) -> bytes:
        """See `ImportSource.read`."""
        if path in self._folder.directories:
            raise NotAFileError(f"{shown(path)} is a directory.")
        file = self._folder.files.get(path)
        if file is None:
            raise NotFoundError(f"There is no {shown(path)}.")
        if file.kind != "file":
            raise NotAFileError(f"{shown(path)} is not a file.")
        return file.data

    async def copy_into(self, paths: Sequence[str], destination: str) -> Sequence[CopiedFile]:
        """See `ImportSource.copy_into`."""
        return [self._copy(path, destination) for path in paths]

    async def close(self) -> None:
        """Nothing is held open."""

    def _copy(self, path: str, destination: str) -> CopiedFile:
        file = self._folder.files.get(path)
        if file is None or file.kind != "file":
            return CopiedFile(path, error="it is gone")
        replace_file(f"{destination}/{path}", file.data)
        return CopiedFile(path, len(file.data), hashlib.sha256(file.data).hexdigest())


def parents_of(path: str) -> list[str]:
    """The directories above a path, the highest first."""
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


def _source_entry(name: str, file: TargetFile) -> SourceEntry:
    if file.kind == "symlink":
        return SourceEntry(
            name, "symlink", len(path_bytes(file.link_target or "")), link_target=file.link_target
        )
    return SourceEntry(name, "file", len(file.data), file.mode)
