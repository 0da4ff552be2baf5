"""The calls of preview 1 on open descriptors, sockets' included (there are none)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Final

from satchel.adapters.server.wasi.engine import HostCall
from satchel.adapters.server.wasi.fd_table import Descriptor
from satchel.adapters.server.wasi.guest_process import GuestProcess
from satchel.adapters.server.wasi.guest_tree import ProcessView
from satchel.adapters.server.wasi.open_file import Directory, HostFile, OpenFile
from satchel.wasi.abi import Advice, Errno, Fdflags, Filetype, Fstflags, Rights, Whence
from satchel.wasi.errors import WasiError
from satchel.wasi.layout import pack_dirent, pack_fdstat

_ATIM_NOW: Final = int(Fstflags.ATIM_NOW)
_CUR: Final = int(Whence.CUR)
_END: Final = int(Whence.END)
_FD_ADVISE: Final = int(Rights.FD_ADVISE)
_FD_ALLOCATE: Final = int(Rights.FD_ALLOCATE)
_FD_DATASYNC: Final = int(Rights.FD_DATASYNC)
_FD_FDSTAT_SET_FLAGS: Final = int(Rights.FD_FDSTAT_SET_FLAGS)
_FD_FILESTAT_GET: Final = int(Rights.FD_FILESTAT_GET)
_FD_FILESTAT_SET_SIZE: Final = int(Rights.FD_FILESTAT_SET_SIZE)
_FD_FILESTAT_SET_TIMES: Final = int(Rights.FD_FILESTAT_SET_TIMES)
_FD_READDIR: Final = int(Rights.FD_READDIR)
_FD_SYNC: Final = int(Rights.FD_SYNC)
_MTIM_NOW: Final = int(Fstflags.MTIM_NOW)
_READ: Final = int(Rights.FD_READ)
_WRITE: Final = int(Rights.FD_WRITE)
_SEEK: Final = int(Rights.FD_SEEK)
_TELL: Final = int(Rights.FD_TELL)
_SIGN: Final = 1 << 63
_FDFLAGS: Final = int(Fdflags.APPEND | Fdflags.DSYNC | Fdflags.NONBLOCK | Fdflags.RSYNC | Fdflags.SYNC)
_ATIM: Final = int(Fstflags.ATIM | Fstflags.ATIM_NOW)
_MTIM: Final = int(Fstflags.MTIM | Fstflags.MTIM_NOW)


def fd_read(process: GuestProcess, fd: int, iovs: int, count: int, nread: int) -> None:
    descriptor = process.fds.find(fd)
    if descriptor is None or not descriptor.base & _READ:
        process.fds.require_kind(fd, _READ, _no_reading(process, fd))
        return
    memory = process.memory
    memory.write_u32(nread, descriptor.file.read(process, memory.iovecs(iovs, count)))


def fd_write(process: GuestProcess, fd: int, iovs: int, count: int, nwritten: int) -> None:
    descriptor = process.fds.find(fd)
    if descriptor is None or not descriptor.base & _WRITE:
        process.fds.require_kind(fd, _WRITE, Errno.BADF)
        return
    memory = process.memory
    memory.write_u32(nwritten, descriptor.file.write(process, memory.iovecs(iovs, count)))


def fd_pread(process: GuestProcess, fd: int, iovs: int, count: int, offset: int, nread: int) -> None:
    file = process.fds[fd].file
    otherwise = Errno.ISDIR if file.filetype is Filetype.DIRECTORY else Errno.SPIPE
    process.fds.require_kind(fd, _READ | _SEEK, otherwise)
    process.memory.write_u32(nread, file.pread(process.memory.iovecs(iovs, count), offset))


def fd_pwrite(process: GuestProcess, fd: int, iovs: int, count: int, offset: int, nwritten: int) -> None:
    file = process.fds[fd].file
    process.fds.require_kind(fd, _WRITE | _SEEK, file.seek_errno)
    process.memory.write_u32(nwritten, file.pwrite(process, process.memory.iovecs(iovs, count), offset))


def _no_reading(process: GuestProcess, fd: int) -> Errno:
    return process.fds[fd].file.read_errno


def fd_seek(process: GuestProcess, fd: int, offset: int, whence: int, result: int) -> None:
    file = process.fds[fd].file
    tells = offset == 0 and whence == _CUR and not process.fds[fd].base & _SEEK
    process.fds.require_kind(fd, _TELL if tells else _SEEK, file.seek_errno)
    if whence > _END:
        raise WasiError(Errno.INVAL)
    process.memory.write_u64(result, file.seek(offset - (offset >= _SIGN) * (1 << 64), whence))


def fd_tell(process: GuestProcess, fd: int, result: int) -> None:
    file = process.fds[fd].file
    right = _SEEK if process.fds[fd].base & _SEEK else _TELL
    process.fds.require_kind(fd, right, file.seek_errno)
    process.memory.write_u64(result, file.seek(0, _CUR))


def fd_close(process: GuestProcess, fd: int) -> None:
    process.fds.close(fd)


def fd_renumber(process: GuestProcess, fd: int, target: int) -> None:
    process.fds.renumber(fd, target)


def fd_fdstat_get(process: GuestProcess, fd: int, result: int) -> None:
    descriptor = process.fds[fd]
    file = descriptor.file
    stat = pack_fdstat(file.filetype, file.flags, descriptor.base, descriptor.inheriting)
    process.memory.write(result, stat)


def fd_fdstat_set_flags(process: GuestProcess, fd: int, flags: int) -> None:
    descriptor = process.fds.require_kind(fd, _FD_FDSTAT_SET_FLAGS, Errno.BADF)
    if flags & ~_FDFLAGS:
        raise WasiError(Errno.INVAL)
    descriptor.file.set_flags(flags)


def fd_fdstat_set_rights(process: GuestProcess, fd: int, base: int, inheriting: int) -> None:
    descriptor = process.fds[fd]
    if base & ~descriptor.base or inheriting & ~descriptor.inheriting:
        raise WasiError(Errno.NOTCAPABLE)
    descriptor.base, descriptor.inheriting = base, inheriting


def fd_filestat_get(process: GuestProcess, fd: int, result: int) -> None:
    descriptor = process.fds.require(fd, _FD_FILESTAT_GET)
    process.memory.write(result, descriptor.file.filestat())


def fd_filestat_set_size(process: GuestProcess, fd: int, size: int) -> None:
    descriptor = process.fds.require_kind(fd, _FD_FILESTAT_SET_SIZE, Errno.INVAL)
    if size >= _SIGN:
        raise WasiError(Errno.INVAL)
    if size > process.file_bytes:
        raise WasiError(Errno.FBIG)
    os.ftruncate(_host(descriptor), size)


def fd_filestat_set_times(process: GuestProcess, fd: int, atim: int, mtim: int, flags: int) -> None:
    descriptor = process.fds.require_kind(fd, _FD_FILESTAT_SET_TIMES, Errno.BADF)
    host = descriptor.file.host
    if host < 0 or not isinstance(descriptor.file, HostFile | Directory):
        return
    times = new_times(os.fstat(host), atim, mtim, flags)
    permit_attributes(process, descriptor.file)
    if flags:
        os.utime(host, ns=times)


def permit_attributes(process: GuestProcess, file: HostFile | Directory) -> None:
    """Whether the attributes of an open file may be changed: its content may if it was opened for that. ROFS,
    ACCES."""
    if isinstance(file, Directory):
        path, is_writable = file.spot.path, file.spot.is_writable
    else:
        path, is_writable = file.path, file.is_writable
    if not is_writable:
        raise WasiError(Errno.ROFS)
    access = process.job.access
    if not access.allows_all:
        process.require("write", path, access.verdict("write", path), Errno.ACCES)


def new_times(status: os.stat_result, atim: int, mtim: int, flags: int) -> tuple[int, int]:
    """The times that `fstflags` ask for, in nanoseconds. INVAL for flags that contradict each other."""
    contradicts = flags & _ATIM == _ATIM or flags & _MTIM == _MTIM or flags & ~(_ATIM | _MTIM)
    if contradicts or max(atim, mtim) >= _SIGN:
        raise WasiError(Errno.INVAL)
    now = time.time_ns()
    accessed = now if flags & _ATIM_NOW else atim if flags & _ATIM else status.st_atime_ns
    modified = now if flags & _MTIM_NOW else mtim if flags & _MTIM else status.st_mtime_ns
    return accessed, modified


def fd_advise(process: GuestProcess, fd: int, offset: int, length: int, advice: int) -> None:
    process.fds.require_kind(fd, _FD_ADVISE, process.fds[fd].file.seek_errno)
    if advice > Advice.NOREUSE or offset >= _SIGN or length >= _SIGN:
        raise WasiError(Errno.INVAL)


def fd_allocate(process: GuestProcess, fd: int, offset: int, length: int) -> None:
    descriptor = process.fds.require_kind(fd, _FD_ALLOCATE, process.fds[fd].file.seek_errno)
    if length == 0 or offset >= _SIGN or length >= _SIGN:
        raise WasiError(Errno.INVAL)
    if offset + length > process.file_bytes:
        raise WasiError(Errno.FBIG)
    host = _host(descriptor)
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(host, offset, length)
    elif os.fstat(host).st_size < offset + length:
        os.ftruncate(host, offset + length)


def fd_sync(process: GuestProcess, fd: int) -> None:
    descriptor = process.fds.require_kind(fd, _FD_SYNC, Errno.INVAL)
    if descriptor.file.host >= 0:
        os.fsync(descriptor.file.host)


def fd_datasync(process: GuestProcess, fd: int) -> None:
    descriptor = process.fds.require_kind(fd, _FD_DATASYNC, Errno.INVAL)
    if descriptor.file.host >= 0:
        os.fsync(descriptor.file.host)


def fd_prestat_get(process: GuestProcess, fd: int, result: int) -> None:
    process.memory.write_u64(result, len(_preopen(process, fd)) << 32)


def fd_prestat_dir_name(process: GuestProcess, fd: int, path: int, length: int) -> None:
    name = _preopen(process, fd)
    if length < len(name):
        raise WasiError(Errno.NAMETOOLONG)
    process.memory.write(path, name)


def _preopen(process: GuestProcess, fd: int) -> bytes:
    name = process.fds[fd].preopen
    if name is None:
        raise WasiError(Errno.BADF)
    return name


def fd_readdir(process: GuestProcess, fd: int, buffer: int, length: int, cookie: int, used: int) -> None:
    directory = process.fds.require_kind(fd, _FD_READDIR, Errno.NOTDIR).file
    if not isinstance(directory, Directory):
        raise WasiError(Errno.NOTDIR)
    if cookie == 0 or directory.listing is None:
        directory.listing = _listing(process, directory)
    data = _part(directory.listing, cookie, length)
    if len(data) < length and _continue(directory):
        data = _part(directory.listing, cookie, length)
    process.memory.write(buffer, data)
    process.memory.write_u32(used, len(data))


def _part(listing: list[bytes], cookie: int, length: int) -> bytes:
    """Entries from a cookie on, the last one cut off at `length` bytes."""
    parts: list[bytes] = []
    size = 0
    for entry in listing[cookie:]:
        parts.append(entry)
        size += len(entry)
        if size >= length:
            break
    return b"".join(parts)[:length]


def _continue(directory: Directory) -> bool:
    """At the end of a listing, add what has come since it was begun. Whether there is anything."""
    if directory.spot.node is not None or directory.listing is None:
        return False
    added = directory.entries_since()
    directory.listing += added
    return bool(added)


def _listing(process: ProcessView, directory: Directory) -> list[bytes]:
    node = directory.spot.node
    if node is None:
        return directory.entries()
    found = [(b".", node.inode, Filetype.DIRECTORY), (b"..", node.inode, Filetype.DIRECTORY)]
    found += [(name.encode(), child.inode, child.filetype) for name, child in node.entries(process)]
    return [pack_dirent(at + 1, inode, kind, name) for at, (name, inode, kind) in enumerate(found)]


def sock_any(process: GuestProcess, fd: int, *_rest: int) -> None:
    """What every `sock_*` answers: no descriptor is a socket."""
    process.fds[fd]
    raise WasiError(Errno.NOTSOCK)


def _host(descriptor: Descriptor) -> int:
    file: OpenFile = descriptor.file
    if not isinstance(file, HostFile | Directory) or file.host < 0:
        raise WasiError(Errno.ROFS if file.filetype is Filetype.DIRECTORY else Errno.INVAL)
    return file.host


_CALLS: Final[tuple[Callable[..., None], ...]] = (
    fd_advise,
    fd_allocate,
    fd_close,
    fd_datasync,
    fd_fdstat_get,
    fd_fdstat_set_flags,
    fd_fdstat_set_rights,
    fd_filestat_get,
    fd_filestat_set_size,
    fd_filestat_set_times,
    fd_pread,
    fd_prestat_get,
    fd_prestat_dir_name,
    fd_pwrite,
    fd_read,
    fd_readdir,
    fd_renumber,
    fd_seek,
    fd_sync,
    fd_tell,
    fd_write,
)
_SOCKET_CALLS: Final = ("sock_accept", "sock_recv", "sock_send", "sock_shutdown")
FD_CALLS: Final[dict[str, HostCall]] = {
    **{call.__name__: call for call in _CALLS},
    **dict.fromkeys(_SOCKET_CALLS, sock_any),
}
