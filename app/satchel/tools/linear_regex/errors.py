"""What can be wrong with a search pattern."""

from __future__ import annotations

from satchel.base.errors import InputError

_SHOWN_CHARACTERS = 80


class PatternError(InputError):
    """A pattern that cannot be used.

    `code` is `pattern.syntax` (not a pattern), `pattern.unsupported` (no linear-time matcher exists for a
    construct) or `pattern.too_large`. `position` is the offset of the offending construct in the pattern, in
    characters.
    """

    def __init__(self, code: str, problem: str, remedy: str, *, pattern: str, position: int) -> None:
        shown = pattern if len(pattern) <= _SHOWN_CHARACTERS else pattern[:_SHOWN_CHARACTERS] + "…"
        super().__init__(
            code,
            f"Cannot search for the pattern {shown!r}: {problem} (at offset {position}).",
            remedy[:1].upper() + remedy[1:] + ".",
        )
        self.position = position
