"""One line about a tool use: an icon, a verb, what it is about, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass

from satchel.agent.transcript import ToolItem
from satchel.base.jsonvalue import JsonObject, JsonValue
from satchel.runtime.capability import command_line
from satchel.ui.visible import plural, shorten, size_text, visible, workspace_path

_TARGET_CHARACTERS = 160


@dataclass(frozen=True, slots=True)
class ToolSummary:
    """`target` is monospace text; `outcome` is empty until there is one."""

    icon: str
    verb: str
    target: str
    outcome: str


_PRESENTATION: dict[str, tuple[str, str]] = {
    "Read": ("eye", "Read"),
    "Write": ("add", "Write"),
    "Edit": ("edit", "Edit"),
    "Glob": ("search", "Find files"),
    "Grep": ("search", "Search"),
    "ListDir": ("list", "List"),
    "Command": ("terminal", "Run"),
}


def summarise(item: ToolItem) -> ToolSummary:
    """The summary of a tool use, from its input and output."""
    icon, verb = _PRESENTATION.get(item.name, ("terminal", visible(item.name)))
    outcome = _outcome(item) if item.state == "done" else ""
    return ToolSummary(icon, verb, shorten(_target(item), _TARGET_CHARACTERS), outcome)


def text_field(values: JsonObject, *names: str) -> str:
    """The first of these fields that is a string; empty when none is."""
    return next((value for name in names if isinstance(value := values.get(name), str)), "")


def path_of(item: ToolItem) -> str:
    """The file a tool use is about, as the model wrote it; empty when it is about none."""
    return text_field(item.input, "file_path", "filePath", "path")


def _target(item: ToolItem) -> str:
    values = item.input
    match item.name:
        case "Read" | "Write" | "Edit":
            return workspace_path(path_of(item))
        case "ListDir":
            return workspace_path(path_of(item)) or "."
        case "Glob":
            return visible(text_field(values, "pattern")) + _inside(values)
        case "Grep":
            file_glob = text_field(values, "file_glob")
            inside = f" in {visible(file_glob)}" if file_glob not in ("", "**/*") else _inside(values)
            return visible(text_field(values, "query", "pattern")) + inside
        case "Command":
            return visible(command_text(values))
        case _:
            texts = [value for value in values.values() if isinstance(value, str)]
            return visible(texts[0]) if texts else ""


def command_text(values: JsonObject) -> str:
    """The command of a Command as one would type it, as far as it makes sense."""
    pipeline = values.get("pipeline")
    programs = pipeline if isinstance(pipeline, list | tuple) else [values.get("argv", values.get("args"))]
    return " | ".join(
        command_line([str(word) for word in program])
        for program in programs
        if isinstance(program, list | tuple)
    )


def _inside(values: JsonObject) -> str:
    root = text_field(values, "root", "path")
    return "" if root in ("", ".", "/workspace", "/workspace/") else f" in {workspace_path(root)}"


def _outcome(item: ToolItem) -> str:
    output = item.output
    if not isinstance(output, dict):
        return ""
    match item.name:
        case "Read":
            return _read_outcome(output)
        case "Write":
            size = output.get("bytes_written")
            return size_text(size) if isinstance(size, int) else ""
        case "Edit":
            count = output.get("replacements")
            return plural(count, "replacement") if isinstance(count, int) else ""
        case "Glob":
            return _counted(output.get("count"), output.get("matches"), "file")
        case "Command":
            return _exit_outcome(output)
        case "Grep" if "files" in output:
            return _counted(output.get("count"), output.get("files"), "file")
        case "Grep":
            return _counted(output.get("total_matches"), output.get("matches"), "match")
        case _:
            return ""


def _exit_outcome(output: JsonObject) -> str:
    code, cause = output.get("exitCode"), output.get("cause")
    if not isinstance(code, int):
        return ""
    limits = {
        "wall": "out of time",
        "cpu": "out of time",
        "memory": "out of memory",
        "output": "too much output",
    }
    why = limits.get(cause) if isinstance(cause, str) else None
    took = output.get("durationMs")
    parts = [f"exit {code}", why, _duration(took) if isinstance(took, int) else None]
    return " · ".join(part for part in parts if part)


def _duration(milliseconds: int) -> str:
    """`40 ms`, `1.2 s`, `3 min 5 s`."""
    if milliseconds < 1000:
        return f"{milliseconds} ms"
    if milliseconds < 60_000:
        return f"{milliseconds / 1000:.1f} s"
    return f"{milliseconds // 60_000} min {milliseconds // 1000 % 60} s"


def _read_outcome(output: JsonObject) -> str:
    lines = output.get("lines_returned")
    if isinstance(lines, int):
        return plural(lines, "line")
    content = output.get("content")
    if isinstance(content, str):
        return plural(content.count("\n") + (not content.endswith("\n") and content != ""), "line")
    size = output.get("file_size")
    return size_text(size) if isinstance(size, int) else ""


def _counted(count: JsonValue, found: JsonValue, noun: str) -> str:
    number = count if isinstance(count, int) else len(found) if isinstance(found, list) else None
    if number is None:
        return ""
    return f"{number:,} matches" if noun == "match" and number != 1 else plural(number, noun)
