"""Taking changes back: the imported content returns to the shadow workspace.

The real folder is not touched.

Everything is checked before anything is done, so a discard that cannot be complete changes nothing.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from satchel.workspace.base import Base
from satchel.workspace.changeset import Change
from satchel.workspace.errors import ConflictError
from satchel.workspace.file_state import FileState
from satchel.workspace.guest_path import ancestors, shown
from satchel.workspace.host_tree import make_directory, replace_file


def discard_changes(workspace: str, base: Base, changes: Sequence[Change]) -> None:
    """Undo changes in the workspace tree.

    Raises ConflictError, before touching anything, when a change that is not discarded stands in the way;
    WorkspaceError when the base has lost a content; OSError from the host.
    """
    removed = [change.path for change in changes if change.before is None or change.old_path is not None]
    restored: dict[str, FileState] = {}
    for change in changes:
        if change.before is not None:
            restored[change.old_path or change.path] = change.before
    for path in restored:
        _check_free(workspace, path, set(removed))
    contents = {path: base.read(path) for path in restored}
    for path in removed:
        os.unlink(f"{workspace}/{path}")
    _prune(workspace, base, removed)
    for path, state in restored.items():
        _restore(workspace, path, state, contents[path])


def _check_free(workspace: str, path: str, removed: set[str]) -> None:
    for parent in ancestors(path):
        host = f"{workspace}/{parent}"
        if os.path.lexists(host) and not _is_directory(host) and parent not in removed:
            raise ConflictError(
                f"{shown(path)} cannot come back: {shown(parent)} is no directory any more.",
                f"Discard the change of {shown(parent)} too.",
            )
    if not _is_directory(f"{workspace}/{path}"):
        return
    for directory, _, names in os.walk(f"{workspace}/{path}"):
        for name in names:
            inner = f"{directory}/{name}".removeprefix(f"{workspace}/")
            if inner not in removed:
                raise ConflictError(
                    f"{shown(path)} cannot come back: it is a directory now and holds {shown(inner)}.",
                    f"Discard the change of {shown(inner)} too.",
                )


def _prune(workspace: str, base: Base, removed: list[str]) -> None:
    """Remove directories that became empty and were not imported, the deepest first."""
    candidates = {parent for path in removed for parent in ancestors(path)}
    for path in sorted(candidates, key=lambda path: (-path.count("/"), path)):
        host = f"{workspace}/{path}"
        if _is_directory(host) and not base.has_directory(path) and not os.listdir(host):
            os.rmdir(host)


def _restore(workspace: str, path: str, state: FileState, content: bytes) -> None:
    for parent in reversed(ancestors(path)):
        if not os.path.lexists(f"{workspace}/{parent}"):
            make_directory(f"{workspace}/{parent}")
    host = f"{workspace}/{path}"
    if _is_directory(host):
        _remove_empty_directories(host)
    if state.kind == "symlink":
        if os.path.lexists(host):
            os.unlink(host)
        os.symlink(content.decode("utf-8", "surrogateescape"), host)
    else:
        replace_file(host, content, state.mode)


def _remove_empty_directories(host: str) -> None:
    for directory, _, _ in os.walk(host, topdown=False):
        os.rmdir(directory)


def _is_directory(host: str) -> bool:
    return os.path.isdir(host) and not os.path.islink(host)
