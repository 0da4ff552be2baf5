"""`path_open`: from a path, rights and flags to an open file."""

from __future__ import annotations

import errno
import os
import stat
from typing import Final

from satchel.adapters.server.wasi.fd_table import Descriptor
from satchel.adapters.server.wasi.guest_process import GuestProcess
from satchel.adapters.server.wasi.guest_tree import (
    DescriptorNode,
    DeviceNode,
    DirectoryNode,
    LinkNode,
    ProgramNode,
    TextNode,
)
from satchel.adapters.server.wasi.open_file import Directory, HostFile, OpenFile
from satchel.adapters.server.wasi.path_calls import (
    HOST_UMASK,
    directory_of,
    follows,
    gate,
    may_change_entry,
    require_changeable,
    walk_from,
)
from satchel.adapters.server.wasi.path_walk import CHECKS_MODES, PathWalk, Spot, decode_path
from satchel.adapters.server.wasi.synthetic_file import Device, TextFile
from satchel.wasi.abi import ALL_RIGHTS, Errno, Fdflags, Oflags, Rights
from satchel.wasi.errors import WasiError
from satchel.wasi.layout import filetype_of
from satchel.wasi.rights import needed_to_open, opens_for_writing, possible_rights

_ALL_RIGHTS: Final = int(ALL_RIGHTS)
_APPEND: Final = int(Fdflags.APPEND)
_CREAT: Final = int(Oflags.CREAT)
_DIRECTORY: Final = int(Oflags.DIRECTORY)
_DSYNC: Final = int(Fdflags.DSYNC)
_EXCL: Final = int(Oflags.EXCL)
_FD_READ: Final = int(Rights.FD_READ)
_FD_WRITE: Final = int(Rights.FD_WRITE)
_PATH_OPEN: Final = int(Rights.PATH_OPEN)
_RSYNC: Final = int(Fdflags.RSYNC)
_SYNC: Final = int(Fdflags.SYNC)
_TRUNC: Final = int(Oflags.TRUNC)
_MAY_READ: Final = 0o400
_MAY_WRITE: Final = 0o200
_OFLAGS: Final = int(Oflags.CREAT | Oflags.DIRECTORY | Oflags.EXCL | Oflags.TRUNC)
_FDFLAGS: Final = int(Fdflags.APPEND | Fdflags.DSYNC | Fdflags.NONBLOCK | Fdflags.RSYNC | Fdflags.SYNC)
# Never waits for the other end of a FIFO, never makes a terminal ours.
_ALWAYS: Final = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY


class _Opening:
    """What is asked for, in the terms of both sides."""

    __slots__ = (
        "base",
        "creates",
        "exclusive",
        "fdflags",
        "follow",
        "only_directory",
        "reads",
        "truncates",
        "writes",
    )

    def __init__(self, lookup: int, oflags: int, base: int, fdflags: int) -> None:
        if oflags & ~_OFLAGS or fdflags & ~_FDFLAGS:
            raise WasiError(Errno.INVAL)
        self.only_directory = bool(oflags & _DIRECTORY)
        if self.only_directory and oflags != _DIRECTORY:
            raise WasiError(Errno.INVAL)
        self.base = base
        self.fdflags = fdflags
        self.creates = bool(oflags & _CREAT)
        self.exclusive = self.creates and bool(oflags & _EXCL)
        self.truncates = bool(oflags & _TRUNC)
        self.follow = follows(lookup) and not self.exclusive
        self.reads = bool(base & _FD_READ)
        self.writes = opens_for_writing(base)

    @property
    def changes(self) -> bool:
        """Whether the file itself is to be changed, or may be."""
        return self.writes or self.truncates

    def host_flags(self) -> int:
        """Flags of `open`, without those that make or cut the file."""
        flags = _ALWAYS
        if self.changes:
            flags |= os.O_RDWR if self.reads else os.O_WRONLY
        if self.only_directory:
            flags |= os.O_DIRECTORY
        if self.fdflags & _APPEND:
            flags |= os.O_APPEND
        if self.fdflags & (_SYNC | _RSYNC):
            flags |= os.O_SYNC
        elif self.fdflags & _DSYNC:
            flags |= os.O_DSYNC
        return flags


def path_open(
    process: GuestProcess,
    fd: int,
    lookup: int,
    path: int,
    length: int,
    oflags: int,
    base: int,
    inheriting: int,
    fdflags: int,
    opened: int,
) -> None:
    """See the module."""
    descriptor, directory = directory_of(process, fd, _PATH_OPEN)
    base &= _ALL_RIGHTS
    inheriting &= _ALL_RIGHTS
    needed = needed_to_open(oflags)
    if (base | inheriting) & ~descriptor.inheriting or descriptor.base & needed != needed:
        raise WasiError(Errno.NOTCAPABLE)
    opening = _Opening(lookup, oflags, base, fdflags)
    text = decode_path(process.memory.read(path, length))
    number = process.fds.vacant()
    process.memory.view(opened, 4)
    with walk_from(process, directory, text) as walk:
        if opening.creates and text.endswith("/"):
            raise WasiError(Errno.ISDIR)
        file, rights = _open(process, directory, walk, opening)
    process.fds.put(number, Descriptor(file, base & rights, inheriting if isinstance(file, Directory) else 0))
    process.memory.write_u32(opened, number)


def _open(
    process: GuestProcess, directory: Directory, walk: PathWalk, opening: _Opening
) -> tuple[OpenFile, int]:
    """The open file, and the rights it can give. Links are met by opening, which fails on one, unless more is to be
    known of the file before it is opened."""
    while True:
        is_checked = CHECKS_MODES or not process.job.access.allows_all or not walk.spot.is_writable
        if (opening.follow and is_checked) or walk.slash:
            walk.follow()
        opening.only_directory = opening.only_directory or walk.slash
        if not walk.name:
            return _with_rights(_open_spot(directory, walk, opening))
        if walk.spot.node is not None:
            return _open_node(process, walk, opening)
        if is_checked:
            _check(process, walk, opening)
        try:
            return _with_rights(_open_on_disk(process, directory, walk, opening))
        except OSError as error:
            if error.errno not in (errno.ELOOP, errno.ENOTDIR):
                raise
            if not opening.follow or not walk.follow():
                raise WasiError(Errno.LOOP if error.errno == errno.ELOOP else Errno.NOTDIR) from None


def _with_rights(file: OpenFile) -> tuple[OpenFile, int]:
    return file, file.rights


def _open_spot(directory: Directory, walk: PathWalk, opening: _Opening) -> Directory:
    """Open the directory that the walk has reached itself."""
    if opening.exclusive:
        raise WasiError(Errno.EXIST)
    if opening.creates or opening.truncates or opening.base & _FD_WRITE:
        raise WasiError(Errno.ISDIR)
    spot = walk.spot
    if spot.node is not None:
        return Directory(Spot(spot.path, -1, spot.node), is_confined=False)
    host = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=spot.fd)
    return _directory(host, spot.path, directory, walk, opening, is_top=not spot.is_owned)


def _directory(
    host: int, path: str, start: Directory, walk: PathWalk, opening: _Opening, *, is_top: bool = False
) -> Directory:
    spot = Spot(path, host, None, is_writable=walk.spot.is_writable)
    return Directory(spot, is_confined=start.is_confined, is_top=is_top, flags=opening.fdflags)


def _open_on_disk(process: GuestProcess, directory: Directory, walk: PathWalk, opening: _Opening) -> OpenFile:
    host = _open_host(process, walk, opening)
    try:
        return _file(host, directory, walk, opening)
    except BaseException:
        os.close(host)
        raise


def _check(process: GuestProcess, walk: PathWalk, opening: _Opening) -> None:
    """What the host's system does not check for us: the policy, a read-only preopen, and as root the
    permission bits."""
    status = walk.status()
    if status is None:
        if not opening.creates:
            raise WasiError(Errno.NOENT)
        may_change_entry(process, walk)
        return
    if opening.exclusive:
        raise WasiError(Errno.EXIST)
    if not stat.S_ISREG(status.st_mode):
        is_directory = stat.S_ISDIR(status.st_mode)
        if is_directory and opening.creates:
            raise WasiError(Errno.ISDIR)
        if is_directory and CHECKS_MODES and opening.reads and not status.st_mode & _MAY_READ:
            raise WasiError(Errno.ACCES)
        return
    if opening.only_directory:
        raise WasiError(Errno.NOTDIR)
    if opening.changes:
        require_changeable(walk)
    refused = (opening.changes and not status.st_mode & _MAY_WRITE) or (
        opening.reads and not status.st_mode & _MAY_READ
    )
    if CHECKS_MODES and refused:
        raise WasiError(Errno.ACCES)
    if opening.changes:
        gate(process, "write", walk)
    if opening.reads:
        gate(process, "read", walk)


def _open_host(process: GuestProcess, walk: PathWalk, opening: _Opening) -> int:
    flags = opening.host_flags() | (os.O_TRUNC if opening.truncates else 0)
    name, at = walk.name, walk.spot.fd
    if not opening.creates or not walk.spot.is_writable:
        try:
            return os.open(name, flags, dir_fd=at)
        except IsADirectoryError:
            if opening.base & _FD_WRITE or opening.truncates:
                raise
            return os.open(name, os.O_RDONLY | os.O_DIRECTORY | _ALWAYS, dir_fd=at)
    mode = 0o666 & ~process.umask
    if opening.exclusive or mode & HOST_UMASK:
        try:
            host = os.open(name, flags | os.O_CREAT | os.O_EXCL, mode, dir_fd=at)
        except FileExistsError:
            if opening.exclusive:
                raise
            return os.open(name, flags | os.O_CREAT, mode, dir_fd=at)
        if mode & HOST_UMASK:
            os.fchmod(host, mode)
        return host
    return os.open(name, flags | os.O_CREAT, mode, dir_fd=at)


def _file(host: int, directory: Directory, walk: PathWalk, opening: _Opening) -> OpenFile:
    status = os.fstat(host)
    if stat.S_ISDIR(status.st_mode):
        return _directory(host, walk.path, directory, walk, opening)
    is_writable = walk.spot.is_writable
    file = HostFile(host, walk.path, is_writable=is_writable, flags=opening.fdflags, end=status.st_size)
    if not stat.S_ISREG(status.st_mode):
        file.filetype = filetype_of(status.st_mode)
        file.rights = possible_rights(file.filetype)
    return file


def _open_node(process: GuestProcess, walk: PathWalk, opening: _Opening) -> tuple[OpenFile, int]:
    """Open something of the guest's own tree."""
    node = walk.node
    if node is None:
        raise WasiError(Errno.ROFS if opening.creates else Errno.NOENT)
    if opening.exclusive:
        raise WasiError(Errno.EXIST)
    if isinstance(node, DirectoryNode):
        if opening.creates or opening.truncates or opening.base & _FD_WRITE:
            raise WasiError(Errno.ISDIR)
        return _with_rights(Directory(Spot(walk.path, -1, node), is_confined=False))
    if opening.only_directory or walk.slash:
        raise WasiError(Errno.NOTDIR)
    match node:
        case LinkNode():
            raise WasiError(Errno.LOOP)
        case DeviceNode():
            return _with_rights(_device(process, node, opening))
        case DescriptorNode():
            descriptor = process.fds.find(node.fd)
            if descriptor is None:
                raise WasiError(Errno.NXIO)
            return descriptor.file, descriptor.base
        case TextNode() | ProgramNode():
            if opening.changes:
                raise WasiError(Errno.ROFS)
            return _with_rights(TextFile(node.content(process), node.inode, node.mode, opening.fdflags))
        case _:
            raise AssertionError("mounts are entered by the walk")


def _device(process: GuestProcess, node: DeviceNode, opening: _Opening) -> OpenFile:
    if node.kind != "tty":
        return Device(node.kind, node.inode, opening.fdflags)
    if process.job.terminal is None:
        raise WasiError(Errno.NXIO)
    return process.job.terminal
