"""The Markdown that models write, as trees: a safe subset, read in time linear in the text.

Blocks: paragraphs, headings, fenced code, lists (nested), quotes, tables, rules. Inline: `inline_markdown.py`.
No HTML, no images (nothing is fetched because a model wrote an address), and a link shows its host unless its text
already does. Text that is still streaming is read the same way: an open fence runs to the end.

Not CommonMark: where the two differ, the simple reading wins, because the reader can always see the text itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from satchel.ui.inline_markdown import inline
from satchel.ui.tree import Tree, action, button, h

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*([\w+#.-]*)")
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*)")
_RULE = re.compile(r" {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})\Z")
_ITEM = re.compile(r"([ \t]*)([-*+]|\d{1,9}[.)])[ \t]+(.*)")
_QUOTE = re.compile(r" {0,3}> ?(.*)")
_TABLE_RULE_CELL = re.compile(r":?-+:?\Z")

_BLOCK_STARTS = frozenset("`~#-*_+>0123456789")
_MAX_NESTING = 6
_HEADING_OFFSET = 4  # The page has used h1 to h4 by the time a message begins.


@dataclass(slots=True)
class _Lines:
    """A cursor over the lines of a text."""

    lines: list[str]
    at: int = 0

    def peek(self) -> str | None:
        return self.lines[self.at] if self.at < len(self.lines) else None

    def take(self) -> str:
        self.at += 1
        return self.lines[self.at - 1]


def render_markdown(text: str) -> tuple[Tree, ...]:
    """The blocks of `text`."""
    return tuple(_blocks(_Lines(text.replace("\r\n", "\n").split("\n")), 0))


def _blocks(source: _Lines, depth: int) -> Iterator[Tree]:
    while (line := source.peek()) is not None:
        if not line.strip():
            source.take()
        elif fence := _FENCE.match(line):
            yield _fenced_code(source, fence)
        elif heading := _HEADING.match(line):
            source.take()
            level = min(6, _HEADING_OFFSET + len(heading[1]))
            yield h(f"h{level}", {"class": f"md-h{len(heading[1])}"}, inline(heading[2].rstrip("# \t")))
        elif _RULE.match(line):
            source.take()
            yield h("hr")
        elif depth < _MAX_NESTING and _QUOTE.match(line):
            yield _quote(source, depth)
        elif depth < _MAX_NESTING and _ITEM.match(line):
            yield _list(source, depth)
        elif _begins_table(source):
            yield _table(source)
        else:
            yield _paragraph(source, depth)


def _fenced_code(source: _Lines, fence: re.Match[str]) -> Tree:
    source.take()
    marker, language = fence[1], fence[2]
    body: list[str] = []
    while (line := source.peek()) is not None:
        source.take()
        bare = line.strip()
        if bare and bare[0] == marker[0] and len(bare) >= len(marker) and not bare.strip(marker[0]):
            break
        body.append(line)
    return code_block("\n".join(body), language)


def code_block(code: str, language: str = "") -> Tree:
    """Code with its language and a button that copies it."""
    return h(
        "figure",
        {"class": "code-block"},
        h(
            "figcaption",
            {},
            h("span", {}, language or "text"),
            button("Copy code", action("local.copy", {"text": code}), icon_name="copy", quiet_label=True),
        ),
        h("pre", {"tabindex": 0, "aria-label": f"Code, {language or 'text'}"}, h("code", {}, code)),
    )


def _quote(source: _Lines, depth: int) -> Tree:
    inner: list[str] = []
    while (line := source.peek()) is not None and (quoted := _QUOTE.match(line)):
        source.take()
        inner.append(quoted[1])
    return h("blockquote", {}, _blocks(_Lines(inner), depth + 1))


def _list(source: _Lines, depth: int) -> Tree:
    first = _ITEM.match(source.lines[source.at])
    assert first is not None
    indent, ordered = _width(first[1]), first[2][0].isdigit()
    items: list[Tree] = []
    while (line := source.peek()) is not None and (item := _ITEM.match(line)):
        if _width(item[1]) != indent and not (items and indent <= _width(item[1]) < indent + 2):
            break
        if item[2][0].isdigit() != ordered:
            break
        source.take()
        items.append(h("li", {}, _item_content(source, item, indent, depth)))
    if not ordered:
        return h("ul", {}, items)
    return h("ol", {"start": int(first[2][:-1])}, items)


def _item_content(source: _Lines, item: re.Match[str], indent: int, depth: int) -> list[Tree]:
    text = [item[3]]
    inner: list[str] = []
    while (line := source.peek()) is not None:
        if not line.strip():
            following = source.lines[source.at + 1] if source.at + 1 < len(source.lines) else ""
            if not following.strip() or _width(following) <= indent:
                if following.strip() and _ITEM.match(following):
                    source.take()
                break
        elif _width(line) <= indent:
            if inner or _starts_block(line):
                break
            text.append(source.take().strip())
            continue
        inner.append(source.take())
    content: list[Tree] = list(inline(" ".join(text)))
    margin = min((_width(line) for line in inner if line.strip()), default=0)
    content.extend(_blocks(_Lines([_outdent(line, margin) for line in inner]), depth + 1))
    return content


def _width(line: str) -> int:
    expanded = line.expandtabs(4)
    return len(expanded) - len(expanded.lstrip(" "))


def _outdent(line: str, margin: int) -> str:
    return line.expandtabs(4)[margin:] if line[:1] in " \t" else line


def _starts_block(line: str) -> bool:
    if line.lstrip(" \t")[:1] not in _BLOCK_STARTS:
        return False
    return any(pattern.match(line) for pattern in (_FENCE, _HEADING, _RULE, _ITEM, _QUOTE))


def _begins_table(source: _Lines) -> bool:
    if source.at + 1 >= len(source.lines) or "|" not in source.lines[source.at]:
        return False
    rule = source.lines[source.at + 1]
    return "|" in rule and all(_TABLE_RULE_CELL.match(cell) for cell in _cells(rule))


def _table(source: _Lines) -> Tree:
    head = _cells(source.take())
    source.take()
    rows: list[Tree] = []
    while (line := source.peek()) is not None and "|" in line and line.strip():
        cells = (_cells(source.take()) + [""] * len(head))[: len(head)]
        rows.append(h("tr", {}, (h("td", {}, inline(cell)) for cell in cells)))
    header = h("tr", {}, (h("th", {"scope": "col"}, inline(cell)) for cell in head))
    return h("div", {"class": "table-scroll"}, h("table", {}, h("thead", {}, header), h("tbody", {}, rows)))


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _paragraph(source: _Lines, depth: int) -> Tree:
    lines = [source.take().strip()]
    while (line := source.peek()) is not None and line.strip():
        if _starts_block(line) and (depth < _MAX_NESTING or not (_ITEM.match(line) or _QUOTE.match(line))):
            break
        if _begins_table(source):
            break
        lines.append(source.take().strip())
    return h("p", {}, inline("\n".join(lines)))
