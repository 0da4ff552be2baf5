"""The output of a command as it is kept: the beginning inline, and all of it in a file where that does not say it
all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from satchel.base.errors import SatchelError
from satchel.workspace.guest_files import GuestFiles

SPILL_DIRECTORY = "/tmp/command-output"

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, slots=True)
class Captured:
    """One stream of a command.

    `inline` is its beginning up to the cap, `size` its whole length in bytes. `file` holds all of it when `inline` is
    cut or is no UTF-8 text; None when that is not needed, or could not be written.
    """

    inline: bytes = b""
    size: int = 0
    file: str | None = None

    @property
    def truncated(self) -> bool:
        """Whether there was more than `inline`."""
        return self.size > len(self.inline)


@dataclass(slots=True)
class OutputCollector:
    """Takes what a stream gives. What one program may write at all is a limit of its process, so all of it is kept."""

    chunks: list[bytes] = field(default_factory=list)
    size: int = 0

    def take(self, data: bytes) -> None:
        """The next piece."""
        self.chunks.append(data)
        self.size += len(data)

    def capture(self, cap: int, files: GuestFiles, name: str) -> Captured:
        """What is kept of all pieces. `name` is that of the file in `SPILL_DIRECTORY`."""
        data = b"".join(self.chunks)
        inline = data if len(data) <= cap else data[: _whole_characters(data, cap)]
        if len(inline) == len(data) and is_utf8(data):
            return Captured(inline, len(data))
        return Captured(inline, len(data), _spill(files, data, name))


def is_utf8(data: bytes) -> bool:
    """Whether showing `data` as text loses nothing."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _whole_characters(data: bytes, cap: int) -> int:
    """The cap, or up to three bytes less when it would part a character."""
    start = cap
    while start > max(0, cap - 3) and data[start] & 0xC0 == 0x80:
        start -= 1
    return cap if data[start] & 0xC0 == 0x80 else start


def _spill(files: GuestFiles, data: bytes, name: str) -> str | None:
    path = f"{SPILL_DIRECTORY}/{_UNSAFE.sub('-', name)}"
    try:
        files.write_bytes(path, data)
    except SatchelError:  # No room for it: the beginning is better than nothing.
        return None
    return path
