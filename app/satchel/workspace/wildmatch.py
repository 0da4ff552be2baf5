r"""git's wildcard matching (wildmatch.c), as regular expressions that cannot blow up.

Patterns and names are bytes, as in git: `?` is one byte. Two modes: with `pathname` a `*` stops at a slash
and `**` between slashes crosses them; without it (matching a bare file name) every `*` matches anything.

A glob needs no backtracking past its last star: the leftmost match of what stands between two stars is as
good as any other. So every stretch but the last goes into an atomic group (Python 3.11), and the work is
bounded by the product of both lengths, whatever the pattern.
"""

from __future__ import annotations

import re
import string

_CLASSES: dict[bytes, bytes] = {
    b"alnum": (string.ascii_letters + string.digits).encode(),
    b"alpha": string.ascii_letters.encode(),
    b"blank": b" \t",
    b"cntrl": bytes([*range(32), 127]),
    b"digit": string.digits.encode(),
    b"graph": bytes(range(33, 127)),
    b"lower": string.ascii_lowercase.encode(),
    b"print": bytes(range(32, 127)),
    b"punct": string.punctuation.encode(),
    b"space": b" \t\n\r\v\f",
    b"upper": string.ascii_uppercase.encode(),
    b"xdigit": string.hexdigits.encode(),
}
_SPECIAL = b"*?[\\"


class _NeverMatchesError(Exception):
    """The pattern is malformed (an open bracket, a lone backslash at its end); git lets it match nothing."""


def literal_prefix(pattern: bytes) -> bytes:
    """What stands before the first wildcard or escape."""
    for index, byte in enumerate(pattern):
        if byte in _SPECIAL:
            return pattern[:index]
    return pattern


def wildmatch_regex(pattern: bytes, *, pathname: bool) -> bytes | None:
    """A regular expression (for `fullmatch`, DOTALL) equal to the pattern; None when it can match nothing."""
    try:
        stretches = _Translation(pattern, pathname=pathname).run()
    except _NeverMatchesError:
        return None
    return stretches


class _Translation:
    """One pattern on its way to an expression.

    `_stretch` is what has been translated since the last star; `_opened` counts the atomic groups that
    enclose what is already in `_out` and are closed when a wider star (or a slash, for a narrow one) makes
    the choice final.
    """

    def __init__(self, pattern: bytes, *, pathname: bool) -> None:
        self._pattern = pattern
        self._pathname = pathname
        self._narrow = b"[^/]" if pathname else b"."
        self._at = 0
        self._component: list[bytes] = []
        self._star_open = False
        self._span: list[bytes] = []
        self._wide_open = False
        self._done: list[bytes] = []

    def run(self) -> bytes:
        while self._at < len(self._pattern):
            self._token()
        self._end_component(b"")
        return b"".join((*self._done, *self._span))

    def _token(self) -> None:
        byte = self._pattern[self._at : self._at + 1]
        self._at += 1
        if byte == b"*":
            self._stars()
        elif byte == b"?":
            self._component.append(self._narrow)
        elif byte == b"[":
            self._component.append(self._bracket())
        elif byte == b"\\":
            self._escape()
        elif byte == b"/" and self._pathname:
            self._end_component(b"/")
        else:
            self._component.append(re.escape(byte))

    def _escape(self) -> None:
        if self._at >= len(self._pattern):
            raise _NeverMatchesError
        byte = self._pattern[self._at : self._at + 1]
        self._at += 1
        if byte == b"/" and self._pathname:
            self._end_component(b"/")
        else:
            self._component.append(re.escape(byte))

    def _stars(self) -> None:
        start = self._at - 1
        while self._pattern[self._at : self._at + 1] == b"*":
            self._at += 1
        rest = self._pattern[self._at :]
        doubled = self._at - start > 1
        bounded = start == 0 or self._pattern[start - 1 : start] == b"/"
        if self._pathname and doubled and bounded and not rest:
            self._end_component(b"")
            self._span.append(b".*")
        elif self._pathname and doubled and bounded and rest.startswith((b"/", b"\\/")):
            self._at += 1 if rest.startswith(b"/") else 2
            self._cross_directories(optional=rest.startswith(b"/"))
        else:
            self._narrow_star()

    def _narrow_star(self) -> None:
        """A star within a component: what stood since the star before it is final at its leftmost match."""
        if self._star_open:
            self._component = [b"(?>", *self._component, b")"]
        self._span.extend(self._component)
        self._component = [self._narrow, b"*?"]
        self._star_open = True

    def _end_component(self, slash: bytes) -> None:
        self._span.extend(self._component)
        if slash:
            self._span.append(slash)
        self._component = []
        self._star_open = False

    def _cross_directories(self, *, optional: bool) -> None:
        """`**/`: any number of directories. What stood since the `**/` before it is final at its leftmost
        match.
        """
        if self._wide_open:
            self._span = [b"(?>", *self._span, b")"]
        self._done.extend(self._span)
        self._span = [b"(?:.*?/)??" if optional else b".*?/"]
        self._wide_open = True

    def _bracket(self) -> bytes:
        """A bracket expression, the opening bracket just passed. It never matches a slash in a path."""
        members = set[int]()
        negated = self._pattern[self._at : self._at + 1] in (b"!", b"^")
        self._at += negated
        first = True
        previous: int | None = None
        while first or self._pattern[self._at : self._at + 1] != b"]":
            previous = self._bracket_member(members, previous)
            first = False
        self._at += 1
        chosen = set(range(256)) - members if negated else members
        if self._pathname:
            chosen.discard(ord("/"))
        if not chosen:
            raise _NeverMatchesError
        return b"[" + b"".join(b"\\x%02x" % byte for byte in sorted(chosen)) + b"]"

    def _bracket_member(self, members: set[int], previous: int | None) -> int | None:
        """One member or range; gives the character a range may start from."""
        byte = self._next_in_bracket()
        following = self._pattern[self._at : self._at + 1]
        if byte == ord("-") and previous is not None and following not in (b"", b"]"):
            high = self._next_in_bracket()
            if high == ord("\\"):
                high = self._next_in_bracket()
            members.update(range(previous, high + 1))
            return None
        if byte == ord("["):
            if following == b":":
                return self._class(members)
        elif byte == ord("\\"):
            byte = self._next_in_bracket()
        members.add(byte)
        return byte

    def _class(self, members: set[int]) -> int | None:
        end = self._pattern.find(b"]", self._at)
        if end < 0:
            raise _NeverMatchesError
        if self._pattern[end - 1 : end] != b":" or end - 1 <= self._at:
            members.add(ord("["))
            return ord("[")
        named = _CLASSES.get(self._pattern[self._at + 1 : end - 1])
        if named is None:
            raise _NeverMatchesError
        self._at = end + 1
        members.update(named)
        return None

    def _next_in_bracket(self) -> int:
        if self._at >= len(self._pattern):
            raise _NeverMatchesError
        byte = self._pattern[self._at]
        self._at += 1
        return byte
