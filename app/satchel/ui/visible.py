"""Text made fit to be decided upon: nothing in it may hide or reorder what the user reads.

Paths and commands come from models and from strangers' repositories. Control characters, bidirectional overrides,
invisible characters and bytes that are no UTF-8 are shown as escapes (see "Trojan Source", CVE-2021-42574).
"""

from __future__ import annotations

import unicodedata

_ESCAPED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def visible(text: str) -> str:
    """`text` with everything that does not show as itself written as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(character) if _is_hidden(character) else character for character in text)


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in _ESCAPED_CATEGORIES


def _escape(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # A byte that was no UTF-8 (surrogateescape).
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters of `text`, an ellipsis in place of the rest."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def plural(count: int, noun: str) -> str:
    """`1 file`, `3 files`, `1,204 files`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def size_text(size: int) -> str:
    """A size in bytes for people: `512 B`, `3.4 MB`."""
    amount = float(size)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def workspace_path(path: str) -> str:
    """A guest path as shown: relative to the workspace where it is in it, with nothing hidden."""
    return visible(path.removeprefix("/workspace/"))
