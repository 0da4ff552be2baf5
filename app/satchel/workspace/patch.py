"""Changes as a patch that `git apply` takes and that reproduces every byte.

Unified diffs for text, `GIT binary patch` literals (both directions, so it applies in reverse too) for the
rest, extended headers for modes, renames, links and empty files. Names are quoted the way git quotes them.
Of a mode only the executable bit is kept, as in git: a change of other bits has no place in a patch and is
left out.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Collection, Iterator

from satchel.workspace.changeset import Change, Changeset
from satchel.workspace.comparison import HunkSpan, hunk_spans, is_binary, split_lines
from satchel.workspace.file_state import FileState
from satchel.workspace.guest_path import path_bytes
from satchel.workspace.line_diff import changed_ranges
from satchel.workspace.project import Project

_NO_BLOB = b"0" * 40
_ESCAPES = {
    7: b"\\a",
    8: b"\\b",
    9: b"\\t",
    10: b"\\n",
    11: b"\\v",
    12: b"\\f",
    13: b"\\r",
    34: b'\\"',
    92: b"\\\\",
}
_BASE85_LINE = 52


def write_patch(project: Project, changeset: Changeset, accepted: Collection[str]) -> bytes:
    """The accepted changes (paths of `changeset`) as one patch, in the changeset's order.

    Raises WorkspaceError when a content is gone or damaged.
    """
    chosen = set(accepted)
    return b"".join(
        part for change in changeset.changes if change.path in chosen for part in _change(project, change)
    )


def _change(project: Project, change: Change) -> Iterator[bytes]:
    old_path = change.old_path or change.path
    before = None if change.before is None else (change.before, project.base.read(old_path))
    after = (
        None if change.after is None else (change.after, project.read_current(change.path, change.after.kind))
    )
    if change.kind == "type":
        yield from _file(old_path, change.path, before, None)
        yield from _file(old_path, change.path, None, after)
    else:
        yield from _file(old_path, change.path, before, after)


_Side = tuple[FileState, bytes] | None


def _file(old_path: str, path: str, before: _Side, after: _Side) -> Iterator[bytes]:
    headers = list(_headers(old_path, path, before, after))
    old = before[1] if before else b""
    new = after[1] if after else b""
    if not headers and old == new:
        return
    yield b"diff --git %s %s\n" % (_quoted("a/", old_path), _quoted("b/", path))
    yield from headers
    if old == new and before and after:
        return
    yield b"index %s..%s%s\n" % (_blob(before), _blob(after), _common_mode(before, after))
    if is_binary(old) or is_binary(new):
        yield b"GIT binary patch\n" + _literal(new) + _literal(old)
    elif old != new:
        yield b"--- %s\n" % (_label("a/", old_path) if before else b"/dev/null")
        yield b"+++ %s\n" % (_label("b/", path) if after else b"/dev/null")
        yield from _hunks(split_lines(old), split_lines(new))


def _headers(old_path: str, path: str, before: _Side, after: _Side) -> Iterator[bytes]:
    if before is None and after is not None:
        yield b"new file mode %s\n" % _mode(after[0])
    elif before is not None and after is None:
        yield b"deleted file mode %s\n" % _mode(before[0])
    elif before is not None and after is not None:
        if _mode(before[0]) != _mode(after[0]):
            yield b"old mode %s\nnew mode %s\n" % (_mode(before[0]), _mode(after[0]))
        if old_path != path:
            yield b"similarity index 100%\n"
            yield b"rename from %s\nrename to %s\n" % (_quoted("", old_path), _quoted("", path))


def _mode(state: FileState) -> bytes:
    if state.kind == "symlink":
        return b"120000"
    return b"100755" if state.executable else b"100644"


def _common_mode(before: _Side, after: _Side) -> bytes:
    """The mode at the end of an index line, which stands there when it did not change."""
    if before is None or after is None or _mode(before[0]) != _mode(after[0]):
        return b""
    return b" " + _mode(after[0])


def _blob(side: _Side) -> bytes:
    if side is None:
        return _NO_BLOB
    content = side[1]
    return (
        hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest().encode("ascii")
    )


def _hunks(old: list[bytes], new: list[bytes]) -> Iterator[bytes]:
    for span in hunk_spans(changed_ranges(old, new), len(old)):
        yield b"@@ -%s +%s @@\n" % (
            _range(span.before_start, span.before_end),
            _range(span.after_start, span.after_end),
        )
        yield from _hunk_lines(span, old, new)


def _range(start: int, end: int) -> bytes:
    count = end - start
    return b"%d,%d" % (start + bool(count), count)


def _hunk_lines(span: HunkSpan, old: list[bytes], new: list[bytes]) -> Iterator[bytes]:
    position = span.before_start
    for change in span.changes:
        yield from _marked(b" ", old[position : change.before_start])
        yield from _marked(b"-", old[change.before_start : change.before_end])
        yield from _marked(b"+", new[change.after_start : change.after_end])
        position = change.before_end
    yield from _marked(b" ", old[position : span.before_end])


def _marked(mark: bytes, lines: list[bytes]) -> Iterator[bytes]:
    for line in lines:
        yield mark + line
        if not line.endswith(b"\n"):
            yield b"\n\\ No newline at end of file\n"


def _literal(content: bytes) -> bytes:
    packed = zlib.compress(content)
    lines = [b"literal %d\n" % len(content)]
    for start in range(0, len(packed), _BASE85_LINE):
        piece = packed[start : start + _BASE85_LINE]
        length = len(piece) + (64 if len(piece) <= 26 else 70)
        lines.append(bytes([length]) + base64.b85encode(piece, pad=True) + b"\n")
    return b"".join((*lines, b"\n"))


def _quoted(prefix: str, path: str) -> bytes:
    """A name as git writes it: as it is, or in quotes with escapes when it holds anything but plain ASCII."""
    raw = prefix.encode("ascii") + path_bytes(path)
    if all(0x20 <= byte < 0x7F and byte not in (0x22, 0x5C) for byte in raw):
        return raw
    return b'"' + b"".join(_escaped(byte) for byte in raw) + b'"'


def _escaped(byte: int) -> bytes:
    if byte in _ESCAPES:
        return _ESCAPES[byte]
    return bytes([byte]) if 0x20 <= byte < 0x7F else b"\\%03o" % byte


def _label(prefix: str, path: str) -> bytes:
    """A name after `---` and `+++`, where a tab keeps a space from ending it."""
    quoted = _quoted(prefix, path)
    return quoted + b"\t" if b" " in quoted else quoted
