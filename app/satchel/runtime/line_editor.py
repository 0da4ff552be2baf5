"""Editing one line on a terminal: keys in, what the terminal shall show out. Knows the keys of emacs mode.

Pure: `feed` takes what the terminal sent and `take_output` gives what is to be written to it. A line longer than the
terminal is wide goes on in the next row; wide and combining characters are counted as what they take.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from satchel.runtime.completion import Completion

HISTORY_LINES = 500


@dataclass(frozen=True, slots=True)
class Entered:
    """A line was ended with Enter; `rest` came after it."""

    line: str
    rest: str


@dataclass(frozen=True, slots=True)
class EndOfInput:
    """Ctrl-D on an empty line."""


Outcome: TypeAlias = Entered | EndOfInput

_KEY = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1bO.|\x1b.|.", re.DOTALL)
_WORD_END = re.compile(r"\W*\w+")


class LineEditor:
    """See the module. `prompt` may hold colours."""

    def __init__(self, complete: Callable[[str], Completion], columns: int = 80) -> None:
        self.history: list[str] = []
        self.columns = columns
        self._complete = complete
        self._prompt = ""
        self._text = ""
        self._cursor = 0
        self._row = 0
        self._at = 0
        self._draft = ""
        self._killed = ""
        self._out: list[str] = []
        self._keys: Mapping[str, Callable[[], None]] = _bindings(self)

    def begin(self, prompt: str) -> None:
        """Show the prompt of a new line."""
        self._prompt, self._text, self._cursor, self._row = prompt, "", 0, 0
        self._at, self._draft = len(self.history), ""
        self._draw()

    def take_output(self) -> str:
        """What is to be shown since the last call."""
        output, self._out = "".join(self._out), []
        return output

    def feed(self, data: str) -> Outcome | None:
        """Take keys until one ends the line."""
        for key in _KEY.finditer(data):
            match key[0]:
                case "\r" | "\n":
                    return self._enter(data[key.end() :])
                case "\x04" if not self._text:
                    self._out.append("\r\n")
                    return EndOfInput()
                case _:
                    self._press(key[0])
        return None

    def resize(self, columns: int) -> None:
        """The terminal is as wide as that now; what is shown is drawn anew."""
        self.columns = max(1, columns)
        self._row = self._width(self._prompt_and(self._text[: self._cursor])) // self.columns
        self._draw()

    def _press(self, key: str) -> None:
        if action := self._keys.get(key):
            action()
        elif key.isprintable():
            self.insert(key)

    def _enter(self, rest: str) -> Entered:
        self._place_cursor(len(self._text))
        self._out.append("\r\n")
        line = self._text
        if line.strip() and (not self.history or self.history[-1] != line):
            self.history = [*self.history, line][-HISTORY_LINES:]
        return Entered(line, rest)

    # --- What keys do

    def insert(self, text: str) -> None:
        """Put `text` in at the cursor."""
        at_end = self._cursor == len(self._text)
        before = self._width(self._prompt_and(self._text))
        self._text = self._text[: self._cursor] + text + self._text[self._cursor :]
        self._cursor += len(text)
        # A plain echo, where it is one, is what a screen reader can follow.
        if at_end and text.isascii() and before % self.columns + len(text) < self.columns:
            self._out.append(text)
        else:
            self._draw()

    def move(self, by: int) -> None:
        """Move the cursor by so many characters, and past what combines with them."""
        target = max(0, min(len(self._text), self._cursor + by))
        while 0 < target < len(self._text) and unicodedata.combining(self._text[target]):
            target += 1 if by > 0 else -1
        self._place_cursor(target)

    def go_to(self, end: bool) -> None:
        """Go to the line's start or end."""
        self._place_cursor(len(self._text) if end else 0)

    def move_word(self, by: int) -> None:
        """Go to the end of a word, or back to its start."""
        self._place_cursor(self._word_edge(by))

    def erase(self, by: int) -> None:
        """Take out the character before or behind the cursor."""
        here = self._cursor
        self.move(by)
        self._cut(min(here, self._cursor), max(here, self._cursor))

    def erase_word(self) -> None:
        """Take out the word before the cursor, up to the blank before it."""
        start = len(re.sub(r"\S+\s*$", "", self._text[: self._cursor]))
        self._kill(start, self._cursor)

    def kill_to(self, end: bool) -> None:
        """Take out everything up to the end, or to the start."""
        if end:
            self._kill(self._cursor, len(self._text))
        else:
            self._kill(0, self._cursor)

    def yank(self) -> None:
        """Put in what was taken out last."""
        self.insert(self._killed)

    def interrupt(self) -> None:
        """Leave this line and begin another."""
        self.go_to(end=True)
        self._out.append("^C\r\n")
        self.begin(self._prompt)

    def clear(self) -> None:
        """Clear the screen and show the line on top."""
        self._out.append("\x1b[H\x1b[2J\x1b[3J")
        self._row = 0
        self._draw()

    def recall(self, by: int) -> None:
        """Show an earlier or a later line of the history; after the last the one being written."""
        at = max(0, min(len(self.history), self._at + by))
        if at == self._at:
            return
        if self._at == len(self.history):
            self._draft = self._text
        self._at = at
        self._text = self._draft if at == len(self.history) else self.history[at]
        self._cursor = len(self._text)
        self._draw()

    def complete(self) -> None:
        """Add what can only be meant, else show what can be."""
        found = self._complete(self._text[: self._cursor])
        if found.insert:
            self.insert(found.insert)
        elif found.candidates:
            cursor = self._cursor
            self.go_to(end=True)
            self._out.append("\r\n" + in_columns(found.candidates, self.columns))
            self._row, self._cursor = 0, cursor
            self._draw()
        else:
            self._out.append("\a")

    # --- Drawing

    def _cut(self, start: int, end: int) -> None:
        self._text = self._text[:start] + self._text[end:]
        self._cursor = start
        self._draw()

    def _kill(self, start: int, end: int) -> None:
        if start < end:
            self._killed = self._text[start:end]
            self._cut(start, end)

    def _word_edge(self, by: int) -> int:
        if by > 0:
            word = _WORD_END.match(self._text, self._cursor)
            return word.end() if word else len(self._text)
        return len(re.sub(r"\w+\W*$", "", self._text[: self._cursor]))

    def _prompt_and(self, text: str) -> str:
        return re.sub(r"\x1b\[[0-9;]*m", "", self._prompt) + text

    def _draw(self) -> None:
        """Write prompt and line anew from where the prompt begins, then put the cursor into its place."""
        if self._row:
            self._out.append(f"\x1b[{self._row}A")
        self._out.append(f"\r\x1b[J{self._prompt}{self._text}")
        end = self._width(self._prompt_and(self._text))
        if end % self.columns == 0:  # The terminal waits with the wrap for one more character.
            self._out.append("\r\n")
        self._row = end // self.columns
        self._place_cursor(self._cursor, from_width=end)

    def _place_cursor(self, target: int, *, from_width: int | None = None) -> None:
        here = from_width
        if here is None:
            here = self._width(self._prompt_and(self._text[: self._cursor]))
        there = self._width(self._prompt_and(self._text[:target]))
        rows = there // self.columns - here // self.columns
        if rows:
            self._out.append(f"\x1b[{abs(rows)}{'B' if rows > 0 else 'A'}")
        column = there % self.columns
        if column != here % self.columns:
            self._out.append(f"\r\x1b[{column}C" if column else "\r")
        self._cursor, self._row = target, there // self.columns

    def _width(self, text: str) -> int:
        width = 0
        for character in text:
            cells = _cells(character)
            if cells == 2 and width % self.columns == self.columns - 1:
                width += 1  # What does not fit into the last column goes into the next row as a whole.
            width += cells
        return width


def _cells(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Me", "Mn"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def in_columns(names: tuple[str, ...], columns: int) -> str:
    """Names below each other in as many columns as fit, each row ended."""
    width = max(sum(map(_cells, name)) for name in names) + 2
    per_row = max(1, columns // width)
    rows = -(-len(names) // per_row)
    lines = ("".join(name.ljust(width) for name in names[row::rows]).rstrip() for row in range(rows))
    return "".join(f"{line}\r\n" for line in lines)


def _bindings(editor: LineEditor) -> dict[str, Callable[[], None]]:
    def each(keys: str, action: Callable[[], None]) -> dict[str, Callable[[], None]]:
        return dict.fromkeys(keys.split(" "), action)

    return {
        **each("\x02 \x1b[D \x1bOD", lambda: editor.move(-1)),
        **each("\x06 \x1b[C \x1bOC", lambda: editor.move(1)),
        **each("\x01 \x1b[H \x1bOH \x1b[1~ \x1b[7~", lambda: editor.go_to(end=False)),
        **each("\x05 \x1b[F \x1bOF \x1b[4~ \x1b[8~", lambda: editor.go_to(end=True)),
        **each("\x1bb \x1b[1;5D \x1b[1;3D", lambda: editor.move_word(-1)),
        **each("\x1bf \x1b[1;5C \x1b[1;3C", lambda: editor.move_word(1)),
        **each("\x7f \x08", lambda: editor.erase(-1)),
        **each("\x04 \x1b[3~", lambda: editor.erase(1)),
        **each("\x17 \x1b\x7f", editor.erase_word),
        **each("\x0b", lambda: editor.kill_to(end=True)),
        **each("\x15", lambda: editor.kill_to(end=False)),
        **each("\x19", editor.yank),
        **each("\x03", editor.interrupt),
        **each("\x0c", editor.clear),
        **each("\x10 \x1b[A \x1bOA", lambda: editor.recall(-1)),
        **each("\x0e \x1b[B \x1bOB", lambda: editor.recall(1)),
        **each("\t", editor.complete),
    }
