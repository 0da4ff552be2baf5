"""The calls of preview 1 that take a path, `path_open` apart.

Order of checks, as POSIX systems have it: the descriptor and its rights, the form of the arguments, the path,
what is there, whether the place can be changed, permission bits, the policy. Nothing has changed when an errno
comes back.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from typing import Final, Literal

from satchel.adapters.server.wasi.engine import HostCall
from satchel.adapters.server.wasi.fd_calls import new_times
from satchel.adapters.server.wasi.fd_table import Descriptor
from satchel.adapters.server.wasi.guest_process import GuestProcess
from satchel.adapters.server.wasi.guest_tree import (
    DescriptorNode,
    DirectoryNode,
    LinkNode,
    Node,
    ProgramNode,
    TextNode,
)
from satchel.adapters.server.wasi.open_file import Directory
from satchel.adapters.server.wasi.path_walk import CHECKS_MODES, PathWalk, decode_path
from satchel.wasi.abi import Errno, Lookupflags, Rights
from satchel.wasi.errors import WasiError
from satchel.wasi.layout import pack_filestat, pack_status

_PATH_CREATE_DIRECTORY: Final = int(Rights.PATH_CREATE_DIRECTORY)
_PATH_FILESTAT_GET: Final = int(Rights.PATH_FILESTAT_GET)
_PATH_FILESTAT_SET_TIMES: Final = int(Rights.PATH_FILESTAT_SET_TIMES)
_PATH_LINK_SOURCE: Final = int(Rights.PATH_LINK_SOURCE)
_PATH_LINK_TARGET: Final = int(Rights.PATH_LINK_TARGET)
_PATH_READLINK: Final = int(Rights.PATH_READLINK)
_PATH_REMOVE_DIRECTORY: Final = int(Rights.PATH_REMOVE_DIRECTORY)
_PATH_RENAME_SOURCE: Final = int(Rights.PATH_RENAME_SOURCE)
_PATH_RENAME_TARGET: Final = int(Rights.PATH_RENAME_TARGET)
_PATH_SYMLINK: Final = int(Rights.PATH_SYMLINK)
_PATH_UNLINK_FILE: Final = int(Rights.PATH_UNLINK_FILE)
_MAY_WRITE: Final = 0o200
_FOLLOW: Final = int(Lookupflags.SYMLINK_FOLLOW)


def follows(flags: int) -> bool:
    """What `lookupflags` say. INVAL for those that do not exist."""
    if flags & ~_FOLLOW:
        raise WasiError(Errno.INVAL)
    return bool(flags)


def directory_of(process: GuestProcess, fd: int, right: int) -> tuple[Descriptor, Directory]:
    """The directory that a path starts at. BADF, NOTDIR, NOTCAPABLE."""
    descriptor = process.fds[fd]
    directory = descriptor.file
    if not isinstance(directory, Directory):
        raise WasiError(Errno.NOTDIR)
    if descriptor.base & right != right:
        raise WasiError(Errno.NOTCAPABLE)
    return descriptor, directory


def walk_from(process: GuestProcess, directory: Directory, path: str) -> PathWalk:
    """Look a path up from a directory."""
    return PathWalk(None if directory.is_confined else process.tree, process, directory.spot, path)


def _walk(process: GuestProcess, fd: int, right: int, path: int, length: int) -> PathWalk:
    _, directory = directory_of(process, fd, right)
    return walk_from(process, directory, decode_path(process.memory.read(path, length)))


def gate(
    process: GuestProcess, kind: Literal["read", "write"], walk: PathWalk, *, whole: bool = False
) -> None:
    """Hold a place against the policy, with all that lies below it if `whole`. ACCES. The guest's own tree is
    not asked about."""
    access = process.job.access
    if access.allows_all or walk.spot.node is not None:
        return
    path = walk.path
    process.require(kind, path, access.verdict(kind, path, whole=whole), Errno.ACCES)


def require_changeable(walk: PathWalk) -> None:
    """ROFS for a place that cannot be changed."""
    if walk.spot.node is not None or not walk.spot.is_writable:
        raise WasiError(Errno.ROFS)


def may_change_entry(process: GuestProcess, walk: PathWalk, *, whole: bool = False) -> None:
    """Whether the name may be made or removed. ROFS, ACCES."""
    require_changeable(walk)
    if CHECKS_MODES and not os.stat(walk.spot.fd).st_mode & _MAY_WRITE:
        raise WasiError(Errno.ACCES)
    gate(process, "write", walk, whole=whole)


def node_filestat(process: GuestProcess, node: Node, *, follow: bool) -> bytes:
    """The filestat of something in the guest's own tree."""
    if follow and isinstance(node, DescriptorNode):
        descriptor = process.fds.find(node.fd)
        if descriptor is None:
            raise WasiError(Errno.NXIO)
        return descriptor.file.filestat()
    size = 0
    if isinstance(node, TextNode | ProgramNode):
        size = len(node.content(process))
    if isinstance(node, LinkNode):
        size = len(node.target(process).encode())
    return pack_filestat(node.inode, node.filetype, node.mode, size, process.tree.started_ns)


def path_filestat_get(
    process: GuestProcess, fd: int, flags: int, path: int, length: int, result: int
) -> None:
    with _walk(process, fd, _PATH_FILESTAT_GET, path, length) as walk:
        packed = _filestat(process, walk, follow=follows(flags) or walk.slash)
    process.memory.write(result, packed)


def _filestat(process: GuestProcess, walk: PathWalk, *, follow: bool) -> bytes:
    if follow and walk.spot.node is not None:
        walk.follow()
    while walk.spot.node is None:
        status = walk.status()
        if status is None:
            raise WasiError(Errno.NOENT)
        # Most files are no links: they are looked at first.
        if not (follow and stat.S_ISLNK(status.st_mode)):
            if walk.slash and not stat.S_ISDIR(status.st_mode):
                raise WasiError(Errno.NOTDIR)
            return pack_status(status)
        walk.follow()
    return node_filestat(process, _existing_node(walk), follow=follow)


def _existing_node(walk: PathWalk) -> Node:
    node = walk.node if walk.name else walk.spot.node
    if node is None:
        raise WasiError(Errno.NOENT)
    if walk.slash and not isinstance(node, DirectoryNode):
        raise WasiError(Errno.NOTDIR)
    return node


def path_filestat_set_times(
    process: GuestProcess, fd: int, flags: int, path: int, length: int, atim: int, mtim: int, fst_flags: int
) -> None:
    with _walk(process, fd, _PATH_FILESTAT_SET_TIMES, path, length) as walk:
        status = existing(walk, follow=follows(flags))
        times = new_times(status, atim, mtim, fst_flags)
        gate(process, "write", walk)
        if fst_flags:
            os.utime(walk.name or ".", ns=times, dir_fd=walk.spot.fd, follow_symlinks=False)


def existing(walk: PathWalk, *, follow: bool) -> os.stat_result:
    """What exists on disk at a place that can be changed, links followed if asked. NOENT, NOTDIR, ROFS."""
    if follow or walk.slash:
        walk.follow()
    if walk.spot.node is not None:
        _existing_node(walk)
    status = walk.status() if walk.spot.node is None else None
    if status is None:
        raise WasiError(Errno.NOENT if walk.spot.node is None else Errno.ROFS)
    if walk.slash and not stat.S_ISDIR(status.st_mode):
        raise WasiError(Errno.NOTDIR)
    require_changeable(walk)
    return status


def path_create_directory(process: GuestProcess, fd: int, path: int, length: int) -> None:
    with _walk(process, fd, _PATH_CREATE_DIRECTORY, path, length) as walk:
        if exists(walk):
            raise WasiError(Errno.EXIST)
        may_change_entry(process, walk)
        mode = 0o777 & ~process.umask
        os.mkdir(walk.name, mode, dir_fd=walk.spot.fd)
        if mode & HOST_UMASK:
            _set_mode(walk, mode)


def _set_mode(walk: PathWalk, mode: int) -> None:
    """Give what was just made its mode, whatever the host's mask; by descriptor, so that no link is followed."""
    host = os.open(walk.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, dir_fd=walk.spot.fd)
    try:
        os.fchmod(host, mode)
    finally:
        os.close(host)


def exists(walk: PathWalk) -> bool:
    """Whether there is something, links not followed."""
    if not walk.name:
        return True
    return walk.node is not None if walk.spot.node is not None else walk.status() is not None


def path_remove_directory(process: GuestProcess, fd: int, path: int, length: int) -> None:
    with _walk(process, fd, _PATH_REMOVE_DIRECTORY, path, length) as walk:
        if not walk.name:
            raise WasiError({".": Errno.INVAL, "..": Errno.NOTEMPTY}.get(walk.dots, Errno.BUSY))
        if not exists(walk):
            raise WasiError(Errno.NOENT)
        if not is_directory(walk):
            raise WasiError(Errno.NOTDIR)
        may_change_entry(process, walk)
        os.rmdir(walk.name, dir_fd=walk.spot.fd)


def is_directory(walk: PathWalk) -> bool:
    """Whether what exists is a directory, links not followed."""
    if not walk.name:
        return True
    if walk.spot.node is not None:
        return isinstance(walk.node, DirectoryNode)
    status = walk.status()
    return status is not None and stat.S_ISDIR(status.st_mode)


def path_unlink_file(process: GuestProcess, fd: int, path: int, length: int) -> None:
    with _walk(process, fd, _PATH_UNLINK_FILE, path, length) as walk:
        if not exists(walk):
            raise WasiError(Errno.NOENT)
        if is_directory(walk):
            raise WasiError(Errno.ISDIR)
        if walk.slash:
            raise WasiError(Errno.NOTDIR)
        may_change_entry(process, walk)
        os.unlink(walk.name, dir_fd=walk.spot.fd)


def path_readlink(
    process: GuestProcess, fd: int, path: int, length: int, buffer: int, size: int, used: int
) -> None:
    with _walk(process, fd, _PATH_READLINK, path, length) as walk:
        if walk.slash:
            walk.follow()
            if exists(walk) and not is_directory(walk):
                raise WasiError(Errno.NOTDIR)
        if walk.spot.node is not None:
            node = _existing_node(walk)
            if not isinstance(node, LinkNode):
                raise WasiError(Errno.INVAL)
            target = node.target(process).encode("utf-8", "surrogateescape")
        else:
            target = os.readlink(os.fsencode(walk.name or "."), dir_fd=walk.spot.fd)
    process.memory.write(buffer, target[:size])
    process.memory.write_u32(used, min(size, len(target)))


def path_symlink(
    process: GuestProcess, target: int, target_length: int, fd: int, path: int, length: int
) -> None:
    _, directory = directory_of(process, fd, _PATH_SYMLINK)
    text = decode_path(process.memory.read(target, target_length))
    if directory.is_confined and text.startswith("/"):
        raise WasiError(Errno.PERM)
    with walk_from(process, directory, decode_path(process.memory.read(path, length))) as walk:
        _require_new(walk)
        may_change_entry(process, walk)
        os.symlink(text, walk.name, dir_fd=walk.spot.fd)


def _require_new(walk: PathWalk) -> None:
    if exists(walk):
        raise WasiError(Errno.EXIST)
    if walk.slash:
        raise WasiError(Errno.NOENT)


def path_link(
    process: GuestProcess,
    old_fd: int,
    flags: int,
    old: int,
    old_length: int,
    new_fd: int,
    new: int,
    new_length: int,
) -> None:
    with _walk(process, old_fd, _PATH_LINK_SOURCE, old, old_length) as source:
        if follows(flags) or source.slash:
            source.follow()
        if not exists(source):
            raise WasiError(Errno.NOENT)
        is_tree = is_directory(source)
        if source.slash and not is_tree:
            raise WasiError(Errno.NOTDIR)
        with _walk(process, new_fd, _PATH_LINK_TARGET, new, new_length) as target:
            _require_new(target)
            _require_same_device(source, target)
            if is_tree:
                raise WasiError(Errno.PERM)
            gate(process, "read", source)
            gate(process, "write", source)
            may_change_entry(process, target)
            os.link(
                source.name,
                target.name,
                src_dir_fd=source.spot.fd,
                dst_dir_fd=target.spot.fd,
                follow_symlinks=False,
            )


def _require_same_device(source: PathWalk, target: PathWalk) -> None:
    """The guest's own tree is one device, directories of the host are what the host says of them."""
    if (source.spot.node is None) != (target.spot.node is None):
        raise WasiError(Errno.XDEV)


def path_rename(
    process: GuestProcess, old_fd: int, old: int, old_length: int, new_fd: int, new: int, new_length: int
) -> None:
    with (
        _walk(process, old_fd, _PATH_RENAME_SOURCE, old, old_length) as source,
        _walk(process, new_fd, _PATH_RENAME_TARGET, new, new_length) as target,
    ):
        if not source.name or not target.name:
            raise WasiError(Errno.BUSY)
        _require_same_device(source, target)
        if not exists(source):
            raise WasiError(Errno.NOENT)
        is_tree = is_directory(source)
        if not is_tree and (source.slash or target.slash):
            raise WasiError(Errno.NOTDIR)
        gate(process, "read", source, whole=True)
        may_change_entry(process, source, whole=True)
        may_change_entry(process, target, whole=True)
        os.rename(source.name, target.name, src_dir_fd=source.spot.fd, dst_dir_fd=target.spot.fd)
        if is_tree:
            process.owner.directory_moved(source.path, target.path)


def _host_umask() -> int:
    """The mask that the host's own system puts over every mode."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


HOST_UMASK: Final = _host_umask()
_CALLS: Final[tuple[Callable[..., None], ...]] = (
    path_create_directory,
    path_filestat_get,
    path_filestat_set_times,
    path_link,
    path_readlink,
    path_remove_directory,
    path_rename,
    path_symlink,
    path_unlink_file,
)
PATH_CALLS: Final[dict[str, HostCall]] = {call.__name__: call for call in _CALLS}
