"""What kind of program a file is, told from its first bytes: a WebAssembly module or a script with an interpreter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

MODULE_MAGIC: Final = b"\0asm\x01\0\0\0"
# As Linux: a longer first line is cut.
SHEBANG_BYTES: Final = 256
_BLANKS: Final = re.compile("[ \t]+")


@dataclass(frozen=True, slots=True)
class Shebang:
    """The `#!` line of a script: the interpreter's path, and its one optional argument."""

    interpreter: str
    argument: str | None


def is_module(head: bytes) -> bool:
    """Whether a file that begins so is a WebAssembly core module."""
    return head.startswith(MODULE_MAGIC)


def parse_shebang(head: bytes) -> Shebang | None:
    """The `#!` line that a file begins with; None when it has none, or names no interpreter.

    As Linux does it: blanks around the interpreter are skipped, all that follows is one argument.
    """
    if not head.startswith(b"#!"):
        return None
    line = head[2:SHEBANG_BYTES].split(b"\n", 1)[0].decode("utf-8", "surrogateescape").strip(" \t")
    words = _BLANKS.split(line, maxsplit=1)
    if not words[0]:
        return None
    return Shebang(words[0], words[1] if len(words) > 1 else None)
