"""The table of what the demo can improve, best first: what Grep is asked, and how a found line is put
right.

A finder proposes only what is certain: it would rather miss a flaw than change what was meant or what a
program relies on. That is why a word inside code, a link, a quotation or a heading (which others link to)
stays as it is, and so does whatever lies inside a code block of a text or a string of many lines of a
program.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from satchel.llm.demo.file_choice import COMMENT_MARKS, PROSE, extension
from satchel.llm.demo.prose_mistakes import MISTAKES, corrected
from satchel.llm.demo.tool_results import LineMatch

_MAX_LINE = 400
# What opens and closes such a block, by extension. A block is where an odd number of marks came before.
_TRIPLE_QUOTE = "\"\"\"|'''"
_BLOCK_MARKS = {
    "py": _TRIPLE_QUOTE,
    **dict.fromkeys(("md", "markdown"), r"^\s*(?:```|~~~)"),
    **dict.fromkeys(("js", "mjs", "cjs", "jsx", "ts", "tsx"), "`"),
}


@dataclass(frozen=True, slots=True)
class Fix:
    """One line put right. `wrong` and `right` are the parts that differ, as they are shown to the user."""

    path: str
    line: int
    before: str
    after: str
    wrong: str
    right: str


@dataclass(frozen=True, slots=True)
class Finder:
    """One kind of flaw.

    `aim` completes "I look for ...", `why` is a sentence about what is better afterwards.

    `query` and `file_glob` are Grep's. `put_right` gets a path and a line that Grep found, and gives the
    line as it should be with the parts that differ, or None to leave it.
    """

    aim: str
    why: str
    query: str
    file_glob: str
    put_right: Callable[[str, LineMatch], tuple[str, str, str] | None]
    ignore_case: bool = False

    def fixes(self, path: str, matches: Iterable[LineMatch]) -> Iterator[Fix]:
        """What can be improved in the file, from its first line to its last, given all matches of
        `line_query`.
        """
        for match in _outside_blocks(matches, _BLOCK_MARKS.get(extension(path))):
            if len(match.text) > _MAX_LINE or "\ufffd" in match.text:
                continue
            found = self.put_right(path, match)
            if found is not None:
                after, wrong, right = found
                yield Fix(path, match.line, match.text, after, wrong, right)

    def line_query(self, path: str) -> str:
        """For one file: `query`, and the marks of blocks inside of which nothing is changed."""
        marks = _BLOCK_MARKS.get(extension(path))
        return f"{self.query}|{marks}" if marks else self.query


def _outside_blocks(matches: Iterable[LineMatch], marks: str | None) -> list[LineMatch]:
    """The matches that are in no block; none when the last block is not closed, for then the count went
    wrong.
    """
    outside: list[LineMatch] = []
    inside = False
    for match in matches:
        found = len(re.findall(marks, match.text)) if marks else 0
        if not inside and not found:
            outside.append(match)
        inside ^= found % 2 == 1
    return [] if inside else outside


_ANY_MISTAKE = "|".join(MISTAKES)
_MISTAKE_AS_WORD = re.compile(
    rf"(?<![\w/\\.@#$%&=`'\"“‘<\[-])(?<!\]\()(?:{_ANY_MISTAKE})(?![\w/\\@#=`'\"”’>\](-]|[.:,]\w)",
    re.IGNORECASE,
)
_ABOUT_SPELLING = re.compile(r"typo|spell|codespell|->|=>|→", re.IGNORECASE)
_UNDERLINE = re.compile(r"\s*([=\-~^\"'`#*+])\1{2,}\s*")
_LEAST_WORDS = 4


def _prose(path: str, match: LineMatch) -> tuple[str, str, str] | None:
    """A sentence with a misspelled or doubled word, in a text file or in a comment of its own."""
    text = match.text
    found = _MISTAKE_AS_WORD.search(text)
    if found is None or not _is_sentence(path, match) or text.count("`", 0, found.start()) % 2:
        return None
    if " " in found[0] and not re.match(r"\s*$|\s+\w", text[found.end() :]):
        return None  # As in "&& and and ||", which speaks of the word.
    wrong, right = found[0], corrected(found[0])
    return text[: found.start()] + right + text[found.end() :], wrong, right


def _is_sentence(path: str, match: LineMatch) -> bool:
    text, kind = match.text, extension(path)
    if len(re.findall(r"[^\W\d_]+", text)) < _LEAST_WORDS or _ABOUT_SPELLING.search(text):
        return False
    if kind in COMMENT_MARKS:
        begins_as_comment = text.lstrip().startswith(COMMENT_MARKS[kind])
        return begins_as_comment and not text.rstrip().endswith((";", "{", "}", ":", "=", ")"))
    is_code_block = text.startswith(("    ", "\t")) or (kind in ("rst", "txt", "adoc") and text[:1] == " ")
    is_heading = text.startswith(("#", "=")) or _UNDERLINE.fullmatch(match.following)
    return kind in PROSE and not is_code_block and not is_heading


# Only as the whole condition of a statement: libraries that build queries overload `==`, and never there.
_NONE_COMPARED = re.compile(
    r"(\s*(?:if|elif|while|assert)\s+[A-Za-z_][\w.]*)\s*([=!]=)\s*(None\s*:?\s*(?:#.*)?)"
)


def _none_comparison(path: str, match: LineMatch) -> tuple[str, str, str] | None:
    found = _NONE_COMPARED.fullmatch(match.text)
    if found is None:
        return None
    operator = "is" if found[2] == "==" else "is not"
    return f"{found[1]} {operator} {found[3]}", f"{found[2]} None", f"{operator} None"


# After these characters a line of code is at its end; elsewhere the space could be part of a text.
_CODE_WITH_SPACE_AT_END = re.compile(r"(.*[:;{])[ \t]{1,9}")


def _trailing_space(path: str, match: LineMatch) -> tuple[str, str, str] | None:
    found = _CODE_WITH_SPACE_AT_END.fullmatch(match.text)
    if found is None:
        return None
    surplus = len(match.text) - len(found[1])
    return found[1], "1 space" if surplus == 1 else f"{surplus} spaces", "none"


def _glob(extensions: Iterable[str]) -> str:
    return f"*.{{{','.join(sorted(extensions))}}}"


PROSE_FINDER = Finder(
    aim="misspelled and doubled words in texts and comments",
    why="Readers stumble over a misspelled word and searches miss it; no program is affected.",
    query=rf"\b(?:{_ANY_MISTAKE})\b",
    file_glob=_glob({*PROSE, *COMMENT_MARKS}),
    put_right=_prose,
    ignore_case=True,
)
FURTHER_FINDERS = (
    Finder(
        aim="comparisons with None by == in Python",
        why="None is one single object, so `is` says what is meant and cannot be misled by a class's own ==.",
        query=r"^\s*(?:if|elif|while|assert)\s.*[=!]=\s*None\b",
        file_glob="*.py",
        put_right=_none_comparison,
    ),
    Finder(
        aim="spaces at the end of lines of code",
        why="Such spaces mean nothing and turn up as noise in later diffs.",
        query=r"[:;{][ \t]{1,9}$",
        file_glob=_glob(set(COMMENT_MARKS) - {"yml", "yaml"}),
        put_right=_trailing_space,
    ),
)
