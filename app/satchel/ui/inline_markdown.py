"""Inline Markdown: code, bold, italic, strike, links, bare addresses. One pass over the text, whatever it holds.

Marks are matched with a stack: an opening mark waits there until its partner comes; one that never closes is text. No
pattern looks further than one token, so the time is linear.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from satchel.ui.tree import Tree, h
from satchel.ui.visible import visible

_TOKEN = re.compile(
    r"(?P<escape>\\[\\`*_{}\[\]()#+\-.!|~<>])"
    r"|(?P<code>`+)"
    r"|(?P<mark>\*\*|__|~~|\*|_)"
    r"|(?P<link>!?\[[^\[\]\n]{1,500}\]\([^()\s]{1,2000}(?:\([^()\s]{0,500}\)[^()\s]{0,500})?\))"
    r"|(?P<url>https?://[^\s<>\"'`)\]]{1,2000})"
)
_LINK = re.compile(r"!?\[(.*)\]\((.*)\)\Z", re.DOTALL)
_TAGS = {"**": "strong", "__": "strong", "*": "em", "_": "em", "~~": "s"}
_SCHEMES = ("http", "https", "mailto")
_MAX_OPEN = 16


@dataclass(slots=True)
class _Frame:
    """What is being collected since an opening mark (none for the outermost)."""

    mark: str = ""
    parts: list[Tree] = field(default_factory=list)


def inline(text: str) -> tuple[Tree, ...]:
    """`text` as a run of trees."""
    return _InlineReader(text).read()


class _InlineReader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._stack = [_Frame()]
        self._code_ends = _runs_of_backticks(text) if "`" in text else {}

    def read(self) -> tuple[Tree, ...]:
        at = 0
        while (token := _TOKEN.search(self._text, at)) is not None:
            self._add_text(self._text[at : token.start()])
            at = self._take(token)
        self._add_text(self._text[at:])
        while len(self._stack) > 1:
            self._unwind()
        return tuple(self._stack[0].parts)

    def _take(self, token: re.Match[str]) -> int:
        """Handle one token; returns where to go on."""
        raw = token[0]
        match token.lastgroup:
            case "escape":
                self._add_text(raw[1:])
            case "code":
                return self._code(token)
            case "mark":
                return self._mark(token)
            case "link":
                parts = _LINK.match(raw)
                assert parts is not None
                self._stack[-1].parts.append(link(parts[2], parts[1]) or raw)
            case _:
                address = raw.rstrip(".,;:!?")
                self._stack[-1].parts.append(link(address, address) or raw)
                self._add_text(raw[len(address) :])
        return token.end()

    def _code(self, token: re.Match[str]) -> int:
        length = len(token[0])
        ends = self._code_ends.get(length, [])
        while ends and ends[-1] < token.end():
            ends.pop()
        if not ends:
            self._add_text(token[0])
            return token.end()
        end = ends.pop()
        code = self._text[token.end() : end].replace("\n", " ")
        self._stack[-1].parts.append(h("code", {}, code.strip(" ") or code))
        return end + length

    def _mark(self, token: re.Match[str]) -> int:
        mark = token[0]
        if len(mark) == 2 and self._stack[-1].mark == mark[0]:
            mark = mark[0]  # `***both***` closes the inner mark first.
        before = self._text[token.start() - 1 : token.start()]
        after = self._text[token.start() + len(mark) : token.start() + len(mark) + 1]
        inside_word = mark[0] == "_" and before.isalnum() and after.isalnum()
        can_close = bool(before) and not before.isspace() and not inside_word
        can_open = bool(after) and not after.isspace() and not inside_word
        open_marks = [frame.mark for frame in self._stack]
        if can_close and mark in open_marks[1:]:
            while self._stack[-1].mark != mark:
                self._unwind()
            frame = self._stack.pop()
            self._stack[-1].parts.append(h(_TAGS[mark], {}, frame.parts))
        elif can_open and len(self._stack) < _MAX_OPEN:
            self._stack.append(_Frame(mark))
        else:
            self._add_text(mark)
        return token.start() + len(mark)

    def _unwind(self) -> None:
        """The innermost mark was never closed: it is text."""
        frame = self._stack.pop()
        self._add_text(frame.mark)
        self._stack[-1].parts.extend(frame.parts)

    def _add_text(self, text: str) -> None:
        if text:
            self._stack[-1].parts.append(text)


def _runs_of_backticks(text: str) -> dict[int, list[int]]:
    """Where runs of backticks begin, by their length, the last first."""
    runs: dict[int, list[int]] = {}
    for run in re.finditer(r"`+", text):
        runs.setdefault(len(run[0]), []).append(run.start())
    for starts in runs.values():
        starts.reverse()
    return runs


def link(address: str, label: str) -> Tree | None:
    """A link with its host shown, or None when `address` must not become one."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return None
    if parts.scheme not in _SCHEMES or (parts.scheme != "mailto" and not host):
        return None
    shown_host = visible(host or parts.path)
    host_note = None
    if not label.startswith((address, shown_host)):
        host_note = h("span", {"class": "link-host"}, f" ({shown_host})")
    return h("a", {"href": address, "title": visible(address)}, visible(label), host_note)
