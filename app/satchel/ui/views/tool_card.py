"""A tool use in the transcript: one compact line, and below it what it changed, why it failed, or its details."""

from __future__ import annotations

from itertools import islice

from satchel.agent.transcript import ToolItem
from satchel.base.jsonvalue import JsonObject, JsonValue, dumps
from satchel.ui.tree import Tree, action, h, hidden_text, icon
from satchel.ui.views import command_card
from satchel.ui.views.tool_summary import path_of, summarise, text_field
from satchel.ui.visible import shorten, visible
from satchel.workspace.line_diff import changed_ranges

_SHOWN_CHARACTERS = 6_000
_DIFFED_CHARACTERS = 20_000
_DIFF_LINES = 24

_STATES = {
    "pending": "waiting",
    "asking": "needs your answer",
    "running": "running",
    "done": "",
    "error": "failed",
    "denied": "denied",
    "cancelled": "stopped",
}


def view(item: ToolItem, expanded: bool) -> Tree:
    """The card. The whole line is one button that shows or hides the details."""
    summary = summarise(item)
    state = _STATES[item.state]
    line = h(
        "button",
        {
            "class": "tool-line",
            "aria-expanded": str(expanded).lower(),
            "on": {"click": action("tool.toggle", {"id": item.id})},
        },
        h("span", {"class": "tool-icon"}, icon(summary.icon)),
        h("span", {"class": "tool-verb"}, summary.verb),
        " ",
        h("code", {"class": "tool-target"}, summary.target) if summary.target else None,
        h("span", {"class": "tool-outcome"}, summary.outcome or state) if summary.outcome or state else None,
        hidden_text("done") if item.state == "done" else None,
        h("span", {"class": "tool-chevron"}, icon("chevron-down" if expanded else "chevron-right")),
    )
    return h(
        "div",
        {
            "class": f"tool tool-{item.state}",
            "role": "group",
            "aria-label": f"{summary.verb} {summary.target}",
        },
        line,
        _edit_diff(item),
        None if expanded else _output_preview(item),
        _error(item, expanded),
        _details(item) if expanded else None,
    )


def _error(item: ToolItem, expanded: bool) -> Tree | None:
    """What the model was told. Of a refusal it is of no news to the user, who made it."""
    if not item.error or (item.state == "denied" and not expanded):
        return None
    return h("p", {"class": "tool-error"}, shorten(visible_lines(item.error), 600))


def visible_lines(text: str) -> str:
    """`text` with nothing hidden in it, its line ends kept."""
    return "\n".join(visible(line) for line in text.splitlines())


def _edit_diff(item: ToolItem) -> Tree | None:
    if item.name != "Edit" or item.state not in ("done", "running"):
        return None
    before = text_field(item.input, "old_string", "oldString", "old")
    after = text_field(item.input, "new_string", "newString", "new")
    if before == after or len(before) + len(after) > _DIFFED_CHARACTERS:
        return None
    return small_diff(before, after, f"Change to {path_of(item)}")


def small_diff(before: str, after: str, label: str) -> Tree:
    """The lines that differ, with their unchanged neighbours, at most a screenful."""
    rows = list(islice(_diff_rows(before.splitlines(), after.splitlines()), _DIFF_LINES + 1))
    more = h("div", {"class": "diff-more"}, "…") if len(rows) > _DIFF_LINES else None
    return h(
        "div",
        {"class": "small-diff", "role": "figure", "aria-label": visible(label)},
        rows[:_DIFF_LINES],
        more,
    )


def _diff_rows(before: list[str], after: list[str]) -> list[Tree]:
    rows: list[Tree] = []
    at = 0
    for change in changed_ranges(before, after):
        rows.extend(_row("context", line) for line in before[at : change.before_start])
        rows.extend(_row("removed", line) for line in before[change.before_start : change.before_end])
        rows.extend(_row("added", line) for line in after[change.after_start : change.after_end])
        at = change.before_end
    rows.extend(_row("context", line) for line in before[at:])
    return rows


def _row(tag: str, line: str) -> Tree:
    sign, word = {"added": ("+", "added: "), "removed": ("−", "removed: ")}.get(tag, (" ", ""))
    return h(
        "div",
        {"class": f"diff-{tag}"},
        h("span", {"class": "diff-sign", "aria-hidden": "true"}, sign),
        hidden_text(word) if word else None,
        h("code", {}, shorten(visible(line.replace("\t", "    ")), 400)),
    )


def _output_preview(item: ToolItem) -> Tree | None:
    """The first lines that a command wrote."""
    if item.name != "Command" or not isinstance(item.output, dict):
        return None
    return command_card.view(item.output, folded=True)


def _details(item: ToolItem) -> Tree:
    return h(
        "div",
        {"class": "tool-details"},
        command_card.input_view(item.input)
        if item.name == "Command"
        else _block("Input", _fields(item.input)),
        _output_block(item),
    )


def _output_block(item: ToolItem) -> Tree | None:
    if item.output is None:
        return None
    if item.name == "Command" and isinstance(item.output, dict):
        return command_card.view(item.output, folded=False)
    return _block("Output", _output(item.output))


def _block(title: str, text: str) -> Tree:
    return h(
        "div",
        {"class": "tool-block"},
        h("div", {"class": "tool-block-title"}, title),
        h("pre", {"tabindex": 0, "aria-label": title}, shorten(visible_lines(text), _SHOWN_CHARACTERS)),
    )


def _fields(values: JsonObject) -> str:
    return "\n".join(f"{name}: {_scalar(value)}" for name, value in values.items())


def _scalar(value: JsonValue) -> str:
    if isinstance(value, str):
        return f"\n{value}" if "\n" in value else value
    return dumps(value)


def _output(output: JsonValue) -> str:
    if isinstance(output, str):
        return output
    if not isinstance(output, dict):
        return dumps(output)
    content = output.get("content")
    if isinstance(content, str):
        return content
    for name in ("matches", "files"):
        found = output.get(name)
        if isinstance(found, list):
            return "\n".join(_match_line(match) for match in found[:200]) or "nothing found"
    return _fields(output)


def _match_line(match: JsonValue) -> str:
    if isinstance(match, dict):
        return f"{match.get('file_path', '')}:{match.get('line', '')}: {match.get('text', '')}"
    return str(match)
