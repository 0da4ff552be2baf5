"""Files as the guest sees them: the only file access of tools, agent and views.

Every method takes a guest path (absolute, or relative to /workspace), resolves it through the mount table
and touches the host only at the resolved place, never through a symbolic link. Nothing here asks for
permission; that is the gate's. Errors are those of `errors.py`, each naming the guest path.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from satchel.base.limits import WorkspaceLimits
from satchel.workspace.errors import (
    AlreadyExistsError,
    DirectoryExpectedError,
    NameInvalidError,
    NotAFileError,
    NotFoundError,
    QuotaExceededError,
    WorkspaceError,
    from_os_error,
)
from satchel.workspace.guest_path import WORKSPACE, path_bytes, shown
from satchel.workspace.host_tree import (
    NEW_FILE_MODE,
    FileStat,
    NodeKind,
    entry_kind,
    file_stat,
    make_directory,
    read_file,
    remove_tree,
    replace_file,
    scan,
    walk_tree,
)
from satchel.workspace.mount_table import Location, MountTable

__all__ = ["DirectoryEntry", "FileStat", "GuestFiles", "NodeKind", "WalkEntry"]

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """One name in a directory."""

    name: str
    kind: NodeKind


@dataclass(frozen=True, slots=True)
class WalkEntry:
    """One thing met by `GuestFiles.walk`; `path` is absolute."""

    path: str
    stat: FileStat


class GuestFiles:
    """The files of one project behind a guest mount table (`{"/workspace": host directory, ...}`)."""

    def __init__(self, mounts: Mapping[str, str], limits: WorkspaceLimits | None = None) -> None:
        self._limits = limits or WorkspaceLimits()
        self._table = MountTable(mounts, self._limits)

    def canonical(self, path: str) -> str:
        """The absolute guest path that `path` leads to, links followed (the last one too). The end may be
        missing.

        Raises PathEscapeError, NameInvalidError, SymlinkLoopError, DirectoryExpectedError.
        """
        return self._table.resolve(path).guest

    def stat(self, path: str, *, follow: bool = True) -> FileStat:
        """Status of what is at `path`. `follow=False` looks at a link itself. Raises NotFoundError."""
        return self._stat(self._existing(path, follow=follow))

    def exists(self, path: str) -> bool:
        """Whether something is at `path` (a link that leads nowhere, or out of the mounts, counts as
        nothing).
        """
        try:
            return self._table.resolve(path).exists
        except WorkspaceError:
            return False

    def read_bytes(self, path: str, offset: int = 0, length: int | None = None) -> bytes:
        """Up to `length` bytes from `offset` (to the end when None).

        Raises NotFoundError, NotAFileError.
        """
        place = self._existing(path)
        _require_file(place)
        return self._host_call(place, lambda host: read_file(host, offset, length))

    def write_bytes(
        self, path: str, data: bytes, *, create_parents: bool = True, exclusive: bool = False
    ) -> None:
        """Make `data` the content of the file at `path`: at once and whole, or not at all.

        An existing file keeps its mode (a hard link is separated from its twins), a symbolic link is
        written through. With `exclusive` the name must be free. Raises AlreadyExistsError, NotAFileError,
        NotFoundError (no parent and not `create_parents`), QuotaExceededError.
        """
        place = self._table.resolve(path, follow=not exclusive)
        if exclusive and place.exists:
            raise AlreadyExistsError(
                f"{shown(place.guest)} exists already.", "Choose another name, or edit that file."
            )
        if place.wants_directory:
            raise NotAFileError(f"{shown(path)} names a directory.", "Leave the last slash out.")
        if len(data) > self._limits.file_bytes:
            raise QuotaExceededError(
                f"{shown(place.guest)} would have {len(data)} bytes.",
                f"The limit is {self._limits.file_bytes} bytes a file.",
            )
        if place.exists:
            _require_file(place)
        mode = NEW_FILE_MODE if place.status is None else stat.S_IMODE(place.status.st_mode)
        if create_parents and place.status is None:
            self._make_parents(place.guest)
        self._host_call(place, lambda host: replace_file(host, data, mode))

    def list_directory(self, path: str) -> list[DirectoryEntry]:
        """The entries of a directory in the order of their names' bytes. Raises NotFoundError,
        DirectoryExpectedError.
        """
        place = self._existing_directory(path)
        if place.host is None:
            return [DirectoryEntry(name, "directory") for name in self._table.synthetic_children(place.guest)]
        entries = self._host_call(place, scan)
        return [DirectoryEntry(entry.name, entry_kind(entry)) for entry in entries]

    def walk(self, path: str = WORKSPACE) -> Iterator[WalkEntry]:
        """Everything below a directory, depth first, a directory before its content, names in byte order.

        Links are reported and never followed. A directory that vanishes meanwhile is passed over.
        """
        place = self._existing_directory(path)
        if place.host is None:
            yield from self._walk_synthetic(place.guest)
            return
        for relative, status in walk_tree(place.host):
            yield WalkEntry(f"{place.guest}/{relative}", file_stat(status))

    def make_directory(self, path: str, *, create_parents: bool = False, exist_ok: bool = False) -> None:
        """Make a directory (mode 0755). Raises AlreadyExistsError unless `exist_ok` and it is one."""
        place = self._table.resolve(path)
        if place.exists:
            if exist_ok and place.is_directory:
                return
            raise AlreadyExistsError(f"{shown(place.guest)} exists already.")
        if create_parents:
            self._make_parents(place.guest)
        self._host_call(place, make_directory)

    def remove_file(self, path: str) -> None:
        """Remove a file or a symbolic link (not what it leads to). Raises NotFoundError, NotAFileError."""
        place = self._existing(path, follow=False)
        if place.is_directory:
            raise NotAFileError(f"{shown(place.guest)} is a directory.", "Remove it as a directory.")
        self._host_call(place, os.unlink)

    def remove_tree(self, path: str) -> None:
        """Remove whatever is at `path`, a directory with all it holds.

        Links are removed, never followed.
        """
        place = self._removable(path)
        if place.is_directory:
            self._host_call(place, remove_tree)
        else:
            self._host_call(place, os.unlink)

    def rename(self, old: str, new: str) -> None:
        """Move `old` to `new`, whose directory exists; a file there is replaced. Last links are not followed."""
        source = self._removable(old)
        destination = self._table.resolve(new, follow=False)
        if destination.host is None or destination.is_mount_point:
            raise AlreadyExistsError(f"{shown(destination.guest)} cannot be replaced.")
        self._existing_directory(destination.guest.rpartition("/")[0] or "/")
        if destination.guest.startswith(source.guest + "/"):
            raise WorkspaceError(f"{shown(source.guest)} cannot be moved into itself.")
        target = destination.host
        self._host_call(source, lambda host: os.rename(host, target))

    def read_link(self, path: str) -> str:
        """The text of a symbolic link. Raises NotFoundError, NotAFileError when it is none."""
        place = self._existing(path, follow=False)
        if place.status is None or not stat.S_ISLNK(place.status.st_mode):
            raise NotAFileError(f"{shown(place.guest)} is not a symbolic link.")
        return self._host_call(place, os.readlink)

    def make_symlink(self, path: str, target: str) -> None:
        """Make `path` a symbolic link with the text `target`, missing parents included.

        It may lead anywhere: following it is what is guarded.
        """
        place = self._table.resolve(path, follow=False)
        if place.exists:
            raise AlreadyExistsError(f"{shown(place.guest)} exists already.")
        if not target or "\0" in target or len(path_bytes(target)) > self._limits.path_bytes:
            raise NameInvalidError(f"{shown(target[:80])!r} cannot be the target of a link.")
        self._make_parents(place.guest)
        self._host_call(place, lambda host: os.symlink(target, host))

    def set_mode(self, path: str, mode: int) -> None:
        """Set the permission bits of a file or directory, links followed."""
        place = self._existing(path)
        self._host_call(place, lambda host: os.chmod(host, stat.S_IMODE(mode)))

    def _existing(self, path: str, *, follow: bool = True) -> Location:
        place = self._table.resolve(path, follow=follow)
        if not place.exists:
            raise NotFoundError(
                f"{shown(place.guest)} does not exist.", "Check the name, or list the directory."
            )
        if place.wants_directory and not place.is_directory:
            raise DirectoryExpectedError(f"{shown(place.guest)} is not a directory.")
        return place

    def _existing_directory(self, path: str) -> Location:
        place = self._existing(path)
        if not place.is_directory:
            raise DirectoryExpectedError(f"{shown(place.guest)} is not a directory.")
        return place

    def _removable(self, path: str) -> Location:
        place = self._existing(path, follow=False)
        if place.host is None or place.is_mount_point:
            raise WorkspaceError(
                f"{shown(place.guest)} itself cannot be moved or removed.", "Remove what it holds."
            )
        return place

    def _make_parents(self, guest: str) -> None:
        """Make the missing directories above a resolved path, which holds no links any more."""
        missing: list[Location] = []
        parent = guest.rpartition("/")[0]
        while parent:
            place = self._table.resolve(parent, follow=False)
            if place.exists:
                break
            missing.append(place)
            parent = parent.rpartition("/")[0]
        for place in reversed(missing):
            self._host_call(place, make_directory)

    def _walk_synthetic(self, guest: str) -> Iterator[WalkEntry]:
        for name in self._table.synthetic_children(guest):
            child = f"{guest.rstrip('/')}/{name}"
            yield WalkEntry(child, self._stat(self._table.resolve(child)))
            yield from self.walk(child)

    @staticmethod
    def _stat(place: Location) -> FileStat:
        if place.status is None:
            return FileStat("directory", 0, 0o555, 0, 0, 0)
        return file_stat(place.status)

    @staticmethod
    def _host_call(place: Location, call: Callable[[str], _Result]) -> _Result:
        if place.host is None:
            raise WorkspaceError(f"{shown(place.guest)} cannot be changed.", f"Work below {WORKSPACE}.")
        try:
            return call(place.host)
        except OSError as error:
            raise from_os_error(error, shown(place.guest)) from error


def _require_file(place: Location) -> None:
    if place.is_directory:
        raise NotAFileError(
            f"{shown(place.guest)} is a directory, not a file.", "List it, or name a file in it."
        )
    if place.status is None or not stat.S_ISREG(place.status.st_mode):
        raise NotAFileError(f"{shown(place.guest)} is not a regular file.")
