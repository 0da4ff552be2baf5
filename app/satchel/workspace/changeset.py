"""What the agent changed: the workspace now, compared with the base.

Only files and links are compared; a directory lives as long as something is in it, as in git. Files whose
status is the one they were hashed with are not read again (`stat_memo.py`).
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from satchel.base.checkpoint import Checkpoint
from satchel.base.limits import MIB
from satchel.workspace.base import Base
from satchel.workspace.change_flags import change_flags
from satchel.workspace.comparison import PROBE_BYTES, count_changed_lines, is_binary
from satchel.workspace.errors import from_os_error
from satchel.workspace.file_state import FileState, read_content
from satchel.workspace.guest_path import byte_order, path_bytes, shown
from satchel.workspace.host_tree import place_in, walk_tree
from satchel.workspace.stat_memo import StatMemo

ChangeKind: TypeAlias = Literal["add", "modify", "delete", "rename", "mode", "type"]

_BREATHE_EVERY = 64
_COUNTED_BYTES = 4 * MIB


@dataclass(frozen=True, slots=True)
class Change:
    """One path that is not as it was imported.

    `rename` carries content over unread from `old_path`; `mode` is a change of permission bits alone;
    `type` a file that became a link or the reverse. `flags` name what to look at twice (`change_flags.py`).
    Line counts are 0 for binaries.
    """

    path: str
    kind: ChangeKind
    old_path: str | None
    before: FileState | None
    after: FileState | None
    binary: bool
    lines_added: int
    lines_removed: int
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changeset:
    """All changes in byte order of their paths, and a digest that stands for exactly these."""

    changes: tuple[Change, ...]
    digest: str

    def by_path(self) -> dict[str, Change]:
        """The changes by their (new) path."""
        return {change.path: change for change in self.changes}


def digest_of_changes(changes: Iterable[Change]) -> str:
    """Hex SHA-256 over kinds, paths, modes and content hashes of changes in their order."""
    digest = hashlib.sha256()
    for change in changes:
        for field in (change.kind, change.path, change.old_path or ""):
            digest.update(path_bytes(field) + b"\0")
        for state in (change.before, change.after):
            text = "-" if state is None else f"{state.kind} {state.mode:o} {state.sha256}"
            digest.update(text.encode("ascii") + b"\0")
    return digest.hexdigest()


class ChangeFinder:
    """Finds the changes of one project, again and again; keeps what it learnt for the next time."""

    def __init__(self, workspace: str, base: Base, memo: StatMemo) -> None:
        self._workspace = workspace
        self._base = base
        self._memo = memo
        self._line_counts: dict[tuple[str, str], tuple[bool, int, int]] = {}

    async def find(self, checkpoint: Checkpoint) -> Changeset:
        """The changeset as it is now. Yields to the event loop on the way."""
        current = await self.scan(checkpoint)
        pairs = _paired(self._base.entries, current)
        changes: list[Change] = []
        for path, old_path in pairs:
            await checkpoint.breathe()
            changes.append(self._change(path, old_path, current.get(path)))
        changes.sort(key=lambda change: byte_order(change.path))
        return Changeset(tuple(changes), digest_of_changes(changes))

    async def scan(self, checkpoint: Checkpoint) -> dict[str, FileState]:
        """Path -> state of every file and link in the workspace."""
        found: dict[str, FileState] = {}
        for count, (path, status) in enumerate(walk_tree(self._workspace)):
            if count % _BREATHE_EVERY == 0:
                await checkpoint.breathe()
            state = None if stat.S_ISDIR(status.st_mode) else self._state(path, status)
            if state is not None:
                found[path] = state
        self._memo.keep_only(set(found))
        return found

    def _state(self, path: str, status: os.stat_result) -> FileState | None:
        try:
            return self._memo.state(path, f"{self._workspace}/{path}", status)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise from_os_error(error, shown(path)) from error

    def _change(self, path: str, old_path: str | None, after: FileState | None) -> Change:
        before = self._base.entries.get(old_path or path)
        binary, added, removed = self._counted(path, old_path or path, before, after)
        target = None
        if after is not None and after.kind == "symlink":
            target = self._current(path, after).decode("utf-8", "surrogateescape")
        flags = change_flags(path, before, after, target)
        return Change(
            path, _kind(old_path, before, after), old_path, before, after, binary, added, removed, flags
        )

    def _counted(
        self, path: str, old_path: str, before: FileState | None, after: FileState | None
    ) -> tuple[bool, int, int]:
        key = (before.sha256 if before else "", after.sha256 if after else "")
        if key not in self._line_counts:
            self._line_counts[key] = self._count(path, old_path, before, after)
        return self._line_counts[key]

    def _count(
        self, path: str, old_path: str, before: FileState | None, after: FileState | None
    ) -> tuple[bool, int, int]:
        largest = max(state.size for state in (before, after) if state is not None)
        same = before is not None and after is not None and before.sha256 == after.sha256
        most = PROBE_BYTES if same or largest > _COUNTED_BYTES else None
        old = b"" if before is None else self._base.read_start(old_path, most)
        new = b"" if after is None else self._current(path, after, most)
        binary = is_binary(old) or is_binary(new)
        added, removed = (0, 0) if binary or most is not None else count_changed_lines(old, new)
        return binary, added, removed

    def _current(self, path: str, state: FileState, most: int | None = None) -> bytes:
        try:
            return read_content(place_in(self._workspace, path), state.kind, most)
        except OSError as error:
            raise from_os_error(error, shown(path)) from error


def _kind(old_path: str | None, before: FileState | None, after: FileState | None) -> ChangeKind:
    if old_path is not None:
        return "rename"
    if before is None:
        return "add"
    if after is None:
        return "delete"
    if before.kind != after.kind:
        return "type"
    return "mode" if before.sha256 == after.sha256 else "modify"


def _paired(base: Mapping[str, FileState], current: Mapping[str, FileState]) -> list[tuple[str, str | None]]:
    """(path, old path of a rename or None) of everything that differs."""
    gone = [path for path in base if path not in current]
    new = [path for path in current if path not in base]
    renames = _renames(base, current, gone, new)
    moved_from = set(renames.values())
    pairs: list[tuple[str, str | None]] = [(path, renames.get(path)) for path in new]
    pairs.extend((path, None) for path in gone if path not in moved_from)
    for path, state in current.items():
        before = base.get(path)
        if before is not None and before is not state and before != state:
            pairs.append((path, None))
    return pairs


def _renames(
    base: Mapping[str, FileState], current: Mapping[str, FileState], gone: list[str], new: list[str]
) -> dict[str, str]:
    """New path -> old path of files with equal, non-empty content.

    The same file name is preferred, then byte order.
    """
    by_name: dict[tuple[str, str, str], deque[str]] = {}
    for path in sorted((path for path in gone if base[path].size), key=byte_order):
        state = base[path]
        by_name.setdefault((state.kind, state.sha256, _name(path)), deque()).append(path)
    renames: dict[str, str] = {}
    unnamed: list[str] = []
    for path in sorted(new, key=byte_order):
        state = current[path]
        named = by_name.get((state.kind, state.sha256, _name(path)))
        if named:
            renames[path] = named.popleft()
        else:
            unnamed.append(path)
    by_content: dict[tuple[str, str], deque[str]] = {}
    for (kind, sha256, _), left in by_name.items():
        by_content.setdefault((kind, sha256), deque()).extend(left)
    for path in unnamed:
        candidates = by_content.get((current[path].kind, current[path].sha256))
        if candidates:
            renames[path] = candidates.popleft()
    return renames


def _name(path: str) -> str:
    return path.rpartition("/")[2]
