"""Read: the content of one file, as text, as a window of numbered lines, or as an image.

Without `offset` and `limit` the text comes as it is; with either, each line is prefixed with its number.
What does not fit is never dropped silently: `truncated`, `next_offset` and `note` say what is missing and
how to go on. Binary files are refused rather than shown as rubbish.
"""

from __future__ import annotations

import base64

from satchel.base.jsonvalue import JsonObject, JsonValue
from satchel.permission.request import Capability, PermissionRequest
from satchel.tools.errors import ToolError, reported_by
from satchel.tools.input_fields import Field, InputFields
from satchel.tools.line_window import LineWindow, read_line_window
from satchel.tools.spec import ToolContext
from satchel.tools.text_content import SNIFFED_BYTES, binary_kind, is_binary, is_utf8, shown_text
from satchel.workspace.guest_path import shown

_NAME = "Read"
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
        Field("offset", "integer", "First line to return, counted from 1.", minimum=0),
        Field("limit", "integer", "Number of lines to return at most.", minimum=0),
    ),
)
_DESCRIPTION = (
    "Read a file. With offset or limit, lines come prefixed with 'N: ' (their number). Long files are cut at 1 MiB; "
    "the result then says truncated and the offset to continue with. PNG, JPEG, GIF and WebP come as images."
)
_IMAGE_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
}


class ReadTool:
    """See the module's docstring."""

    schema = _FIELDS.schema(_DESCRIPTION)
    read_only = True

    def permissions(self, input: JsonObject, context: ToolContext) -> tuple[PermissionRequest, ...]:
        """Leave to read the file."""
        with reported_by(_NAME):
            path = context.files.canonical(_FIELDS.check(input).text("file_path"))
        return (PermissionRequest(Capability.READ, path, _NAME),)

    async def run(self, input: JsonObject, context: ToolContext) -> JsonValue:
        """`{file_path, content, ...}` for text, `{file_path, image, mime_type, file_size}` for an image."""
        fields = _FIELDS.check(input)
        with reported_by(_NAME):
            path = context.files.canonical(fields.text("file_path"))
            size = _size_of_file(path, context)
            head = context.files.read_bytes(path, 0, SNIFFED_BYTES)
            image_type = _image_type(path, head)
            if image_type is not None:
                return _image(path, image_type, size, context)
            if is_binary(head):
                raise ToolError(
                    _NAME,
                    f"{shown(path)} is {binary_kind(head)} ({size:,} bytes) and cannot be shown as text.",
                    "Convert it first, or work on its source.",
                    code="tool.binary_file",
                )
            offset, limit = fields.optional_integer("offset"), fields.optional_integer("limit")
            window = await read_line_window(
                context.files, path, max(offset or 1, 1), limit, context.limits.read_bytes, context.checkpoint
            )
        return _text_result(path, size, window, numbered=offset is not None or limit is not None)


def _size_of_file(path: str, context: ToolContext) -> int:
    stat = context.files.stat(path)
    if stat.kind == "directory":
        remedy = (
            f"Use ListDir for its entries, or Glob with the pattern {shown(path)}/**/* for all files in it."
        )
        raise ToolError(_NAME, f"{shown(path)} is a directory.", remedy, code="workspace.not_a_file")
    return stat.size


def _image_type(path: str, head: bytes) -> str | None:
    """The media type, when both the name and the first bytes say that it is an image."""
    by_name = _IMAGE_TYPES.get(path.rpartition(".")[2].lower())
    return by_name if by_name is not None and by_name == _signature_type(head) else None


def _signature_type(head: bytes) -> str | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    return None


def _image(path: str, mime_type: str, size: int, context: ToolContext) -> JsonObject:
    limit = context.limits.read_bytes
    if size > limit:
        raise ToolError(
            _NAME,
            f"the image {shown(path)} has {size:,} bytes and the limit is {limit:,}.",
            "Make a smaller copy of it first.",
            code="limit.read_bytes",
        )
    data = context.files.read_bytes(path)
    return {
        "file_path": path,
        "image": base64.b64encode(data).decode("ascii"),
        "mime_type": mime_type,
        "file_size": len(data),
    }


def _text_result(path: str, size: int, window: LineWindow, *, numbered: bool) -> JsonObject:
    result: dict[str, JsonValue] = {"file_path": path, "content": _content(window, numbered=numbered)}
    returned = window.last - window.first + 1
    if numbered or not window.complete:
        result["total_lines"] = window.total
        result["lines_returned"] = returned
    if not window.complete and returned > 0:
        result["truncated"] = True
        result["file_size"] = size
        if window.last < window.total:
            result["next_offset"] = window.last + 1
    note = _note(path, window, returned)
    if note:
        result["note"] = note
    if not is_utf8(window.data):
        result["encoding"] = "not UTF-8: bytes that are no text are shown as U+FFFD"
    return result


def _content(window: LineWindow, *, numbered: bool) -> str:
    text = shown_text(window.data) if window.first == 1 else window.data.decode("utf-8", "replace")
    if not numbered or window.last < window.first:
        return text
    lines = text.removesuffix("\n").split("\n")
    return "\n".join(
        f"{number}: {line.removesuffix(chr(13))}" for number, line in enumerate(lines, window.first)
    )


def _note(path: str, window: LineWindow, returned: int) -> str:
    if window.total == 0:
        return f"{shown(path)} is empty."
    if window.first > window.total:
        return f"{shown(path)} has {window.total} lines; offset {window.first} is past its end."
    parts = []
    if window.cut:
        parts.append(f"Line {window.first} is longer than one result may be and is cut.")
    if not window.complete and returned > 0:
        parts.append(f"Lines {window.first}-{window.last} of {window.total} are shown.")
        if window.last < window.total:
            parts.append(f"Continue with offset {window.last + 1}.")
    return " ".join(parts)
