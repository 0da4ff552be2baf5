"""Opening a directory several components below another in one step that cannot be led astray.

Linux' openat2 with RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS: the kernel itself refuses every symbolic link and
every way out. Where it does not exist, and whenever it refuses, the caller walks component by component.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from typing import Final

_OPENAT2: Final = 437  # the same number on every architecture of Linux
_NO_MAGICLINKS: Final = 0x02
_NO_SYMLINKS: Final = 0x04
_BENEATH: Final = 0x08
# A descriptor that is only walked from needs no right to read the directory.
WALK_FLAGS: Final = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class _OpenHow(ctypes.Structure):
    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


_HOW: Final = _OpenHow(WALK_FLAGS, 0, _NO_MAGICLINKS | _NO_SYMLINKS | _BENEATH)
_HOW_POINTER: Final = ctypes.byref(_HOW)
_HOW_BYTES: Final = ctypes.c_size_t(ctypes.sizeof(_HOW))
_LIBC: Final = ctypes.CDLL(None, use_errno=True)


def open_beneath(directory: int, path: str) -> int:
    """A descriptor of the directory at `path`, to walk from; -1 when it has to be walked to instead.

    Raises OSError only for what a walk would meet as well (ENOENT). ENOTDIR is no such thing: that is also what a link
    at the end gives, which may lead to a directory.
    """
    number = _CALL(directory, path)
    if number >= 0:
        return number
    code = ctypes.get_errno()
    if code == errno.ENOENT:
        raise OSError(code, os.strerror(code))
    return -1


def _call(directory: int, path: str) -> int:
    return int(_LIBC.syscall(_OPENAT2, directory, os.fsencode(path), _HOW_POINTER, _HOW_BYTES))


def _unavailable(_directory: int, _path: str) -> int:
    ctypes.set_errno(errno.ENOSYS)
    return -1


def _choose() -> bool:
    if not sys.platform.startswith("linux"):
        return False
    root = os.open("/", WALK_FLAGS)
    try:
        probe = _call(root, ".")
        if probe >= 0:
            os.close(probe)
        return probe >= 0
    finally:
        os.close(root)


_CALL: Final = _call if _choose() else _unavailable
