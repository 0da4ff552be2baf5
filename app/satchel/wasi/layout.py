"""Packing of the structures that calls exchange with guest memory, as bytes; offsets are those of `abi.STRUCTS`."""

from __future__ import annotations

import os
import stat
import struct
from typing import Final

from satchel.wasi.abi import FILESTAT_MODE_KNOWN, STRUCTS, Eventtype, Filetype

_FILESTAT: Final = struct.Struct("<QQBxxxIQQQQQ")
_FDSTAT: Final = struct.Struct("<BxHxxxxQQ")
_DIRENT: Final = struct.Struct("<QQIBxxx")
_EVENT: Final = struct.Struct("<QHBxxxxxQH6x")
_CLOCK_SUBSCRIPTION: Final = struct.Struct("<QB7xI4xQQH6x")
_FD_SUBSCRIPTION: Final = struct.Struct("<QB7xI28x")
_U64: Final = (1 << 64) - 1

SUBSCRIPTION_BYTES: Final = STRUCTS["subscription"].size
EVENT_BYTES: Final = STRUCTS["event"].size
FILESTAT_BYTES: Final = STRUCTS["filestat"].size

_FILETYPES: Final = {
    stat.S_IFREG: Filetype.REGULAR_FILE,
    stat.S_IFDIR: Filetype.DIRECTORY,
    stat.S_IFLNK: Filetype.SYMBOLIC_LINK,
    stat.S_IFCHR: Filetype.CHARACTER_DEVICE,
    stat.S_IFBLK: Filetype.BLOCK_DEVICE,
    stat.S_IFSOCK: Filetype.SOCKET_STREAM,
}


def filetype_of(mode: int) -> Filetype:
    """The file type that the `st_mode` of a status stands for; UNKNOWN for a FIFO."""
    return _FILETYPES.get(stat.S_IFMT(mode), Filetype.UNKNOWN)


def pack_status(status: os.stat_result) -> bytes:
    """The filestat of a file of the host, permission bits included."""
    mode = status.st_mode
    return _FILESTAT.pack(
        status.st_dev & _U64,
        status.st_ino & _U64,
        _FILETYPES.get(stat.S_IFMT(mode), 0),
        stat.S_IMODE(mode) | FILESTAT_MODE_KNOWN,
        status.st_nlink,
        status.st_size,
        status.st_atime_ns & _U64,
        status.st_mtime_ns & _U64,
        status.st_ctime_ns & _U64,
    )


def pack_filestat(
    inode: int, filetype: Filetype, mode: int, size: int, time_ns: int, links: int = 1
) -> bytes:
    """The filestat of something that no file of the host stands behind (device 0)."""
    known = mode | FILESTAT_MODE_KNOWN
    return _FILESTAT.pack(0, inode, filetype, known, links, size, time_ns, time_ns, time_ns)


def pack_fdstat(filetype: int, flags: int, base: int, inheriting: int) -> bytes:
    """An fdstat."""
    return _FDSTAT.pack(filetype, flags, base, inheriting)


def pack_dirent(cookie: int, inode: int, filetype: int, name: bytes) -> bytes:
    """A directory entry with its name; `cookie` leads to the next."""
    return _DIRENT.pack(cookie, inode & _U64, len(name), filetype) + name


def pack_event(userdata: int, error: int, kind: int, nbytes: int = 0, flags: int = 0) -> bytes:
    """An event of `poll_oneoff`."""
    return _EVENT.pack(userdata, error, kind, nbytes, flags)


def unpack_subscription(data: bytes) -> tuple[int, int, int, int, int]:
    """(userdata, tag, clock id or fd, timeout in ns, clock flags); the last two are 0 for an fd."""
    userdata, tag, subject = _FD_SUBSCRIPTION.unpack(data)
    if tag != Eventtype.CLOCK:
        return userdata, tag, subject, 0, 0
    userdata, tag, clock, timeout, _precision, flags = _CLOCK_SUBSCRIPTION.unpack(data)
    return userdata, tag, clock, timeout, flags
