"""Write, ListDir and the legacy ReadFile and WriteFile."""

from __future__ import annotations

import pytest

from tests.unit.tools.conftest import Bench


async def test_a_new_file_with_its_directories(bench: Bench) -> None:
    result = await bench.run("Write", file_path="a/b/c.txt", content="héllo\r\n")
    assert (bench.root / "a/b/c.txt").read_bytes() == "héllo\r\n".encode()
    assert result == {
        "message": "Created /workspace/a/b/c.txt (8 bytes).",
        "file_path": "/workspace/a/b/c.txt",
        "bytes_written": 8,
    }


async def test_an_existing_file_needs_overwrite(bench: Bench) -> None:
    file = bench.write("f", "old")
    file.chmod(0o755)
    error = await bench.fails("Write", file_path="f", content="new")
    assert "/workspace/f exists already. Set overwrite to true" in str(error)
    assert error.code == "workspace.already_exists"
    assert file.read_text() == "old"
    result = await bench.run("Write", filePath="f", content="", overwrite="true")
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("", 0o755)
    assert (result["message"], result["bytes_written"]) == ("Replaced /workspace/f (0 bytes).", 0)


async def test_a_link_is_written_through_and_stays_a_link(bench: Bench) -> None:
    bench.write("real", "old")
    (bench.root / "link").symlink_to("real")
    assert "exists already" in str(await bench.fails("Write", file_path="link", content="new"))
    assert (await bench.run("Write", file_path="link", content="new", overwrite=True))[
        "file_path"
    ] == "/workspace/real"
    assert (bench.root / "real").read_text() == "new"
    assert (bench.root / "link").is_symlink()


@pytest.mark.parametrize("overwrite", [False, True])
async def test_places_where_no_file_can_be(bench: Bench, overwrite: bool) -> None:
    bench.write("d/f", "x")
    for path in ("d", "new/", "d/f/below", "/", "/workspace", "/new"):
        await bench.fails("Write", file_path=path, content="y", overwrite=overwrite)
    assert sorted(path.name for path in bench.root.rglob("*")) == ["d", "f"]
    assert (bench.root / "d/f").read_text() == "x"


async def test_text_that_is_no_text(bench: Bench) -> None:
    error = await bench.fails("Write", file_path="f", content="a\udfffb")
    assert "'content' holds the lone surrogate \\udfff at character 1" in str(error)
    assert not (bench.root / "f").exists()


async def test_list_dir(bench: Bench) -> None:
    for name in ("b.txt", "a/x", ".hidden", "é", "Z"):
        bench.write(name)
    (bench.root / "link").symlink_to("a")
    assert await bench.run("ListDir") == {
        "path": "/workspace",
        "entries": [
            {"name": ".hidden", "type": "file"},
            {"name": "Z", "type": "file"},
            {"name": "a", "type": "dir"},
            {"name": "b.txt", "type": "file"},
            {"name": "link", "type": "symlink"},
            {"name": "é", "type": "file"},
        ],
        "count": 6,
    }
    assert (await bench.run("ListDir", path="link"))["entries"] == [{"name": "x", "type": "file"}]
    assert [entry["name"] for entry in (await bench.run("ListDir", path="/"))["entries"]] == [
        "home",
        "tmp",
        "workspace",
    ]
    assert "is not a directory" in str(await bench.fails("ListDir", path="b.txt"))
    assert "does not exist" in str(await bench.fails("ListDir", path="nope"))


async def test_list_dir_says_when_it_is_cut(bench: Bench) -> None:
    for number in range(5):
        bench.write(str(number))
    bench.limit(glob_scanned=3)
    result = await bench.run("ListDir")
    assert ([entry["name"] for entry in result["entries"]], result["count"]) == (["0", "1", "2"], 5)
    assert result["truncated"] is True
    assert "first 3 of 5" in result["note"]


async def test_legacy_tools(bench: Bench) -> None:
    assert await bench.run("WriteFile", path="d/f", content="é") == {"ok": True, "path": "/workspace/d/f"}
    assert await bench.run("WriteFile", path="d/f", content="è") == {"ok": True, "path": "/workspace/d/f"}
    expected = {"path": "/workspace/d/f", "content": "è", "encoding": "utf8"}
    assert await bench.run("ReadFile", path="d/f") == expected
    bench.write("b", b"\0")
    assert "is a binary file" in str(await bench.fails("ReadFile", path="b"))
    bench.limit(read_bytes=1)
    assert "Use Read with offset and limit" in str(await bench.fails("ReadFile", path="d/f"))
