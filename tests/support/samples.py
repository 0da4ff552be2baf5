"""Samples drawn by a seed: a run tries some cases of a large family, another commit others, `--full` tries all.

The seed is printed at the start of every run, so a failure is repeated with `build.py test --seed N`.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Sequence
from typing import TypeVar

Case = TypeVar("Case")


class Sampler:
    """Chooses by seed. Two samplers with one seed choose alike, whatever else ran before."""

    def __init__(self, seed: int, full: bool) -> None:
        self.seed = seed
        self.full = full

    def random(self, label: str) -> random.Random:
        """A generator for the test that calls itself `label`."""
        return random.Random(f"{self.seed}:{label}")

    def sample(self, label: str, cases: Sequence[Case], size: int) -> list[Case]:
        """`size` of the cases in their order, or all of them in a full run."""
        if self.full or size >= len(cases):
            return list(cases)
        chosen = sorted(self.random(label).sample(range(len(cases)), size))
        return [cases[index] for index in chosen]


def sampler_from_environment() -> Sampler:
    """The sampler that `build.py test` asks for; seed 0 when pytest was started by hand."""
    return Sampler(int(os.environ.get("SATCHEL_TEST_SEED") or 0), bool(os.environ.get("SATCHEL_TEST_FULL")))


def examples(count: int) -> int:
    """How many examples a property is tried with: `count` here, a fifth of it in the tab, which is as much slower and
    runs the same code; ten times as many in a full run.
    """
    if os.environ.get("SATCHEL_TEST_FULL"):
        return count * 10
    return max(10, count // 5) if sys.platform == "emscripten" else count
