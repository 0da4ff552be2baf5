"""Edit: exact places only, anchors, ambiguity, line ends, and errors that help."""

from __future__ import annotations

import time

import pytest

from tests.unit.tools.conftest import Bench

THREE = "def a():\n    return 1\n\ndef b():\n    return 1\n\ndef c():\n    return 1\n"


async def test_one_place_is_replaced(bench: Bench) -> None:
    file = bench.write("a.py", "x = 1\ny = 2\n")
    result = await bench.run("Edit", file_path="a.py", old_string="y = 2", new_string="y = 3")
    assert file.read_bytes() == b"x = 1\ny = 3\n"
    assert result == {
        "message": "Replaced 1 place in /workspace/a.py (line 2).",
        "file_path": "/workspace/a.py",
        "replacements": 1,
        "lines": [2],
    }


@pytest.mark.parametrize(("old", "new"), [("old", "new"), ("oldString", "newString"), ("old_string", "new")])
async def test_aliases(bench: Bench, old: str, new: str) -> None:
    file = bench.write("a", "1 2")
    await bench.run("Edit", filePath="a", **{old: "2", new: "3"})
    assert file.read_text() == "1 3"


async def test_an_ambiguous_edit_changes_nothing_and_names_the_lines(bench: Bench) -> None:
    file = bench.write("a.py", THREE)
    error = await bench.fails("Edit", file_path="a.py", old="return 1", new="return 2")
    assert "occurs 3 times in /workspace/a.py, at line 2, 5, 8" in str(error)
    assert "replace_all" in error.remedy
    assert error.code == "edit.ambiguous"
    assert file.read_text() == THREE


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        ({"count": 1}, [2]),
        ({"count": "2"}, [2, 5]),
        ({"count": 0}, [2, 5, 8]),
        ({"count": 9}, [2, 5, 8]),
        ({"replace_all": True}, [2, 5, 8]),
        ({"replaceAll": "true", "count": 1}, [2, 5, 8]),
        ({"before": "def b", "after": "def c"}, [5]),
        ({"before": "def c"}, [8]),
        ({"after": "def b"}, [2]),
        ({"before": "def b", "count": 1}, [5]),
        ({"before": "def b", "replace_all": True}, [5, 8]),
        ({"after": "def c", "count": 0}, [2, 5]),
        ({"before": "", "after": "", "count": 1}, [2]),
        ({"before": "def a():\n    return 1", "count": 2}, [5, 8]),
    ],
)
async def test_count_and_anchors_choose_among_all_places(
    bench: Bench, options: dict[str, object], lines: list[int]
) -> None:
    file = bench.write("a.py", THREE)
    result = await bench.run("Edit", file_path="a.py", old="return 1", new="return 2", **options)
    assert (result["replacements"], result["lines"]) == (len(lines), lines)
    expected = THREE.split("\n")
    for line in lines:
        expected[line - 1] = "    return 2"
    assert file.read_text() == "\n".join(expected)


async def test_anchors_can_leave_an_edit_ambiguous(bench: Bench) -> None:
    bench.write("a.py", THREE)
    error = await bench.fails("Edit", file_path="a.py", old="return 1", new="x", before="def b")
    assert "occurs 2 times" in str(error)
    assert "line 5, 8" in str(error)


async def test_no_place_between_the_anchors(bench: Bench) -> None:
    bench.write("a.py", THREE)
    error = await bench.fails("Edit", file_path="a.py", old="def a", new="x", before="def b")
    assert "occurs in /workspace/a.py at line 1, but not between the anchors" in str(error)
    error = await bench.fails("Edit", file_path="a.py", old="def a", new="x", after="def cc")
    assert "anchor after was not found" in str(error)
    assert "most like it is line 7:\ndef c():" in str(error)


async def test_places_do_not_overlap(bench: Bench) -> None:
    file = bench.write("a", "aaaaa")
    assert (await bench.run("Edit", file_path="a", old="aa", new="b", replace_all=True))["replacements"] == 2
    assert file.read_text() == "bba"


async def test_no_match_shows_the_nearest_text(bench: Bench) -> None:
    file = bench.write("a.py", "import os\n\ndef total(items):\n    return sum(items)\n\nprint(total([1]))\n")
    error = await bench.fails("Edit", file_path="a.py", old="def total(item):\n    return sum(item)", new="x")
    assert "most like it is lines 3-4:\ndef total(items):\n    return sum(items)" in str(error)
    assert error.code == "edit.not_found"
    assert b"total(items)" in file.read_bytes()


async def test_a_difference_in_white_space_is_named(bench: Bench) -> None:
    bench.write("a.py", "if x:\n\treturn  1\n")
    error = await bench.fails("Edit", file_path="a.py", old="if x:\n    return 1", new="y")
    assert "only white space differs from lines 1-2:\nif x:\n\treturn  1" in str(error)


async def test_line_numbers_copied_from_read_are_named(bench: Bench) -> None:
    bench.write("a.py", "alpha\nbeta\n")
    shown = (await bench.run("Read", file_path="a.py", limit=2))["content"]
    error = await bench.fails("Edit", file_path="a.py", old=shown, new="y")
    assert "Leave out the line numbers" in str(error)


async def test_nothing_alike(bench: Bench) -> None:
    bench.write("a.py", "alpha\n")
    error = await bench.fails("Edit", file_path="a.py", old="zzz(1)", new="y")
    assert "Nothing in the file is like it" in str(error)


async def test_the_search_for_the_nearest_text_stays_quick(bench: Bench) -> None:
    bench.write(
        "big.py", "".join(f"    value_{number} = compute({number}, other)\n" for number in range(20_000))
    )
    started = time.monotonic()
    error = await bench.fails(
        "Edit", file_path="big.py", old="value_777 = compute(778, other)\n" * 30, new="x"
    )
    assert "compute" in str(error)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("before", "old", "new", "after"),
    [
        (b"a\r\nb\r\nc\r\n", "a\nb", "x\ny\nz", b"x\r\ny\r\nz\r\nc\r\n"),
        (b"a\r\nb\r\nc", "b\r\nc", "d", b"a\r\nd"),
        (b"a\r\nb\r\nc\r\n", "b", "b1\nb2", b"a\r\nb1\r\nb2\r\nc\r\n"),
        (b"a\nb\nc\n", "a\r\nb", "x\r\ny", b"x\ny\nc\n"),
        (b"a\r\nb\nc\nd\n", "b\nc", "x\ny", b"a\r\nx\ny\nd\n"),
        (b"a\nb\r\nc\r\nd\r\n", "a\nb", "x\ny", b"x\r\ny\r\nc\r\nd\r\n"),
        (b"a\r\n\r\nb\r\n", "\n\n", "\n", b"a\r\nb\r\n"),
        (b"a\r\nb", "\n", "\n\n", b"a\r\n\r\nb"),
        (b"a\rb\r\nc", "a\rb", "x", b"x\r\nc"),
        (b"no final newline", "final", "last", b"no last newline"),
        (b"\xef\xbb\xbfa\n", "a", "b", b"\xef\xbb\xbfb\n"),
        (b"caf\xe9 one\n", "one", "two", b"caf\xe9 two\n"),
        ("日本語 😀 text\n".encode(), "😀", "🎉", "日本語 🎉 text\n".encode()),
        (b"a\n", "a\n", "", b""),
    ],
)
async def test_bytes_that_are_not_replaced_stay(
    bench: Bench, before: bytes, old: str, new: str, after: bytes
) -> None:
    file = bench.write("f", before)
    await bench.run("Edit", file_path="f", old=old, new=new)
    assert file.read_bytes() == after


async def test_the_mode_of_the_file_stays(bench: Bench) -> None:
    file = bench.write("run.sh", "echo 1\n")
    file.chmod(0o755)
    await bench.run("Edit", file_path="run.sh", old="1", new="2")
    assert file.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [("", "x", "old_string is empty"), ("a", "a", "are the same"), ("a", "\ud800", "lone surrogate \\ud800")],
)
async def test_unusable_texts(bench: Bench, old: str, new: str, message: str) -> None:
    file = bench.write("f", "a")
    assert message in str(await bench.fails("Edit", file_path="f", old=old, new=new))
    assert file.read_bytes() == b"a"


async def test_files_that_cannot_be_edited(bench: Bench) -> None:
    bench.write("f.bin", b"a\0b")
    bench.write("d/x")
    bench.write("empty")
    with bench.write("huge", b"a").open("r+b") as huge:
        huge.truncate(32 * 2**20 + 1)
    assert "limit for editing is 33,554,432" in str(
        await bench.fails("Edit", file_path="huge", old="a", new="b")
    )
    assert "is a binary file" in str(await bench.fails("Edit", file_path="f.bin", old="a", new="b"))
    assert "is a directory" in str(await bench.fails("Edit", file_path="d", old="a", new="b"))
    assert "does not exist" in str(await bench.fails("Edit", file_path="nope", old="a", new="b"))
    assert "was not found" in str(await bench.fails("Edit", file_path="empty", old="a", new="b"))
