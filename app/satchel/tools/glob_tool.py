"""Glob: paths below a directory that match a file name pattern, in byte order.

What is looked at is told in `file_tree`, what a pattern means in `glob_pattern`. A pattern selects files
and symbolic links; with a final slash, directories.
"""

from __future__ import annotations

from satchel.base.jsonvalue import JsonObject, JsonValue
from satchel.permission.request import Capability, PermissionRequest
from satchel.tools.errors import reported_by
from satchel.tools.file_tree import tree_entries
from satchel.tools.input_fields import Field, InputFields, ToolInput
from satchel.tools.path_selection import PathSelection, select_paths
from satchel.tools.spec import ToolContext
from satchel.workspace.errors import DirectoryExpectedError
from satchel.workspace.guest_path import WORKSPACE, shown

_NAME = "Glob"
_FIELDS = InputFields(
    _NAME,
    (
        Field(
            "pattern",
            "string",
            "Pattern relative to root: * ? [a-z] {a,b} within a name, ** for any directories, as in src/**/*.py.",
            required=True,
        ),
        Field("root", "string", "Directory to search (default: /workspace).", ("path",), default=WORKSPACE),
        Field("max_files", "integer", "Return at most this many paths.", minimum=1),
    ),
)
_DESCRIPTION = (
    "Find files by name pattern. Hidden files match like others; the inside of .git is left out; symbolic links are "
    "listed, not followed. A pattern without ** looks only as deep as it has slashes; a final slash finds directories."
)


class GlobTool:
    """See the module's docstring."""

    schema = _FIELDS.schema(_DESCRIPTION)
    read_only = True

    def permissions(self, input: JsonObject, context: ToolContext) -> tuple[PermissionRequest, ...]:
        """Leave to read the directory that is searched."""
        with reported_by(_NAME):
            _, selection = _checked(input, context)
        return (PermissionRequest(Capability.READ, selection.base, _NAME),)

    async def run(self, input: JsonObject, context: ToolContext) -> JsonValue:
        """`{root, matches, search_path, pattern, count, truncated, note?}`; `matches` are absolute paths."""
        with reported_by(_NAME):
            fields, selection = _checked(input, context)
            root = context.files.canonical(fields.text("root"))
            matches, note = await _search(selection, fields.optional_integer("max_files"), context)
        truncated = bool(note)
        if not matches and not note:
            note = _hint(fields.text("pattern"), root, selection, context)
        result: dict[str, JsonValue] = {
            "root": root,
            "matches": matches,
            "search_path": selection.base,
            "pattern": fields.text("pattern"),
            "count": len(matches),
            "truncated": truncated,
        }
        if note:
            result["note"] = note
        return result


def _checked(input: JsonObject, context: ToolContext) -> tuple[ToolInput, PathSelection]:
    fields = _FIELDS.check(input)
    root = fields.text("root")
    if context.files.stat(root).kind != "directory":
        raise DirectoryExpectedError(
            f"{shown(root)} is not a directory.", "Give root a directory; Read shows a file."
        )
    return fields, select_paths(context.files, root, fields.text("pattern"), bare_names_anywhere=False)


async def _search(
    selection: PathSelection, max_files: int | None, context: ToolContext
) -> tuple[list[str], str]:
    """The matches, and why there may be more (empty: there are none)."""
    matches: list[str] = []
    if not context.files.exists(selection.base) or context.files.stat(selection.base).kind != "directory":
        return matches, ""
    scanned = 0
    async for entry in tree_entries(context.files, selection.base, context.checkpoint, selection.enters):
        is_directory = entry.kind == "directory"
        if not is_directory:
            scanned += 1
            if scanned > context.limits.glob_scanned:
                limit = f"{context.limits.glob_scanned:,}"
                return (
                    matches,
                    f"Stopped before {shown(entry.path)}, after {limit} files; search a smaller root.",
                )
        if is_directory is selection.directories_only and selection.selects(entry.path):
            if len(matches) == max_files:
                return matches, f"More than max_files ({max_files}) match; raise it or narrow the pattern."
            matches.append(entry.path)
    return matches, ""


def _hint(pattern: str, root: str, selection: PathSelection, context: ToolContext) -> str:
    if not context.files.exists(selection.base):
        return f"There is no directory {shown(selection.base)}."
    if "/" not in pattern and "**" not in pattern:
        return (
            f"Only the entries of {shown(root)} itself were compared; **/{pattern} looks in all directories."
        )
    return ""
