"""Open files: what descriptors, perhaps of several processes, share, each over one descriptor of the host.

A file is closed with its last reference. Reading and writing go straight between the host's file and guest memory;
what would block waits in the process, which can be woken.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Sequence
from typing import Final, NoReturn, Protocol

from satchel.adapters.server.wasi.path_walk import Spot
from satchel.wasi.abi import Errno, Fdflags, Filetype
from satchel.wasi.errors import WasiError
from satchel.wasi.layout import pack_dirent, pack_filestat, pack_status
from satchel.wasi.rights import DIRECTORY_RIGHTS, FILE_RIGHTS, PIPE_RIGHTS

_APPEND: Final = int(Fdflags.APPEND)
_DSYNC: Final = int(Fdflags.DSYNC)
_SYNC: Final = int(Fdflags.SYNC)
_reference_lock = threading.Lock()


class Waiter(Protocol):
    """The process that makes a call, as far as open files care."""

    def wait_for(self, descriptor: int, events: int) -> None:
        """Block until the host's descriptor is ready. Raises GuestEndError when the process is to end."""

    def end_by_signal(self, signal: int) -> NoReturn:
        """End the process by a signal."""

    def end_by_output(self) -> NoReturn:
        """End the whole job: it has written more than it may."""

    @property
    def file_bytes(self) -> int:
        """Largest size a file may get."""


class OpenFile:
    """One open file description. The defaults are what a stream answers to what only files can do."""

    filetype: Filetype = Filetype.UNKNOWN
    rights: int = PIPE_RIGHTS
    # Errno where the kind of file cannot do it at all, by what is asked.
    read_errno = Errno.BADF
    seek_errno = Errno.SPIPE

    def __init__(self, host: int, flags: int = 0) -> None:
        self.host = host
        self.flags = flags
        self._references = 0

    def retain(self) -> None:
        """One more descriptor of it."""
        with _reference_lock:
            self._references += 1

    def release(self) -> None:
        """One descriptor less; the last one closes it."""
        with _reference_lock:
            self._references -= 1
            is_last = self._references == 0
        if is_last:
            self.close()

    def close(self) -> None:
        """Called once, when no descriptor is left."""
        if self.host >= 0:
            os.close(self.host)
            self.host = -1

    def read(self, process: Waiter, buffers: Sequence[memoryview]) -> int:
        """Fill buffers from the offset; 0 is the end."""
        raise WasiError(self.read_errno)

    def write(self, process: Waiter, buffers: Sequence[memoryview]) -> int:
        """Write buffers at the offset."""
        raise WasiError(Errno.BADF)

    def pread(self, buffers: Sequence[memoryview], offset: int) -> int:
        """Fill buffers from a place."""
        raise WasiError(self.seek_errno if self.read_errno is Errno.BADF else self.read_errno)

    def pwrite(self, process: Waiter, buffers: Sequence[memoryview], offset: int) -> int:
        """Write buffers to a place."""
        raise WasiError(self.seek_errno)

    def seek(self, offset: int, whence: int) -> int:
        """Move the offset and give the new one."""
        raise WasiError(self.seek_errno)

    def filestat(self) -> bytes:
        """Its filestat."""
        return pack_filestat(0, self.filetype, 0o600, 0, 0)

    def set_flags(self, flags: int) -> None:
        """Change the flags that can be changed."""
        self.flags = flags

    def available(self) -> int:
        """Bytes that can be read at once, if known."""
        return 0

    def poll_descriptor(self, *, to_write: bool) -> int:
        """The host's descriptor to poll, -1 for what is always ready."""
        return -1


class HostFile(OpenFile):
    """A regular file, or a FIFO or socket that somebody else put into the tree."""

    filetype = Filetype.REGULAR_FILE
    rights = FILE_RIGHTS

    def __init__(self, host: int, path: str, *, is_writable: bool, flags: int = 0, end: int = 0) -> None:
        super().__init__(host, flags)
        # Where it was when it was opened, and whether its place can be changed: for what the policy says of
        # its attributes.
        self.path = path
        self.is_writable = is_writable
        # Flags that the host's system has not been told.
        self._syncs = False
        # No write so far can have gone beyond; the size is looked up only when this comes near the limit.
        self._reach = end

    def read(self, process: Waiter, buffers: Sequence[memoryview]) -> int:
        return os.readv(self.host, buffers) if buffers else 0

    def pread(self, buffers: Sequence[memoryview], offset: int) -> int:
        return os.preadv(self.host, buffers, _offset(offset)) if buffers else 0

    def write(self, process: Waiter, buffers: Sequence[memoryview]) -> int:
        if not buffers:
            return 0
        wanted = buffers[0].nbytes if len(buffers) == 1 else sum(buffer.nbytes for buffer in buffers)
        if self._reach + wanted > process.file_bytes:
            buffers = _cut(buffers, process.file_bytes - self._position(), wanted)
        written = os.writev(self.host, buffers)
        self._reach += written
        if self._syncs:
            os.fsync(self.host)
        return written

    def pwrite(self, process: Waiter, buffers: Sequence[memoryview], offset: int) -> int:
        if not buffers:
            return 0
        wanted = sum(buffer.nbytes for buffer in buffers)
        buffers = _cut(buffers, process.file_bytes - _offset(offset), wanted)
        if self.flags & _APPEND:
            return _write_in_place(self.host, buffers, offset)
        return os.pwritev(self.host, buffers, offset)

    def seek(self, offset: int, whence: int) -> int:
        position = os.lseek(self.host, offset, whence)
        self._reach = max(self._reach, position)
        return position

    def filestat(self) -> bytes:
        return pack_status(os.fstat(self.host))

    def set_flags(self, flags: int) -> None:
        # The host's system takes these only at opening.
        self._syncs = bool(flags & (_DSYNC | _SYNC))
        _set_append(self.host, bool(flags & _APPEND))
        self.flags = flags

    def available(self) -> int:
        try:
            return max(0, os.fstat(self.host).st_size - os.lseek(self.host, 0, os.SEEK_CUR))
        except OSError:
            return 0

    def _position(self) -> int:
        """Where the next write begins, exactly."""
        if self.flags & _APPEND:
            position = os.fstat(self.host).st_size
        else:
            position = os.lseek(self.host, 0, os.SEEK_CUR)
        self._reach = position
        return position


class Directory(OpenFile):
    """An open directory: of the host, or (`spot.node`) one of the guest's own tree."""

    filetype = Filetype.DIRECTORY
    rights = DIRECTORY_RIGHTS
    read_errno = Errno.ISDIR
    seek_errno = Errno.BADF

    def __init__(self, spot: Spot, *, is_confined: bool, is_top: bool = False, flags: int = 0) -> None:
        super().__init__(spot.fd, flags)
        self.spot = spot
        self.is_confined = is_confined
        # Whether what is above it is not to be told.
        self.is_top = is_top
        # Packed entries as of the last listing from the start; a cookie is an index into it.
        self.listing: list[bytes] | None = None
        self._listed: set[bytes] = set()
        self._listed_at = 0

    def close(self) -> None:
        if self.spot.node is None:
            super().close()

    def filestat(self) -> bytes:
        node = self.spot.node
        if node is None:
            return pack_status(os.fstat(self.host))
        return pack_filestat(node.inode, Filetype.DIRECTORY, node.mode, 0, 0)

    def entries_since(self) -> list[bytes]:
        """Entries that are not among those listed so far, packed to follow them."""
        if os.fstat(self.host).st_mtime_ns == self._listed_at:
            return []
        before = self._listed
        found = [one for one in self._scan() if one[0] not in before]
        self._listed = before | {name for name, _, _ in found}
        start = len(before) + 2
        return [pack_dirent(start + at + 1, ino, kind, name) for at, (name, ino, kind) in enumerate(found)]

    def _scan(self) -> list[tuple[bytes, int, Filetype]]:
        self._listed_at = os.fstat(self.host).st_mtime_ns
        with os.scandir(self.host) as listing:
            return sorted((os.fsencode(one.name), one.inode(), _entry_type(one)) for one in listing)

    def entries(self) -> list[bytes]:
        """The entries of a directory of the host, packed: `.`, `..`, then all names in byte order."""
        here = os.fstat(self.host).st_ino
        above = here if self.is_top else os.stat("..", dir_fd=self.host).st_ino
        found = [(b".", here, Filetype.DIRECTORY), (b"..", above, Filetype.DIRECTORY)]
        names = self._scan()
        self._listed = {name for name, _, _ in names}
        found += names
        return [pack_dirent(at + 1, inode, kind, name) for at, (name, inode, kind) in enumerate(found)]


def _offset(offset: int) -> int:
    if offset >= 1 << 63:
        raise WasiError(Errno.INVAL)
    return offset


def _cut(buffers: Sequence[memoryview], room: int, wanted: int) -> Sequence[memoryview]:
    """As much of the buffers as there is room for. FBIG when there is none."""
    if wanted <= room:
        return buffers
    if room <= 0:
        raise WasiError(Errno.FBIG)
    return first_bytes(buffers, room)


def first_bytes(buffers: Sequence[memoryview], count: int) -> Sequence[memoryview]:
    """The first `count` bytes of some buffers."""
    taken: list[memoryview] = []
    for buffer in buffers:
        if count <= 0:
            break
        taken.append(buffer[:count])
        count -= taken[-1].nbytes
    return taken


def _entry_type(entry: os.DirEntry[str]) -> Filetype:
    if entry.is_symlink():
        return Filetype.SYMBOLIC_LINK
    if entry.is_dir(follow_symlinks=False):
        return Filetype.DIRECTORY
    return Filetype.REGULAR_FILE if entry.is_file(follow_symlinks=False) else Filetype.UNKNOWN


def _write_in_place(host: int, buffers: Sequence[memoryview], offset: int) -> int:
    """Write where it says although the file is open for appending: Linux would append, POSIX and the other
    host do not."""
    try:
        other = os.open(f"/proc/self/fd/{host}", os.O_WRONLY | os.O_CLOEXEC)
    except OSError:
        return os.pwritev(host, buffers, offset)
    try:
        return os.pwritev(other, buffers, offset)
    finally:
        os.close(other)


def _set_append(host: int, is_set: bool) -> None:
    flags = fcntl.fcntl(host, fcntl.F_GETFL)
    wanted = flags | os.O_APPEND if is_set else flags & ~os.O_APPEND
    if wanted != flags:
        fcntl.fcntl(host, fcntl.F_SETFL, wanted)
