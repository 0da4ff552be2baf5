"""Line diffs are correct always, shortest within the budget, and bounded beyond it."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from satchel.workspace.line_diff import ChangedRange, changed_ranges
from tests.support.samples import examples

small = st.lists(st.integers(0, 4), max_size=25)


def applied(before: Sequence[int], after: Sequence[int], ranges: list[ChangedRange]) -> list[int]:
    result: list[int] = []
    position = 0
    for change in ranges:
        assert change.before_start >= position
        result += before[position : change.before_start]
        result += after[change.after_start : change.after_end]
        position = change.before_end
    return result + list(before[position:])


def longest_common(before: list[int], after: list[int]) -> int:
    row = [0] * (len(after) + 1)
    for left in before:
        previous = row
        row = [0]
        for column, right in enumerate(after):
            row.append(previous[column] + 1 if left == right else max(previous[column + 1], row[-1]))
    return row[-1]


@settings(max_examples=examples(300), deadline=None)
@given(small, small)
def test_the_script_is_correct_and_shortest(before: list[int], after: list[int]) -> None:
    ranges = changed_ranges(before, after)
    assert applied(before, after, ranges) == after
    cost = sum((one.before_end - one.before_start) + (one.after_end - one.after_start) for one in ranges)
    assert cost == len(before) + len(after) - 2 * longest_common(before, after)
    for one, next_one in itertools.pairwise(ranges):
        assert one.before_end < next_one.before_start
        assert one.after_end < next_one.after_start


def hostile() -> dict[str, tuple[list[int], list[int]]]:
    chance = random.Random(7)
    noise = [[chance.randrange(50) for _ in range(100_000)] for _ in range(2)]
    return {
        "unrelated": (noise[0], noise[1]),
        "reversed": (list(range(100_000)), list(range(100_000, 0, -1))),
        "alternating": ([0, 1] * 50_000, [1, 0] * 50_000 + [1]),
        "one line repeated": ([0] * 100_000 + [1], [2] + [0] * 90_000),
        "every second line changed": (list(range(60_000)), [n if n % 2 else -n - 1 for n in range(60_000)]),
    }


@pytest.mark.parametrize("case", hostile())
def test_hostile_inputs_are_bounded(case: str) -> None:
    before, after = hostile()[case]
    began = time.perf_counter()
    ranges = changed_ranges(before, after)
    assert time.perf_counter() - began < 3
    assert applied(before, after, ranges) == after


def test_beyond_the_budget_unique_lines_still_anchor() -> None:
    before = [line for number in range(3000) for line in (number + 10, number % 3)]
    after = [line for number in range(3000) for line in (number + 10, 3 + number % 3)]
    ranges = changed_ranges(before, after)
    assert applied(before, after, ranges) == after
    assert len(ranges) == 3000
