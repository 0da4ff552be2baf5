"""One line of the terminal's command prompt: words, quotes, and pipes between programs. Pure text.

Quoting is a POSIX shell's (XCU 2.2). It is no shell: whatever else one would act upon (redirections, variables,
wildcards, lists) is refused by its name, so that no line does something other here than it would there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from satchel.base.errors import InputError

Quote: TypeAlias = Literal["", "'", '"']

_OPERATORS = {
    "&&": "an AND-OR list",
    "||": "an AND-OR list",
    "|&": "a pipe of both outputs",
    "<<": "a here-document",
    ">>": "a redirection",
    "$(": "a command substitution",
    ">": "a redirection",
    "<": "a redirection",
    "&": "a command in the background",
    ";": "a list of commands",
    "(": "a subshell",
    ")": "a subshell",
    "`": "a command substitution",
    "$": "an expansion",
}
_WILDCARDS = "*?"
_RESERVED = frozenset(
    (
        "!",
        "{",
        "}",
        "[[",
        "case",
        "do",
        "done",
        "elif",
        "else",
        "esac",
        "fi",
        "for",
        "function",
        "if",
        "in",
        "then",
    )
) | {"until", "while"}
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_BRACKETS = re.compile(r"\[.+\]")
_ESCAPED_IN_DOUBLE_QUOTES = '$`"\\'
# Stands in a word's shape for what was quoted, and so means nothing to a shell.
_QUOTED = "\0"


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The word that a line ends with: its text without quotes, where it starts in the line, the quote that is still
    open, and whether it names a program.
    """

    text: str
    start: int
    quote: Quote
    is_program: bool


@dataclass(slots=True)
class _Word:
    start: int
    text: str = ""
    shape: str = ""

    def add(self, text: str, *, quoted: bool) -> None:
        self.text += text
        self.shape += _QUOTED * len(text) if quoted else text


@dataclass(slots=True)
class _Scan:
    stages: list[list[_Word]] = field(default_factory=lambda: [[]])
    word: _Word | None = None
    quote: Quote = ""

    def end_word(self) -> None:
        if self.word is not None:
            self.stages[-1].append(self.word)
            self.word = None


def parse(line: str) -> tuple[tuple[str, ...], ...]:
    """The argument vectors of a line's pipeline; none for an empty line. Raises InputError naming what only a shell can
    do, or what is incomplete.
    """
    scan = _scan(line, _refuse)
    if scan.quote:
        raise InputError("terminal.incomplete", f"The quote {scan.quote} is not closed.")
    scan.end_word()
    if scan.stages == [[]]:
        return ()
    if not all(scan.stages):
        raise InputError("terminal.incomplete", "A command is missing beside the |.")
    for words in scan.stages:
        _check_program(words[0].shape)
        for word in words:
            if _BRACKETS.search(word.shape):
                _refuse("[", "a wildcard")
    return tuple(tuple(word.text for word in words) for words in scan.stages)


def unfinished_word(line: str) -> Unfinished:
    """The word at the end of a line that is still being typed, empty between words."""
    scan = _scan(line, lambda symbol, what: None)
    word = scan.word or _Word(len(line))
    return Unfinished(word.text, word.start, scan.quote, not scan.stages[-1])


def _scan(line: str, refuse: Callable[[str, str], None]) -> _Scan:
    scan, at = _Scan(), 0
    while at < len(line):
        symbol = line[at]
        if scan.quote:
            at += _quoted(scan, line, at, refuse)
        elif symbol in " \t":
            scan.end_word()
            at += 1
        elif symbol == "|" and line[at : at + 2] not in _OPERATORS:
            scan.end_word()
            scan.stages.append([])
            at += 1
        else:
            at += _unquoted(scan, line, at, refuse)
    return scan


def _quoted(scan: _Scan, line: str, at: int, refuse: Callable[[str, str], None]) -> int:
    """Take one symbol between quotes; how many characters it is."""
    assert scan.word is not None
    symbol, after = line[at], line[at + 1 : at + 2]
    if symbol == scan.quote:
        scan.quote = ""
    elif scan.quote == '"' and symbol == "\\" and after and after in _ESCAPED_IN_DOUBLE_QUOTES:
        scan.word.add(after, quoted=True)
        return 2
    else:
        if scan.quote == '"' and symbol in "$`":
            _refuse_operator(line, at, refuse)
        scan.word.add(symbol, quoted=True)
    return 1


def _unquoted(scan: _Scan, line: str, at: int, refuse: Callable[[str, str], None]) -> int:
    symbol = line[at]
    is_first = scan.word is None
    word = scan.word = scan.word or _Word(at)
    if symbol == "'" or symbol == '"':
        scan.quote = "'" if symbol == "'" else '"'
        word.shape += _QUOTED
        return 1
    if symbol == "\\":
        if at + 1 == len(line):
            refuse("\\", "a line that goes on after its end")
        word.add(line[at + 1 : at + 2], quoted=True)
        return 2
    if symbol in _OPERATORS or line[at : at + 2] in _OPERATORS:
        _refuse_operator(line, at, refuse)
    elif symbol in _WILDCARDS:
        refuse(symbol, "a wildcard")
    elif is_first and symbol == "~":
        refuse("~", "the home directory's short name")
    elif is_first and symbol == "#":
        refuse("#", "a comment")
    word.add(symbol, quoted=False)
    return 1


def _check_program(shape: str) -> None:
    if shape in _RESERVED:
        _refuse(shape, "a compound command")
    if assignment := _ASSIGNMENT.match(shape):
        _refuse(assignment[0], "an assignment")


def _refuse_operator(line: str, at: int, refuse: Callable[[str, str], None]) -> None:
    symbol = line[at : at + 2] if line[at : at + 2] in _OPERATORS else line[at]
    refuse(symbol, _OPERATORS[symbol])


def _refuse(symbol: str, what: str) -> None:
    raise InputError(
        "terminal.needs_shell",
        f"{symbol} is {what}, which needs the shell; this prompt has words, quotes and | only.",
        f"To pass it to a program as it is, quote it: '{symbol}'.",
    )
