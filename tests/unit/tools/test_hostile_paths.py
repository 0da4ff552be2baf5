"""Paths and names meant to do harm, through every tool: nothing outside the mounts is read, changed or listed."""

from __future__ import annotations

import os

import pytest

from satchel.tools.errors import ToolError
from tests.unit.tools.conftest import Bench

ESCAPES = [
    "../outside/secret.txt",
    "../../outside/secret.txt",
    "/workspace/../../outside/secret.txt",
    "/etc/passwd",
    "/proc/self/environ",
    "//etc/passwd",
    "a/../../../etc/passwd",
    "/tmp/../etc/passwd",
]
IMPOSSIBLE = ["", "nul\0byte", "/workspace/\0", "n" * 256, "d/" * 3000 + "f", "€" * 86, "lone\ud800surrogate"]
STRANGE = [
    " leading and trailing ",
    "new\nline",
    "tab\tname",
    "-rf",
    "--help",
    "~",
    "$HOME",
    "`id`",
    "a;b|c&d",
    "quote'\"quote",
    "back\\slash",
    "C:\\windows",
    "..\\..\\x",
    "...",
    "[a]*?{b,c}",
    "%2e%2e%2f",
    "\u202egpj.exe",
    "zero\u200bwidth",
    "e\u0301",
    "é",
    "😀🏴\u200d☠️",
    "Ⅷ",
    "CON",
    "x" * 255,
    "€" * 85,
]
CALLS = [
    ("Read", {"file_path": None}),
    ("Write", {"file_path": None, "content": "pwned", "overwrite": True}),
    ("Write", {"file_path": None, "content": "pwned"}),
    ("Edit", {"file_path": None, "old": "secret", "new": "pwned"}),
    ("Grep", {"root": None, "query": "secret"}),
    ("Glob", {"root": None, "pattern": "**/*"}),
    ("ListDir", {"path": None}),
    ("ReadFile", {"path": None}),
    ("WriteFile", {"path": None, "content": "pwned"}),
]


def _with_path(fields: dict[str, object], path: str) -> dict[str, object]:
    return {name: path if value is None else value for name, value in fields.items()}


def _snapshot(bench: Bench) -> dict[str, str]:
    return {str(path): path.read_text() for path in bench.outside.rglob("*")}


@pytest.mark.parametrize(("tool", "fields"), CALLS)
@pytest.mark.parametrize("path", ESCAPES)
async def test_paths_out_of_the_mounts(bench: Bench, tool: str, fields: dict[str, object], path: str) -> None:
    before = _snapshot(bench)
    error = await bench.fails(tool, **_with_path(fields, path))
    assert "outside of what can be reached" in str(error)
    assert "/workspace" in error.remedy
    assert _snapshot(bench) == before


@pytest.mark.parametrize(("tool", "fields"), CALLS)
@pytest.mark.parametrize("target", ["file", "directory", "relative", "chain", "host root"])
async def test_links_out_of_the_mounts(
    bench: Bench, tool: str, fields: dict[str, object], target: str
) -> None:
    """A link is followed in guest terms, so a host path in it leads nowhere, whatever the host keeps there."""
    link = bench.root / "link"
    match target:
        case "file":
            link.symlink_to(bench.outside / "secret.txt")
        case "directory":
            link.symlink_to(bench.outside)
        case "relative":
            link.symlink_to("../../outside/secret.txt")
        case "chain":
            (bench.root / "second").symlink_to("../../outside")
            link.symlink_to("second/secret.txt")
        case _:
            link.symlink_to("/")
    before = _snapshot(bench)
    for path in ("link", "link/secret.txt", "link/etc/passwd", "link/new"):
        try:
            result = await bench.run(tool, **_with_path(fields, path))
        except ToolError:
            continue
        else:
            assert "secret needle" not in str(result)
            assert "root:" not in str(result)
    assert _snapshot(bench) == before


async def test_searches_do_not_follow_links_out(bench: Bench) -> None:
    bench.write("in.txt", "needle")
    (bench.root / "out").symlink_to(bench.outside)
    (bench.root / "out.txt").symlink_to(bench.outside / "secret.txt")
    grep = await bench.run("Grep", query="needle")
    assert [match["file_path"] for match in grep["matches"]] == ["/workspace/in.txt"]
    glob = await bench.run("Glob", pattern="**/*")
    assert glob["matches"] == ["/workspace/in.txt", "/workspace/out", "/workspace/out.txt"]
    (bench.root / "etc").symlink_to("/etc")
    assert "outside of what can be reached" in str(await bench.fails("Glob", pattern="etc/*"))
    assert "outside of what can be reached" in str(await bench.fails("Grep", query="root", root="etc"))


@pytest.mark.parametrize(("tool", "fields"), CALLS)
@pytest.mark.parametrize("path", IMPOSSIBLE)
async def test_impossible_names(bench: Bench, tool: str, fields: dict[str, object], path: str) -> None:
    if path == "" and tool == "ListDir":
        return  # an empty path is the workspace there
    error = await bench.fails(tool, **_with_path(fields, path))
    assert error.code in ("workspace.name_invalid", "workspace.not_found")
    assert len(str(error)) < 8_000
    assert os.listdir(bench.root) == []


@pytest.mark.host_only("file systems made of JavaScript strings hold no names that are not UTF-8")
async def test_names_that_are_not_utf8_are_ordinary_names(bench: Bench) -> None:
    await test_strange_names_are_ordinary_names(bench, "bytes\udcff\udc80")


@pytest.mark.parametrize("name", STRANGE)
async def test_strange_names_are_ordinary_names(bench: Bench, name: str) -> None:
    path = f"/workspace/d/{name}"
    assert (await bench.run("Write", file_path=path, content="needle one"))["file_path"] == path
    assert os.listdir(os.fsencode(bench.root / "d")) == [os.fsencode(name)]
    assert (await bench.run("Read", file_path=path))["content"] == "needle one"
    await bench.run("Edit", file_path=path, old="one", new="two")
    assert (await bench.run("Grep", query="needle two", mode="files_with_matches"))["files"] == [path]
    assert (await bench.run("Glob", pattern="d/*"))["matches"] == [path]
    assert (await bench.run("ListDir", path="d"))["entries"] == [{"name": name, "type": "file"}]


async def test_names_that_differ_only_in_case_or_normal_form_stay_apart(bench: Bench) -> None:
    names = ["readme", "README", "é", "e\u0301"]
    for name in names:
        await bench.run("Write", file_path=name, content=f"needle {name}")
    assert (await bench.run("Glob", pattern="*"))["count"] == 4
    for name in names:
        assert (await bench.run("Read", file_path=name))["content"] == f"needle {name}"


@pytest.mark.host_only("Emscripten has no FIFOs")
async def test_special_files_neither_hang_nor_get_replaced(bench: Bench) -> None:
    os.mkfifo(bench.root / "pipe")
    bench.write("f", "needle")
    assert "not a regular file" in str(await bench.fails("Read", file_path="pipe"))
    assert "not a regular file" in str(
        await bench.fails("Write", file_path="pipe", content="x", overwrite=True)
    )
    assert (await bench.run("Grep", query="needle"))["total_matches"] == 1
    assert (await bench.run("ListDir"))["entries"][1] == {"name": "pipe", "type": "other"}
