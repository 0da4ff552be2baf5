"""Literal text that every matching line must contain.

Lines without it are skipped at the speed of a substring search. The answer is a necessary condition only; the
automaton still decides each remaining line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from satchel.tools.linear_regex.syntax import Alternation, CharSet, Node, Repeat, Sequence

MAX_ALTERNATIVES = 16
"""More alternatives than this make the search for them no cheaper than the automaton."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A run of characters, compared with or without regard to case."""

    text: str
    ignore_case: bool

    @property
    def source(self) -> str:
        """The literal as a pattern of the standard `re` module."""
        escaped = re.escape(self.text)
        return f"(?i:{escaped})" if self.ignore_case else escaped


def required_literals(node: Node) -> tuple[Literal, ...]:
    """Literals of which every match contains at least one; empty when none can be named."""
    match node:
        case CharSet(literal=str() as text, ignore_case=ignore_case):
            return (Literal(text, ignore_case),)
        case Repeat(item, minimum) if minimum > 0:
            return required_literals(item)
        case Alternation(branches):
            return _of_alternation(branches)
        case Sequence(items):
            return _best([*_runs(items), *(required_literals(item) for item in items)])
        case _:
            return ()


def _of_alternation(branches: tuple[Node, ...]) -> tuple[Literal, ...]:
    found: list[Literal] = []
    for branch in branches:
        literals = required_literals(branch)
        if not literals:
            return ()
        found.extend(literals)
    return tuple(found) if len(found) <= MAX_ALTERNATIVES else ()


def _runs(items: tuple[Node, ...]) -> Iterable[tuple[Literal, ...]]:
    """Each maximal run of neighbouring literal characters, joined into one literal."""
    run: list[CharSet] = []
    for item in (*items, None):
        if isinstance(item, CharSet) and item.literal is not None:
            run.append(item)
            continue
        if run:
            text = "".join(part.literal or "" for part in run)
            yield (Literal(text, any(part.ignore_case for part in run)),)
        run = []


def _best(candidates: list[tuple[Literal, ...]]) -> tuple[Literal, ...]:
    """The most selective candidate: the longest shortest literal, then the fewest alternatives."""
    usable = [candidate for candidate in candidates if candidate]
    return max(usable, key=lambda c: (min(len(lit.text) for lit in c), -len(c)), default=())
