"""gitignore against `git check-ignore` itself, on written and on generated corpora."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from satchel.workspace.gitignore import Gitignore, parse_rules
from satchel.workspace.wildmatch import wildmatch_regex

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="compares with the git on this machine")


def ours(root: Path) -> set[str]:
    """Every path below `root` that is ignored, the way the importer walks."""
    ignored: set[str] = set()

    def walk(directory: str, rules: Gitignore, *, inside_ignored: bool) -> None:
        host = root / directory
        own = host / ".gitignore"
        if not inside_ignored:
            rules = rules.below(directory, own.read_bytes() if own.is_file() else None)
        for entry in os.scandir(host):
            if entry.name == ".git":
                continue
            path = f"{directory}/{entry.name}" if directory else entry.name
            is_directory = entry.is_dir(follow_symlinks=False)
            hidden = inside_ignored or rules.ignores(path, is_directory=is_directory)
            if hidden:
                ignored.add(path)
            if is_directory:
                walk(path, rules, inside_ignored=hidden)

    walk("", Gitignore.root(), inside_ignored=False)
    return ignored


def gits(root: Path) -> set[str]:
    """The same by git. `check-ignore` knows that nothing in an ignored directory comes back."""
    paths = [
        os.fsencode(os.path.relpath(os.path.join(directory, name), root))
        for directory, directories, names in os.walk(root)
        if not os.path.relpath(directory, root).startswith(".git")
        for name in [*names, *(each for each in directories if each != ".git")]
    ]
    answer = subprocess.run(
        ["git", "-c", "core.excludesFile=/dev/null", "check-ignore", "--no-index", "-z", "--stdin"],
        input=b"\0".join(paths) + b"\0",
        capture_output=True,
        cwd=root,
        check=False,
    )
    assert answer.returncode in (0, 1), answer.stderr
    return {os.fsdecode(path) for path in answer.stdout.split(b"\0") if path}


def make_repository(root: Path, files: dict[bytes, bytes]) -> None:
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    for path, content in files.items():
        host = os.path.join(os.fsencode(root), path)
        try:
            os.makedirs(os.path.dirname(host), exist_ok=True)
            with open(host, "wb") as stream:
                stream.write(content)
        except (FileExistsError, IsADirectoryError, NotADirectoryError):
            continue


TREE = [
    b"a", b"b.o", b"dir/a", b"dir/b.o", b"dir/sub/a", b"dir/sub/b.txt", b"build/x", b"src/build/y", b"src/build.c",
    b"doc/frotz/x", b"frotz/y", b"foo/bar/baz/qux", b"foo/a/b/c/bar", b"foo/bar", b"#comment", b"!bang", b"trail ",
    b"trail", b"a b", b"x[1]", b"x1", b"x\\y", b"*star", b"\xc3\xa9t\xc3\xa9", b"\xff\xfe", b".hidden/x", b".env",
    b"abcd/e/x", b"abc/x", b"abcx", b"deep/abc/x", b"-", b"]", b"^a", b"a-c", b"tab\t", b"CASE", b"case",
    b"q/\xe2\x82\xac",
]  # fmt: skip

PATTERNS = [
    b"a", b"/a", b"a/", b"*.o", b"/*.o", b"dir/*.o", b"dir/**", b"**/a", b"**/sub/**", b"dir/**/a", b"build", b"build/",
    b"/build/", b"src/build", b"doc/frotz/", b"frotz/", b"foo/*", b"foo/**/bar", b"foo/**bar", b"**foo/bar",
    b"foo**/bar", b"abc**/x", b"abc**x", b"/**/x", b"**", b"*", b"/*", b"\\#comment", b"#comment", b"\\!bang", b"!bang",
    b"trail ", b"trail\\ ", b"trail\\  ", b"a b", b"x[1]", b"x[[]1]", b"x\\[1\\]", b"x?1?", b"x?y",
    b"x\\\\y", b"\\*star",
    b"[*]star", b"?t?", b"??t??", b"[\xc3]*", b"\xff*", b".*", b".hidden/*", b"*/x", b"*/*/x", b"[a-c]",
    b"[!a-c]", b"[^a]",
    b"[]]", b"[]-]", b"[a-]", b"[-a]", b"[[:alpha:]]", b"[[:digit:][:upper:]]*", b"[[:nope:]]",
    b"[[:alpha]", b"[a", b"a\\",
    b"dir/[^a]", b"dir[/]a", b"dir\\/a", b"foo/***/bar", b"***", b"foo//bar", b"/", b"//", b"!", b"!/", b"./a", b"../a",
    b"tab\t", b"a\r", b"  a", b"[\\]]", b"[\\a-\\c]", b"[c-a]", b"CASE", b"**/", b"a**", b"**a", b"*a*b*c*", b"**\\/x",
    b"q/?", b"q/???", b"[^/]*", b"src/*/y", b"src/**/y", b"!*", b"!a", b"!dir/", b"!dir/a", b"!*.o", b"\\",
]  # fmt: skip


@needs_git
@pytest.mark.parametrize("start", range(0, len(PATTERNS), 8))
def test_each_pattern_alone(tmp_path: Path, start: int) -> None:
    for number, pattern in enumerate(PATTERNS[start : start + 8]):
        root = tmp_path / str(number)
        lines = pattern + b"\n" if not pattern.startswith(b"!") else b"*\n!*/\n" + pattern + b"\n"
        make_repository(root, {**dict.fromkeys(TREE, b""), b".gitignore": lines})
        assert ours(root) == gits(root), pattern


@needs_git
@pytest.mark.parametrize("seed", range(24))
def test_generated_corpora(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)

    def lines() -> bytes:
        chosen = [chance.choice(PATTERNS) for _ in range(chance.randint(1, 6))]
        made = [
            b"".join(
                chance.choice([b"a", b"b", b"*", b"**", b"/", b"?", b"[ab]", b"foo", b"."]) for _ in range(5)
            )
            for _ in range(chance.randint(0, 4))
        ]
        negated = [b"!" + each for each in chance.sample(chosen, 1)]
        mixed = [*chosen, *made, *negated]
        chance.shuffle(mixed)
        return chance.choice([b"\n", b"\r\n"]).join(mixed)

    names = [b"a", b"b", b"foo", b"bar", b"build", b"x", b"ab", b"ba.o", b".a", b"abc"]
    files = dict.fromkeys(TREE, b"")
    for _ in range(40):
        path = b"/".join(chance.choice(names) for _ in range(chance.randint(1, 5)))
        files.setdefault(path, b"")
    files[b".gitignore"] = lines()
    for directory in (b"dir", b"foo", b"src/build", b"foo/bar"):
        if chance.random() < 0.5:
            files[directory + b"/.gitignore"] = lines()
    make_repository(tmp_path, files)
    assert ours(tmp_path) == gits(tmp_path)


def test_a_rule_tells_where_it_stands() -> None:
    rules = Gitignore.root([(".gitignore", b"# generated\n\n*.pyc\n!keep.pyc\n")])
    rule = rules.rule_for("x/a.pyc", is_directory=False)
    assert rule is not None
    assert (rule.source, rule.line, rule.pattern) == (".gitignore", 3, "*.pyc")
    assert not rules.ignores("keep.pyc", is_directory=False)


def test_nested_files_win_over_those_above() -> None:
    top = Gitignore.root([(".gitignore", b"*.log\n")])
    inner = top.below("keep", b"!*.log\n")
    assert top.ignores("a.log", is_directory=False)
    assert not inner.ignores("keep/a.log", is_directory=False)
    assert inner.below("keep/not", b"*.log").ignores("keep/not/a.log", is_directory=False)


def test_byte_order_mark_and_dos_line_ends() -> None:
    assert [rule.pattern for rule in parse_rules("f", b"\xef\xbb\xbfone\r\ntwo \r\n")] == ["one", "two"]


@pytest.mark.parametrize("pathname", [False, True])
def test_hostile_patterns_stay_fast(pathname: bool) -> None:
    name = b"a" * 255
    for pattern in (b"*a" * 120 + b"b", b"**/a" * 60 + b"/b", b"[a-z]*" * 80 + b"!", b"?*" * 120 + b"b"):
        source = wildmatch_regex(pattern, pathname=pathname)
        assert source is not None
        began = time.perf_counter()
        assert re.compile(source, re.DOTALL).fullmatch(b"/".join([name] * 12) if pathname else name) is None
        assert time.perf_counter() - began < 1.0
