"""Directories of one run each, so that runs side by side do not meet; what a killed run left is found again.

A run holds the lock of its directory as long as it lives. Knows nothing of what is in them.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class RunDirectory:
    """The directory of one run, held until `remove` or `leave`."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock = lock

    def remove(self) -> None:
        """Remove it with all it holds. Raises OSError."""
        try:
            shutil.rmtree(self.path)
        finally:
            self.leave()

    def leave(self) -> None:
        """Leave it to a later run."""
        os.close(self._lock)


class RunDirectories:
    """All of them, below one directory. Making it raises OSError."""

    def __init__(self, parent: Path) -> None:
        parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._parent = parent

    def make(self) -> RunDirectory:
        """A new one, empty and held. Raises OSError."""
        with self._alone():
            path = Path(tempfile.mkdtemp(dir=self._parent))
            lock = _hold(path)
            assert lock is not None  # nobody else looks meanwhile
            return RunDirectory(path, lock)

    def abandoned(self) -> list[RunDirectory]:
        """Those whose run is over, in the order of their names, held from now on. Raises OSError."""
        with self._alone():
            paths = sorted(path for path in self._parent.iterdir() if path.is_dir())
            held = [(path, _hold(path)) for path in paths]
        return [RunDirectory(path, lock) for path, lock in held if lock is not None]

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Between making a directory and holding it nobody may take it for abandoned."""
        descriptor = os.open(self._parent, _DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _hold(path: Path) -> int | None:
    descriptor = os.open(path, _DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
