"""What Tab adds."""

from __future__ import annotations

from pathlib import Path

import pytest

from satchel.runtime.command_line import parse
from satchel.runtime.completion import Completion, complete
from satchel.workspace.guest_files import GuestFiles

COMMANDS = ("cat", "cd", "cut", "wc")


@pytest.fixture
def files(tmp_path: Path) -> GuestFiles:
    for name in ("src/main.py", "src/map.py", "a b.txt", "it's", ".hidden", "docs/x/y"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "link").symlink_to("docs")
    return GuestFiles({"/workspace": str(tmp_path)})


@pytest.mark.parametrize(
    ("before", "insert", "candidates"),
    [
        ("ca", "t ", ()),
        ("c", "", ("cat", "cd", "cut")),
        ("nothing", "", ()),
        ("cat sr", "c/", ()),
        ("cat src/ma", "", ("main.py", "map.py")),
        ("cat src/m", "a", ("main.py", "map.py")),
        ("cat src/mai", "n.py ", ()),
        ("cat a", "\\ b.txt ", ()),
        ("cat 'a", " b.txt' ", ()),
        ('cat "a', ' b.txt" ', ()),
        ("cat i", "t\\'s ", ()),
        ("cat lin", "k/", ()),
        ("cat /workspace/do", "cs/", ()),
        ("cat .h", "idden ", ()),
        ("cat nowhere/x", "", ()),
        ("./sr", "c/", ()),
        ("cat x | w", "c ", ()),
    ],
)
def test_what_is_added(files: GuestFiles, before: str, insert: str, candidates: tuple[str, ...]) -> None:
    assert complete(before, "/workspace", COMMANDS, files) == Completion(insert, candidates)


@pytest.mark.parametrize("quote", ["", "'", '"'])
@pytest.mark.parametrize("name", ["a b", "x*y", "it's", 'say "hi"', "$HOME", "`id`", "back\\slash", "é|è"])
def test_what_is_added_means_the_file(tmp_path: Path, quote: str, name: str) -> None:
    (tmp_path / f"z{name}").write_text("")
    files = GuestFiles({"/workspace": str(tmp_path)})
    line = f"cat {quote}z"
    assert parse(line + complete(line, "/workspace", (), files).insert) == (("cat", f"z{name}"),)


def test_it_starts_where_one_is(files: GuestFiles) -> None:
    assert complete("cat x", "/workspace/docs", (), files).insert == "/"


def test_names_that_a_terminal_would_obey_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "a\x1b[2J").write_text("")
    assert complete("cat a", "/workspace", (), GuestFiles({"/workspace": str(tmp_path)})) == Completion()
