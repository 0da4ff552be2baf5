"""Telling text from other content, and text in and out of bytes without loss."""

from __future__ import annotations

from satchel.tools.errors import ToolError

SNIFFED_BYTES = 8192
"""A file with a NUL byte among its first bytes is binary: the rule of git and grep."""

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UTF8_MARK = b"\xef\xbb\xbf"


def is_binary(head: bytes) -> bool:
    """Whether a file that begins with `head` is taken for binary."""
    return b"\0" in head[:SNIFFED_BYTES]


def binary_kind(head: bytes) -> str:
    """What to call a binary file in an error text."""
    return "UTF-16 text" if head.startswith(_UTF16_MARKS) else "a binary file"


def shown_text(data: bytes) -> str:
    """`data` as text to read: a leading byte order mark dropped, bytes that are not UTF-8 shown as U+FFFD."""
    return data.removeprefix(_UTF8_MARK).decode("utf-8", "replace")


def is_utf8(data: bytes) -> bool:
    """Whether `data` is valid UTF-8, so that showing it loses nothing."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def encoded(tool: str, field: str, text: str) -> bytes:
    """`text` as UTF-8; raises ToolError when `field` holds half a surrogate pair, which no text file can
    store.
    """
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ToolError(
            tool,
            f"{field!r} holds the lone surrogate \\u{ord(text[error.start]):04x} at character {error.start}.",
            "Write the whole character.",
        ) from error


def listed(items: list[str] | list[int], limit: int = 20) -> str:
    """Items separated by commas; past `limit` only their number."""
    shown = ", ".join(str(item) for item in items[:limit])
    return shown if len(items) <= limit else f"{shown} and {len(items) - limit} more"
