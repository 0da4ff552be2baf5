"""Searching in line feeds and replacing in the original, against a reference that walks characters."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from satchel.tools.line_ends import SearchedText

_TEXTS = st.lists(st.sampled_from(["a", "b", "\n", "\r\n", "\r"]), max_size=20).map("".join)


@given(_TEXTS)
def test_every_place_translates_back(original: str) -> None:
    searched = SearchedText(original)
    units = list(original.replace("\r\n", "\0"))
    assert searched.text == "".join("\n" if unit == "\0" else unit for unit in units)
    offset = 0
    for index, unit in enumerate(units):
        assert searched.original_offset(index) == offset
        offset += 2 if unit == "\0" else 1
    assert searched.original_offset(len(units)) == len(original)


@given(_TEXTS, st.data())
def test_replacing_touches_nothing_else(original: str, data: st.DataObject) -> None:
    searched = SearchedText(original)
    start = data.draw(st.integers(0, len(searched.text)))
    length = data.draw(st.integers(0, len(searched.text) - start))
    result = searched.replaced([start], length, "X\nY")
    head, tail = searched.original_offset(start), searched.original_offset(start + length)
    assert result == original[:head] + "X" + searched.line_end + "Y" + original[tail:]


@given(_TEXTS)
def test_replacing_nothing_gives_the_original(original: str) -> None:
    assert SearchedText(original).replaced([], 3, "x") == original


def test_lines_and_style() -> None:
    searched = SearchedText("a\r\nb\r\nc\n")
    assert [searched.line_of(offset) for offset in range(len(searched.text))] == [1, 1, 2, 2, 3, 3]
    assert searched.line_end == "\r\n"
    assert SearchedText("a\r\nb\nc\n").line_end == "\n"
    assert SearchedText("abc").line_end == "\n"
