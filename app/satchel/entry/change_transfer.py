"""The changes of one copy of a workspace, packed as JSON and made in another copy of it.

changes   [{path, kind, oldPath, type, mode, data}] in byte order of the paths; `type` is "file" or "symlink", and
          `data` the content (a link's target) in base64; both are null for what was deleted
gone      directories above deleted and renamed files that are not there any more, deepest first
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import cast

from satchel.base.jsonvalue import JsonObject, JsonValue
from satchel.workspace.changeset import Change, Changeset
from satchel.workspace.guest_files import GuestFiles
from satchel.workspace.guest_path import ancestors, path_from_bytes
from satchel.workspace.host_tree import has_directory
from satchel.workspace.project import Project

_WORKSPACE = "/workspace/"


def pack_changes(changeset: Changeset, project: Project) -> JsonObject:
    """The changes with their contents, as the module's text says. Raises WorkspaceError."""
    return {
        "changes": [_change(change, project) for change in changeset.changes],
        "gone": _gone(changeset, project),
    }


def apply_changes(files: GuestFiles, packed: JsonObject) -> None:
    """Make packed changes in another copy of the same workspace. Raises WorkspaceError.

    What was there goes first, the deepest first, and then the directories that are `gone`: so each of a file, a link
    and a directory can take the place of another, and nothing is reached through a link.
    """
    changes = cast("Sequence[Mapping[str, JsonValue]]", packed["changes"])
    before = [str(change["oldPath"] or change["path"]) for change in changes if change["kind"] != "add"]
    for name in sorted(before, key=lambda name: -name.count("/")):
        files.remove_file(_WORKSPACE + name)
    for directory in cast("Sequence[str]", packed["gone"]):
        _remove_if_empty(files, _WORKSPACE + directory)
    for change in changes:
        if change["data"] is not None:
            _put(files, _WORKSPACE + str(change["path"]), change)


def _remove_if_empty(files: GuestFiles, path: str) -> None:
    """Directories in it do not count: a changeset knows files only."""
    if files.exists(path) and all(entry.stat.kind == "directory" for entry in files.walk(path)):
        files.remove_tree(path)


def _put(files: GuestFiles, path: str, change: Mapping[str, JsonValue]) -> None:
    _remove_if_empty(files, path)
    data = base64.b64decode(str(change["data"]))
    if change["type"] == "symlink":
        files.make_symlink(path, path_from_bytes(data))
        return
    files.write_bytes(path, data)
    files.set_mode(path, cast(int, change["mode"]))


def _gone(changeset: Changeset, project: Project) -> list[JsonValue]:
    before = [change.old_path or change.path for change in changeset.changes if change.before is not None]
    above = {directory for path in before for directory in ancestors(path)}
    gone = (path for path in above if not has_directory(project.workspace_directory, path))
    return [*sorted(gone, key=lambda path: (-path.count("/"), path))]


def _change(change: Change, project: Project) -> JsonObject:
    after = change.after
    content: str | None = None
    if after is not None:
        data = project.read_current(change.path, after.kind)
        content = base64.b64encode(data).decode("ascii")
    return {
        "path": change.path,
        "kind": change.kind,
        "oldPath": change.old_path,
        "type": None if after is None else after.kind,
        "mode": 0 if after is None else after.mode,
        "data": content,
    }
