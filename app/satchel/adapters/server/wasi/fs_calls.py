"""The calls of `satchel_fs_v1`: modes, access, locks, paths of directories."""

from __future__ import annotations

import fcntl
import os
import stat
from typing import Final

from satchel.adapters.server.wasi.engine import HostCall
from satchel.adapters.server.wasi.fd_calls import permit_attributes
from satchel.adapters.server.wasi.guest_process import GuestProcess
from satchel.adapters.server.wasi.open_file import Directory, HostFile
from satchel.adapters.server.wasi.path_calls import (
    directory_of,
    existing,
    follows,
    gate,
    require_changeable,
    walk_from,
)
from satchel.adapters.server.wasi.path_walk import PathWalk, decode_path
from satchel.wasi.abi import AccessMode, Errno, Filetype, LockOperation, Rights
from satchel.wasi.errors import WasiError
from satchel.wasi.layout import filetype_of

_PATH_FILESTAT_GET: Final = int(Rights.PATH_FILESTAT_GET)
_PATH_FILESTAT_SET_TIMES: Final = int(Rights.PATH_FILESTAT_SET_TIMES)
_READ: Final = int(AccessMode.READ)
_WRITE: Final = int(AccessMode.WRITE)
_MODE_BITS: Final = 0o7777
_LOCK_RETRY_SECONDS: Final = 0.01
_ACCESS: Final = int(AccessMode.EXECUTE | AccessMode.WRITE | AccessMode.READ)
_LOCKS: Final = {
    LockOperation.SHARED: fcntl.LOCK_SH,
    LockOperation.EXCLUSIVE: fcntl.LOCK_EX,
    LockOperation.UNLOCK: fcntl.LOCK_UN,
}


def fd_chmod(process: GuestProcess, fd: int, mode: int) -> None:
    file = process.fds[fd].file
    if not isinstance(file, HostFile | Directory):
        raise WasiError(Errno.INVAL)
    permit_attributes(process, file)
    os.fchmod(file.host, mode & _MODE_BITS)


def path_chmod(process: GuestProcess, fd: int, flags: int, path: int, length: int, mode: int) -> None:
    _, directory = directory_of(process, fd, _PATH_FILESTAT_SET_TIMES)
    with walk_from(process, directory, decode_path(process.memory.read(path, length))) as walk:
        if stat.S_ISLNK(existing(walk, follow=follows(flags)).st_mode):
            raise WasiError(Errno.NOTSUP)
        gate(process, "write", walk)
        _chmod(walk, mode & _MODE_BITS)


def _chmod(walk: PathWalk, mode: int) -> None:
    """By a descriptor: `chmod` would follow a link that was put there meanwhile."""
    flags = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        host = os.open(walk.name or ".", os.O_RDONLY | flags, dir_fd=walk.spot.fd)
    except PermissionError:
        host = os.open(walk.name or ".", getattr(os, "O_PATH", os.O_WRONLY) | flags, dir_fd=walk.spot.fd)
        try:
            os.chmod(f"/proc/self/fd/{host}" if hasattr(os, "O_PATH") else host, mode)
        finally:
            os.close(host)
        return
    try:
        os.fchmod(host, mode)
    finally:
        os.close(host)


def path_access(process: GuestProcess, fd: int, flags: int, path: int, length: int, mode: int) -> None:
    """What is asked about is not tried: `ask` counts as allowed, and a no is not reported."""
    _, directory = directory_of(process, fd, _PATH_FILESTAT_GET)
    text = decode_path(process.memory.read(path, length))
    with walk_from(process, directory, text) as walk:
        if follows(flags) or walk.slash:
            walk.follow()
        permitted, filetype = _permitted(walk)
        if mode & ~_ACCESS:
            raise WasiError(Errno.INVAL)
        is_file = filetype is Filetype.REGULAR_FILE
        if walk.slash and filetype is not Filetype.DIRECTORY:
            raise WasiError(Errno.NOTDIR)
        if mode & _WRITE and (is_file or filetype is Filetype.DIRECTORY):
            require_changeable(walk)
        if mode & ~permitted or (walk.spot.node is None and _is_denied(process, walk.path, mode, is_file)):
            raise WasiError(Errno.ACCES)


def _permitted(walk: PathWalk) -> tuple[int, Filetype]:
    """What the owner may do with what was found, and its type. NOENT."""
    if walk.spot.node is not None:
        node = walk.node if walk.name else walk.spot.node
        if node is None:
            raise WasiError(Errno.NOENT)
        return node.mode >> 6 & 7, node.filetype
    status = walk.status()
    if status is None:
        raise WasiError(Errno.NOENT)
    return status.st_mode >> 6 & 7, filetype_of(status.st_mode)


def _is_denied(process: GuestProcess, path: str, mode: int, is_file: bool) -> bool:
    access = process.job.access
    return bool(
        (mode & _WRITE and access.verdict("write", path) == "deny")
        or (mode & _READ and is_file and access.verdict("read", path) == "deny")
    )


def umask(process: GuestProcess, mask: int, previous: int) -> None:
    process.memory.write_u32(previous, process.umask)
    process.umask = mask & 0o777


def fd_lock(process: GuestProcess, fd: int, operation: int) -> None:
    file = process.fds[fd].file
    wanted = _LOCKS.get(LockOperation(operation & ~LockOperation.NONBLOCK & 0xF))
    if wanted is None or operation >> 4:
        raise WasiError(Errno.INVAL)
    if not isinstance(file, HostFile | Directory) or file.host < 0:
        raise WasiError(Errno.BADF)
    while True:
        try:
            fcntl.flock(file.host, wanted | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if operation & LockOperation.NONBLOCK:
                raise
        process.block((), _LOCK_RETRY_SECONDS)


def fd_path(process: GuestProcess, fd: int, buffer: int, size: int, used: int) -> None:
    file = process.fds[fd].file
    if not isinstance(file, Directory):
        raise WasiError(Errno.NOTDIR)
    path = os.fsencode(file.spot.path)
    if len(path) > size:
        raise WasiError(Errno.RANGE)
    process.memory.write(buffer, path)
    process.memory.write_u32(used, len(path))


FS_CALLS: Final[dict[str, HostCall]] = {
    call.__name__: call for call in (fd_chmod, path_chmod, path_access, umask, fd_lock, fd_path)
}
