"""A command in the transcript: what was run, as one would type it, and what it wrote: its outputs apart, without their
colours, and where the rest of them is.
"""

from __future__ import annotations

from satchel.base.jsonvalue import JsonObject, JsonValue, dumps
from satchel.ui.terminal_text import plain_text
from satchel.ui.tree import Tree, action, button, h
from satchel.ui.views.tool_summary import command_text
from satchel.ui.visible import shorten, size_text, visible

_SHOWN_CHARACTERS = 6_000
_PREVIEW_LINES = 8
_WORDS = ("argv", "args", "pipeline")
_STREAMS = (("stdout", "Output"), ("stderr", "Error output"))


def input_view(values: JsonObject) -> Tree:
    """The whole command line, and below it what else it was given."""
    line = command_text(values)
    others = {name: value for name, value in values.items() if name not in _WORDS}
    rest = "\n".join(f"{name}: {_scalar(value)}" for name, value in others.items())
    shown = visible(line) if line else visible(dumps(dict(values)))
    note = "\n".join(visible(one) for one in shorten(rest, _SHOWN_CHARACTERS).split("\n"))
    return _block("Command", shorten(shown, _SHOWN_CHARACTERS), note, copied=line)


def _scalar(value: JsonValue) -> str:
    return value if isinstance(value, str) else dumps(value)


def view(output: JsonObject, *, folded: bool) -> Tree | None:
    """Both outputs with what is missing from them, and how the command ended where that is more than a code; folded the
    first lines alone, and nothing when there is nothing.
    """
    blocks = []
    for stream, title in _STREAMS:
        lines = _lines(output, stream)
        if lines:
            text = "\n".join(lines[:_PREVIEW_LINES] if folded else lines)
            more = _more(lines) if folded else ""
            copied = "" if folded else plain_text(str(output[stream]))
            note = _note(output, stream)
            blocks.append(_block(title, shorten(text, _SHOWN_CHARACTERS) + more, note, copied=copied))
    if isinstance(detail := output.get("detail"), str):
        blocks.append(h("p", {"class": "tool-note"}, visible(detail)))
    if not blocks and not folded:
        blocks.append(h("p", {"class": "tool-note"}, "It wrote nothing."))
    return h("div", {"class": "tool-details"}, blocks) if blocks else None


def _more(lines: list[str]) -> str:
    return "\n…" if len(lines) > _PREVIEW_LINES else ""


def _lines(output: JsonObject, stream: str) -> list[str]:
    text = output.get(stream)
    if not isinstance(text, str) or not text:
        return []
    return [visible(line) for line in plain_text(text).removesuffix("\n").split("\n")]


def _note(output: JsonObject, stream: str) -> str:
    file, size = output.get(f"{stream}File"), output.get(f"{stream}Bytes")
    cut = f"Only the beginning of {size_text(size)}." if isinstance(size, int) else ""
    if not isinstance(file, str):
        return f"{cut} The rest could not be kept." if cut else ""
    return f"{cut or 'Not all of it is text.'} All of it: {visible(file)}"


def _block(title: str, text: str, note: str = "", *, copied: str = "") -> Tree:
    copy = action("local.copy", {"text": copied})
    return h(
        "div",
        {"class": "tool-block tool-errors" if title == _STREAMS[1][1] else "tool-block"},
        h(
            "div",
            {"class": "tool-block-title"},
            title,
            button(f"Copy {title.lower()}", copy, icon_name="copy", kind="ghost", quiet_label=True)
            if copied
            else None,
        ),
        h("pre", {"tabindex": 0, "aria-label": title}, text),
        h("div", {"class": "tool-block-note"}, note) if note else None,
    )
