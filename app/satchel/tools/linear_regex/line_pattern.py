"""A compiled search pattern: does a line match, and which lines of a text do.

Two engines share the work, both linear in the text. Loop-free patterns with a small proven bound run in the
standard `re` module (`loop_free`), in slices short enough to keep the event loop alive. Everything else runs
in the lazy DFA (`lazy_dfa`), on the lines that contain one of the pattern's required literals.

A line ends at "\\n" or "\\r\\n"; a text's last line needs no end. Other characters that Unicode calls line
breaks are ordinary text. Not offered: where in the line the match is, and captured groups.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from satchel.base.checkpoint import Checkpoint
from satchel.tools.linear_regex.automaton import PositionAutomaton
from satchel.tools.linear_regex.errors import PatternError
from satchel.tools.linear_regex.lazy_dfa import LazyDfa
from satchel.tools.linear_regex.loop_free import LoopFreePattern, loop_free_pattern
from satchel.tools.linear_regex.parser import parse_pattern
from satchel.tools.linear_regex.required_literals import Literal, required_literals
from satchel.tools.linear_regex.syntax import expanded_size
from satchel.tools.linear_regex.trimming import trim_ends

MAX_EXPANDED_SIZE = 1_000
"""Leaves a pattern may have with its counted repetitions written out; bounds the cost of one character."""

MAX_SLICE_WORK = 2_000_000
"""Character tests the standard engine may do without interruption: some 10 ms."""


def compile_pattern(text: str, *, ignore_case: bool) -> LinePattern:
    """Compile `text`, a regular expression in the syntax of `parser`; raises `PatternError`."""
    node = trim_ends(parse_pattern(text, ignore_case=ignore_case))
    size = expanded_size(node)
    if size > MAX_EXPANDED_SIZE:
        problem = f"written out it has {size:,} elements, more than {MAX_EXPANDED_SIZE:,}"
        remedy = "lower the repetition counts or split the search"
        raise PatternError("pattern.too_large", problem, remedy, pattern=text, position=0)
    return LinePattern(LazyDfa(PositionAutomaton(node)), loop_free_pattern(node), required_literals(node))


class LinePattern:
    """Made by `compile_pattern`. Results do not depend on which engine ran or what was searched before."""

    def __init__(
        self, dfa: LazyDfa, loop_free: LoopFreePattern | None, literals: tuple[Literal, ...]
    ) -> None:
        self._dfa = dfa
        self._loop_free = loop_free
        self._literals = literals
        self._literal_search = (
            re.compile("|".join(literal.source for literal in literals)) if literals else None
        )

    @property
    def steps(self) -> int:
        """Steps the automaton has made so far (see `LazyDfa.steps`)."""
        return self._dfa.steps

    def matches(self, line: str, checkpoint: Checkpoint | None = None) -> bool:
        """Whether `line` contains a match. Its line end, if it has one, and what follows are no part of it."""
        return next(self.scan(line.partition("\n")[0] + "\n", checkpoint), None) is not None

    def scan(self, text: str, checkpoint: Checkpoint | None = None) -> Iterator[int]:
        """The 1-based numbers of the matching lines, ascending. Polls `checkpoint` now and then."""
        if "\r" in text:
            text = text.replace("\r\n", "\n")
        end = len(text) - 1 if text.endswith("\n") else len(text)
        if not text:
            return
        number, counted = 1, 0
        for start in self._matching_starts(text, end, checkpoint):
            number += text.count("\n", counted, start)
            counted = start
            yield number

    def _matching_starts(self, text: str, end: int, checkpoint: Checkpoint | None) -> Iterator[int]:
        """Offsets at which matching lines begin; `end` is the end of the last line."""
        if self._loop_free is None:
            yield from self._starts_by_dfa(text, 0, end, checkpoint)
            return
        slice_size = MAX_SLICE_WORK // self._loop_free.work if self._loop_free.work else len(text)
        start = 0
        while start <= end:
            if checkpoint is not None and start:
                checkpoint.poll()
            stop = min(start + slice_size, end)
            line_break = text.rfind("\n", start, stop) if stop < end else end
            if line_break < start:
                line_break = _line_end(text, stop, end)
                yield from self._starts_by_dfa(text, start, line_break, checkpoint)
            else:
                yield from _starts_by_search(self._loop_free.compiled, text, start, line_break)
            start = line_break + 1

    def _starts_by_dfa(self, text: str, start: int, end: int, checkpoint: Checkpoint | None) -> Iterator[int]:
        candidates = self._candidate_starts(text, start, end)
        for count, line_start in enumerate(candidates):
            if checkpoint is not None and count % 64 == 63:
                checkpoint.poll()
            line_end = _line_end(text, line_start, end)
            if self._dfa.matches(text[line_start:line_end], checkpoint):
                yield line_start

    def _candidate_starts(self, text: str, start: int, end: int) -> Iterator[int]:
        """Offsets of the lines that contain a required literal, or of all lines when none is known."""
        if self._literal_search is None:
            while start <= end:
                yield start
                start = _line_end(text, start, end) + 1
        elif len(self._literals) == 1 and not self._literals[0].ignore_case:
            yield from _starts_by_find(self._literals[0].text, text, start, end)
        else:
            yield from _starts_by_search(self._literal_search, text, start, end)


def _line_end(text: str, position: int, end: int) -> int:
    line_break = text.find("\n", position, end)
    return end if line_break < 0 else line_break


def _starts_by_find(literal: str, text: str, start: int, end: int) -> Iterator[int]:
    while (found := text.find(literal, start, end)) >= 0:
        yield text.rfind("\n", 0, found) + 1
        start = _line_end(text, found, end) + 1


def _starts_by_search(compiled: re.Pattern[str], text: str, start: int, end: int) -> Iterator[int]:
    while start <= end and (found := compiled.search(text, start, end)):
        yield text.rfind("\n", 0, found.start()) + 1
        start = _line_end(text, found.start(), end) + 1
