"""What a command wrote, in the transcript: its outputs apart, without their colours, and where the rest of them is."""

from __future__ import annotations

from satchel.base.jsonvalue import JsonObject
from satchel.ui.terminal_text import plain_text
from satchel.ui.tree import Tree, h
from satchel.ui.visible import shorten, size_text, visible

_SHOWN_CHARACTERS = 6_000
_PREVIEW_LINES = 8
_STREAMS = (("stdout", "Output"), ("stderr", "Error output"))


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
            blocks.append(_block(title, shorten(text, _SHOWN_CHARACTERS) + more, _note(output, stream)))
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
    where = f"All of it: {visible(file)}" if isinstance(file, str) else ""
    return f"{cut} {where}".strip()


def _block(title: str, text: str, note: str = "") -> Tree:
    return h(
        "div",
        {"class": "tool-block"},
        h("div", {"class": "tool-block-title"}, title),
        h("pre", {"tabindex": 0, "aria-label": title}, text),
        h("div", {"class": "tool-block-note"}, note) if note else None,
    )
