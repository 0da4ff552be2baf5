"""Comparison for display: hunks, odd line ends, and what is not shown."""

from __future__ import annotations

import pytest

from satchel.workspace.comparison import DISPLAY_BYTES, Comparison, compare_content, split_lines
from satchel.workspace.file_state import state_of_content


def compare(before: bytes | None, after: bytes | None) -> Comparison:
    sides = [
        None if side is None else (state_of_content("file", 0o644, side), side) for side in (before, after)
    ]
    return compare_content("f", None, sides[0], sides[1])


def test_a_hunk_has_three_lines_of_context() -> None:
    before = b"".join(b"%d\n" % number for number in range(20))
    comparison = compare(before, before.replace(b"10\n", b"ten\n"))
    [hunk] = comparison.hunks
    assert (hunk.before_start, hunk.before_count, hunk.after_start, hunk.after_count) == (8, 7, 8, 7)
    assert [(line.tag, line.text) for line in hunk.lines] == [
        ("context", "7"), ("context", "8"), ("context", "9"), ("removed", "10"), ("added", "ten"),
        ("context", "11"), ("context", "12"), ("context", "13"),
    ]  # fmt: skip


@pytest.mark.parametrize(("gap", "hunks"), [(6, 1), (7, 2)])
def test_hunks_join_when_their_context_would_touch(gap: int, hunks: int) -> None:
    lines = [b"%d\n" % number for number in range(30)]
    changed = list(lines)
    changed[10] = b"x\n"
    changed[11 + gap] = b"y\n"
    assert len(compare(b"".join(lines), b"".join(changed)).hunks) == hunks


def test_a_missing_newline_at_the_end_is_a_change() -> None:
    [hunk] = compare(b"a\nb", b"a\nb\n").hunks
    assert [(line.tag, line.text, line.ends) for line in hunk.lines] == [
        ("context", "a", True), ("removed", "b", False), ("added", "b", True)
    ]  # fmt: skip


def test_only_line_feeds_end_lines() -> None:
    assert split_lines(b"a\rb\x0cc\r\n\x0bd") == [b"a\rb\x0cc\r\n", b"\x0bd"]
    assert split_lines(b"") == []
    [hunk] = compare(b"a\r\nb\r\n", b"a\nb\r\n").hunks
    assert [line.text for line in hunk.lines] == ["a\r", "a", "b\r"]


def test_new_and_deleted_files() -> None:
    added = compare(None, b"one\n")
    assert (added.before, added.after) == (None, "one\n")
    assert (added.hunks[0].before_start, added.hunks[0].before_count) == (0, 0)
    deleted = compare(b"one\n", None)
    assert (deleted.before, deleted.after) == ("one\n", None)
    assert deleted.hunks[0].lines[0].tag == "removed"


def test_bytes_that_are_no_text_are_flagged() -> None:
    comparison = compare(b"caf\xe9\n", b"caf\xc3\xa9\n")
    assert comparison.lossy
    assert comparison.before == "caf\ufffd\n"
    assert not compare(b"a", b"\xc3\xa9").lossy


def test_binaries_are_not_shown() -> None:
    comparison = compare(b"text", b"\0\1\2")
    assert (comparison.binary, comparison.before, comparison.after, comparison.hunks) == (
        True,
        None,
        None,
        (),
    )


def test_large_files_are_not_shown() -> None:
    comparison = compare(b"a", b"x" * (DISPLAY_BYTES + 1))
    assert (comparison.too_large, comparison.after, comparison.hunks) == (True, None, ())
