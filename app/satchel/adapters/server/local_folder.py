"""The user's real folder on this machine: read by an import, written by a commit, and by nothing else.

Symbolic links are never followed, in no component (`directory_walk`). A written file appears whole or not
at all: it is made beside the old one, synced, and renamed over it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import stat
from collections.abc import Sequence
from pathlib import Path

from satchel.adapters.server.directory_walk import open_directory, open_parent, open_root
from satchel.workspace.commit_target import TargetFile
from satchel.workspace.errors import NotAFileError, NotFoundError, WorkspaceError, from_os_error
from satchel.workspace.import_source import CopiedFile, SourceEntry, SourceKind

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class LocalFolderSource:
    """A directory to import from (`workspace.import_source.ImportSource`)."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    @property
    def name(self) -> str:
        """The directory's own name."""
        return self._root.name or str(self._root)

    @property
    def kind(self) -> SourceKind:
        """See `ImportSource.kind`."""
        return "directory"

    async def list_directory(self, path: str) -> Sequence[SourceEntry]:
        """See `ImportSource.list_directory`."""
        with (
            open_root(self._root) as root,
            open_directory(root, path) as directory,
            os.scandir(directory) as found,
        ):
            return [entry for entry in (_source_entry(one, directory) for one in found) if entry is not None]

    async def read(self, path: str) -> bytes:
        """See `ImportSource.read`."""
        with open_root(self._root) as root:
            return _read_file(root, path)[0]

    async def copy_into(self, paths: Sequence[str], destination: str) -> Sequence[CopiedFile]:
        """See `ImportSource.copy_into`; permission bits and modification times come along."""
        with open_root(self._root) as root:
            return [_copy(root, path, f"{destination}/{path}") for path in paths]

    async def close(self) -> None:
        """Nothing is held open."""


class LocalFolderTarget:
    """A directory to commit to (`workspace.commit_target.CommitTarget`)."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    @property
    def name(self) -> str:
        """The directory's path."""
        return str(self._root)

    @property
    def identity(self) -> str:
        """The directory's path."""
        return str(self._root)

    @property
    def keeps_modes(self) -> bool:
        """A POSIX directory keeps them."""
        return True

    async def read(self, path: str) -> TargetFile | None:
        """See `CommitTarget.read`."""
        try:
            with open_root(self._root) as root, open_parent(root, path) as (parent, name):
                return _target_file(parent, name)
        except (NotFoundError, FileNotFoundError):
            return None

    async def write(self, path: str, data: bytes, mode: int) -> None:
        """See `CommitTarget.write`."""
        with open_root(self._root) as root, open_parent(root, path, create=True) as (parent, name):
            _refuse_unless_file(parent, name, path)
            _replace(parent, name, data, mode)

    async def symlink(self, path: str, target: str) -> None:
        """See `CommitTarget.symlink`."""
        with open_root(self._root) as root, open_parent(root, path, create=True) as (parent, name):
            try:
                os.symlink(target, name, dir_fd=parent)
            except OSError as error:
                raise from_os_error(error, path) from error

    async def remove(self, path: str) -> None:
        """See `CommitTarget.remove`."""
        with open_root(self._root) as root, open_parent(root, path) as (parent, name):
            try:
                os.unlink(name, dir_fd=parent)
            except OSError as error:
                raise from_os_error(error, path) from error

    async def make_directory(self, path: str, mode: int) -> None:
        """See `CommitTarget.make_directory`."""
        with open_root(self._root) as root:
            try:
                with open_parent(root, path, create=True) as (parent, name):
                    os.mkdir(name, dir_fd=parent)
                with open_directory(root, path) as directory:
                    os.fchmod(directory, mode)
            except OSError as error:
                raise from_os_error(error, path) from error

    async def remove_directory(self, path: str) -> bool:
        """See `CommitTarget.remove_directory`."""
        try:
            with open_root(self._root) as root, open_parent(root, path) as (parent, name):
                os.rmdir(name, dir_fd=parent)
        except (OSError, WorkspaceError):
            return False
        return True


def _source_entry(entry: os.DirEntry[str], directory: int) -> SourceEntry | None:
    try:
        status = entry.stat(follow_symlinks=False)
        mode, mtime = stat.S_IMODE(status.st_mode), status.st_mtime_ns
        if stat.S_ISLNK(status.st_mode):
            target = os.readlink(entry.name, dir_fd=directory)
            return SourceEntry(entry.name, "symlink", len(os.fsencode(target)), None, mtime, target)
        if stat.S_ISDIR(status.st_mode):
            return SourceEntry(entry.name, "directory", None, mode, mtime)
        return (
            SourceEntry(entry.name, "file", status.st_size, mode, mtime)
            if stat.S_ISREG(status.st_mode)
            else None
        )
    except FileNotFoundError:  # it went away while we looked
        return None


def _read_file(root: int, path: str) -> tuple[bytes, os.stat_result]:
    with open_parent(root, path) as (parent, name):
        try:
            descriptor = os.open(name, _READ, dir_fd=parent)
        except OSError as error:
            raise from_os_error(error, path) from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise NotAFileError(f"{path} is not a regular file.")
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(), status
    finally:
        os.close(descriptor)


def _copy(root: int, path: str, destination: str) -> CopiedFile:
    try:
        data, status = _read_file(root, path)
    except (WorkspaceError, OSError) as error:
        return CopiedFile(path, error=str(error))
    try:
        descriptor = os.open(destination, _CREATE, 0o600)
        with open(descriptor, "wb") as file:
            file.write(data)
            os.fchmod(descriptor, stat.S_IMODE(status.st_mode) & 0o777)
        os.utime(destination, ns=(status.st_mtime_ns, status.st_mtime_ns))
    except OSError as error:
        raise from_os_error(error, path) from error
    return CopiedFile(path, len(data), hashlib.sha256(data).hexdigest(), status.st_mtime_ns)


def _target_file(parent: int, name: str) -> TargetFile:
    status = os.stat(name, dir_fd=parent, follow_symlinks=False)
    if stat.S_ISLNK(status.st_mode):
        return TargetFile("symlink", link_target=os.readlink(name, dir_fd=parent))
    if stat.S_ISDIR(status.st_mode):
        return TargetFile("directory", mode=stat.S_IMODE(status.st_mode))
    if not stat.S_ISREG(status.st_mode):
        return TargetFile("other")
    with open(os.open(name, _READ, dir_fd=parent), "rb") as file:
        return TargetFile("file", file.read(), stat.S_IMODE(os.fstat(file.fileno()).st_mode))


def _refuse_unless_file(parent: int, name: str, path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISREG(os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
            raise WorkspaceError(f"{path} is not a regular file in the real folder.", "Move it away first.")


def _replace(parent: int, name: str, data: bytes, mode: int) -> None:
    draft = f".satchel-{secrets.token_hex(8)}"
    try:
        with open(os.open(draft, _CREATE, 0o600, dir_fd=parent), "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        os.rename(draft, name, src_dir_fd=parent, dst_dir_fd=parent)
    except BaseException as error:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(draft, dir_fd=parent)
        if isinstance(error, OSError):
            raise from_os_error(error, name) from error
        raise
