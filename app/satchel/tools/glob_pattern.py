"""File name patterns: `*`, `?`, `[...]`, `{a,b}` and `**` over paths whose components are joined by `/`.

* `*` and `?` match within one component, `[a-z]` and `[!a-z]` one character of it; none of them matches a slash.
* `**` as a whole component matches any number of components, none included; elsewhere it means `*`.
* `{a,b}` is either; alternatives may hold any pattern, slashes included, and may nest. Braces without a partner or
  without a comma are ordinary characters.
* A backslash makes the next character an ordinary one. A leading dot is an ordinary character: hidden files match.

A pattern becomes a tree for the linear automaton, so no pattern takes more than linear time on a path.
"""

from __future__ import annotations

import re

from satchel.base.errors import InputError
from satchel.tools.linear_regex.automaton import PositionAutomaton
from satchel.tools.linear_regex.lazy_dfa import LazyDfa
from satchel.tools.linear_regex.syntax import (
    Alternation,
    Assertion,
    AssertionKind,
    CharSet,
    Node,
    Repeat,
    Sequence,
    expanded_size,
    sequence,
)

MAX_ELEMENTS = 1_000
MAX_CHARACTERS = 4_096
MAX_BRACE_DEPTH = 20

_NOT_SLASH = CharSet("[^/]", None, False)
_SLASH = CharSet("/", "/", False)
_IN_COMPONENT = Repeat(_NOT_SLASH, 0, None)
_COMPONENTS = Repeat(Sequence((Repeat(_NOT_SLASH, 1, None), _SLASH)), 0, None)
_ANYTHING_BELOW = Sequence((_COMPONENTS, Repeat(_NOT_SLASH, 1, None)))
_MAGIC = frozenset("*?[{\\")


class GlobPattern:
    """One compiled pattern."""

    def __init__(self, text: str) -> None:
        """Compile `text`. Raises InputError for a pattern that is empty or too large."""
        if not text:
            raise InputError("glob.empty", "The file name pattern is empty.", "Use **/* for all files.")
        tree = _GlobParser(text).parse() if len(text) <= MAX_CHARACTERS else None
        if tree is None or expanded_size(tree) > MAX_ELEMENTS:
            raise InputError(
                "glob.too_large",
                f"The file name pattern has more than {MAX_ELEMENTS:,} elements.",
                "Split it into several searches.",
            )
        anchored = (Assertion(AssertionKind.LINE_START), tree, Assertion(AssertionKind.LINE_END))
        self._dfa = LazyDfa(PositionAutomaton(Sequence(anchored)))

    def matches(self, path: str) -> bool:
        """Whether the whole of `path` matches."""
        return self._dfa.matches(path)


def split_literal_directory(pattern: str) -> tuple[str, str]:
    """The leading components of `pattern` that hold no special character, and the rest.

    `src/lib/*.py` gives (`src/lib`, `*.py`), `*.py` gives ("", `*.py`), `/etc/*` gives (`/etc`, `*`).
    """
    components = pattern.split("/")
    count = 0
    while count < len(components) - 1 and _MAGIC.isdisjoint(components[count]):
        count += 1
    directory = "/".join(components[:count])
    if pattern.startswith("/") and not directory:
        directory = "/"
    return directory, "/".join(components[count:])


class _GlobParser:
    """Recursive descent over one pattern; recursion is for braces only."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._depth = 0

    def parse(self) -> Node:
        return self._sequence(stops="")

    def _sequence(self, stops: str) -> Node:
        items: list[Node] = []
        while self._position < len(self._text) and self._text[self._position] not in stops:
            items.append(self._item())
        return sequence(items)

    def _item(self) -> Node:
        ch = self._text[self._position]
        match ch:
            case "*":
                return self._stars()
            case "?":
                self._position += 1
                return _NOT_SLASH
            case "[":
                return self._class()
            case "{":
                return self._braces()
            case "\\" if self._position + 1 < len(self._text):
                self._position += 1
                ch = self._text[self._position]
        self._position += 1
        return _literal(ch)

    def _stars(self) -> Node:
        start = self._position
        while self._text.startswith("*", self._position):
            self._position += 1
        begins_component = start == 0 or self._text[start - 1] in ("/{," if self._depth else "/")
        if self._position - start != 2 or not begins_component:
            return _IN_COMPONENT
        if self._text.startswith("/", self._position):
            self._position += 1
            return _COMPONENTS
        ends_component = self._position == len(self._text) or (
            self._depth and self._text[self._position] in ",}"
        )
        return _ANYTHING_BELOW if ends_component else _IN_COMPONENT

    def _class(self) -> Node:
        start = self._position
        end = self._class_end(start)
        if end is None:
            self._position += 1
            return _literal("[")
        self._position = end + 1
        inside = self._text[start + 1 : end]
        if inside[0] in "!^":
            return CharSet(f"[^/{_class_members(inside[1:])}]", None, False)
        members = _class_members(inside)
        return CharSet(f"(?!/)[{members}]" if members else "(?!)", None, False)

    def _braces(self) -> Node:
        partner = self._brace_partner()
        if partner is None:
            self._position += 1
            return _literal("{")
        self._depth += 1
        if self._depth > MAX_BRACE_DEPTH:
            raise InputError("glob.too_deep", f"Braces nest more than {MAX_BRACE_DEPTH} deep.", "Use fewer.")
        branches: list[Node] = []
        while self._position < partner:
            self._position += 1
            branches.append(self._sequence(stops=",}"))
        self._position = partner + 1
        self._depth -= 1
        if len(branches) == 1:
            return Sequence((_literal("{"), branches[0], _literal("}")))
        return Alternation(tuple(branches))

    def _brace_partner(self) -> int | None:
        """Where the brace at the present position is closed."""
        depth, position = 0, self._position
        while position < len(self._text):
            ch = self._text[position]
            if ch == "[":
                position = self._class_end(position) or position
            elif ch == "\\":
                position += 1
            elif ch == "{":
                depth += 1
            elif ch == "}":
                depth -= 1
                if depth == 0:
                    return position
            position += 1
        return None

    def _class_end(self, start: int) -> int | None:
        """Where the class that begins at `start` is closed; a `]` that comes first is a member."""
        first = start + 2 if self._text[start + 1 : start + 2] in ("!", "^") else start + 1
        end = self._text.find("]", first + 1)
        return None if end < 0 else end


def _literal(ch: str) -> CharSet:
    return CharSet(re.escape(ch), ch, False)


def _class_members(text: str) -> str:
    """The inside of a class in the syntax of `re`; a range that runs backwards holds nothing."""
    members: list[str] = []
    position = 0
    while position < len(text):
        low = text[position]
        if text[position + 1 : position + 2] == "-" and position + 2 < len(text):
            high = text[position + 2]
            if low <= high:
                members.append(f"{re.escape(low)}-{re.escape(high)}")
            position += 3
        else:
            members.append(re.escape(low))
            position += 1
    return "".join(members)
