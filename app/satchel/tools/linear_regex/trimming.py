"""Simplification of a pattern for the one question "does the line contain a match?".

At either end of the pattern a repetition may stop at its minimum: any longer match contains a match with the
minimal number of repetitions, because nothing outside the pattern constrains where a match begins or ends.
So `.*foo\\s+` asks the same as `foo\\s`. This turns most everyday patterns into loop-free ones.
"""

from __future__ import annotations

from satchel.tools.linear_regex.syntax import EMPTY, Alternation, Node, Repeat, Sequence, sequence


def trim_ends(node: Node) -> Node:
    """A pattern that matches in the same lines as `node`, with the repetitions at its ends cut short."""
    return _trim(_trim(node, at_front=True), at_front=False)


def _trim(node: Node, *, at_front: bool) -> Node:
    match node:
        case Repeat(item, minimum, _):
            if minimum == 0:
                return EMPTY
            return _trim(item, at_front=at_front) if minimum == 1 else Repeat(item, minimum, minimum)
        case Alternation(branches):
            return Alternation(tuple(_trim(branch, at_front=at_front) for branch in branches))
        case Sequence(items):
            return sequence(_trim_items(list(items), at_front=at_front))
        case _:
            return node


def _trim_items(items: list[Node], *, at_front: bool) -> list[Node]:
    end = 0 if at_front else -1
    while items:
        trimmed = _trim(items[end], at_front=at_front)
        if trimmed != EMPTY:
            items[end] = trimmed
            break
        items.pop(end)
    return items
