"""A terminal's screen as far as the line editor uses one, so that tests can look at what is seen."""

from __future__ import annotations

import re
import unicodedata

_TOKEN = re.compile(r"\x1b\[(\d*)([A-Za-z])|\x1b\[[\d;]*m|.", re.DOTALL)


class ScreenModel:
    """Rows of cells and a cursor; the wrap at the end of a row waits for the next character, as on a VT100."""

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.rows: list[list[str]] = [[]]
        self.row = self.column = 0
        self._waits = False

    def write(self, text: str) -> None:
        """Obey."""
        for token in _TOKEN.finditer(text):
            if token[2] and token[2] != "m":
                self._control(token[2], int(token[1] or 1))
            elif len(token[0]) == 1:
                self._character(token[0])

    @property
    def text(self) -> list[str]:
        """What is seen, row by row."""
        return ["".join(row).rstrip() for row in self.rows]

    def _control(self, name: str, count: int) -> None:
        self._waits = False
        match name:
            case "A":
                self.row = max(0, self.row - count)
            case "B":
                self.row = min(len(self.rows) - 1, self.row + count)
            case "C":
                self.column = min(self.columns - 1, self.column + count)
            case "H":
                self.row = self.column = 0
            case "J":
                kept = 0 if count == 2 else self.row
                del self.rows[kept + (count != 2) :]
                if count == 2:
                    self.rows = [[]]
                else:
                    del self.rows[self.row][self.column :]

    def _character(self, character: str) -> None:
        if character == "\r":
            self.column, self._waits = 0, False
        elif character == "\n":
            self._next_row()
        elif character >= " ":
            self._put(character)

    def _put(self, character: str) -> None:
        width = 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if unicodedata.combining(character):
            self.rows[self.row][self.column - 1 + self._waits] += character
            return
        if self._waits or self.column + width > self.columns:
            self._next_row()
            self.column = 0
        row = self.rows[self.row]
        row.extend([" "] * (self.column - len(row)))
        row[self.column : self.column + width] = [character, *([""] * (width - 1))]
        self._waits = self.column + width == self.columns
        self.column = min(self.columns - 1, self.column + width)

    def _next_row(self) -> None:
        self._waits = False
        self.row += 1
        while len(self.rows) <= self.row:
            self.rows.append([])
