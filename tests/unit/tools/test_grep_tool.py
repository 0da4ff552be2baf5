"""Grep on real directories: results, context, what is left out and said so, and patterns that would hang."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from satchel.base.cancel import CancelToken
from satchel.base.checkpoint import LoopCheckpoint
from tests.unit.tools.conftest import Bench


@pytest.fixture
def tree(bench: Bench) -> Bench:
    bench.write("src/a.py", "import os\n\ndef main():\n    return os.getcwd()\n")
    bench.write("src/b.ts", "import x from 'y'\r\nIMPORT\r\n")
    bench.write(".github/ci.yml", "run: import\n")
    bench.write(".git/config", "import\n")
    bench.write("image.bin", b"import\0import\n")
    bench.write("notes.txt", "no final import")
    (bench.root / "link.py").symlink_to("src/a.py")
    return bench


def _found(result: dict[str, object]) -> list[tuple[str, int]]:
    matches = result["matches"]
    assert isinstance(matches, list)
    return [(match["file_path"].removeprefix("/workspace/"), match["line"]) for match in matches]


async def test_content_mode(tree: Bench) -> None:
    result = await tree.run("Grep", query="getcwd|main", before_context=1, after_context="1")
    assert result == {
        "root": "/workspace",
        "query": "getcwd|main",
        "matches": [
            {
                "file_path": "/workspace/src/a.py",
                "line": 3,
                "text": "def main():",
                "before_context": [""],
                "after_context": ["    return os.getcwd()"],
            },
            {
                "file_path": "/workspace/src/a.py",
                "line": 4,
                "text": "    return os.getcwd()",
                "before_context": ["def main():"],
                "after_context": [],
            },
        ],
        "truncated": False,
        "total_matches": 2,
        "files_searched": 4,
        "binary_files_skipped": 1,
    }


async def test_files_mode(tree: Bench) -> None:
    result = await tree.run("Grep", query="import", mode="files_with_matches")
    assert result["files"] == [
        f"/workspace/{path}" for path in (".github/ci.yml", "notes.txt", "src/a.py", "src/b.ts")
    ]
    assert (result["count"], result["truncated"]) == (4, False)
    assert "matches" not in result


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [(".github/ci.yml", 1), ("notes.txt", 1), ("src/a.py", 1), ("src/b.ts", 1)]),
        ({"case_sensitive": False, "file_glob": "*.ts"}, [("src/b.ts", 1), ("src/b.ts", 2)]),
        ({"case_sensitive": "false", "root": "src/b.ts"}, [("src/b.ts", 1), ("src/b.ts", 2)]),
        ({"file_glob": "*.py"}, [("src/a.py", 1)]),
        ({"file_glob": "src/*.{py,ts}"}, [("src/a.py", 1), ("src/b.ts", 1)]),
        ({"file_glob": "/workspace/src/**"}, [("src/a.py", 1), ("src/b.ts", 1)]),
        ({"file_glob": "nope/**"}, []),
        ({"path": "src"}, [("src/a.py", 1), ("src/b.ts", 1)]),
        ({"path": "src/a.py", "file_glob": "*.ts"}, [("src/a.py", 1)]),
        ({"root": "link.py"}, [("src/a.py", 1)]),
        ({"root": ".git"}, [(".git/config", 1)]),
    ],
)
async def test_where_is_searched(
    tree: Bench, options: dict[str, object], expected: list[tuple[str, int]]
) -> None:
    assert _found(await tree.run("Grep", query="import", **options)) == expected


async def test_line_ends_are_no_part_of_lines(tree: Bench) -> None:
    result = await tree.run("Grep", query="'y'$", before_context=5, after_context=5)
    assert [match["text"] for match in result["matches"]] == ["import x from 'y'"]
    assert result["matches"][0]["after_context"] == ["IMPORT"]


async def test_the_match_limit_keeps_counting(bench: Bench) -> None:
    bench.write("a", "x\n" * 30)
    bench.write("b", "x\n" * 30)
    bench.limit(grep_matches=40)
    result = await bench.run("Grep", query="x")
    assert (len(result["matches"]), result["total_matches"], result["truncated"]) == (40, 60, True)
    assert _found(result)[-1] == ("b", 10)
    assert "Only the first 40 are listed" in result["note"]
    bench.limit(grep_matches=1)
    files = await bench.run("Grep", query="x", mode="files_with_matches")
    assert (files["files"], files["count"], files["truncated"]) == (["/workspace/a"], 2, True)


async def test_the_size_of_the_result_is_bounded(bench: Bench) -> None:
    bench.write("min.js", ("x" * 1_000_000 + "\n") + "x" * 500 + "\n")
    result = await bench.run("Grep", query="x")
    assert [len(match["text"]) < 1_100 for match in result["matches"]] == [True] * len(result["matches"])
    assert result["matches"][0]["text"].endswith("… (1,000,000 characters)")
    bench.write("many", ("y" * 900 + "\n") * 1_000)
    bench.limit(inline_output_bytes=10_000)
    result = await bench.run("Grep", query="y", after_context=3)
    assert (len(result["matches"]), result["total_matches"], result["truncated"]) == (2, 1_000, True)


async def test_of_a_large_file_the_beginning_is_searched_and_it_says_so(bench: Bench) -> None:
    bench.write("big.log", "needle 1\n" + "x" * 100 + "\nneedle 2\n")
    bench.limit(grep_file_bytes=50)
    result = await bench.run("Grep", query="needle")
    assert _found(result) == [("big.log", 1)]
    assert "Only the first 50 bytes were searched of: /workspace/big.log." in result["note"]


async def test_line_numbers_hold_across_search_windows(bench: Bench) -> None:
    lines = [f"line {number} {'x' * (number % 97)}" for number in range(1, 8_001)]
    bench.write("f", "\n".join(lines))
    result = await bench.run("Grep", query=r"^line \d*00 x*$")
    assert _found(result) == [("f", number) for number in range(100, 8_001, 100)]
    assert [match["text"] for match in result["matches"]] == lines[99::100]


@pytest.mark.parametrize("query", ["(a+)+$", "(a|a)*[bc]$", "(.*)*x", r"\s*\s*\s*\s*x", "^(a?){300}[bc]"])
async def test_no_pattern_hangs(bench: Bench, query: str) -> None:
    bench.write("a", "a" * 100_000 + "!")
    bench.write("s", " " * 100_000 + "!")
    started = time.monotonic()
    assert (await bench.run("Grep", query=query))["total_matches"] == 0
    assert time.monotonic() - started < 10


async def test_a_search_lets_others_run_and_can_be_cancelled(bench: Bench) -> None:
    class QuickClock:
        """Every look at the clock finds that 16 ms have passed."""

        seconds = 0.0

        def now_ms(self) -> int:
            return 0

        def monotonic(self) -> float:
            self.seconds += 0.016
            return self.seconds

        async def sleep(self, seconds: float) -> None:
            raise AssertionError

    bench.write("long", "ab\n" * 200_000)
    cancel = CancelToken()
    bench.context = replace(bench.context, checkpoint=LoopCheckpoint(QuickClock(), cancel))
    turns = 0

    async def another_task() -> None:
        nonlocal turns
        while turns < 5:
            turns += 1
            await asyncio.sleep(0)
        cancel.cancel()

    other = asyncio.create_task(another_task())
    with pytest.raises(asyncio.CancelledError):
        await bench.run("Grep", query="^(a|b)*[cd]$")
    assert turns == 5
    await other


async def test_refusals(tree: Bench) -> None:
    error = await tree.fails("Grep", query="a(?=b)")
    assert "look-ahead (?=...) is not supported" in str(error)
    assert error.code == "pattern.unsupported"
    assert "missing ')'" in str(await tree.fails("Grep", query="(a"))
    assert "does not exist" in str(await tree.fails("Grep", query="a", root="nope"))
    assert "'mode' is 'count'" in str(await tree.fails("Grep", query="a", mode="count"))
    assert "unknown field 'pattern'" in str(await tree.fails("Grep", pattern="a"))


async def test_a_basic_regular_expression_gets_a_hint(tree: Bench) -> None:
    assert "written with a plain |" in (await tree.run("Grep", query=r"foo\|bar"))["note"]
    assert "note" not in await tree.run("Grep", query=r"foo|import")


async def test_text_in_other_encodings_is_searched(bench: Bench) -> None:
    bench.write("latin", "caf\xe9 needle\n".encode("latin-1"))
    bench.write("marked", b"\xef\xbb\xbfneedle\n")
    assert _found(await bench.run("Grep", query=r"\bneedle$")) == [("latin", 1), ("marked", 1)]
    assert _found(await bench.run("Grep", query="^needle")) == [("marked", 1)]


async def test_an_unreadable_file_is_named(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.write("a", "needle")
    bench.write("b", "needle")
    original = bench.context.files.read_bytes

    def read_bytes(path: str, offset: int = 0, length: int | None = None) -> bytes:
        if path.endswith("/a"):
            (bench.root / "a").unlink(missing_ok=True)
        return original(path, offset, length)

    monkeypatch.setattr(bench.context.files, "read_bytes", read_bytes)
    result = await bench.run("Grep", query="needle")
    assert _found(result) == [("b", 1)]
    assert result["note"] == "These could not be read: /workspace/a."


def test_leave_is_asked_for_where_the_pattern_leads(
    tree: Bench, permission_subjects: Callable[..., list[str]]
) -> None:
    def asked(**input: str) -> list[str]:
        return permission_subjects("Grep", query="x", **input)

    assert asked(root="src") == ["read:/workspace/src"]
    assert asked(root="src/a.py", file_glob="/workspace/**") == ["read:/workspace/src/a.py"]
    assert asked(root="src", file_glob="/workspace/.github/**") == ["read:/workspace/.github"]
    assert asked(root="src", file_glob="../.github/*.yml") == ["read:/workspace/.github"]


@pytest.mark.parametrize("file_glob", ["**/*", "/workspace/.github/*.yml"])
async def test_forbidden_files_are_not_searched_and_that_is_told(tree: Bench, file_glob: str) -> None:
    tree.context = replace(tree.context, may_read=lambda path: not path.startswith("/workspace/.github/"))
    result = await tree.run("Grep", query="import", file_glob=file_glob)
    assert all("ci.yml" not in path for path, _ in _found(result))
    assert "could not be read: /workspace/.github/ci.yml" in str(result["note"])
