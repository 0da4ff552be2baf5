"""Which files are known to be unchanged without reading them, in the way of git's index.

A file whose inode, change time, modification time, size and mode are those it was hashed with has the
content it had then. The one hole is a change within the same tick of the file system's clock as the
hashing: an entry hashed so soon after the file's last change is not trusted (git calls these racy), so the
file is read once more.
"""

from __future__ import annotations

import os
import time

from satchel.base.jsonvalue import JsonValue, dumps, loads
from satchel.workspace.file_state import FileState, read_state
from satchel.workspace.host_tree import read_file, replace_file

CLOCK_TICK_NS = 100_000_000
_VERSION = 1

_Signature = tuple[int, int, int, int, int]


class StatMemo:
    """Path -> (status signature, state). Forgetting it costs time, never correctness."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[_Signature, FileState]] = {}

    def state(self, path: str, host: str, status: os.stat_result) -> FileState | None:
        """The state of the file at `host` with this lstat, read only if it may have changed.

        Raises OSError.
        """
        known = self._known.get(path)
        if known is not None and known[0] == _signature(status):
            return known[1]
        state = read_state(host, status)
        if state is not None:
            self.remember(path, status, state)
        return state

    def remember(self, path: str, status: os.stat_result, state: FileState) -> None:
        """Note a state that was just read from a file with this status (taken before the reading)."""
        if time.time_ns() - max(status.st_ctime_ns, status.st_mtime_ns) > CLOCK_TICK_NS:
            self._known[path] = (_signature(status), state)
        else:
            self._known.pop(path, None)

    def keep_only(self, paths: set[str]) -> None:
        """Forget every other path."""
        if len(self._known) > len(paths):
            self._known = {path: known for path, known in self._known.items() if path in paths}

    def save(self, host: str) -> None:
        """Write it to a file, so that the next opening need not hash everything."""
        rows: list[JsonValue] = [
            [path, list(signature), state.kind, state.mode, state.size, state.sha256]
            for path, (signature, state) in self._known.items()
        ]
        replace_file(host, dumps({"v": _VERSION, "files": rows}).encode("ascii"))

    @classmethod
    def load(cls, host: str) -> StatMemo:
        """The memo that was saved; an empty one when there is none or it cannot be used."""
        memo = cls()
        try:
            memo._read(loads(read_file(host)))
        except (OSError, ValueError, TypeError, KeyError):
            return cls()
        return memo

    def _read(self, saved: JsonValue) -> None:
        if not isinstance(saved, dict) or saved["v"] != _VERSION:
            return
        for path, signature, kind, mode, size, sha256 in saved["files"]:
            inode, ctime, mtime, length, bits = signature
            state = FileState(kind, mode, size, sha256)
            self._known[path] = ((inode, ctime, mtime, length, bits), state)


def _signature(status: os.stat_result) -> _Signature:
    return (status.st_ino, status.st_ctime_ns, status.st_mtime_ns, status.st_size, status.st_mode)
