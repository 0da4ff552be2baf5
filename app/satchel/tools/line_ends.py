"""Editing text whatever its line ends: searches see line feeds only, and the file keeps what it had.

A carriage return before a line feed is taken out for searching. Places found in the searched text are
translated back to the original, so that untouched lines keep their own line ends even in a file that mixes
both kinds.
"""

from __future__ import annotations

import bisect

CRLF, LF = "\r\n", "\n"


class SearchedText:
    """A text with its line ends reduced to line feeds, and the way back."""

    def __init__(self, original: str) -> None:
        self.original = original
        self.text = original.replace(CRLF, LF)
        self._removed = _removed_positions(original)
        # New lines get the kind that most lines have.
        self.line_end = CRLF if len(self._removed) * 2 > self.text.count(LF) else LF

    def original_offset(self, offset: int) -> int:
        """Where `offset` of `text` is in `original`; a line end is never split."""
        return offset + bisect.bisect_left(self._removed, offset)

    def with_line_ends(self, text: str) -> str:
        """`text` with line feeds written as this file writes them."""
        return text.replace(LF, self.line_end)

    def line_of(self, offset: int) -> int:
        """The 1-based number of the line that holds `offset` of `text`."""
        return self.text.count(LF, 0, offset) + 1

    def replaced(self, places: list[int], length: int, new: str) -> str:
        """The original with `length` characters of `text` at each of the ascending `places` replaced by
        `new`.
        """
        inserted = self.with_line_ends(new)
        parts: list[str] = []
        position = 0
        for place in places:
            parts += [self.original[position : self.original_offset(place)], inserted]
            position = self.original_offset(place + length)
        parts.append(self.original[position:])
        return "".join(parts)


def _removed_positions(original: str) -> list[int]:
    """Offsets, in the text without them, of the line feeds that had a carriage return before them."""
    positions: list[int] = []
    found = original.find(CRLF)
    while found >= 0:
        positions.append(found - len(positions))
        found = original.find(CRLF, found + 2)
    return positions
