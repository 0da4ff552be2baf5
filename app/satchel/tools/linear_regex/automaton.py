"""Position automaton of a pattern (Glushkov's construction), with sets of positions as integers.

Every character set of the pattern, with counted repetitions written out, is a *position*: one bit. The
automaton has no empty transitions: `GapTable` says for one gap between two characters which positions may
come first, which may follow which, and after which the pattern may end. A set of positions is one Python
integer, so a step costs a few wide "or" operations however many positions are active.

Zero-width conditions see the gap only: the kind of the character before it and of the one after it. So there
is one table for each pair of kinds (at most nine), built when that pair is first met; in it a condition is
simply an item that matches the empty string or an item that matches nothing.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass

from satchel.tools.linear_regex.syntax import (
    Alternation,
    Assertion,
    AssertionKind,
    CharSet,
    Node,
    Repeat,
    Sequence,
    assertions_of,
)

_BYTE_BITS = 8
_CHAIN_BRANCHES = 4
_CHAIN_LENGTH = 16


class CharKind(enum.IntEnum):
    """What zero-width conditions can tell about a neighbour of a gap."""

    NONE = 0
    """There is no character: the gap is an end of the line."""
    OTHER = 1
    WORD = 2


class GapTable:
    """How positions connect across one kind of gap. Sets of positions are bit masks.

    `nullable`: the empty string matches here. `first`, `last`: positions that can begin or end a match.

    A counted repetition makes long chains of positions that lie the same distance apart; those move together
    with one shift. What is left is looked up eight positions at a time, and remembered: at most 256 look-ups
    for each eight positions.
    """

    def __init__(self, *, nullable: bool, first: int, last: int, follow: list[int]) -> None:
        self.nullable = nullable
        self.first = first
        self.last = last
        self._shifts = _chains(follow)
        self._follow = follow
        self._irregular = 0
        for position, targets in enumerate(follow):
            for distance, members in self._shifts:
                if members >> position & 1:
                    targets &= ~(1 << position + distance)
            follow[position] = targets
            self._irregular |= bool(targets) << position
        self._memo: dict[int, int] = {}

    def successors(self, positions: int) -> int:
        """Every position that may follow one of `positions`."""
        result = 0
        for distance, members in self._shifts:
            moving = positions & members
            result |= moving << distance if distance > 0 else moving >> -distance
        positions &= self._irregular
        for index, bits in enumerate(
            positions.to_bytes((positions.bit_length() + 7) // _BYTE_BITS, "little")
        ):
            if bits:
                key = index << _BYTE_BITS | bits
                known = self._memo.get(key)
                if known is None:
                    known = self._memo[key] = self._successors_of_byte(index, bits)
                result |= known
        return result

    def _successors_of_byte(self, index: int, bits: int) -> int:
        result = 0
        for offset in range(_BYTE_BITS):
            if bits >> offset & 1:
                result |= self._follow[index * _BYTE_BITS + offset]
        return result


def _chains(follow: list[int]) -> tuple[tuple[int, int], ...]:
    """Distances at which many positions have a successor, each with the set of those positions."""
    members: dict[int, int] = {}
    for position, targets in enumerate(follow):
        if targets.bit_count() <= _CHAIN_BRANCHES:
            for target in _bits(targets):
                distance = target - position
                members[distance] = members.get(distance, 0) | 1 << position
    return tuple(
        (distance, positions)
        for distance, positions in sorted(members.items())
        if distance and positions.bit_count() >= _CHAIN_LENGTH
    )


def _bits(positions: int) -> Iterator[int]:
    while positions:
        lowest = positions & -positions
        yield lowest.bit_length() - 1
        positions ^= lowest


class PositionAutomaton:
    """The automaton of one pattern. Tables are built on first use; nothing else changes."""

    def __init__(self, node: Node) -> None:
        self._node = node
        assertions = assertions_of(node)
        self._sees_words = not assertions.isdisjoint(
            {AssertionKind.WORD_BOUNDARY, AssertionKind.NOT_WORD_BOUNDARY}
        )
        self.line_edge = CharKind.NONE if assertions else CharKind.OTHER
        self._tables: dict[tuple[CharKind, CharKind], GapTable] = {}
        builder = _GapTableBuilder(CharKind.OTHER, CharKind.OTHER)
        self._tables[CharKind.OTHER, CharKind.OTHER] = builder.table(node)
        self._sets: dict[CharSet, int] = {}
        for index, charset in enumerate(builder.charsets):
            self._sets[charset] = self._sets.get(charset, 0) | 1 << index
        self._matchers = [
            (re.compile(charset.source, re.IGNORECASE if charset.ignore_case else 0), positions)
            for charset, positions in self._sets.items()
        ]
        self.position_count = len(builder.charsets)

    def kind_of(self, ch: str) -> CharKind:
        """The kind of a character, as far as this pattern can tell characters apart."""
        return CharKind.WORD if self._sees_words and (ch.isalnum() or ch == "_") else CharKind.OTHER

    def positions_accepting(self, ch: str) -> int:
        """The positions whose set holds `ch`."""
        positions = 0
        for matcher, members in self._matchers:
            if matcher.fullmatch(ch):
                positions |= members
        return positions

    def gap(self, before: CharKind, after: CharKind) -> GapTable:
        """How positions connect across a gap between characters of these kinds."""
        table = self._tables.get((before, after))
        if table is None:
            table = self._tables[before, after] = _GapTableBuilder(before, after).table(self._node)
        return table


@dataclass(frozen=True, slots=True)
class _Fragment:
    nullable: bool
    first: int
    last: int


_EMPTY_FRAGMENT = _Fragment(nullable=True, first=0, last=0)
_DEAD_FRAGMENT = _Fragment(nullable=False, first=0, last=0)


class _GapTableBuilder:
    """One pass over the tree; positions are numbered in the same order in every pass."""

    def __init__(self, before: CharKind, after: CharKind) -> None:
        self._holds = {
            AssertionKind.LINE_START: before == CharKind.NONE,
            AssertionKind.LINE_END: after == CharKind.NONE,
            AssertionKind.WORD_BOUNDARY: (before == CharKind.WORD) != (after == CharKind.WORD),
            AssertionKind.NOT_WORD_BOUNDARY: (before == CharKind.WORD) == (after == CharKind.WORD),
        }
        self._follow: list[int] = []
        self.charsets: list[CharSet] = []

    def table(self, node: Node) -> GapTable:
        whole = self._fragment(node)
        return GapTable(nullable=whole.nullable, first=whole.first, last=whole.last, follow=self._follow)

    def _fragment(self, node: Node) -> _Fragment:
        match node:
            case CharSet():
                bit = 1 << len(self.charsets)
                self.charsets.append(node)
                self._follow.append(0)
                return _Fragment(nullable=False, first=bit, last=bit)
            case Assertion(kind):
                return _EMPTY_FRAGMENT if self._holds[kind] else _DEAD_FRAGMENT
            case Sequence(items):
                whole = _EMPTY_FRAGMENT
                for item in items:
                    whole = self._joined(whole, self._fragment(item))
                return whole
            case Alternation(branches):
                whole = _DEAD_FRAGMENT
                for branch in branches:
                    whole = _either(whole, self._fragment(branch))
                return whole
            case Repeat(item, minimum, maximum):
                return self._repeated(item, minimum, maximum)

    def _repeated(self, item: Node, minimum: int, maximum: int | None) -> _Fragment:
        """A{m,n} as m copies and n - m nested options; A{m,} as m copies of which the last one loops."""
        if maximum is None:
            tail = self._looped(self._fragment(item), optional=minimum == 0)
            copies = max(minimum - 1, 0)
        else:
            tail = _EMPTY_FRAGMENT
            for _ in range(maximum - minimum):
                tail = _either(_EMPTY_FRAGMENT, self._joined(self._fragment(item), tail))
            copies = minimum
        for _ in range(copies):
            tail = self._joined(self._fragment(item), tail)
        return tail

    def _looped(self, body: _Fragment, *, optional: bool) -> _Fragment:
        self._connect(body.last, body.first)
        return _Fragment(optional or body.nullable, body.first, body.last)

    def _joined(self, left: _Fragment, right: _Fragment) -> _Fragment:
        self._connect(left.last, right.first)
        return _Fragment(
            left.nullable and right.nullable,
            left.first | right.first if left.nullable else left.first,
            right.last | left.last if right.nullable else right.last,
        )

    def _connect(self, sources: int, targets: int) -> None:
        if targets:
            for position in _bits(sources):
                self._follow[position] |= targets


def _either(left: _Fragment, right: _Fragment) -> _Fragment:
    return _Fragment(left.nullable or right.nullable, left.first | right.first, left.last | right.last)
