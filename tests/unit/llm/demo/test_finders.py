"""Which lines are put right and which are left, and which files are touched at all."""

from __future__ import annotations

import pytest

from satchel.llm.demo.file_choice import best_first, looks_generated, may_be_edited
from satchel.llm.demo.finders import FURTHER_FINDERS, PROSE_FINDER, Finder
from satchel.llm.demo.layout import Project, describes_layout, layout_section
from satchel.llm.demo.prose_mistakes import CORRECTIONS, MISTAKES, corrected
from satchel.llm.demo.shown import clipped, code_span, visible
from satchel.llm.demo.tool_results import LineMatch
from satchel.tools.linear_regex import compile_pattern

_NONE, _SPACE = FURTHER_FINDERS


def _put_right(finder: Finder, path: str, text: str, following: str = "") -> str | None:
    fixes = list(finder.fixes(path, [LineMatch(1, text, following)]))
    return fixes[0].after if fixes else None


@pytest.mark.parametrize(
    ("path", "text", "after"),
    [
        ("a.md", "Seperate them with care.", "Separate them with care."),
        ("a.md", "all of them (seperate or not)", "all of them (separate or not)"),
        ("a.md", "- it is **truely** so.", "- it is **truly** so."),
        ("a.md", "use `x y` and seperate it from `z`", "use `x y` and separate it from `z`"),
        ("a.md", "use `x seperate y` for it all", None),
        ("a.md", "see [seperate] for all of it", None),
        ("a.md", "see [it](seperate) for all of it", None),
        ("a.md", "too short seperate", None),
        ("a.md", "| a cell | with a seperate word |", "| a cell | with a separate word |"),
        ("a.rst", "The seperate heading of all", "The separate heading of all"),
        ("a.py", "# one seperate comment of its own", "# one separate comment of its own"),
        ("a.py", "x = 1  # one seperate comment here", None),
        ("a.py", "# if seperate in the list of them:", None),
        ("a.js", " * One seperate line of a comment", " * One separate line of a comment"),
        ("a.js", "*seperate = the value of them;", None),
        ("a.js", "// const seperate = call(of, all);", None),
        ("a.txt", "of of the day it is", "of the day it is"),
        ("a.txt", "all of && and and || in C", None),
        ("a.txt", "THE THE day of it all", "THE day of it all"),
        ("a.html", "one seperate line of the page", None),
    ],
)
def test_prose(path: str, text: str, after: str | None) -> None:
    assert _put_right(PROSE_FINDER, path, text) == after


def test_a_heading_is_left_alone() -> None:
    assert _put_right(PROSE_FINDER, "a.rst", "The seperate heading of all", "=====") is None
    assert _put_right(PROSE_FINDER, "a.md", "## The seperate heading of all") is None


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("if x == None:", "if x is None:"),
        ("    elif self.x != None:  # why", "    elif self.x is not None:  # why"),
        ("assert x==None", "assert x is None"),
        ("if x == None or y:", None),
        ("if f(x) == None:", None),
        ("if column == None), other:", None),
        ("y = x == None", None),
        ("if x == None_of_it:", None),
    ],
)
def test_comparison_with_none(text: str, after: str | None) -> None:
    assert _put_right(_NONE, "a.py", text) == after


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("f(); ", "f();"),
        ("# why:\t ", "# why:"),
        ("if x:  ", "if x:"),
        ("text  ", None),
        ("   ", None),
        ("f();", None),
    ],
)
def test_space_at_the_end(text: str, after: str | None) -> None:
    assert _put_right(_SPACE, "a.py", text) == after


def test_inside_of_a_block_nothing_is_changed_and_a_wrong_count_stops_all() -> None:
    inside = [
        LineMatch(1, '"""Doc of one line."""', ""),
        LineMatch(2, 'x = """', ""),
        LineMatch(3, "if x == None:", ""),
        LineMatch(4, '"""', ""),
        LineMatch(5, "if y == None:", ""),
    ]
    assert [fix.line for fix in _NONE.fixes("a.py", inside)] == [5]
    assert [fix.line for fix in _NONE.fixes("a.py", [*inside, LineMatch(6, "# a lonely '''", "")])] == []


@pytest.mark.parametrize("finder", [PROSE_FINDER, _NONE, _SPACE], ids=lambda finder: finder.aim)
def test_queries_are_patterns_that_grep_takes(finder: Finder) -> None:
    compile_pattern(finder.query, ignore_case=finder.ignore_case)
    for name in ("a.py", "a.md", "a.ts", "a.txt"):
        compile_pattern(finder.line_query(name), ignore_case=finder.ignore_case)


def test_the_table_of_mistakes_is_sound() -> None:
    assert not set(CORRECTIONS) & set(CORRECTIONS.values())
    assert all(word.isalpha() and word.islower() for pair in CORRECTIONS.items() for word in pair)
    assert all(corrected(mistake) not in MISTAKES for mistake in MISTAKES)
    assert [corrected(word) for word in ("thier", "Thier", "THIER", "The the")] == [
        "their",
        "Their",
        "THEIR",
        "The",
    ]


@pytest.mark.parametrize(
    "path",
    ["LICENSE", "COPYING.txt", "x/NOTICE.md", "yarn.lock", "package-lock.json", "a/node_modules/b.js", "dist/x.md",
     ".venv/a.py", "js/a.min.js", "test/fixtures/a.md", "requirements.txt", "x_pb2.py", "spelling.txt"],
)  # fmt: skip
def test_what_is_not_the_projects_own_text_is_left_alone(path: str) -> None:
    assert not may_be_edited(f"/workspace/{path}")


def test_readers_first_and_tests_last() -> None:
    inside = ["README.md", "guide.md", "docs/a.md", "a.py", "src/b.py", "tests/README.md", "src/b_test.py"]
    ranked = [f"/workspace/{path}" for path in inside]
    assert best_first([*sorted(ranked), "/workspace/LICENSE"]) == ranked


def test_any_name_can_be_written_into_the_layout() -> None:
    files = ("/workspace/\udcff\n`x`/a.py", "/workspace/.hidden/a", "/workspace/dist/a", "/workspace/b\udcfe")
    section = layout_section(Project(("b\udcfe",), files[3:], files, complete=True), "md")
    assert section.encode().splitlines()[2:] == [b"- ``\\xff\\x0a`x`/``: 1 file", b"- the top folder: 1 file"]


def test_small_readings() -> None:
    assert looks_generated("# DO NOT EDIT\n")
    assert not looks_generated("# A generator of names\n")
    assert describes_layout("# X\n\n## Repository structure\n\n- a\n")
    assert not describes_layout("The project layout is good.\n")
    assert visible("a\nb\u202e\udcff\U000e0001") == "a\\x0ab\\u202e\\xff\\U000e0001"
    assert clipped(" a \n b ", 10) == "a b"
    assert clipped("abcdef", 4) == "abc…"
    assert [code_span(text) for text in ("a", "a`b", "`")] == ["`a`", "``a`b``", "`` ` ``"]
