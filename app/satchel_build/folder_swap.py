"""Puts a finished folder in the place of another in one step, so that no reader ever meets half of one."""

import ctypes
import errno
import os
import shutil
import sys
from pathlib import Path

__all__ = ["swap_in"]

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def swap_in(finished: Path, place: Path) -> None:
    """Make `finished` the folder at `place`; what was there before is deleted. Both must be on one file system.

    On Linux the exchange is atomic. Elsewhere, and on file systems that cannot exchange, `place` is absent for the
    moment between two renames.
    """
    if not place.exists():
        finished.rename(place)
        return
    if not _exchange(finished, place):
        old = finished.with_name(f"{finished.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        place.rename(old)
        finished.rename(place)
        finished = old
    shutil.rmtree(finished)


def _exchange(first: Path, second: Path) -> bool:
    """Exchange two folders atomically; False if this system has no way to."""
    if sys.platform != "linux":
        return False
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is None:
        return False
    if renameat2(_AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), _RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.EINVAL, errno.ENOSYS):
        return False
    raise OSError(code, os.strerror(code), str(first), None, str(second))
