"""Grep: lines that match a regular expression, in files below a directory, in byte order of paths.

The pattern runs in `linear_regex`, so no pattern can hang the program. What is looked at is told in
`file_tree`; on top of that binary files are left out and counted, and of a file above the size limit only
the beginning is searched, and said so. Line numbers count line feeds; a carriage return before one is not
part of the line.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

from satchel.base.jsonvalue import JsonObject, JsonValue
from satchel.permission.request import Capability, PermissionRequest
from satchel.tools.errors import reported_by
from satchel.tools.file_tree import tree_entries
from satchel.tools.input_fields import Field, InputFields
from satchel.tools.linear_regex import LinePattern, compile_pattern
from satchel.tools.path_selection import PathSelection, select_paths
from satchel.tools.spec import ToolContext
from satchel.tools.text_content import is_binary, listed, shown_text
from satchel.workspace.errors import WorkspaceError
from satchel.workspace.guest_path import WORKSPACE, shown

MAX_SHOWN_CHARACTERS = 1_000
"""A longer line is shown up to here, so that one minified file cannot fill the model's context."""

MAX_CONTEXT_LINES = 100

_WINDOW_CHARACTERS = 64 * 1024
_NAME = "Grep"
_CONTENT, _FILES = "content", "files_with_matches"
_FIELDS = InputFields(
    _NAME,
    (
        Field(
            "query",
            "string",
            "Regular expression in Python syntax, matched line by line; no look-around and no backreferences.",
            required=True,
        ),
        Field(
            "file_glob",
            "string",
            "Search only files that match, as in **/*.py or {src,tests}/**; without a slash it is compared with the "
            "file's name at any depth, as in *.py.",
            default="**/*",
        ),
        Field(
            "root",
            "string",
            "Directory or file to search (default: /workspace).",
            ("path",),
            default=WORKSPACE,
        ),
        Field("case_sensitive", "boolean", "Whether case matters.", default=True),
        Field(
            "mode",
            "string",
            "content: matching lines; files_with_matches: only the paths.",
            default=_CONTENT,
            choices=(_CONTENT, _FILES),
        ),
        Field("before_context", "integer", "Lines to show before each match.", default=0, minimum=0),
        Field("after_context", "integer", "Lines to show after each match.", default=0, minimum=0),
    ),
)
_DESCRIPTION = (
    "Search file contents with a regular expression. Hidden files are searched; the inside of .git, binary files and "
    "symbolic links are not. Large results are cut and say so."
)


class GrepTool:
    """See the module's docstring."""

    schema = _FIELDS.schema(_DESCRIPTION)
    read_only = True

    def permissions(self, input: JsonObject, context: ToolContext) -> tuple[PermissionRequest, ...]:
        """Leave to read what is searched: the file, or the directory that `root` and `file_glob` lead to."""
        with reported_by(_NAME):
            fields = _FIELDS.check(input)
            compile_pattern(fields.text("query"), ignore_case=not fields.flag("case_sensitive"))
            path = context.files.canonical(fields.text("root"))
            if context.files.stat(path).kind == "directory":
                path = _selection(path, fields.text("file_glob"), context).base
        return (PermissionRequest(Capability.READ, path, _NAME),)

    async def run(self, input: JsonObject, context: ToolContext) -> JsonValue:
        """Content mode: `{root, query, matches, truncated, total_matches, ...}`; files mode: `{root, query,
        files, count, truncated, ...}`. `total_matches` and `count` count what was searched, also beyond
        what is listed.
        """
        fields = _FIELDS.check(input)
        query, only_files = fields.text("query"), fields.text("mode") == _FILES
        with reported_by(_NAME):
            pattern = compile_pattern(query, ignore_case=not fields.flag("case_sensitive"))
            root = context.files.canonical(fields.text("root"))
            report = _Report(
                before=min(fields.integer("before_context"), MAX_CONTEXT_LINES),
                after=min(fields.integer("after_context"), MAX_CONTEXT_LINES),
                max_matches=context.limits.grep_matches,
                room=context.limits.inline_output_bytes,
            )
            async for path in _paths(root, fields.text("file_glob"), report, context):
                await _search_file(path, pattern, report, context, only_first=only_files)
        result: dict[str, JsonValue] = {"root": root, "query": query}
        if only_files:
            result |= {"files": report.files, "count": report.matching_files}
        else:
            result |= {"matches": report.matches, "total_matches": report.total}
        return result | report.summary(context, query)


@dataclass(slots=True)
class _Report:
    """What has been found so far, and what was left out."""

    before: int
    after: int
    max_matches: int
    room: int
    matches: list[JsonValue] = field(default_factory=list)
    files: list[JsonValue] = field(default_factory=list)
    total: int = 0
    matching_files: int = 0
    searched: int = 0
    binary: int = 0
    partly: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    stopped_at: str | None = None
    full: bool = False

    def add(self, path: str, number: int, lines: list[str]) -> None:
        """Count the match in line `number`, and list it while there is room."""
        self.total += 1
        if self.full:
            return
        index = number - 1
        match: dict[str, JsonValue] = {
            "file_path": path,
            "line": number,
            "text": _shown(lines[index]),
            "before_context": [_shown(line) for line in lines[max(index - self.before, 0) : index]],
            "after_context": [_shown(line) for line in lines[index + 1 : index + 1 + self.after]],
        }
        shown_lines = lines[max(index - self.before, 0) : index + 1 + self.after]
        size = len(path) + sum(min(len(line), MAX_SHOWN_CHARACTERS) for line in shown_lines) + 80
        if len(self.matches) >= self.max_matches or size > self.room:
            self.full = True
            return
        self.room -= size
        self.matches.append(match)

    def add_file(self, path: str) -> None:
        """Count a file with a match, and list it while there is room."""
        self.matching_files += 1
        if self.full or len(self.files) >= self.max_matches or len(path) > self.room:
            self.full = True
            return
        self.room -= len(path)
        self.files.append(path)

    def summary(self, context: ToolContext, query: str) -> dict[str, JsonValue]:
        """Counts, and in words whatever is not complete."""
        notes = []
        if self.full:
            listed_count = len(self.matches) or len(self.files)
            notes.append(f"Only the first {listed_count:,} are listed; narrow query, file_glob or root.")
        if self.stopped_at is not None:
            limit = f"{context.limits.grep_files:,}"
            notes.append(
                f"Stopped before {shown(self.stopped_at)}, after {limit} files; search a smaller root."
            )
        if self.partly:
            limit = f"{context.limits.grep_file_bytes:,}"
            notes.append(
                f"Only the first {limit} bytes were searched of: {listed([shown(path) for path in self.partly])}."
            )
        if self.unreadable:
            notes.append(f"These could not be read: {listed([shown(path) for path in self.unreadable])}.")
        if not self.total and not self.matching_files and "\\|" in query:
            notes.append("In this syntax \\| is a bar character; alternatives are written with a plain |.")
        result: dict[str, JsonValue] = {
            "truncated": self.full or self.stopped_at is not None,
            "files_searched": self.searched,
        }
        if self.binary:
            result["binary_files_skipped"] = self.binary
        if notes:
            result["note"] = " ".join(notes)
        return result


async def _paths(root: str, file_glob: str, report: _Report, context: ToolContext) -> AsyncIterator[str]:
    """The files to search. A root that is a file is searched whatever the pattern says."""
    if context.files.stat(root).kind != "directory":
        yield root
        return
    selection = _selection(root, file_glob, context)
    if not context.files.exists(selection.base):
        return
    scanned = 0
    async for entry in tree_entries(context.files, selection.base, context.checkpoint, selection.enters):
        if entry.kind != "file" or not selection.selects(entry.path):
            continue
        scanned += 1
        if scanned > context.limits.grep_files:
            report.stopped_at = entry.path
            return
        if context.may_read(entry.path):
            yield entry.path
        else:
            report.unreadable.append(entry.path)


def _selection(root: str, file_glob: str, context: ToolContext) -> PathSelection:
    return select_paths(context.files, root, file_glob, bare_names_anywhere=True)


async def _search_file(
    path: str, pattern: LinePattern, report: _Report, context: ToolContext, *, only_first: bool
) -> None:
    limit = context.limits.grep_file_bytes
    try:
        data = context.files.read_bytes(path, 0, limit + 1)
    except WorkspaceError:
        report.unreadable.append(path)
        return
    await context.checkpoint.breathe()
    if is_binary(data):
        report.binary += 1
        return
    report.searched += 1
    if len(data) > limit:
        report.partly.append(path)
        data = data[: data.rfind(b"\n", 0, limit) + 1] or data[:limit]
    text = shown_text(data)
    lines: list[str] | None = None
    first_line = 1
    for window in _windows(text):
        for number in pattern.scan(window, context.checkpoint):
            if only_first:
                report.add_file(path)
                return
            if lines is None:
                lines = [line.removesuffix("\r") for line in text.split("\n")]
                if lines[-1] == "":
                    lines.pop()
            report.add(path, first_line + number - 1, lines)
        first_line += window.count("\n")
        await context.checkpoint.breathe()


def _windows(text: str) -> Iterator[str]:
    """`text` in pieces of whole lines, each short enough to be searched without a look at the event loop."""
    start = 0
    while start < len(text):
        end = text.rfind("\n", start, start + _WINDOW_CHARACTERS) + 1
        if len(text) - start <= _WINDOW_CHARACTERS:
            end = len(text)
        elif end <= start:
            end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end


def _shown(line: str) -> str:
    if len(line) <= MAX_SHOWN_CHARACTERS:
        return line
    return f"{line[:MAX_SHOWN_CHARACTERS]}… ({len(line):,} characters)"
