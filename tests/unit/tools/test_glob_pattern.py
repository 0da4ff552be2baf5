"""File name patterns, against a reference that tries every way of matching."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from satchel.base.errors import InputError
from satchel.tools.glob_pattern import GlobPattern, split_literal_directory
from tests.support.samples import examples


@pytest.mark.parametrize(
    ("pattern", "hits", "misses"),
    [
        ("*.py", ["a.py", ".py", ".hidden.py"], ["a.pyc", "src/a.py", "apy"]),
        ("**/*.py", ["a.py", "src/a.py", "a/b/c.py", ".x/a.py"], ["a.txt", "a.py/b"]),
        ("**/*", ["a", "a/b", ".git", "a/.b/c"], []),
        ("**", ["a", "a/b"], [""]),
        ("src/**", ["src/a", "src/a/b"], ["src", "srcx/a"]),
        ("src/**/x", ["src/x", "src/a/x", "src/a/b/x"], ["src/ax", "x"]),
        ("**/test/**/*.py", ["test/a.py", "a/test/b/c.py"], ["tests/a.py"]),
        ("a**b", ["ab", "axxb"], ["a/b", "ax/xb"]),
        ("a?c", ["abc", "aéc", "a\nc"], ["ac", "a/c", "abbc"]),
        ("[a-c]x", ["ax", "cx"], ["dx", "[a-c]x"]),
        ("[!a-c]x", ["dx", "éx"], ["ax", "/x", "x"]),
        ("[^a]x", ["bx", "^x"], ["ax"]),
        ("[]a]x", ["]x", "ax"], ["bx"]),
        ("[!]]x", ["ax"], ["]x"]),
        ("[a-]x", ["-x", "ax"], ["bx"]),
        ("[+-9]x", ["1x", ".x"], ["/x"]),
        ("[z-a]x", [], ["ax", "zx", "x"]),
        ("[ab", ["[ab"], ["a"]),
        ("*.{ts,tsx}", ["a.ts", "a.tsx"], ["a.t", "a.{ts,tsx}"]),
        ("{src,tests}/**/*.py", ["src/a.py", "tests/x/y.py"], ["docs/a.py"]),
        ("{a,b{c,d}}e", ["ae", "bce", "bde"], ["be", "ce"]),
        ("{a/b,c}/d", ["a/b/d", "c/d"], ["a/d"]),
        ("{**/,}x", ["x", "a/b/x"], ["a/y"]),
        ("{a,}b", ["ab", "b"], ["a"]),
        ("{a}b", ["{a}b"], ["ab"]),
        ("{x{a},b}", ["x{a}", "b"], ["xa", "{xa,b}"]),
        ("{a,b", ["{a,b"], ["a"]),
        ("a}b,c", ["a}b,c"], ["ab"]),
        ("{[,}],x}", [",", "}", "x"], ["[,}]"]),
        ("{[!]}],x}", ["a", "x"], ["}", "]"]),
        (r"\*\{a,b\}\\", ["*{a,b}\\"], ["xa\\"]),
        ("x\\", ["x\\"], ["x"]),
        ("a+(b)^$.|", ["a+(b)^$.|"], ["aab"]),
        ("файл *", ["файл 1"], ["file 1"]),
        ("*", ["a\nb", "\u202e", "\udcff"], ["a/b"]),
    ],
)
def test_meaning(pattern: str, hits: list[str], misses: list[str]) -> None:
    compiled = GlobPattern(pattern)
    assert [path for path in hits if not compiled.matches(path)] == []
    assert [path for path in misses if compiled.matches(path)] == []


def _reference(pattern: list[str], path: list[str]) -> bool:
    """Component lists; `**` any number of components (the last one: at least one)."""
    if not pattern:
        return not path
    if pattern[0] == "**":
        if len(pattern) == 1:
            return bool(path)
        return any(_reference(pattern[1:], path[skip:]) for skip in range(len(path) + 1))
    return bool(path) and _component(pattern[0], path[0]) and _reference(pattern[1:], path[1:])


def _component(pattern: str, name: str) -> bool:
    if not pattern:
        return not name
    if pattern[0] == "*":
        return any(_component(pattern[1:], name[skip:]) for skip in range(len(name) + 1))
    return bool(name) and pattern[0] in ("?", name[0]) and _component(pattern[1:], name[1:])


_COMPONENT_PATTERNS = st.text(st.sampled_from("ab*?."), min_size=1, max_size=4).filter(
    lambda text: text != "**"
)
_PATTERN_LISTS = st.lists(st.just("**") | _COMPONENT_PATTERNS, min_size=1, max_size=4)
_PATH_LISTS = st.lists(st.text(st.sampled_from("ab."), min_size=1, max_size=4), min_size=1, max_size=5)


@settings(max_examples=examples(500), deadline=None)
@given(_PATTERN_LISTS, _PATH_LISTS)
def test_against_the_reference(pattern: list[str], path: list[str]) -> None:
    assert GlobPattern("/".join(pattern)).matches("/".join(path)) is _reference(pattern, path)


@given(st.text(max_size=30))
def test_any_text_is_a_pattern(pattern: str) -> None:
    GlobPattern(pattern or "*").matches("a/b")


@given(st.text(st.sampled_from("{},[]!\\ab"), min_size=1, max_size=30))
def test_any_mixture_of_brackets_is_a_pattern(pattern: str) -> None:
    GlobPattern(pattern).matches("ab")


@pytest.mark.parametrize(
    "pattern", ["*a" * 200 + "b", "**/" * 150 + "b", "{a,aa}" * 150 + "b", "*?" * 150 + "b"]
)
def test_no_pattern_explodes(pattern: str) -> None:
    started = time.monotonic()
    compiled = GlobPattern(pattern)
    assert not compiled.matches("a" * 4000)
    assert not compiled.matches("a/" * 2000 + "a")
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        ("", "glob.empty"),
        ("a" * 1001, "glob.too_large"),
        ("{" * 100_000, "glob.too_large"),
        ("{a," * 21 + "}" * 21, "glob.too_deep"),
    ],
)
def test_unusable_patterns(pattern: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        GlobPattern(pattern)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("pattern", "directory", "rest"),
    [
        ("*.py", "", "*.py"),
        ("src/lib/*.py", "src/lib", "*.py"),
        ("src/**/x/*.py", "src", "**/x/*.py"),
        ("src/a.py", "src", "a.py"),
        ("a.py", "", "a.py"),
        ("/workspace/src/*", "/workspace/src", "*"),
        ("/*", "/", "*"),
        ("{a/b,c}/d", "", "{a/b,c}/d"),
        ("x/{a/b,c}/d", "x", "{a/b,c}/d"),
    ],
)
def test_literal_directory(pattern: str, directory: str, rest: str) -> None:
    assert split_literal_directory(pattern) == (directory, rest)
