"""ReadFile and WriteFile: whole text files under the names and fields of an older tool set.

New conversations use Read and Write. These two stay so that recorded sessions replay and older prompts
work.
"""

from __future__ import annotations

from satchel.base.jsonvalue import JsonObject, JsonValue
from satchel.permission.request import Capability, PermissionRequest
from satchel.tools.errors import ToolError, reported_by
from satchel.tools.input_fields import Field, InputFields
from satchel.tools.spec import ToolContext
from satchel.tools.text_content import binary_kind, encoded, is_binary, shown_text
from satchel.workspace.guest_path import shown

_PATH = Field("path", "string", "The file: absolute, or relative to /workspace.", required=True)
_READ_FIELDS = InputFields("ReadFile", (_PATH,))
_WRITE_FIELDS = InputFields(
    "WriteFile", (_PATH, Field("content", "string", "The whole content of the file.", required=True))
)


class ReadFileTool:
    """A whole text file of at most 1 MiB; prefer Read."""

    schema = _READ_FIELDS.schema(
        "Read a whole text file. Prefer Read, which also handles long files and images."
    )
    read_only = True

    def permissions(self, input: JsonObject, context: ToolContext) -> tuple[PermissionRequest, ...]:
        """Leave to read the file."""
        with reported_by("ReadFile"):
            path = context.files.canonical(_READ_FIELDS.check(input).text("path"))
        return (PermissionRequest(Capability.READ, path, "ReadFile"),)

    async def run(self, input: JsonObject, context: ToolContext) -> JsonValue:
        """`{path, content, encoding}`."""
        with reported_by("ReadFile"):
            path = context.files.canonical(_READ_FIELDS.check(input).text("path"))
            limit = context.limits.read_bytes
            data = context.files.read_bytes(path, 0, limit + 1)
        if is_binary(data):
            raise ToolError("ReadFile", f"{shown(path)} is {binary_kind(data)}.", code="tool.binary_file")
        if len(data) > limit:
            remedy = "Use Read with offset and limit."
            raise ToolError(
                "ReadFile", f"{shown(path)} is larger than {limit:,} bytes.", remedy, code="limit.read_bytes"
            )
        return {"path": path, "content": shown_text(data), "encoding": "utf8"}


class WriteFileTool:
    """A whole text file, replaced if it exists; prefer Write."""

    schema = _WRITE_FIELDS.schema("Write a whole text file, replacing an existing one. Prefer Write or Edit.")
    read_only = False

    def permissions(self, input: JsonObject, context: ToolContext) -> tuple[PermissionRequest, ...]:
        """Leave to write the file."""
        with reported_by("WriteFile"):
            path = context.files.canonical(_WRITE_FIELDS.check(input).text("path"))
        return (PermissionRequest(Capability.WRITE, path, "WriteFile"),)

    async def run(self, input: JsonObject, context: ToolContext) -> JsonValue:
        """`{ok, path}`."""
        fields = _WRITE_FIELDS.check(input)
        data = encoded("WriteFile", "content", fields.text("content"))
        with reported_by("WriteFile"):
            path = context.files.canonical(fields.text("path"))
            context.files.write_bytes(path, data)
        return {"ok": True, "path": path}
