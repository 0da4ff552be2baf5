"""Plain file operations on host paths that are already resolved: the only place that opens, replaces and
removes.

Nothing here knows guests, mounts or permission, and nothing follows a symbolic link in the last component.
Every function raises the host's own OSError.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Literal, TypeAlias

NodeKind: TypeAlias = Literal["file", "directory", "symlink", "other"]

NEW_FILE_MODE = 0o644
NEW_DIRECTORY_MODE = 0o755
_CLOSE_ON_EXEC = getattr(os, "O_CLOEXEC", 0)
_READ_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | _CLOSE_ON_EXEC | getattr(os, "O_NONBLOCK", 0)
_CREATE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | _CLOSE_ON_EXEC
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class FileStat:
    """What is known of one file without reading it. `mode` holds the permission bits only; times in
    nanoseconds.
    """

    kind: NodeKind
    size: int
    mode: int
    mtime_ns: int
    ctime_ns: int
    inode: int


def kind_of(mode: int) -> NodeKind:
    """The kind that the `st_mode` of a status stands for."""
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "directory"
    return "symlink" if stat.S_ISLNK(mode) else "other"


def file_stat(status: os.stat_result) -> FileStat:
    """The part of a status that Satchel uses."""
    return FileStat(
        kind_of(status.st_mode),
        status.st_size,
        stat.S_IMODE(status.st_mode),
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_ino,
    )


def place_in(root: str, path: str) -> str:
    """The host path of `path` below `root`, with every directory on the way a real one.

    Raises NotADirectoryError when one of them is a link or a file, FileNotFoundError when it is missing: a tree that a
    guest can write must never be entered through a link the guest made.
    """
    end = path.find("/")
    while end >= 0:
        parent = f"{root}/{path[:end]}"
        if not stat.S_ISDIR(os.lstat(parent).st_mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), parent)
        end = path.find("/", end + 1)
    return f"{root}/{path}"


def has_directory(root: str, path: str) -> bool:
    """Whether there is a directory at `path` below `root`, reached through directories only."""
    try:
        return stat.S_ISDIR(os.lstat(place_in(root, path)).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def read_file(host: str, offset: int = 0, length: int | None = None) -> bytes:
    """Up to `length` bytes (None: all) from `offset`. Never waits on a FIFO, never follows a link."""
    descriptor = os.open(host, _READ_FLAGS)
    try:
        if offset:
            os.lseek(descriptor, offset, os.SEEK_SET)
        return b"".join(_chunks(descriptor, length))
    finally:
        os.close(descriptor)


def _chunks(descriptor: int, length: int | None) -> Iterator[bytes]:
    left = length
    while left is None or left > 0:
        chunk = os.read(descriptor, _CHUNK if left is None else min(_CHUNK, left))
        if not chunk:
            return
        if left is not None:
            left -= len(chunk)
        yield chunk


def replace_file(host: str, data: bytes, mode: int = NEW_FILE_MODE) -> None:
    """Make `data` the content and `mode` the mode of `host`: written beside it, then renamed over it.

    A failure leaves what was there. A hard link is separated from its twins.
    """
    temporary = f"{os.path.dirname(host)}/.satchel-{secrets.token_hex(8)}"
    descriptor = os.open(temporary, _CREATE_FLAGS, 0o600)
    try:
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
        finally:
            os.close(descriptor)
        os.chmod(temporary, mode)
        os.rename(temporary, host)
    except BaseException:
        os.unlink(temporary)
        raise


def write_stream(source: IO[bytes], host: str, most: int) -> tuple[int, str]:
    """Copy a stream to a new file at `host`; gives its size and hex SHA-256.

    Raises FileExistsError when the name is taken, OSError with EFBIG when there are more than `most` bytes;
    no file is left behind by a failure.
    """
    digest = hashlib.sha256()
    size = 0
    descriptor = os.open(host, _CREATE_FLAGS, NEW_FILE_MODE)
    try:
        with open(descriptor, "wb") as sink:
            while chunk := source.read(_CHUNK):
                size += len(chunk)
                if size > most:
                    raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
                digest.update(chunk)
                sink.write(chunk)
    except BaseException:
        os.unlink(host)
        raise
    return size, digest.hexdigest()


def make_directory(host: str) -> None:
    """Make one directory, mode 0755 whatever the umask."""
    os.mkdir(host, NEW_DIRECTORY_MODE)
    os.chmod(host, NEW_DIRECTORY_MODE)


def remove_tree(host: str) -> None:
    """Remove a directory and all it holds, links unfollowed."""
    pending: list[tuple[str, bool]] = [(host, False)]
    while pending:
        path, emptied = pending.pop()
        if emptied:
            os.rmdir(path)
            continue
        pending.append((path, True))
        for entry in scan(path):
            if entry.is_dir(follow_symlinks=False):
                pending.append((entry.path, False))
            else:
                os.unlink(entry.path)


def scan(host: str) -> list[os.DirEntry[str]]:
    """The entries of a directory in the order of their names' bytes."""
    with os.scandir(host) as entries:
        found = list(entries)
    found.sort(key=lambda entry: os.fsencode(entry.name))
    return found


def entry_kind(entry: os.DirEntry[str]) -> NodeKind:
    """The kind of a directory entry, the link itself for a link."""
    if entry.is_symlink():
        return "symlink"
    if entry.is_dir(follow_symlinks=False):
        return "directory"
    return "file" if entry.is_file(follow_symlinks=False) else "other"


def walk_tree(host: str) -> Iterator[tuple[str, os.stat_result]]:
    """(path relative to `host`, lstat) of everything below a directory, a directory before its content.

    Depth first, names in byte order. What vanishes meanwhile is passed over.
    """
    stack: list[Iterator[tuple[str, os.DirEntry[str]]]] = [_entries(host, "")]
    while stack:
        found = next(stack[-1], None)
        if found is None:
            stack.pop()
            continue
        relative, entry = found
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue
        yield relative, status
        if stat.S_ISDIR(status.st_mode):
            stack.append(_entries(entry.path, relative + "/"))


def _entries(host: str, prefix: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    try:
        found = scan(host)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in found:
        yield prefix + entry.name, entry
