"""ListDir: the entries of one directory, hidden ones included, in the order of their names' bytes."""

from __future__ import annotations

from satchel.base.jsonvalue import JsonObject, JsonValue
from satchel.permission.request import Capability, PermissionRequest
from satchel.tools.errors import reported_by
from satchel.tools.input_fields import Field, InputFields
from satchel.tools.spec import ToolContext

_NAME = "ListDir"
_FIELDS = InputFields(
    _NAME,
    (
        Field(
            "path", "string", "The directory: absolute, or relative to /workspace (the default).", default=""
        ),
    ),
)
_DESCRIPTION = "List the entries of one directory (files, directories, symbolic links), hidden ones included."
_TYPES = {"directory": "dir"}


class ListDirTool:
    """See the module's docstring."""

    schema = _FIELDS.schema(_DESCRIPTION)
    read_only = True

    def permissions(self, input: JsonObject, context: ToolContext) -> tuple[PermissionRequest, ...]:
        """Leave to read the directory."""
        with reported_by(_NAME):
            path = context.files.canonical(_FIELDS.check(input).text("path") or ".")
        return (PermissionRequest(Capability.READ, path, _NAME),)

    async def run(self, input: JsonObject, context: ToolContext) -> JsonValue:
        """`{path, entries: [{name, type}], count}`; type is file, dir, symlink (never followed) or other."""
        with reported_by(_NAME):
            path = context.files.canonical(_FIELDS.check(input).text("path") or ".")
            entries = context.files.list_directory(path)
        limit = context.limits.glob_scanned
        result: dict[str, JsonValue] = {
            "path": path,
            "entries": [
                {"name": entry.name, "type": _TYPES.get(entry.kind, entry.kind)} for entry in entries[:limit]
            ],
            "count": len(entries),
        }
        if len(entries) > limit:
            result["truncated"] = True
            result["note"] = (
                f"Only the first {limit:,} of {len(entries):,} entries are listed; use Glob to pick some."
            )
        return result
