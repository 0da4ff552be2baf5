"""Parser for line patterns: the syntax of the standard `re` module, cut down to what is regular.

The dialect is defined here and not by the interpreter's own parser, so it is the same on every Python version
and every refusal can name the construct and a way round it. Beyond `re` it accepts POSIX classes
(`[[:alpha:]]`), `(?<name>...)`, `\\x{1F600}` and `\\z`. It refuses what has no linear-time matcher
(backreferences, look-around, atomic groups, possessive quantifiers) and what can never match inside one line
(`\\n`).

Quantifier greediness and group names are read and dropped: they cannot change whether a line matches.
"""

from __future__ import annotations

import re

from satchel.tools.linear_regex.errors import PatternError
from satchel.tools.linear_regex.syntax import (
    Alternation,
    Assertion,
    AssertionKind,
    CharSet,
    Node,
    Repeat,
    sequence,
)

MAX_NESTING = 100
"""Groups may nest this deep; the parser and every pass over the tree are recursive."""

_QUANTIFIERS = {"*": (0, None), "+": (1, None), "?": (0, 1)}
_COUNTED = re.compile(r"\{(?:(\d{1,9})|(\d{0,9}),(\d{0,9}))\}", re.ASCII)
_GROUP_NAME = re.compile(r"P?<([^\W\d]\w*)>")
_INLINE_FLAGS = re.compile(r"([a-zA-Z]*)(?:-([a-zA-Z]+))?([:)])")
_HARMLESS_FLAGS = frozenset("msu")
_ASSERTION_ESCAPES = {
    "A": AssertionKind.LINE_START,
    "Z": AssertionKind.LINE_END,
    "z": AssertionKind.LINE_END,
    "b": AssertionKind.WORD_BOUNDARY,
    "B": AssertionKind.NOT_WORD_BOUNDARY,
}
_CONTROL_ESCAPES = {"a": "\a", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_CATEGORY_ESCAPES = frozenset("dDsSwW")
_HEX_ESCAPES = {
    "x": re.compile(r"[0-9a-fA-F]{2}|\{[0-9a-fA-F]{1,6}\}"),
    "u": re.compile(r"[0-9a-fA-F]{4}|\{[0-9a-fA-F]{1,6}\}"),
    "U": re.compile(r"[0-9a-fA-F]{8}"),
}
_POSIX_CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": r"!-\~",
    "lower": "a-z",
    "print": r"\ -\~",
    "punct": r"!-/:-@\[-`\{-\~",
    "space": r"\s",
    "upper": "A-Z",
    "word": r"\w",
    "xdigit": "0-9A-Fa-f",
}
_POSIX_CLASS = re.compile(r"\[:(\^?)([a-z]+):\]")
_UNSUPPORTED_GROUPS = {
    "=": ("look-ahead (?=...)", "match the text that must follow as an ordinary part of the pattern"),
    "!": ("negative look-ahead (?!...)", "search without it and leave out the lines you do not want"),
    "<=": ("look-behind (?<=...)", "match the text that must precede as an ordinary part of the pattern"),
    "<!": ("negative look-behind (?<!...)", "search without it and leave out the lines you do not want"),
    ">": ("atomic group (?>...)", "use a plain group (?:...)"),
    "P=": ("backreference (?P=name)", "write the repeated text out, or search for its first part"),
    "(": ("conditional group (?(...)...)", "write the cases as alternatives with |"),
    "P>": ("recursion (?P>name)", "search for one level of the nesting"),
}
_NEWLINE_REMEDY = "lines are matched one at a time; search for the text of one line, or use $ for its end"


def parse_pattern(text: str, *, ignore_case: bool) -> Node:
    """The tree of `text`; raises `PatternError` with the offset of the offending construct."""
    parser = _Parser(text, ignore_case)
    node = parser.alternation()
    if not parser.at_end():
        raise parser.error("unbalanced parenthesis", "remove the ')' or write it as \\)", parser.position)
    return node


class _Parser:
    """Recursive descent, one method per production."""

    def __init__(self, text: str, ignore_case: bool) -> None:
        self._text = text
        self._ignore_case = ignore_case
        self._depth = 0
        self.position = 0

    def error(self, problem: str, remedy: str, position: int) -> PatternError:
        return PatternError("pattern.syntax", problem, remedy, pattern=self._text, position=position)

    def _unsupported(self, construct: str, remedy: str, position: int) -> PatternError:
        return PatternError(
            "pattern.unsupported",
            f"{construct} is not supported, because no search in linear time exists for it",
            remedy,
            pattern=self._text,
            position=position,
        )

    def at_end(self) -> bool:
        return self.position >= len(self._text)

    def _peek(self) -> str:
        return self._text[self.position : self.position + 1]

    def _take(self) -> str:
        ch = self._peek()
        self.position += 1
        return ch

    def _accept(self, expected: str) -> bool:
        if self._text.startswith(expected, self.position):
            self.position += len(expected)
            return True
        return False

    def alternation(self) -> Node:
        """alternation : sequence ('|' sequence)*"""
        branches = [self._sequence()]
        while self._accept("|"):
            branches.append(self._sequence())
        return branches[0] if len(branches) == 1 else Alternation(tuple(branches))

    def _sequence(self) -> Node:
        """sequence : (atom quantifier?)*"""
        items: list[Node] = []
        while not self.at_end() and self._peek() not in "|)":
            start = self.position
            atom = self._atom()
            if atom is not None:
                items.append(self._quantified(atom, start))
        return sequence(items)

    def _quantified(self, atom: Node, start: int) -> Node:
        """quantifier : ('*' | '+' | '?' | '{m}' | '{m,}' | '{,n}' | '{m,n}') '?'?"""
        while self._accept("(?#"):
            self._skip_comment(start)
        position = self.position
        bounds = self._quantifier()
        if bounds is None:
            return atom
        if isinstance(atom, Assertion) and self._text[start] != "(":
            raise self.error(
                "nothing to repeat", f"'{self._text[start:position]}' is already zero-width", position
            )
        minimum, maximum = bounds
        if maximum is not None and maximum < minimum:
            raise self.error("repetition minimum exceeds its maximum", "swap the two numbers", position)
        if self._peek() == "+":
            raise self._unsupported("possessive quantifier", "remove the extra '+'", self.position)
        self._accept("?")
        if self._peek() in tuple("*+?") or _COUNTED.match(self._text, self.position):
            raise self.error("multiple repeat", "put the first repetition in a group (?:...)", self.position)
        return Repeat(atom, minimum, maximum)

    def _quantifier(self) -> tuple[int, int | None] | None:
        simple = _QUANTIFIERS.get(self._peek())
        if simple is not None:
            self.position += 1
            return simple
        counted = _COUNTED.match(self._text, self.position)
        if counted is None or counted.group() == "{,}":
            return None
        self.position = counted.end()
        exact, lower, upper = counted.groups()
        if exact is not None:
            return int(exact), int(exact)
        return int(lower or 0), int(upper) if upper else None

    def _atom(self) -> Node | None:
        """atom : '.' | '^' | '$' | class | group | escape | literal     (None: a comment or a flag group)"""
        start = self.position
        ch = self._take()
        match ch:
            case ".":
                return CharSet(".", None, False)
            case "^":
                return Assertion(AssertionKind.LINE_START)
            case "$":
                return Assertion(AssertionKind.LINE_END)
            case "[":
                return self._class(start)
            case "(":
                return self._group(start)
            case "\\":
                return self._escape(start)
            case "*" | "+" | "?":
                raise self.error("nothing to repeat", f"write \\{ch} for the character itself", start)
            case "\n":
                raise self.error("line break in the pattern", _NEWLINE_REMEDY, start)
            case _:
                if ch == "{" and (counted := _COUNTED.match(self._text, start)) and counted.group() != "{,}":
                    raise self.error("nothing to repeat", "write \\{ for the character itself", start)
                return self._literal(ch)

    def _literal(self, ch: str) -> CharSet:
        # A character without case variants needs no case folding, which keeps its searches on the fast path.
        cased = not ch.lower() == ch.upper() == ch
        return CharSet(re.escape(ch), ch, self._ignore_case and cased)

    def _group(self, start: int) -> Node | None:
        """group : '(' head? alternation ')' | '(?#' text ')' | '(?flags)'

        head : '?:' | '?P<name>' | '?<name>' | '?flags:'
        """
        outer_ignore_case = self._ignore_case
        if self._accept("?"):
            if self._accept("#"):
                self._skip_comment(start)
                return None
            if self._group_head(start):
                return None
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise self.error("groups nest too deeply", f"at most {MAX_NESTING} levels are allowed", start)
        node = self.alternation()
        self._depth -= 1
        self._ignore_case = outer_ignore_case
        if not self._accept(")"):
            raise self.error("missing ')'", "close the group, or write \\( for the character itself", start)
        return node

    def _skip_comment(self, start: int) -> None:
        end = self._text.find(")", self.position)
        if end < 0:
            raise self.error("missing ')' after a comment", "close the comment", start)
        self.position = end + 1

    def _group_head(self, start: int) -> bool:
        """Reads what follows '(?'; True when the group was only flags for the rest of the enclosing one."""
        name = _GROUP_NAME.match(self._text, self.position)
        if name is not None:
            self.position = name.end()
            return False
        for head in sorted(_UNSUPPORTED_GROUPS, key=len, reverse=True):
            if self._text.startswith(head, self.position):
                raise self._unsupported(*_UNSUPPORTED_GROUPS[head], start)
        flags = _INLINE_FLAGS.match(self._text, self.position)
        if flags is None:
            raise self.error("unknown group kind", "use (?:...) for a group, or \\( for the character", start)
        added, removed, closing = flags.group(1), flags.group(2) or "", flags.group(3)
        unknown = (set(added) | set(removed)) - _HARMLESS_FLAGS - {"i"}
        if unknown:
            raise self.error(
                f"inline flag '{min(unknown)}' is not supported", "use only (?i), (?m) or (?s)", start
            )
        if "i" in added or "i" in removed:
            self._ignore_case = "i" in added
        self.position = flags.end()
        return closing == ")"

    def _escape(self, start: int) -> Node:
        ch = self._peek()
        if ch in _ASSERTION_ESCAPES:
            self.position += 1
            return Assertion(_ASSERTION_ESCAPES[ch])
        if ch in _CATEGORY_ESCAPES and ch:
            self.position += 1
            return CharSet("\\" + ch, None, False)
        if ch in tuple("123456789gk"):
            construct = f"backreference \\{ch}"
            raise self._unsupported(
                construct, "write the repeated text out, or search for its first part", start
            )
        literal = self._escaped_character(start)
        if literal == "\n":
            raise self.error("\\n in the pattern", _NEWLINE_REMEDY, start)
        return self._literal(literal)

    def _escaped_character(self, start: int) -> str:
        ch = self._take()
        if not ch:
            raise self.error("pattern ends with a backslash", "write \\\\ for the character itself", start)
        if ch in _CONTROL_ESCAPES:
            return _CONTROL_ESCAPES[ch]
        if ch in _HEX_ESCAPES:
            return self._hex_character(ch, start)
        if ch == "0":
            octal = re.compile("[0-7]{0,2}").match(self._text, self.position)
            digits = octal.group() if octal else ""
            self.position += len(digits)
            return chr(int("0" + digits, 8))
        if ch in ("p", "P"):
            raise self.error(
                f"\\{ch}{{...}} is not supported", "use \\w, \\d, \\s or a class such as [^\\W\\d_]", start
            )
        if ch.isascii() and ch.isalnum():
            raise self.error(f"unknown escape \\{ch}", f"write {ch} for the character itself", start)
        return ch

    def _hex_character(self, kind: str, start: int) -> str:
        digits = _HEX_ESCAPES[kind].match(self._text, self.position)
        value = int(digits.group().strip("{}"), 16) if digits else -1
        if digits is None or not 0 <= value <= 0x10FFFF:
            raise self.error(
                f"bad \\{kind} escape", "give it hexadecimal digits, as in \\x41 or \\u20AC", start
            )
        self.position = digits.end()
        return chr(value)

    def _class(self, start: int) -> CharSet:
        """class : '[' '^'? item+ ']'     item : posix | endpoint ('-' endpoint)?"""
        negated = self._accept("^")
        parts: list[str] = []
        while self.at_end() or self._peek() != "]" or not parts:
            if self.at_end():
                raise self.error(
                    "missing ']'", "close the class, or write \\[ for the character itself", start
                )
            parts.append(self._class_item(start))
        self.position += 1
        return CharSet(f"[{'^' if negated else ''}{''.join(parts)}]", None, self._ignore_case)

    def _class_item(self, start: int) -> str:
        posix = _POSIX_CLASS.match(self._text, self.position)
        if posix is not None:
            return self._posix_class(posix)
        item_start = self.position
        low, low_is_set = self._class_endpoint(start)
        rest = self._text[self.position : self.position + 2]
        if len(rest) < 2 or rest[0] != "-" or rest[1] == "]":
            return low if low_is_set else re.escape(low)
        self.position += 1
        high, high_is_set = self._class_endpoint(start)
        if low_is_set or high_is_set or low > high:
            bad = self._text[item_start : self.position]
            raise self.error(f"bad range {bad} in a class", "put '-' first or last, or write \\-", item_start)
        return f"{re.escape(low)}-{re.escape(high)}"

    def _posix_class(self, posix: re.Match[str]) -> str:
        negated, name = posix.groups()
        if negated or name not in _POSIX_CLASSES:
            names = ", ".join(sorted(_POSIX_CLASSES))
            raise self.error(f"unknown class {posix.group()}", f"known names: {names}", posix.start())
        self.position = posix.end()
        return _POSIX_CLASSES[name]

    def _class_endpoint(self, start: int) -> tuple[str, bool]:
        """One character, or a category such as \\d (then the second value is True)."""
        position = self.position
        ch = self._take()
        if not ch:
            raise self.error("missing ']'", "close the class, or write \\[ for the character itself", start)
        if ch != "\\":
            return ch, False
        follower = self._peek()
        if follower in _CATEGORY_ESCAPES and follower:
            self.position += 1
            return "\\" + follower, True
        if follower == "b":
            self.position += 1
            return "\b", False
        return self._escaped_character(position), False
