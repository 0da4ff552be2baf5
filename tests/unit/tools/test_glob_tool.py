"""Glob on real directories: order, depth, hidden files, links, caps."""

from __future__ import annotations

import pytest

from satchel.tools.path_selection import select_paths
from tests.unit.tools.conftest import Bench

FILES = [
    "README.md",
    "a.txt",
    "a/b.py",
    "a/c/d.py",
    "a-z.py",
    ".github/ci.yml",
    ".git/config",
    "src/.env",
    "src/x.py",
]


@pytest.fixture
def tree(bench: Bench) -> Bench:
    for path in FILES:
        bench.write(path, "x")
    (bench.root / "src" / "link.py").symlink_to("x.py")
    (bench.root / "linked").symlink_to("a")
    return bench


def _relative(paths: list[str]) -> list[str]:
    return [path.removeprefix("/workspace/") for path in paths]


async def test_result_fields(tree: Bench) -> None:
    assert await tree.run("Glob", pattern="a/**/*.py") == {
        "root": "/workspace",
        "matches": ["/workspace/a/b.py", "/workspace/a/c/d.py"],
        "search_path": "/workspace/a",
        "pattern": "a/**/*.py",
        "count": 2,
        "truncated": False,
    }


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (
            "**/*",
            [
                ".github/ci.yml",
                "README.md",
                "a-z.py",
                "a.txt",
                "a/b.py",
                "a/c/d.py",
                "linked",
                "src/.env",
                "src/link.py",
                "src/x.py",
            ],
        ),
        ("*.{md,txt}", ["README.md", "a.txt"]),
        ("./*.md", ["README.md"]),
        ("/workspace/src/*.py", ["src/link.py", "src/x.py"]),
        ("src/x.py", ["src/x.py"]),
        ("linked/*.py", ["a/b.py"]),
        ("*/", [".git", ".github", "a", "src"]),
        ("**/c/", ["a/c"]),
        (".git/*", [".git/config"]),
        ("nope/*.py", []),
        ("README.md/*", []),
        ("**/.env", ["src/.env"]),
        ("src/../a/*.py", ["a/b.py"]),
    ],
)
async def test_matches(tree: Bench, pattern: str, expected: list[str]) -> None:
    result = await tree.run("Glob", pattern=pattern)
    assert _relative(result["matches"]) == expected
    assert result["count"] == len(expected)
    assert result["truncated"] is False


async def test_order_is_that_of_path_bytes(bench: Bench) -> None:
    names = ["a.b", "a/x", "a-/x", "a0", "Z", "é", "z", "a/é", "a/Z", "\U0001f600", "\uff5e", "a b/c"]
    for name in names:
        bench.write(name)
    matches = _relative((await bench.run("Glob", pattern="**/*"))["matches"])
    assert matches == sorted(names, key=lambda name: name.encode())


@pytest.mark.parametrize("alias", ["root", "path"])
async def test_root_and_its_alias(tree: Bench, alias: str) -> None:
    result = await tree.run("Glob", pattern="**/*.py", **{alias: "a"})
    assert (result["root"], result["count"]) == ("/workspace/a", 2)


async def test_max_files(tree: Bench) -> None:
    everything = (await tree.run("Glob", pattern="**/*.py"))["matches"]
    result = await tree.run("Glob", pattern="**/*.py", max_files="2")
    assert (result["matches"], result["count"], result["truncated"]) == (everything[:2], 2, True)
    assert "More than max_files (2) match" in result["note"]
    exact = await tree.run("Glob", pattern="**/*.py", max_files=len(everything))
    assert (exact["truncated"], exact["matches"]) == (False, everything)


async def test_the_scan_limit_says_where_it_stopped(bench: Bench) -> None:
    for number in range(30):
        bench.write(f"d/{number:02}.txt")
    bench.limit(glob_scanned=20)
    result = await bench.run("Glob", pattern="**/1*.txt")
    assert (result["count"], result["truncated"]) == (10, True)
    assert "Stopped before /workspace/d/20.txt, after 20 files" in result["note"]
    bench.limit(glob_scanned=30)
    assert (await bench.run("Glob", pattern="**/1*.txt"))["truncated"] is False


@pytest.mark.slow
@pytest.mark.host_only("making 20,000 files takes ten seconds in a tab")
async def test_twenty_thousand_files_and_one_more(bench: Bench) -> None:
    directory = bench.root / "many"
    directory.mkdir()
    for number in range(20_001):
        (directory / f"{number:05}").touch()
    result = await bench.run("Glob", pattern="many/*")
    assert (result["count"], result["truncated"]) == (20_000, True)
    assert "20,000 files" in result["note"]
    (directory / "20000").unlink()
    assert (await bench.run("Glob", pattern="many/*"))["truncated"] is False
    grep = await bench.run("Grep", query="x", root="many", mode="files_with_matches")
    assert (grep["files_searched"], grep["truncated"]) == (20_000, False)
    (directory / "20000").touch()
    grep = await bench.run("Grep", query="x", root="many", mode="files_with_matches")
    assert (grep["files_searched"], grep["truncated"]) == (20_000, True)
    assert bench.checkpoint.breaths > 20_000


async def test_a_name_pattern_without_hits_explains_itself(tree: Bench) -> None:
    assert "**/*.yml looks in all directories" in (await tree.run("Glob", pattern="*.yml"))["note"]
    assert (await tree.run("Glob", pattern="nope/x/*.py"))[
        "note"
    ] == "There is no directory /workspace/nope/x."
    assert "note" not in await tree.run("Glob", pattern="**/*.nope")


async def test_a_pattern_without_stars_of_two_enters_no_deeper_directory(tree: Bench) -> None:
    selection = select_paths(tree.context.files, "/workspace", "*/b.py", bare_names_anywhere=False)
    assert selection.enters("/workspace/a")
    assert not selection.enters("/workspace/a/c")


async def test_a_loop_of_links_ends(bench: Bench) -> None:
    bench.write("a/f")
    (bench.root / "a" / "up").symlink_to("..")
    assert _relative((await bench.run("Glob", pattern="**/*"))["matches"]) == ["a/f", "a/up"]


async def test_errors(tree: Bench) -> None:
    assert "does not exist" in str(await tree.fails("Glob", pattern="*", root="nope"))
    assert "is not a directory" in str(await tree.fails("Glob", pattern="*", root="a.txt"))
    assert "pattern is empty" in str(await tree.fails("Glob", pattern=""))
    assert "'max_files' is 0" in str(await tree.fails("Glob", pattern="*", max_files=0))
    assert "outside of what can be reached" in str(await tree.fails("Glob", pattern="/etc/*"))
    assert "outside of what can be reached" in str(await tree.fails("Glob", pattern="../../etc/*"))
