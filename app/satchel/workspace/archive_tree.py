r"""The directory tree an archive describes, made from names that may be hostile.

Names come from whoever made the archive, so each is checked before it becomes a place in the tree: no
absolute paths, no drive letters, no `..`, nothing below a link or a file, no link that leads out of the
tree. What fails is refused with a reason and the rest goes on. Of two entries with one name the later
counts, as it does for tar and unzip.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import IO

from satchel.base.limits import WorkspaceLimits
from satchel.workspace.errors import NameInvalidError
from satchel.workspace.guest_path import check_name, path_bytes, shown
from satchel.workspace.import_source import EntryKind, SourceEntry

_DRIVE = re.compile(r"[A-Za-z]:[\\/]|\\\\")


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """One entry; `opened` gives the content of a file as a stream (None for directories and links)."""

    kind: EntryKind
    size: int = 0
    mode: int | None = None
    mtime_ns: int | None = None
    link_target: str | None = None
    opened: Callable[[], IO[bytes]] | None = None


@dataclass(slots=True)
class ArchiveTree:
    """All entries by path, the names in each directory, and what was refused."""

    limits: WorkspaceLimits
    entries: dict[str, ArchiveEntry] = field(default_factory=dict)
    children: dict[str, dict[str, None]] = field(default_factory=lambda: {"": {}})
    refused: list[tuple[str, str]] = field(default_factory=list)

    def add(self, name: str, entry: ArchiveEntry) -> None:
        """Put an entry at the place its name says, or refuse it."""
        reason = self._reason_against(name, entry)
        if reason is not None:
            self.refused.append((name, reason))
            return
        path = _normalised(name)
        if not path:
            return
        old = self.entries.get(path)
        if old is not None and old.kind != "directory" and entry.kind != "directory":
            self.refused.append((name, "there are two entries of this name; the later one is taken"))
        self._make_parents(path)
        self.entries[path] = entry
        self._link_to_parent(path)
        if entry.kind == "directory":
            self.children.setdefault(path, {})

    def listing(self, directory: str) -> Sequence[SourceEntry] | None:
        """The entries of a directory, None when there is no such directory."""
        names = self.children.get(directory)
        if names is None:
            return None
        prefix = f"{directory}/" if directory else ""
        return [self._source_entry(name, self.entries[prefix + name]) for name in names]

    def without_root(self, name: str) -> ArchiveTree:
        """The same tree without its one top directory, where that is all there is and the archive is named
        for it.
        """
        tops = list(self.children[""])
        if (
            len(tops) != 1
            or tops[0] not in self.children
            or not name.casefold().startswith(tops[0].casefold())
        ):
            return self
        prefix = f"{tops[0]}/"
        stripped: ArchiveTree = ArchiveTree(self.limits, refused=self.refused)
        stripped.entries = {
            path.removeprefix(prefix): entry for path, entry in self.entries.items() if path != tops[0]
        }
        stripped.children = {
            path[len(prefix) :]: names for path, names in self.children.items() if path != ""
        }
        return stripped

    def _reason_against(self, name: str, entry: ArchiveEntry) -> str | None:
        path = _normalised(name)
        parts = path.split("/")
        if "\0" in name:
            return "the name holds a NUL byte"
        if name.startswith("/") or _DRIVE.match(name):
            return "the path is absolute"
        if ".." in parts:
            return "the path leads out of the archive"
        if not path:
            return None
        try:
            for part in parts:
                check_name(part, self.limits)
        except NameInvalidError as error:
            return error.message
        return self._reason_against_place(path, entry)

    def _reason_against_place(self, path: str, entry: ArchiveEntry) -> str | None:
        parts = path.split("/")
        for depth in range(1, len(parts)):
            above = self.entries.get("/".join(parts[:depth]))
            if above is not None and above.kind != "directory":
                return f"it is below {shown('/'.join(parts[:depth]))}, which is no directory"
        there = self.entries.get(path)
        if there is not None and (there.kind == "directory") != (entry.kind == "directory"):
            return "the archive has both a directory and something else of this name"
        if entry.kind == "symlink":
            return _reason_against_link(path, entry.link_target or "")
        return None

    def _make_parents(self, path: str) -> None:
        parent = path.rpartition("/")[0]
        if parent and parent not in self.entries:
            self._make_parents(parent)
            self.entries[parent] = ArchiveEntry("directory")
            self._link_to_parent(parent)
            self.children[parent] = {}

    def _link_to_parent(self, path: str) -> None:
        parent, _, name = path.rpartition("/")
        self.children[parent][name] = None

    @staticmethod
    def _source_entry(name: str, entry: ArchiveEntry) -> SourceEntry:
        return SourceEntry(name, entry.kind, entry.size, entry.mode, entry.mtime_ns, entry.link_target)


def _normalised(name: str) -> str:
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def _reason_against_link(path: str, target: str) -> str | None:
    if not target or "\0" in target:
        return "the link has no usable target"
    if target.startswith("/") or _DRIVE.match(target):
        return "the link leads to an absolute path"
    try:
        path_bytes(target)
    except NameInvalidError:
        return "the target of the link is no path"
    depth = path.count("/")
    for part in target.split("/"):
        if part not in ("", "."):
            depth += -1 if part == ".." else 1
        if depth < 0:
            return "the link leads out of the archive"
    return None
