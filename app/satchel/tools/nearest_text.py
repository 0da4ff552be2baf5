"""The passage of a text most like one that was looked for in vain, to show what it should have been.

Linear in the text: passages are first compared by the words they share, and only the few best by their
characters.
"""

from __future__ import annotations

import difflib
import heapq
import re
from collections import Counter
from dataclasses import dataclass

LEAST_SIMILARITY = 0.5
"""Below this likeness (0 to 1) a passage is no help."""

MAX_LINES = 30
MAX_CHARACTERS = 2_000
COMPARED_CHARACTERS = 400

_CANDIDATES = 12
_WORD = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class NearestText:
    """A passage: its first and last line (1-based), its text, and whether only white space differs."""

    first: int
    last: int
    text: str
    only_space_differs: bool


def nearest_text(text: str, wanted: str) -> NearestText | None:
    """The passage of `text` most like `wanted`, of as many lines (at most 30), or None if nothing is like
    it.
    """
    lines = text.split("\n")
    wanted_lines = wanted.strip("\n").split("\n")[:MAX_LINES]
    height = min(len(wanted_lines), len(lines))
    target = "\n".join(wanted_lines)[:COMPARED_CHARACTERS]
    target_words = _words(target)
    best: tuple[float, int] | None = None
    for start in _likely_starts(lines, height, target_words):
        passage = "\n".join(lines[start : start + height])[:COMPARED_CHARACTERS]
        likeness = difflib.SequenceMatcher(None, passage, target, autojunk=False).ratio()
        if best is None or likeness > best[0]:
            best = (likeness, start)
    if best is None or best[0] < LEAST_SIMILARITY:
        return None
    start = best[1]
    passage = "\n".join(lines[start : start + height])
    return NearestText(
        start + 1,
        start + height,
        passage[:MAX_CHARACTERS],
        only_space_differs=passage.split() == "\n".join(wanted_lines).split(),
    )


def _likely_starts(lines: list[str], height: int, target: Counter[str]) -> list[int]:
    """First lines (0-based) of the passages that share most words with the target, best first."""
    shared = [sum((_words(line[:COMPARED_CHARACTERS]) & target).values()) for line in lines]
    score = sum(shared[:height])
    scores = [(score, 0)]
    for start in range(1, len(lines) - height + 1):
        score += shared[start + height - 1] - shared[start - 1]
        scores.append((score, -start))
    return [-start for score, start in heapq.nlargest(_CANDIDATES, scores) if score > 0]


def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text))
