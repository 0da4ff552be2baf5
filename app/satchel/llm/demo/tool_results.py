"""What the tools answered, read without trusting its shape: a field that is missing or of another kind is
empty.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from satchel.base.jsonvalue import JsonValue

_NUMBERED_LINE = re.compile(r"([0-9]+): (.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to one tool call. When it `failed`, `output` is a text that says why."""

    tool: str
    output: JsonValue
    failed: bool

    @property
    def denied(self) -> bool:
        """Whether it was not allowed, in contrast to tried in vain.

        A tool's own errors begin with the tool's name, so anything else was said by somebody who stands
        before it.
        """
        return self.failed and not self.reason.startswith(f"{self.tool}: ")

    @property
    def reason(self) -> str:
        """Why it failed, in the words that were given."""
        return self.output if isinstance(self.output, str) else ""

    def text(self, name: str) -> str:
        """A field that holds text."""
        return _text(self.output, name)

    def number(self, name: str) -> int:
        """A field that holds a whole number."""
        return _number(self.output, name)

    def flag(self, name: str) -> bool:
        """A field that is true or not."""
        return _member(self.output, name) is True

    def strings(self, name: str) -> list[str]:
        """A field that holds a list of texts."""
        return [item for item in _items(self.output, name) if isinstance(item, str)]


@dataclass(frozen=True, slots=True)
class LineMatch:
    """A line that Grep found. `following` is the line after it, empty at the end of the file."""

    line: int
    text: str
    following: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One name in a directory, as ListDir gives it."""

    name: str
    is_file: bool


def line_matches(outcome: Outcome) -> list[LineMatch]:
    """The lines that Grep listed, when it was asked for one line after each."""
    matches = []
    for item in _items(outcome.output, "matches"):
        after = _items(item, "after_context")
        following = after[0] if after and isinstance(after[0], str) else ""
        matches.append(LineMatch(_number(item, "line"), _text(item, "text"), following))
    return matches


def numbered_lines(outcome: Outcome) -> dict[int, str]:
    """The lines of a Read with `offset` and `limit`, by number."""
    found = (_NUMBERED_LINE.fullmatch(line) for line in outcome.text("content").split("\n"))
    return {int(match[1]): match[2] for match in found if match}


def entries(outcome: Outcome) -> list[Entry]:
    """What ListDir listed."""
    listed = _items(outcome.output, "entries")
    return [Entry(_text(item, "name"), _text(item, "type") == "file") for item in listed]


def _member(value: JsonValue, name: str) -> JsonValue:
    return value.get(name) if isinstance(value, Mapping) else None


def _items(value: JsonValue, name: str) -> Sequence[JsonValue]:
    member = _member(value, name)
    return member if isinstance(member, Sequence) and not isinstance(member, str) else ()


def _text(value: JsonValue, name: str) -> str:
    member = _member(value, name)
    return member if isinstance(member, str) else ""


def _number(value: JsonValue, name: str) -> int:
    member = _member(value, name)
    return member if isinstance(member, int) else 0
