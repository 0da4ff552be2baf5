"""Which files git would ignore: gitignore(5) in full, byte for byte like `git check-ignore`.

One `Gitignore` is what holds in one directory: its own `.gitignore` and those above it. The nearest file
decides, in a file the last line that matches. A directory that is ignored is not entered, so nothing in it
can be taken back in; whoever walks the tree has to keep to that. Case counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from satchel.workspace.guest_path import byte_order
from satchel.workspace.wildmatch import literal_prefix, wildmatch_regex

_BOM = b"\xef\xbb\xbf"
_NEVER = b"(?!)"


@dataclass(frozen=True, slots=True)
class IgnoreRule:
    """One line of an ignore file. `source` is the file's path, `line` counts from 1."""

    pattern: str
    source: str
    line: int
    negated: bool
    directories_only: bool
    name_only: bool
    regex: re.Pattern[bytes]


class Gitignore:
    """The rules in force in one directory."""

    def __init__(self, directory: str, files: Sequence[tuple[str, bytes]], above: Gitignore | None) -> None:
        """`files`: (path, content) of ignore files that belong to `directory` (`''` for the root), the
        stronger last.
        """
        self._above = above
        self._prefix = byte_order(f"{directory}/" if directory else "")
        self._rules = [rule for path, content in files for rule in parse_rules(path, content)]
        self._rules.reverse()
        self._names = _any_of([rule for rule in self._rules if rule.name_only])
        self._paths = _any_of([rule for rule in self._rules if not rule.name_only])

    @classmethod
    def root(cls, files: Sequence[tuple[str, bytes]] = ()) -> Gitignore:
        """The rules at the root of a project."""
        return cls("", files, None)

    def below(self, directory: str, content: bytes | None) -> Gitignore:
        """The rules inside `directory`, whose own `.gitignore` has this content (None: it has none)."""
        if content is None:
            return self
        return Gitignore(
            directory, [(f"{directory}/.gitignore" if directory else ".gitignore", content)], self
        )

    def rule_for(self, path: str, *, is_directory: bool) -> IgnoreRule | None:
        """The rule that decides about `path` (relative to the root), None when none matches."""
        raw = byte_order(path)
        rule = self._own_rule(raw[len(self._prefix) :], raw.rpartition(b"/")[2], is_directory=is_directory)
        if rule is None and self._above is not None:
            return self._above.rule_for(path, is_directory=is_directory)
        return rule

    def ignores(self, path: str, *, is_directory: bool) -> bool:
        """Whether `path`, whose directory is not ignored itself, is ignored."""
        rule = self.rule_for(path, is_directory=is_directory)
        return rule is not None and not rule.negated

    def _own_rule(self, relative: bytes, name: bytes, *, is_directory: bool) -> IgnoreRule | None:
        by_name = self._names.fullmatch(name) is not None
        by_path = self._paths.fullmatch(relative) is not None
        if not by_name and not by_path:
            return None
        for rule in self._rules:
            subject = name if rule.name_only else relative
            if (is_directory or not rule.directories_only) and rule.regex.fullmatch(subject):
                return rule
        return None


def parse_rules(source: str, content: bytes) -> list[IgnoreRule]:
    """The rules of an ignore file, in its order."""
    rules = []
    for number, line in enumerate(content.removeprefix(_BOM).split(b"\n"), 1):
        if line.startswith(b"#"):
            continue
        rule = _parse_line(source, number, _without_trailing_spaces(line.removesuffix(b"\r")))
        if rule is not None:
            rules.append(rule)
    return rules


def _parse_line(source: str, number: int, line: bytes) -> IgnoreRule | None:
    pattern = line
    negated = pattern.startswith(b"!")
    pattern = pattern[negated:]
    directories_only = pattern.endswith(b"/")
    if directories_only:
        pattern = pattern[:-1]
    if not pattern:
        return None
    name_only = b"/" not in pattern
    regex = wildmatch_regex(pattern, pathname=False) if name_only else _path_regex(pattern)
    if regex is None:
        return None
    shown = line.decode("utf-8", "replace")
    return IgnoreRule(
        shown, source, number, negated, directories_only, name_only, re.compile(regex, re.DOTALL)
    )


def _path_regex(pattern: bytes) -> bytes | None:
    """Git compares what stands before the first wildcard by itself, so a `**` right after it counts as
    bounded.
    """
    anchored = pattern.removeprefix(b"/")
    prefix = literal_prefix(anchored)
    rest = wildmatch_regex(anchored[len(prefix) :], pathname=True)
    return None if rest is None else re.escape(prefix) + rest


def _any_of(rules: list[IgnoreRule]) -> re.Pattern[bytes]:
    whole = b"|".join(b"(?:" + rule.regex.pattern + b")" for rule in rules)
    return re.compile(whole or _NEVER, re.DOTALL)


def _without_trailing_spaces(line: bytes) -> bytes:
    """The line without the spaces at its end, unless a backslash keeps them."""
    end = len(line)
    spaces_from: int | None = None
    at = 0
    while at < end:
        byte = line[at : at + 1]
        if byte == b" ":
            spaces_from = at if spaces_from is None else spaces_from
        else:
            spaces_from = None
            if byte == b"\\":
                at += 1
                if at >= end:
                    return line
        at += 1
    return line if spaces_from is None else line[:spaces_from]
