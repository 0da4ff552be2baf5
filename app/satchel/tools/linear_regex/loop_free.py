"""Loop-free patterns handed to the standard `re` module, with a proven bound on its work.

`re` backtracks, so its time can be exponential in general and quadratic for one loop in a search. Neither is
possible here, because only patterns without unbounded repetition are rendered, and only when this bound
holds:

* For a node let *ways* be the number of different ways to leave it (each may make the matcher try the rest of
  the pattern once more) and *work* the number of character or position tests spent inside it over all those
  ways.
* A character or assertion: ways 1, work 1, or 2 for a set that needs a guard to keep it off a line break.
* A sequence A B: the matcher enters B at most ways(A) times, so work = work(A) + ways(A) * work(B) and
  ways = ways(A) * ways(B).
* An alternation: sums. A repetition: as the sequence of its copies, of which all but the first `minimum` can
  also be left early.

A search tries each start position once, so a text of n characters costs at most (n + 1) * work tests. The
optimisations of `re` (literal prefix, first-character set, memory of the last alternative) only save tests.
Inside a set the number of items is bounded by the length of the pattern.

A rendered pattern never crosses a line break, so it can be searched in a whole text at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from satchel.tools.linear_regex.syntax import Alternation, Assertion, CharSet, Node, Repeat, Sequence

MAX_WORK = 250
"""Tests per start position up to which the standard engine beats the automaton."""

_UNBOUNDED = MAX_WORK + 1


@dataclass(frozen=True, slots=True)
class LoopFreePattern:
    """A compiled pattern of the standard `re` module that spends at most `work` tests per start position."""

    compiled: re.Pattern[str]
    work: int


def loop_free_pattern(node: Node) -> LoopFreePattern | None:
    """`node` for the standard engine, or None when its work is unbounded or above `MAX_WORK`."""
    cost = _cost(node)
    if cost.work > MAX_WORK:
        return None
    return LoopFreePattern(re.compile(_render(node), re.MULTILINE), cost.work)


@dataclass(frozen=True, slots=True)
class _Cost:
    """Ways out and work inside, both cut off just above the limit so that they stay small numbers."""

    ways: int
    work: int

    def then(self, follower: _Cost) -> _Cost:
        return _capped(self.ways * follower.ways, self.work + self.ways * follower.work)


_NOTHING = _Cost(1, 0)


def _capped(ways: int, work: int) -> _Cost:
    return _Cost(min(ways, _UNBOUNDED), min(work, _UNBOUNDED))


def _cost(node: Node) -> _Cost:
    match node:
        case CharSet():
            return _Cost(1, 2 if _holds_line_break(node) else 1)
        case Assertion():
            return _Cost(1, 2)
        case Sequence(items):
            total = _NOTHING
            for item in items:
                total = total.then(_cost(item))
            return total
        case Alternation(branches):
            costs = [_cost(branch) for branch in branches]
            return _capped(sum(cost.ways for cost in costs), sum(cost.work + 1 for cost in costs))
        case Repeat(item, minimum, maximum):
            return _cost_of_repeat(_cost(item), minimum, maximum)


def _cost_of_repeat(item: _Cost, minimum: int, maximum: int | None) -> _Cost:
    if maximum is None or maximum > MAX_WORK:
        return _Cost(_UNBOUNDED, _UNBOUNDED)
    total = _NOTHING
    for _ in range(minimum):
        total = total.then(item)
    entries, ways, work = total.ways, total.ways, total.work
    for _ in range(maximum - minimum):
        work += entries * (item.work + 1)
        entries *= item.ways
        ways += entries
        if work > MAX_WORK or ways > MAX_WORK:
            break
    return _capped(ways, work)


def _render(node: Node) -> str:
    match node:
        case CharSet():
            return _render_set(node)
        case Assertion(kind):
            return kind.value
        case Sequence(items):
            return "".join(_render(item) for item in items)
        case Alternation(branches):
            return f"(?:{'|'.join(_render(branch) for branch in branches)})"
        case Repeat(item, minimum, maximum):
            return f"(?:{_render(item)}){{{minimum},{maximum}}}"


def _render_set(charset: CharSet) -> str:
    source = f"(?i:{charset.source})" if charset.ignore_case else charset.source
    return rf"(?!\n){source}" if _holds_line_break(charset) else source


def _holds_line_break(charset: CharSet) -> bool:
    return re.fullmatch(charset.source, "\n") is not None
