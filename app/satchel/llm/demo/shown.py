"""Names and lines of a project as they are written into sentences: on one line, not too long, nothing
invisible.
"""

from __future__ import annotations

import re


def visible(text: str) -> str:
    """`text` with every character that does not show (line breaks, direction marks, half characters) as an
    escape.
    """
    return "".join(character if character.isprintable() else _escape(character) for character in text)


def clipped(text: str, limit: int = 100) -> str:
    """`text` on one line, cut at `limit` characters with an ellipsis."""
    line = visible(" ".join(text.split()))
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def code_span(text: str) -> str:
    """`text` between backticks, more of them than it has itself (CommonMark 6.1)."""
    shown = visible(text)
    runs = [len(run) for run in re.findall("`+", shown)]
    fence = "`" * (max(runs, default=0) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def _escape(character: str) -> str:
    point = ord(character)
    if 0xDC80 <= point <= 0xDCFF:  # A byte of a file name that is not UTF-8.
        return f"\\x{point - 0xDC00:02x}"
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
