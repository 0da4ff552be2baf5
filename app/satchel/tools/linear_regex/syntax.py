"""Syntax tree of a line pattern.

Invariant: the tree describes a regular language over the characters of one line. Groups, capture names and
greediness leave no trace, because only "does this line contain a match" is ever asked.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class AssertionKind(enum.Enum):
    """Zero-width conditions on the gap between two characters; the value is the same condition for `re`."""

    LINE_START = "^"
    LINE_END = "$"
    WORD_BOUNDARY = r"\b"
    # Written as a negation because `re` before 3.14 lets `\B` fail on an empty string.
    NOT_WORD_BOUNDARY = r"(?!\b)"


@dataclass(frozen=True, slots=True)
class CharSet:
    """One character out of a set.

    `source` is the set in the syntax of the standard `re` module (``x``, ``\\d``, ``[^a-z]``), `literal` the
    single character it stands for when it is not a set at all.
    """

    source: str
    literal: str | None
    ignore_case: bool


@dataclass(frozen=True, slots=True)
class Assertion:
    """A zero-width condition."""

    kind: AssertionKind


@dataclass(frozen=True, slots=True)
class Sequence:
    """Items one after the other; no items match the empty string."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Alternation:
    """Any one of at least two branches."""

    branches: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """`item` at least `minimum` times and at most `maximum` times (None: no upper bound)."""

    item: Node
    minimum: int
    maximum: int | None


Node = CharSet | Assertion | Sequence | Alternation | Repeat

EMPTY = Sequence(())


def sequence(items: list[Node]) -> Node:
    """The sequence of `items`, without a wrapper around a single one."""
    return items[0] if len(items) == 1 else Sequence(tuple(items))


def expanded_size(node: Node) -> int:
    """Number of leaves once every counted repetition is written out; an empty body counts as one."""
    match node:
        case CharSet() | Assertion():
            return 1
        case Sequence(items) | Alternation(items):
            return max(1, sum(expanded_size(item) for item in items))
        case Repeat(item, minimum, maximum):
            copies = max(minimum, 1) if maximum is None else maximum
            return max(1, copies * expanded_size(item))


def assertions_of(node: Node) -> frozenset[AssertionKind]:
    """The kinds of zero-width conditions that occur anywhere in `node`."""
    match node:
        case CharSet():
            return frozenset()
        case Assertion(kind):
            return frozenset({kind})
        case Sequence(items) | Alternation(items):
            return frozenset().union(*(assertions_of(item) for item in items))
        case Repeat(item):
            return assertions_of(item)
