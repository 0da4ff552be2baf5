"""Names and paths as the guest writes them: which are possible at all, and how to show them.

A path is a `str` in which bytes that are not UTF-8 appear as lone surrogates (`surrogateescape`), so every
name a POSIX system allows can be written. Backslashes, spaces, quotes and line breaks are ordinary
characters. Nothing here looks at a file system.
"""

from __future__ import annotations

import sys
import unicodedata

from satchel.base.limits import WorkspaceLimits
from satchel.workspace.errors import NameInvalidError

WORKSPACE = "/workspace"

_BIDI_AND_INVISIBLE = frozenset(
    "\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)

# Emscripten turns bytes that are not UTF-8 into U+FFFD, so two such names would silently become one file.
_ONLY_TEXT_NAMES = sys.platform == "emscripten"


def path_bytes(path: str) -> bytes:
    """The bytes of a path. Raises NameInvalidError for a surrogate that stands for no byte."""
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise NameInvalidError(f"{shown(path)} holds a character that no file name can have.") from error


def path_from_bytes(raw: bytes) -> str:
    """The path that `path_bytes` gives back as `raw`."""
    return raw.decode("utf-8", "surrogateescape")


def byte_order(path: str) -> bytes:
    """Sort key: the order of the bytes, which is how every list of paths in Satchel is sorted. Never
    raises.
    """
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return path.encode("utf-8", "surrogatepass")


def ancestors(path: str) -> list[str]:
    """The directories above a path, the nearest first, without the root."""
    found: list[str] = []
    parent = path.rpartition("/")[0]
    while parent:
        found.append(parent)
        parent = parent.rpartition("/")[0]
    return found


def check_path(path: str, limits: WorkspaceLimits) -> None:
    """Raise NameInvalidError when no file can have this path."""
    if not path:
        raise NameInvalidError("The path is empty.", "Give a path such as /workspace/README.md.")
    if "\0" in path:
        raise NameInvalidError(f"{shown(path)} holds a NUL byte.", "Remove it from the name.")
    if len(path_bytes(path)) > limits.path_bytes:
        raise NameInvalidError(f"The path is longer than {limits.path_bytes} bytes.", "Use a shorter one.")


def check_name(name: str, limits: WorkspaceLimits) -> None:
    """Raise NameInvalidError when no directory entry can have this name (one component)."""
    if not name or name in (".", "..") or "/" in name or "\0" in name:
        raise NameInvalidError(f"{shown(name)!r} is no file name.")
    if _ONLY_TEXT_NAMES and not _is_text(name):
        raise NameInvalidError(
            f"The name {shown(name)} is not UTF-8, which the browser cannot store.", "Rename it."
        )
    if len(path_bytes(name)) > limits.name_bytes:
        raise NameInvalidError(
            f"The name {shown(name[:40])}... is longer than {limits.name_bytes} bytes.", "Use a shorter one."
        )


def _is_text(name: str) -> bool:
    return name.isascii() or not any("\ud800" <= character <= "\udfff" for character in name)


def shown(path: str) -> str:
    """The path in a form that is safe to read: control characters, text direction marks, invisible
    characters and bytes that are no text are written as escapes, so that no name can pass for another."""
    if path.isascii() and path.isprintable():
        return path
    return "".join(_shown_character(character) for character in path)


def _shown_character(character: str) -> str:
    point = ord(character)
    if 0xDC80 <= point <= 0xDCFF:
        return f"\\x{point - 0xDC00:02x}"
    if character in _BIDI_AND_INVISIBLE or unicodedata.category(character) in ("Cc", "Cs", "Co"):
        return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}"
    return character
