"""Reaching a path below a directory without ever following a symbolic link, by descriptors (`openat`,
`O_NOFOLLOW`).

A name that somebody swaps for a link between two steps changes nothing: each step starts from an open
descriptor.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from satchel.workspace.errors import NotFoundError, WorkspaceError, from_os_error

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_DIRECTORY_MODE = 0o777  # less the user's umask, as for any directory they make


@contextlib.contextmanager
def open_root(root: Path) -> Iterator[int]:
    """A descriptor of the directory itself; `root` may be reached through links, it is what the user
    named.
    """
    try:
        descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise from_os_error(error, str(root)) from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def open_parent(root: int, path: str, *, create: bool = False) -> Iterator[tuple[int, str]]:
    """(descriptor of the directory that holds `path`, last component).

    With `create`, missing directories on the way are made. Raises NotFoundError for a missing one,
    WorkspaceError for one that is a link or no directory.
    """
    *parents, last = path.split("/")
    descriptor = os.dup(root)
    try:
        for depth, name in enumerate(parents):
            below = _enter(descriptor, name, "/".join(parents[: depth + 1]), create)
            os.close(descriptor)
            descriptor = below
        yield descriptor, last
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def open_directory(root: int, path: str) -> Iterator[int]:
    """A descriptor of the directory at `path` ('' is the root), reached as `open_parent` does."""
    if not path:
        descriptor = os.dup(root)
    else:
        with open_parent(root, path) as (parent, name):
            descriptor = _enter(parent, name, path, create=False)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _enter(parent: int, name: str, shown: str, create: bool) -> int:
    if create:
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, _NEW_DIRECTORY_MODE, dir_fd=parent)
    try:
        return os.open(name, _DIRECTORY, dir_fd=parent)
    except FileNotFoundError as error:
        raise NotFoundError(f"{shown} does not exist.") from error
    except OSError as error:
        if error.errno in (errno.ENOTDIR, errno.ELOOP):
            raise WorkspaceError(
                f"{shown} is a symbolic link or no directory; nothing is written through it."
            ) from error
        raise from_os_error(error, shown) from error
