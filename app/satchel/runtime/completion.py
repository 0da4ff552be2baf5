"""What Tab adds to a command line: the rest of a command's name or of a path, quoted where it has to be."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass

from satchel.base.errors import SatchelError
from satchel.runtime.command_line import Quote, unfinished_word
from satchel.workspace.guest_files import DirectoryEntry, GuestFiles

_SPECIAL = re.compile(r"([^\w@%+=:,./-])", re.ASCII)
_SPECIAL_IN_DOUBLE_QUOTES = re.compile(r'([$`"\\])')


@dataclass(frozen=True, slots=True)
class Completion:
    """`insert` goes in at the cursor; `candidates` are what it could become where there are several."""

    insert: str = ""
    candidates: tuple[str, ...] = ()


def complete(before: str, cwd: str, commands: Iterable[str], files: GuestFiles) -> Completion:
    """Complete what stands before the cursor: a program's name by `commands`, everything else as a path."""
    word = unfinished_word(before)
    if word.is_program and "/" not in word.text:
        names = sorted({f"{name} " for name in commands if name.startswith(word.text)})
        return _common(names, word.text, word.quote)
    directory, base = posixpath.split(word.text)
    names = [
        name
        for name in _listed(files, posixpath.join(cwd, directory))
        if name.startswith(base) and (base or not name.startswith("."))
    ]
    return _common(names, base, word.quote)


def _listed(files: GuestFiles, directory: str) -> list[str]:
    try:
        return [_marked(files, directory, entry) for entry in files.list_directory(directory)]
    except SatchelError:
        return []


def _marked(files: GuestFiles, directory: str, entry: DirectoryEntry) -> str:
    """The name with a slash behind a directory, and a space behind all else."""
    kind = entry.kind
    if kind == "symlink":
        try:
            kind = files.stat(posixpath.join(directory, entry.name)).kind
        except SatchelError:
            kind = "file"
    return f"{entry.name}/" if kind == "directory" else f"{entry.name} "


def _common(names: list[str], typed: str, quote: Quote) -> Completion:
    # Byte names that are no UTF-8, and control characters, cannot be typed at this prompt.
    names = [name for name in names if name.isprintable()]
    if not names:
        return Completion()
    shared = _prefix(min(names), max(names))[len(typed) :]
    if len(names) != 1:
        return Completion(_quoted(shared, quote), tuple(name.removesuffix(" ") for name in names))
    if shared.endswith(" "):
        return Completion(f"{_quoted(shared[:-1], quote)}{quote} ")
    return Completion(_quoted(shared, quote))


def _prefix(first: str, last: str) -> str:
    """What the first and the last of sorted names share, and so all between them."""
    length = 0
    while length < min(len(first), len(last)) and first[length] == last[length]:
        length += 1
    return first[:length]


def _quoted(text: str, quote: Quote) -> str:
    if quote == "'":
        return text.replace("'", "'\\''")
    return (_SPECIAL_IN_DOUBLE_QUOTES if quote else _SPECIAL).sub(r"\\\1", text)
