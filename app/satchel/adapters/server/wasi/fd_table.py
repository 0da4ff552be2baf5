"""The descriptors of one process: small numbers for open files, with the rights each carries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from satchel.adapters.server.wasi.open_file import OpenFile
from satchel.wasi.abi import Errno, Filetype, Rights
from satchel.wasi.errors import WasiError
from satchel.wasi.rights import INHERITING_RIGHTS

_TRANSFER: Final = int(Rights.FD_READ | Rights.FD_WRITE)


class Descriptor:
    """One entry: an open file, its rights, and for a preopened directory the name the guest finds it under."""

    __slots__ = ("base", "file", "inheriting", "preopen")

    def __init__(
        self,
        file: OpenFile,
        base: int | None = None,
        inheriting: int | None = None,
        preopen: bytes | None = None,
    ) -> None:
        self.file = file
        self.base = file.rights if base is None else base
        if inheriting is None:
            inheriting = INHERITING_RIGHTS if file.filetype is Filetype.DIRECTORY else 0
        self.inheriting = inheriting
        self.preopen = preopen

    def duplicate(self, preopen: bytes | None = None) -> Descriptor:
        """Another descriptor of the same open file."""
        return Descriptor(self.file, self.base, self.inheriting, preopen)


class FdTable:
    """Numbers from `limit` on are never given out. Used by its process's own thread only."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._table: dict[int, Descriptor] = {}
        self._lowest = 0  # no number below it is free
        self.find = self._table.get

    def __getitem__(self, fd: int) -> Descriptor:
        descriptor = self._table.get(fd)
        if descriptor is None:
            raise WasiError(Errno.BADF)
        return descriptor

    def items(self) -> Iterator[tuple[int, Descriptor]]:
        """All entries in order of their numbers."""
        return iter(sorted(self._table.items()))

    def files(self) -> list[OpenFile]:
        """The open files; safe to call from any thread."""
        return [descriptor.file for descriptor in list(self._table.values())]

    def require(self, fd: int, right: int) -> Descriptor:
        """The descriptor if it has all of these rights. BADF, NOTCAPABLE."""
        descriptor = self._table.get(fd)
        if descriptor is None:
            raise WasiError(Errno.BADF)
        if descriptor.base & right != right:
            raise WasiError(Errno.NOTCAPABLE)
        return descriptor

    def require_kind(self, fd: int, right: int, otherwise: Errno) -> Descriptor:
        """As `require`, but `otherwise` when no file of its kind could ever have the right. BADF where it was not
        opened to read, or to write, as POSIX says."""
        descriptor = self[fd]
        if descriptor.base & right != right:
            if descriptor.file.rights & right != right:
                raise WasiError(otherwise)
            raise WasiError(Errno.BADF if right & ~descriptor.base & _TRANSFER else Errno.NOTCAPABLE)
        return descriptor

    def vacant(self, minimum: int = 0) -> int:
        """The lowest free number from `minimum` on. MFILE."""
        fd = max(minimum, self._lowest)
        while fd in self._table:
            fd += 1
        if fd >= self.limit:
            raise WasiError(Errno.MFILE)
        if minimum <= self._lowest:
            self._lowest = fd
        return fd

    def insert(self, descriptor: Descriptor, minimum: int = 0) -> int:
        """Give it the lowest free number. MFILE; the file then has no reference of ours."""
        fd = self.vacant(minimum)
        self.put(fd, descriptor)
        return fd

    def put(self, fd: int, descriptor: Descriptor) -> None:
        """Make `fd` that descriptor; what it was before is closed."""
        descriptor.file.retain()
        before = self._table.get(fd)
        self._table[fd] = descriptor
        if before is not None:
            before.file.release()

    def close(self, fd: int) -> None:
        """BADF."""
        descriptor = self._table.pop(fd, None)
        if descriptor is None:
            raise WasiError(Errno.BADF)
        self._lowest = min(self._lowest, fd)
        descriptor.file.release()

    def close_all(self) -> None:
        """Close everything."""
        while self._table:
            _, descriptor = self._table.popitem()
            descriptor.file.release()
        self._lowest = 0

    def renumber(self, source: int, target: int) -> None:
        """Move a descriptor over another. BADF unless both are open."""
        descriptor = self[source]
        if target not in self._table:
            raise WasiError(Errno.BADF)
        if source != target:
            self.put(target, descriptor)
            self.close(source)

    def duplicate(self, fd: int, minimum: int) -> int:
        """As F_DUPFD. BADF, INVAL, MFILE."""
        descriptor = self[fd]
        if minimum >= self.limit:
            raise WasiError(Errno.INVAL)
        return self.insert(descriptor.duplicate(), minimum)

    def duplicate_to(self, fd: int, target: int) -> None:
        """As dup2. BADF."""
        descriptor = self[fd]
        if target >= self.limit:
            raise WasiError(Errno.BADF)
        if fd != target:
            self.put(target, descriptor.duplicate())
