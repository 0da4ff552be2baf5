"""Which lines differ: Myers' shortest edit script within a budget, unique common lines as anchors beyond
it.

The greedy algorithm (E. Myers, "An O(ND) Difference Algorithm", 1986) finds the shortest script but its
work grows with the square of the number of differences, which a hostile or merely rewritten file drives at
will. So every box of the edit graph gets a budget of steps; a box that is over it is cut at lines that
occur exactly once on both sides (patience diff), and a box without such lines is reported as replaced
whole. The result is always a correct script, only not always the shortest, and the total work is bounded by
`STEP_BUDGET` plus a constant per line.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

STEP_BUDGET = 150_000
_MAX_DIFFERENCES = 400


@dataclass(frozen=True, slots=True)
class ChangedRange:
    """Lines `before_start:before_end` became lines `after_start:after_end` (half open, from 0)."""

    before_start: int
    before_end: int
    after_start: int
    after_end: int


def changed_ranges(before: Sequence[Hashable], after: Sequence[Hashable]) -> list[ChangedRange]:
    """The differences in order; ranges never touch. Equal sequences give an empty list."""
    numbers: dict[Hashable, int] = {}
    search = _Search(
        [numbers.setdefault(line, len(numbers)) for line in before],
        [numbers.setdefault(line, len(numbers)) for line in after],
    )
    return _joined(search.run())


_Box = tuple[int, int, int, int]


class _Search:
    """The boxes still to be compared and the steps that are left."""

    def __init__(self, before: list[int], after: list[int]) -> None:
        self._before = before
        self._after = after
        self._steps_left = STEP_BUDGET

    def run(self) -> list[ChangedRange]:
        found: list[ChangedRange] = []
        boxes: list[_Box] = [(0, len(self._before), 0, len(self._after))]
        while boxes:
            box = self._trimmed(boxes.pop())
            low, high, start, end = box
            if low == high and start == end:
                continue
            if low == high or start == end:
                found.append(ChangedRange(low, high, start, end))
                continue
            script = self._shortest_script(box)
            if script is None:
                parts = self._cut_at_anchors(box)
                if parts is None:
                    found.append(ChangedRange(low, high, start, end))
                else:
                    boxes.extend(reversed(parts))
            else:
                found.extend(script)
        return found

    def _trimmed(self, box: _Box) -> _Box:
        low, high, start, end = box
        before, after = self._before, self._after
        while low < high and start < end and before[low] == after[start]:
            low += 1
            start += 1
        while low < high and start < end and before[high - 1] == after[end - 1]:
            high -= 1
            end -= 1
        return low, high, start, end

    def _shortest_script(self, box: _Box) -> list[ChangedRange] | None:
        """Myers' greedy search in one box; None when it ran out of budget."""
        low, high, start, end = box
        rows, columns = high - low, end - start
        before, after = self._before, self._after
        most = min(rows + columns, _MAX_DIFFERENCES)
        zero = most + 1
        furthest = [-1] * (2 * most + 3)
        furthest[zero + 1] = 0
        trail: list[list[int]] = []
        for differences in range(most + 1):
            trail.append(furthest[zero - differences - 1 : zero + differences + 2])
            for diagonal in range(-differences, differences + 1, 2):
                row = _next_row(furthest, zero + diagonal)
                began = row
                column = row - diagonal
                while row < rows and column < columns and before[low + row] == after[start + column]:
                    row += 1
                    column += 1
                furthest[zero + diagonal] = row
                self._steps_left -= row - began + 1
                if row >= rows and column >= columns:
                    return _walk_back(trail, rows, columns, low, start)
            if self._steps_left <= 0:
                return None
        return None

    def _cut_at_anchors(self, box: _Box) -> list[_Box] | None:
        """The boxes between lines that occur once on both sides, in the longest run that keeps their
        order.
        """
        low, high, start, end = box
        here = _unique_positions(self._before, low, high)
        there = _unique_positions(self._after, start, end)
        pairs = sorted((position, there[line]) for line, position in here.items() if line in there)
        anchors = _longest_increasing(pairs)
        if not anchors:
            return None
        boxes: list[_Box] = []
        for row, column in anchors:
            boxes.append((low, row, start, column))
            low, start = row + 1, column + 1
        boxes.append((low, high, start, end))
        return boxes


def _next_row(furthest: list[int], place: int) -> int:
    """Where the next edit starts on a diagonal: down from the one above it, or right from the one below,
    whichever reaches further (the one that does not exist yet holds -1).
    """
    right = furthest[place - 1] + 1
    down = furthest[place + 1]
    return max(down, right)


def _walk_back(trail: list[list[int]], rows: int, columns: int, low: int, start: int) -> list[ChangedRange]:
    """The single insertions and deletions on the path the search took, in order."""
    edits: list[ChangedRange] = []
    row, column = rows, columns
    for differences in range(len(trail) - 1, 0, -1):
        place = row - column + differences + 1
        furthest = trail[differences]
        right = furthest[place - 1] + 1
        down = furthest[place + 1]
        deleted = down < right
        previous = row - column + (-1 if deleted else 1)
        row = right - 1 if deleted else down
        column = row - previous
        first, second = low + row, start + column
        edits.append(ChangedRange(first, first + deleted, second, second + (not deleted)))
    edits.reverse()
    return edits


def _unique_positions(lines: list[int], low: int, high: int) -> dict[int, int]:
    positions: dict[int, int] = {}
    repeated: set[int] = set()
    for position in range(low, high):
        line = lines[position]
        if line in positions:
            repeated.add(line)
        positions[line] = position
    return {line: position for line, position in positions.items() if line not in repeated}


def _longest_increasing(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest subsequence of pairs (sorted by the first) whose second grows."""
    tails: list[int] = []
    ends: list[int] = []
    came_from: list[int] = []
    for index, (_, column) in enumerate(pairs):
        place = bisect_left(tails, column)
        came_from.append(ends[place - 1] if place else -1)
        if place == len(tails):
            tails.append(column)
            ends.append(index)
        else:
            tails[place] = column
            ends[place] = index
    chain: list[tuple[int, int]] = []
    index = ends[-1] if ends else -1
    while index >= 0:
        chain.append(pairs[index])
        index = came_from[index]
    chain.reverse()
    return chain


def _joined(ranges: list[ChangedRange]) -> list[ChangedRange]:
    joined: list[ChangedRange] = []
    for found in ranges:
        last = joined[-1] if joined else None
        if last and last.before_end == found.before_start and last.after_end == found.after_start:
            joined[-1] = ChangedRange(last.before_start, found.before_end, last.after_start, found.after_end)
        else:
            joined.append(found)
    return joined
