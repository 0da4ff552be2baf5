"""A window of lines out of a file of any size, without holding the whole file.

A line ends at a line feed. The window ends after `limit` lines or before the line that would take it past
`max_bytes`; only a first line longer than that is itself cut, at a character.
"""

from __future__ import annotations

from dataclasses import dataclass

from satchel.base.checkpoint import Checkpoint
from satchel.workspace.guest_files import GuestFiles

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class LineWindow:
    """Lines `first` to `last` (1-based, inclusive; `last` < `first` when there are none), joined in `data`.

    `total` is the number of lines in the whole file, `cut` tells that the only line of the window is shown
    in part.
    """

    data: bytes
    first: int
    last: int
    total: int
    cut: bool

    @property
    def complete(self) -> bool:
        """Whether nothing of the file after the window is left out."""
        return self.last >= self.total and not self.cut


async def read_line_window(
    files: GuestFiles, path: str, first: int, limit: int | None, max_bytes: int, checkpoint: Checkpoint
) -> LineWindow:
    """At most `limit` lines (None: no such bound) of the file at `path`, from line `first` on."""
    start, total = await _measure(files, path, first, checkpoint)
    if start is None or limit == 0:
        return LineWindow(b"", first, first - 1, total, cut=False)
    data = files.read_bytes(path, start, max_bytes + 1)
    lines = data.split(b"\n", -1 if limit is None else limit)
    wanted = lines if limit is None or len(lines) <= limit else lines[:limit]
    size = sum(map(len, wanted)) + len(wanted) - (1 if wanted is lines else 0)
    if size <= max_bytes:
        window = data[:size]
        return LineWindow(window, first, first + _line_count(window) - 1, total, cut=False)
    whole = data.rfind(b"\n", 0, max_bytes) + 1
    if whole:
        return LineWindow(data[:whole], first, first + data.count(b"\n", 0, whole) - 1, total, cut=False)
    return LineWindow(_whole_characters(data[:max_bytes]), first, first, total, cut=True)


async def _measure(
    files: GuestFiles, path: str, first: int, checkpoint: Checkpoint
) -> tuple[int | None, int]:
    """Byte offset of line `first` (None when the file is shorter) and the number of lines."""
    start = 0 if first == 1 else None
    offset = breaks = 0
    last = b"\n"
    while chunk := files.read_bytes(path, offset, _CHUNK):
        found = chunk.count(b"\n")
        if start is None and breaks + found >= first - 1:
            start = offset + len(chunk) - len(chunk.split(b"\n", first - 1 - breaks)[-1])
        breaks += found
        offset += len(chunk)
        last = chunk[-1:]
        if len(chunk) < _CHUNK:
            break
        await checkpoint.breathe()
    total = breaks + (last != b"\n")
    return (start if first <= total else None), total


def _line_count(data: bytes) -> int:
    return data.count(b"\n") + (1 if data and not data.endswith(b"\n") else 0)


def _whole_characters(data: bytes) -> bytes:
    """`data` without a UTF-8 sequence cut short at its end."""
    for back in range(1, min(4, len(data)) + 1):
        lead = data[-back]
        if lead >= 0xC0:
            needed = 2 + (lead >= 0xE0) + (lead >= 0xF0)
            return data[:-back] if needed > back else data
        if lead < 0x80:
            break
    return data
