"""Everything below a directory in the byte order of whole paths, for tools that search.

Rules, the same for every tool: symbolic links are reported and never followed; the inside of a `.git`
directory is left out (it is git's store, not project text); hidden files are ordinary files; nothing else
is left out.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from satchel.base.checkpoint import Checkpoint
from satchel.workspace.errors import DirectoryExpectedError, NotFoundError
from satchel.workspace.guest_files import GuestFiles, NodeKind
from satchel.workspace.guest_path import byte_order

GIT_STORE = ".git"


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One thing in the tree; `path` is absolute."""

    path: str
    kind: NodeKind


async def tree_entries(
    files: GuestFiles, root: str, checkpoint: Checkpoint, enter: Callable[[str], bool] = lambda path: True
) -> AsyncIterator[TreeEntry]:
    """All entries below the directory `root`, in byte order of their paths (a directory counts with a final
    slash).

    `enter` is asked for each directory whether to look inside. One that vanishes meanwhile is passed over.
    """
    pending = _entries_last_first(files, root)
    while pending:
        entry = pending.pop()
        yield entry
        is_git_store = entry.path.endswith("/" + GIT_STORE)
        if entry.kind == "directory" and not is_git_store and enter(entry.path):
            await checkpoint.breathe()
            try:
                pending.extend(_entries_last_first(files, entry.path))
            except (NotFoundError, DirectoryExpectedError):
                continue


def _entries_last_first(files: GuestFiles, directory: str) -> list[TreeEntry]:
    prefix = directory.rstrip("/") + "/"
    entries = [TreeEntry(prefix + entry.name, entry.kind) for entry in files.list_directory(directory)]
    entries.sort(key=_sort_key, reverse=True)
    return entries


def _sort_key(entry: TreeEntry) -> bytes:
    # With its slash a directory sorts where its content belongs: "a.txt" before "a/b", as '.' is before '/'.
    return byte_order(entry.path + "/" if entry.kind == "directory" else entry.path)
