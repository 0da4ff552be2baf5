"""Open files that no descriptor of the host stands behind: devices and small texts of the guest's own tree."""

from __future__ import annotations

import os
from collections.abc import Sequence

from satchel.adapters.server.wasi.open_file import OpenFile, Waiter
from satchel.wasi.abi import Errno, Filetype, Whence
from satchel.wasi.errors import WasiError
from satchel.wasi.layout import pack_filestat
from satchel.wasi.rights import DEVICE_RIGHTS, FILE_RIGHTS


class Device(OpenFile):
    """A character device of `/dev`; `kind` as in the guest's tree."""

    filetype = Filetype.CHARACTER_DEVICE
    rights = DEVICE_RIGHTS

    def __init__(self, kind: str, inode: int, flags: int) -> None:
        super().__init__(-1, flags)
        self._kind = kind
        self._inode = inode

    def read(self, process: Waiter, buffers: Sequence[memoryview]) -> int:
        return self._fill(buffers)

    def _fill(self, buffers: Sequence[memoryview]) -> int:
        if self._kind == "null":
            return 0
        for buffer in buffers:
            if self._kind == "random":
                buffer[:] = os.urandom(buffer.nbytes)
            else:
                buffer[:] = bytes(buffer.nbytes)
        return sum(buffer.nbytes for buffer in buffers)

    def write(self, process: Waiter, buffers: Sequence[memoryview]) -> int:
        length = sum(buffer.nbytes for buffer in buffers)
        if self._kind == "full" and length:
            raise WasiError(Errno.NOSPC)
        return length

    def pread(self, buffers: Sequence[memoryview], offset: int) -> int:
        return self._fill(buffers)

    def pwrite(self, process: Waiter, buffers: Sequence[memoryview], offset: int) -> int:
        return self.write(process, buffers)

    def seek(self, offset: int, whence: int) -> int:
        return 0

    def filestat(self) -> bytes:
        return pack_filestat(self._inode, self.filetype, 0o666, 0, 0)


class TextFile(OpenFile):
    """A small file of the guest's own tree, as it was when it was opened."""

    filetype = Filetype.REGULAR_FILE
    rights = FILE_RIGHTS

    def __init__(self, content: bytes, inode: int, mode: int, flags: int) -> None:
        super().__init__(-1, flags)
        self._content = content
        self._inode = inode
        self._mode = mode
        self._offset = 0

    def read(self, process: Waiter, buffers: Sequence[memoryview]) -> int:
        count = self.pread(buffers, self._offset)
        self._offset += count
        return count

    def pread(self, buffers: Sequence[memoryview], offset: int) -> int:
        total = 0
        for buffer in buffers:
            part = self._content[offset + total : offset + total + buffer.nbytes]
            buffer[: len(part)] = part
            total += len(part)
        return total

    def seek(self, offset: int, whence: int) -> int:
        origin = {Whence.CUR: self._offset, Whence.END: len(self._content)}.get(Whence(whence), 0)
        if origin + offset < 0:
            raise WasiError(Errno.INVAL)
        self._offset = origin + offset
        return self._offset

    def filestat(self) -> bytes:
        return pack_filestat(self._inode, self.filetype, self._mode, len(self._content), 0)

    def available(self) -> int:
        return max(0, len(self._content) - self._offset)
