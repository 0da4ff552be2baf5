"""Two versions of one file side by side, for display: decoded text, hunks with context, or why there are
none.

Decoding for display may lose bytes (`lossy` says so); patches are made from the bytes themselves
(`patch.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from satchel.workspace.file_state import FileState
from satchel.workspace.line_diff import ChangedRange, changed_ranges

CONTEXT_LINES = 3
DISPLAY_BYTES = 1 << 20
PROBE_BYTES = 8000

LineTag: TypeAlias = Literal["context", "removed", "added"]


@dataclass(frozen=True, slots=True)
class HunkLine:
    """One line of a hunk. `text` has no line end; `ends` tells whether the file has one there."""

    tag: LineTag
    text: str
    ends: bool = True


@dataclass(frozen=True, slots=True)
class Hunk:
    """A run of changes with its context.

    Line numbers from 1 (0 where the side has no lines), as in a patch.
    """

    before_start: int
    before_count: int
    after_start: int
    after_count: int
    lines: tuple[HunkLine, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Before and after of one path.

    A side is None when the file is not there on it, or not shown (binary, too large).

    `lossy`: some bytes were no UTF-8 and are shown as replacement characters. Links are shown as their
    targets.
    """

    path: str
    old_path: str | None
    before_state: FileState | None
    after_state: FileState | None
    before: str | None
    after: str | None
    lossy: bool
    binary: bool
    too_large: bool
    hunks: tuple[Hunk, ...]


@dataclass(frozen=True, slots=True)
class HunkSpan:
    """Which lines of either side (from 0, half open) one hunk covers, and the changes in it."""

    before_start: int
    before_end: int
    after_start: int
    after_end: int
    changes: tuple[ChangedRange, ...]


def is_binary(content: bytes) -> bool:
    """Whether content is no text: a NUL byte near its start, which is git's rule."""
    return b"\0" in content[:PROBE_BYTES]


def split_lines(content: bytes) -> list[bytes]:
    """The lines with their ends. Only LF ends a line, so CR LF, CR and form feeds stay what they are."""
    lines = content.split(b"\n")
    last = lines.pop()
    whole = [line + b"\n" for line in lines]
    return [*whole, last] if last else whole


def hunk_spans(
    changes: Sequence[ChangedRange], before_lines: int, context: int = CONTEXT_LINES
) -> list[HunkSpan]:
    """Changes gathered into hunks: two that are within twice the context of each other share one."""
    groups: list[list[ChangedRange]] = []
    for change in changes:
        if groups and change.before_start - groups[-1][-1].before_end <= 2 * context:
            groups[-1].append(change)
        else:
            groups.append([change])
    return [_span(group, before_lines, context) for group in groups]


def _span(group: list[ChangedRange], before_lines: int, context: int) -> HunkSpan:
    lead = min(context, group[0].before_start)
    trail = min(context, before_lines - group[-1].before_end)
    return HunkSpan(
        group[0].before_start - lead,
        group[-1].before_end + trail,
        group[0].after_start - lead,
        group[-1].after_end + trail,
        tuple(group),
    )


def compare_content(
    path: str,
    old_path: str | None,
    before: tuple[FileState, bytes] | None,
    after: tuple[FileState, bytes] | None,
) -> Comparison:
    """The comparison of two contents, either of which may be missing.

    Of a file larger than `DISPLAY_BYTES` the first `PROBE_BYTES` are enough.
    """
    sides = [side for side in (before, after) if side is not None]
    binary = any(is_binary(content) for _, content in sides)
    too_large = any(state.size > DISPLAY_BYTES for state, _ in sides)
    hidden = binary or too_large
    texts = [None if hidden or side is None else _decode(side[1]) for side in (before, after)]
    return Comparison(
        path,
        old_path,
        before[0] if before else None,
        after[0] if after else None,
        texts[0],
        texts[1],
        not hidden and any(_is_lossy(content) for _, content in sides),
        binary,
        too_large,
        () if hidden else _hunks(before[1] if before else b"", after[1] if after else b""),
    )


def count_changed_lines(before: bytes, after: bytes) -> tuple[int, int]:
    """(lines added, lines removed) between two texts."""
    ranges = changed_ranges(split_lines(before), split_lines(after))
    added = sum(change.after_end - change.after_start for change in ranges)
    return added, sum(change.before_end - change.before_start for change in ranges)


def _hunks(before: bytes, after: bytes) -> tuple[Hunk, ...]:
    old, new = split_lines(before), split_lines(after)
    return tuple(_hunk(span, old, new) for span in hunk_spans(changed_ranges(old, new), len(old)))


def _hunk(span: HunkSpan, old: list[bytes], new: list[bytes]) -> Hunk:
    lines: list[HunkLine] = []
    position = span.before_start
    for change in span.changes:
        lines.extend(_line("context", line) for line in old[position : change.before_start])
        lines.extend(_line("removed", line) for line in old[change.before_start : change.before_end])
        lines.extend(_line("added", line) for line in new[change.after_start : change.after_end])
        position = change.before_end
    lines.extend(_line("context", line) for line in old[position : span.before_end])
    before_count = span.before_end - span.before_start
    after_count = span.after_end - span.after_start
    return Hunk(
        span.before_start + bool(before_count),
        before_count,
        span.after_start + bool(after_count),
        after_count,
        tuple(lines),
    )


def _line(tag: LineTag, line: bytes) -> HunkLine:
    ends = line.endswith(b"\n")
    return HunkLine(tag, _decode(line[:-1] if ends else line), ends)


def _decode(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def _is_lossy(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False
