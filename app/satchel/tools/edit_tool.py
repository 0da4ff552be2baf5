"""Edit: replace exact text in one file, refusing whatever is not clear.

* Without `count` and `replace_all` the text must occur exactly once among the places that the anchors allow.
* `before` and `after` are anchors: a place counts when it lies after the first occurrence of `before` and before the
  last occurrence of `after`. Every occurrence is tested, not only the first.
* `count` takes the first that many places (0: all).
* Line ends of the file are kept: `\\n` in the call stands for either kind (see `line_ends`). Bytes that are not UTF-8
  stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from satchel.base.jsonvalue import JsonObject, JsonValue
from satchel.base.limits import MIB
from satchel.permission.request import Capability, PermissionRequest
from satchel.tools.errors import ToolError, reported_by
from satchel.tools.input_fields import Field, InputFields, ToolInput
from satchel.tools.line_ends import SearchedText
from satchel.tools.nearest_text import nearest_text
from satchel.tools.spec import ToolContext
from satchel.tools.text_content import binary_kind, encoded, is_binary, listed
from satchel.workspace.guest_path import shown

MAX_EDITED_BYTES = 32 * MIB
"""The whole file is held several times over while it is edited."""

_NAME = "Edit"
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
        Field(
            "old_string",
            "string",
            "The exact text to replace, with its white space and without line numbers.",
            ("old", "oldString"),
            required=True,
        ),
        Field("new_string", "string", "What to put in its place.", ("new", "newString"), required=True),
        Field("count", "integer", "Replace the first so many places (0: all).", minimum=0),
        Field("replace_all", "boolean", "Replace every place.", ("replaceAll",), default=False),
        Field("before", "string", "Replace only after the first occurrence of this text."),
        Field("after", "string", "Replace only before the last occurrence of this text."),
    ),
)
_DESCRIPTION = (
    "Replace exact text in a file. The text must occur once; if it occurs more often, give more of its surroundings, "
    "the anchors before or after, count, or replace_all."
)
_NUMBERED_LINE = re.compile(r"\s*[0-9]+: ")


class EditTool:
    """See the module's docstring."""

    schema = _FIELDS.schema(_DESCRIPTION)
    read_only = False

    def permissions(self, input: JsonObject, context: ToolContext) -> tuple[PermissionRequest, ...]:
        """Leave to read the file (error texts quote it) and to write it."""
        with reported_by(_NAME):
            path = context.files.canonical(_FIELDS.check(input).text("file_path"))
        return (
            PermissionRequest(Capability.READ, path, _NAME),
            PermissionRequest(Capability.WRITE, path, _NAME),
        )

    async def run(self, input: JsonObject, context: ToolContext) -> JsonValue:
        """`{message, file_path, replacements, lines}`; `lines` are where the places were, at most the first
        100.
        """
        fields = _FIELDS.check(input)
        with reported_by(_NAME):
            path = context.files.canonical(fields.text("file_path"))
            await context.checkpoint.breathe()
            edit = _Edit(path, _editable_text(path, context), fields)
            places = edit.places()
            data = edit.text.replaced(places, len(edit.old), edit.new).encode("utf-8", "surrogateescape")
            context.files.write_bytes(path, data)
        lines = [edit.text.line_of(place) for place in places[:100]]
        where = "place" if len(places) == 1 else "places"
        return {
            "message": f"Replaced {len(places)} {where} in {shown(path)} (line {listed(lines)}).",
            "file_path": path,
            "replacements": len(places),
            "lines": lines,
        }


def _editable_text(path: str, context: ToolContext) -> SearchedText:
    size = context.files.stat(path).size
    if size > MAX_EDITED_BYTES:
        message = f"{shown(path)} has {size:,} bytes and the limit for editing is {MAX_EDITED_BYTES:,}."
        raise ToolError(_NAME, message, "Use a command-line tool such as sed.", code="limit.edit_bytes")
    data = context.files.read_bytes(path)
    if is_binary(data):
        remedy = "Only text files can be edited."
        raise ToolError(_NAME, f"{shown(path)} is {binary_kind(data)}.", remedy, code="tool.binary_file")
    return SearchedText(data.decode("utf-8", "surrogateescape"))


@dataclass(frozen=True, slots=True)
class _Edit:
    """One edit: the file's text and the checked fields."""

    path: str
    text: SearchedText
    fields: ToolInput

    def _field(self, name: str) -> str:
        value = self.fields.text(name)
        encoded(_NAME, name, value)
        return value.replace("\r\n", "\n")

    @property
    def old(self) -> str:
        return self._field("old_string")

    @property
    def new(self) -> str:
        return self._field("new_string")

    def places(self) -> list[int]:
        """Offsets to replace, ascending; raises ToolError when there are none or it is not clear which."""
        old, new = self.old, self.new
        if not old:
            raise ToolError(
                _NAME, "old_string is empty.", "Give the text to replace; use Write to make a new file."
            )
        if old == new:
            raise ToolError(_NAME, "old_string and new_string are the same.", "Nothing would change.")
        everywhere = list(_occurrences(self.text.text, old))
        if not everywhere:
            raise self._not_found(old)
        start, end = self._anchored_range()
        allowed = [place for place in everywhere if start <= place and place + len(old) <= end]
        if not allowed:
            raise ToolError(
                _NAME,
                f"old_string occurs in {shown(self.path)} at {self._lines(everywhere)}, but not between the anchors.",
                "Correct before and after, or leave them out.",
                code="edit.not_between_anchors",
            )
        count = 0 if self.fields.flag("replace_all") else self.fields.optional_integer("count")
        if count is None and len(allowed) > 1:
            raise ToolError(
                _NAME,
                f"old_string occurs {len(allowed)} times in {shown(self.path)}, at {self._lines(allowed)}.",
                "Give more of its surroundings, an anchor (before, after), count, or replace_all.",
                code="edit.ambiguous",
            )
        return allowed[:count] if count else allowed

    def _anchored_range(self) -> tuple[int, int]:
        """The part of the text that the anchors allow."""
        text = self.text.text
        start, end = 0, len(text)
        if self.fields.optional_text("before"):
            anchor = self._field("before")
            start = text.find(anchor) + len(anchor)
            if start < len(anchor):
                raise self._anchor_missing("before", anchor)
        if self.fields.optional_text("after"):
            anchor = self._field("after")
            end = text.rfind(anchor)
            if end < 0:
                raise self._anchor_missing("after", anchor)
        return start, end

    def _anchor_missing(self, name: str, anchor: str) -> ToolError:
        message = f"the anchor {name} was not found in {shown(self.path)}."
        return ToolError(_NAME, message, self._nearest(anchor), code="edit.anchor_not_found")

    def _not_found(self, old: str) -> ToolError:
        lines = old.strip("\n").split("\n")
        if all(_NUMBERED_LINE.match(line) for line in lines):
            remedy = "Leave out the line numbers ('N: ') that Read puts before each line."
        else:
            remedy = self._nearest(old)
        return ToolError(
            _NAME, f"old_string was not found in {shown(self.path)}.", remedy, code="edit.not_found"
        )

    def _nearest(self, wanted: str) -> str:
        nearest = nearest_text(self.text.text, wanted)
        if nearest is None:
            return "Nothing in the file is like it; read the file again."
        where = (
            f"line {nearest.first}"
            if nearest.first == nearest.last
            else f"lines {nearest.first}-{nearest.last}"
        )
        hint = "only white space differs from" if nearest.only_space_differs else "most like it is"
        return f"Copy the text exactly; {hint} {where}:\n{nearest.text.encode('utf-8', 'replace').decode()}"

    def _lines(self, places: list[int]) -> str:
        lines = [self.text.line_of(place) for place in places[:50]]
        more = f" and {len(places) - 20} more" if len(places) > 20 else ""
        return f"line {', '.join(map(str, lines[:20]))}{more}"


def _occurrences(text: str, wanted: str) -> Iterator[int]:
    """Offsets of the occurrences of `wanted` that do not overlap, ascending."""
    found = text.find(wanted)
    while found >= 0:
        yield found
        found = text.find(wanted, found + len(wanted))
