"""Scanning a whole text: line numbers, slices, literals, polling."""

from __future__ import annotations

import random

import pytest

from satchel.tools.linear_regex import LinePattern, compile_pattern, line_pattern
from satchel.tools.linear_regex.parser import parse_pattern
from satchel.tools.linear_regex.required_literals import required_literals
from satchel.tools.linear_regex.trimming import trim_ends


class CountingCheckpoint:
    def __init__(self) -> None:
        self.polls = 0

    def poll(self) -> None:
        self.polls += 1

    async def breathe(self) -> None:
        self.poll()


def _pattern(text: str) -> LinePattern:
    return compile_pattern(text, ignore_case=False)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("a", "", []),
        ("", "", []),
        ("", "\n", [1]),
        ("^$", "\n", [1]),
        ("^$", "a\n\nb\n", [2]),
        ("^$", "a\n\n", [2]),
        ("^$", "a", []),
        ("$", "a\nb", [1, 2]),
        (r"\s*$", "a\nb", [1, 2]),
        (r"[^a]", "\n\na\nb", [4]),
        (r"a\sb", "a\nb\na b\n", [3]),
        (r"a[^x]b", "a\nb\naxb\na.b", [4]),
        (r"a[\n\s]*b", "a\nb\na  b", [3]),
        (r"x$", "x\r\ny\r\nx", [1, 3]),
        (r"\w+ \w+;", "a\nb c\nd e;\n", [3]),
        (r"\u2028", "a\u2028b\nc", [1]),
        (r"^b", "a\rb\nb", [2]),
        ("foo|b.*r", "foo bar\n\nbr\nfo", [1, 3]),
    ],
)
def test_line_numbers(pattern: str, text: str, expected: list[int]) -> None:
    assert list(_pattern(pattern).scan(text)) == expected


@pytest.mark.parametrize("pattern", ["b$", "^a", "[ab]{3}", "aab", "(a|b)*bab+a", "b*a|ab"])
@pytest.mark.parametrize("slice_work", [1, 7, 40, 1000])
def test_short_slices_change_nothing(monkeypatch: pytest.MonkeyPatch, pattern: str, slice_work: int) -> None:
    text = "".join(random.Random(5).choices("ab\n", [4, 4, 1], k=400))
    expected = list(_pattern(pattern).scan(text))
    assert expected
    monkeypatch.setattr(line_pattern, "MAX_SLICE_WORK", slice_work)
    assert list(_pattern(pattern).scan(text)) == expected


def test_lines_without_the_required_literal_are_never_walked() -> None:
    pattern = _pattern(r"def \w+\(.*\):")
    assert list(pattern.scan("x = some(text)\n" * 10_000 + "def f(a):\n")) == [10_001]
    assert 0 < pattern.steps < 100


def test_a_loop_free_pattern_never_reaches_the_automaton() -> None:
    pattern = _pattern(r".*(TODO|FIXME)\s*")
    assert list(pattern.scan("a\nb FIXME\n")) == [2]
    assert pattern.steps == 0


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"def \w+\(", {"def "}),
        (r"(foo|barn)+x*", {"foo", "barn"}),
        (r"a*b?", set()),
        (r"(foo|b*)x", {"x"}),
        (r"a.bcd.e", {"bcd"}),
        (r"(ab)?c", {"c"}),
        (r"[ab]c{2,}d", {"d"}),
        (r"^\s*$", set()),
    ],
)
def test_required_literals(pattern: str, expected: set[str]) -> None:
    node = parse_pattern(pattern, ignore_case=False)
    assert {literal.text for literal in required_literals(node)} == expected


@pytest.mark.parametrize(
    ("pattern", "same_as"),
    [
        (r".*foo.*", "foo"),
        (r"\w+\s+", r"\w\s"),
        (r"(a+)+$", "a$"),
        (r"(?:x?|y*)foo{0,3}", "(?:|)fo"),
        (r"a{3,5}", "a{3}"),
        (r"a*^b", "a*^b"),
    ],
)
def test_trimming_of_the_ends(pattern: str, same_as: str) -> None:
    expected = parse_pattern(same_as, ignore_case=False)
    trimmed = trim_ends(parse_pattern(pattern, ignore_case=False))
    if pattern == r"a*^b":
        expected = parse_pattern("^b", ignore_case=False)
    assert trimmed == expected


@pytest.mark.parametrize("pattern", ["^(a|b)*[cd]$", "[ab]c?[de]"])
def test_long_scans_poll_the_checkpoint(monkeypatch: pytest.MonkeyPatch, pattern: str) -> None:
    monkeypatch.setattr(line_pattern, "MAX_SLICE_WORK", 200_000)
    checkpoint = CountingCheckpoint()
    assert not list(_pattern(pattern).scan("ab" * 150_000, checkpoint))
    assert checkpoint.polls >= 1
    many = CountingCheckpoint()
    list(_pattern(pattern).scan("ab\n" * 100_000, many))
    assert many.polls >= 1


def test_only_the_first_line_counts_in_matches() -> None:
    assert not _pattern("b").matches("a\nb")
    assert _pattern("a$").matches("a\nb")
