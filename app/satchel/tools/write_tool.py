"""Write: a new file, or with `overwrite` the new content of an existing one.

Missing directories are made.
"""

from __future__ import annotations

from satchel.base.jsonvalue import JsonObject, JsonValue
from satchel.permission.request import Capability, PermissionRequest
from satchel.tools.errors import ToolError, reported_by
from satchel.tools.input_fields import Field, InputFields
from satchel.tools.spec import ToolContext
from satchel.tools.text_content import encoded
from satchel.workspace.errors import AlreadyExistsError
from satchel.workspace.guest_path import shown

_NAME = "Write"
_FIELDS = InputFields(
    _NAME,
    (
        Field(
            "file_path",
            "string",
            "The file: absolute, or relative to /workspace.",
            ("filePath",),
            required=True,
        ),
        Field("content", "string", "The whole content of the file.", required=True),
        Field("overwrite", "boolean", "Replace the file if it exists.", default=False),
    ),
)
_DESCRIPTION = (
    "Write a whole file; missing directories are made. An existing file is only replaced with overwrite=true; to "
    "change part of a file use Edit."
)


class WriteTool:
    """See the module's docstring."""

    schema = _FIELDS.schema(_DESCRIPTION)
    read_only = False

    def permissions(self, input: JsonObject, context: ToolContext) -> tuple[PermissionRequest, ...]:
        """Leave to write the file."""
        with reported_by(_NAME):
            path = context.files.canonical(_FIELDS.check(input).text("file_path"))
        return (PermissionRequest(Capability.WRITE, path, _NAME),)

    async def run(self, input: JsonObject, context: ToolContext) -> JsonValue:
        """`{message, file_path, bytes_written}`. An existing file without `overwrite` is left as it is."""
        fields = _FIELDS.check(input)
        data = encoded(_NAME, "content", fields.text("content"))
        overwrite = fields.flag("overwrite")
        with reported_by(_NAME):
            given = fields.text("file_path")
            path = context.files.canonical(given)
            existed = context.files.exists(path)
            try:
                # A trailing slash is lost in the canonical path, and it asks for a directory.
                context.files.write_bytes(
                    given if given.endswith("/") else path, data, exclusive=not overwrite
                )
            except AlreadyExistsError as error:
                remedy = "Set overwrite to true to replace it, or use Edit to change a part."
                raise ToolError(_NAME, f"{shown(path)} exists already.", remedy, code=error.code) from error
        verb = "Replaced" if existed else "Created"
        return {
            "message": f"{verb} {shown(path)} ({len(data)} bytes).",
            "file_path": path,
            "bytes_written": len(data),
        }
