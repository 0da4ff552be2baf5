"""Differential tests: the same patterns and texts through the standard `re` module, the reference."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from satchel.tools.linear_regex import compile_pattern
from satchel.tools.linear_regex.automaton import PositionAutomaton
from satchel.tools.linear_regex.lazy_dfa import LazyDfa
from satchel.tools.linear_regex.parser import parse_pattern
from tests.support.samples import examples

_LEAVES = st.sampled_from(
    [
        *"ab_-X1é ",
        ".",
        r"\d",
        r"\w",
        r"\s",
        r"\D",
        r"\W",
        r"\S",
        "[ab]",
        "[^a]",
        r"[^\s-]",
        r"[\w.]",
        "[a-e]",
        "[]x]",
        "ab",
        "^",
        "$",
        r"\b",
        r"\A",
        r"\t",
        r"\x61",
        r"\.",
        "ß",
        "(?:)",
    ]
)
_QUANTIFIERS = st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{,2}", "{2,}", "{0}", "*?", "+?"])


def _compound(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.lists(children, min_size=1, max_size=4).map("".join),
        st.lists(children, min_size=2, max_size=3).map(lambda parts: f"({'|'.join(parts)})"),
        st.tuples(children, _QUANTIFIERS).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
    )


# Small trees and short lines keep the reference from the very blow-up that this engine avoids.
_PATTERNS = st.recursive(_LEAVES, _compound, max_leaves=8)
_LINES = st.text(st.sampled_from([*"aabbX1_- .\té\rßSſKk"]), max_size=8)


@settings(max_examples=examples(600), deadline=None)
@given(_PATTERNS, st.lists(_LINES, max_size=6), st.booleans())
def test_same_lines_match_as_in_re(pattern: str, lines: list[str], ignore_case: bool) -> None:
    reference = re.compile(pattern, re.IGNORECASE if ignore_case else 0)
    compiled = compile_pattern(pattern, ignore_case=ignore_case)
    expected = [bool(reference.search(line.removesuffix("\r"))) for line in lines]
    assert [compiled.matches(line) for line in lines] == expected


@settings(max_examples=examples(400), deadline=None)
@given(_PATTERNS, st.lists(_LINES, max_size=6), st.booleans(), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_scan_is_line_by_line_matching(
    pattern: str, lines: list[str], ignore_case: bool, line_end: str, ended: bool
) -> None:
    text = line_end.join(lines) + (line_end if ended and lines else "")
    expected_lines = text.replace("\r\n", "\n").split("\n")
    if expected_lines[-1] == "":
        expected_lines.pop()
    reference = re.compile(pattern, re.IGNORECASE if ignore_case else 0)
    expected = [number for number, line in enumerate(expected_lines, 1) if reference.search(line)]
    assert list(compile_pattern(pattern, ignore_case=ignore_case).scan(text)) == expected


@settings(max_examples=examples(400), deadline=None)
@given(_PATTERNS, _LINES)
def test_the_automaton_alone_agrees_with_re(pattern: str, line: str) -> None:
    """No trimming, no literals, no standard engine in between."""
    dfa = LazyDfa(PositionAutomaton(parse_pattern(pattern, ignore_case=False)))
    assert dfa.matches(line) is bool(re.search(pattern, line))


@given(st.text(max_size=12), st.text(max_size=40))
def test_an_escaped_text_is_found_like_a_substring(needle: str, line: str) -> None:
    needle = needle.replace("\n", "").replace("\r", "")
    line = line.replace("\n", " ").replace("\r", " ")
    compiled = compile_pattern(re.escape(needle), ignore_case=False)
    assert compiled.matches(line) is (needle in line)
    assert compiled.matches(line + needle) is True


@pytest.mark.parametrize(
    "ch", ["k", "K", "\u212a", "s", "ſ", "ß", "ẞ", "İ", "ı", "Σ", "ς", "σ", "µ", "μ", "ǆ", "ǅ"]
)
@pytest.mark.parametrize("other", ["k", "K", "s", "S", "ſ", "ß", "i", "I", "İ", "σ", "ς", "μ", "Ǆ", "a"])
def test_case_is_folded_as_in_re(ch: str, other: str) -> None:
    expected = re.search(f"x*{ch}$", other, re.IGNORECASE) is not None
    assert compile_pattern(f"^x*{ch}$", ignore_case=True).matches(other) is expected
    assert compile_pattern(ch, ignore_case=True).matches(other) is expected
    assert compile_pattern(f"[{ch}]", ignore_case=True).matches(other) is expected


def test_categories_follow_unicode() -> None:
    for ch in ["é", "٣", "_", " ", "\u2028", "字", "①", "²", "\x85", "😀", "\udcff"]:
        for category in (r"\w", r"\d", r"\s", r"\W", r"\D", r"\S"):
            expected = re.fullmatch(category, ch) is not None
            assert compile_pattern(f"^{category}*$", ignore_case=False).matches(ch) is expected, (
                ch,
                category,
            )


def test_not_a_word_boundary_holds_in_an_empty_line() -> None:
    """As in Python 3.14; earlier versions of `re` say no."""
    assert compile_pattern(r"\B", ignore_case=False).matches("")
    assert compile_pattern(r"\B(x*y)*\B$", ignore_case=False).matches("")
