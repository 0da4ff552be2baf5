"""The memory of one running guest, as its host calls see it.

The engine reserves the whole range a 32-bit memory can have, so a memory never moves; it only grows. What is known of
its size may thus be too small and is looked up anew only when an access lies beyond it.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Sequence
from typing import Final

from satchel.wasi.abi import Errno
from satchel.wasi.errors import WasiError

_U32: Final = struct.Struct("<I")
_U64: Final = struct.Struct("<Q")
_IOVEC: Final = struct.Struct("<II")
_MOST_IOVECS: Final = 1024


class GuestMemory:
    """Bounds-checked access; every method raises WasiError(FAULT) for what lies outside."""

    __slots__ = ("_base", "_size", "_size_now", "_view")

    def __init__(self, base: int, size_now: Callable[[], int]) -> None:
        self._base = base
        self._size_now = size_now
        self._size = -1
        self._view = memoryview(b"")
        self._look_up()

    @property
    def size(self) -> int:
        """Its size in bytes now."""
        self._look_up()
        return self._size

    def _look_up(self) -> None:
        size = self._size_now()
        if size != self._size:
            self._size = size
            array = (ctypes.c_ubyte * size).from_address(self._base) if size else bytearray()
            self._view = memoryview(array).cast("B")

    def _check(self, end: int) -> None:
        if end > self._size:
            self._look_up()
            if end > self._size:
                raise WasiError(Errno.FAULT)

    def view(self, pointer: int, length: int) -> memoryview:
        """The bytes themselves, writable."""
        end = pointer + length
        if end > self._size:
            self._check(end)
        return self._view[pointer:end]

    def read(self, pointer: int, length: int) -> bytes:
        """A copy of the bytes."""
        end = pointer + length
        if end > self._size:
            self._check(end)
        return ctypes.string_at(self._base + pointer, length)

    def write(self, pointer: int, data: bytes) -> None:
        """Store bytes."""
        end = pointer + len(data)
        if end > self._size:
            self._check(end)
        self._view[pointer:end] = data

    def write_u32(self, pointer: int, value: int) -> None:
        """Store an u32."""
        if pointer + 4 > self._size:
            self._check(pointer + 4)
        _U32.pack_into(self._view, pointer, value)

    def write_u64(self, pointer: int, value: int) -> None:
        """Store an u64."""
        if pointer + 8 > self._size:
            self._check(pointer + 8)
        _U64.pack_into(self._view, pointer, value)

    def iovecs(self, pointer: int, count: int) -> Sequence[memoryview]:
        """The buffers of a vector of iovecs. INVAL for more than 1024."""
        if count == 1:
            address, length = _IOVEC.unpack_from(self.view(pointer, 8))
            return (self.view(address, length),)
        if count > _MOST_IOVECS:
            raise WasiError(Errno.INVAL)
        vector = self.view(pointer, 8 * count)
        return [self.view(address, length) for address, length in _IOVEC.iter_unpack(vector) if length]

    def strings(self, pointer: int, length: int) -> list[bytes]:
        """The strings of a block in which each is ended by a NUL. INVAL when the last one is not."""
        block = self.read(pointer, length)
        if not block:
            return []
        if block[-1]:
            raise WasiError(Errno.INVAL)
        return block[:-1].split(b"\0")
