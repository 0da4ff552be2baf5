"""What a hostile program tries with paths, from inside the engine, on the guest tree and in a developer's
directory."""

from __future__ import annotations

import os

import pytest

from tests.unit.adapters.wasi.guest_script import Script
from tests.unit.adapters.wasi.running import Guests

_NAME = "n" * 256


def _secret(guests: Guests) -> None:
    """Something beside the project, and links that would lead there if the host resolved them."""
    (guests.root / "secret").write_text("secret")
    links = {
        "up": "../secret",
        "absolute": str(guests.root / "secret"),
        "directory": str(guests.root),
        "parent": "..",
        "one": "two",
        "two": "one",
        "proc": "/proc/self/root",
        "cwd": "/proc/self/cwd",
        "fd": "/proc/self/fd",
    }
    for name, target in links.items():
        os.symlink(target, guests.workspace / name)


_HOSTILE = [
    "../secret", "../../../../secret", "up", "absolute", "directory/secret", "parent/secret",
    "parent/../secret", "one", "proc", "proc/etc/shadow", "up/", "absolute/.", "./up", "up/../secret",
    "//..//secret", "parent/parent/parent/secret",
]  # fmt: skip


@pytest.mark.parametrize("path", _HOSTILE)
async def test_no_path_reaches_what_lies_beside(guests: Guests, path: str) -> None:
    _secret(guests)
    script = Script()
    stat, buffer = script.room(64), script.room(64)
    started = f"workspace/{path}"
    _, opened = script.open(started)
    vector = script.iovec((buffer, 64))
    script.call("fd_read", opened, *vector, script.room(8))
    script.call("path_filestat_get", 3, 1, *script.text(started), stat)
    script.call("path_link", 3, 1, *script.text(started), 3, *script.text("workspace/stolen"))
    script.open(started, oflags=8, rights=1 << 6)
    result = await guests.script(script)
    assert b"secret" not in result.memory[buffer : buffer + 64]
    assert (guests.root / "secret").read_text() == "secret"
    assert not os.path.lexists(guests.workspace / "stolen")


@pytest.mark.parametrize("path", [*_HOSTILE, "/secret", "/", "..", "../workspace", "fd/3", "cwd"])
async def test_no_path_leaves_a_confined_directory(guests: Guests, path: str) -> None:
    _secret(guests)
    script = Script()
    stat = script.room(64)
    script.open(path)
    script.call("path_filestat_get", 3, 1, *script.text(path), stat)
    script.call("path_create_directory", 3, *script.text(f"{path}/made"))
    ended = await guests.run(guests.confined(script))
    result = script.result(ended.stdout)
    assert set(result.errnos) <= {"PERM", "LOOP", "NOENT", "NOTDIR"}
    assert result.bytes(stat, 64) == bytes(64)
    assert not (guests.root / "made").exists()


@pytest.mark.parametrize(
    ("path", "errno"),
    [
        (b"a\0b", "INVAL"),
        (b"\0", "INVAL"),
        (b"\xff", "ILSEQ"),
        (b"a\xc3", "ILSEQ"),
        (b"", "NOENT"),
        (_NAME.encode(), "NAMETOOLONG"),
        (b"d/" + _NAME.encode() + b"/x", "NAMETOOLONG"),
        (b"a/" * 2048, "NAMETOOLONG"),
        (b"x" * 70000, "NAMETOOLONG"),
    ],
)
async def test_paths_that_no_file_can_have(guests: Guests, path: bytes, errno: str) -> None:
    (guests.workspace / "d").mkdir()
    script = Script()
    _, directory = script.open("workspace", oflags=2)
    text = script.text(path)
    script.call("path_filestat_get", directory, 0, *text, script.room(64))
    script.call("path_create_directory", directory, *text)
    script.call("path_unlink_file", directory, *text)
    script.call("path_symlink", *script.text("t"), directory, *text)
    assert (await guests.script(script)).errnos[1:] == [errno] * 4


async def test_what_is_renamed_while_it_is_open_keeps_its_place_in_the_tree(guests: Guests) -> None:
    (guests.workspace / "a/b").mkdir(parents=True)
    script = Script()
    _, deep = script.open("workspace/a/b", oflags=2)
    script.call("path_rename", 3, *script.text("workspace/a"), 3, *script.text("workspace/z"))
    buffer, used = script.room(64), script.room(8)
    script.call("fd_path", deep, buffer, 64, used)
    stat = script.room(64)
    script.call("path_filestat_get", deep, 1, *script.text("../../z/b"), stat)
    result = await guests.script(script)
    assert result.errnos == ["SUCCESS"] * 4
    assert result.bytes(buffer, result.u32(used)) == b"/workspace/z/b"
    assert result.u64(stat + 8) == (guests.workspace / "z/b").stat().st_ino


async def test_a_read_only_directory_cannot_be_changed(guests: Guests) -> None:
    (guests.workspace / "f").write_text("kept")
    script = Script()
    text = script.text("f")
    script.open("new", oflags=1)
    script.open("f", oflags=8, rights=1 << 6)
    script.open("f", oflags=1)
    script.call("path_unlink_file", 3, *text)
    script.call("path_rename", 3, *text, 3, *script.text("g"))
    script.call("path_chmod", 3, 0, *text, 0o777)
    script.call("path_filestat_set_times", 3, 0, *text, 1, 1, 5)
    ended = await guests.run(guests.confined(script, writable=False))
    assert script.result(ended.stdout).errnos == ["ROFS", "ROFS", "SUCCESS", "ROFS", "ROFS", "ROFS", "ROFS"]
    assert (guests.workspace / "f").read_text() == "kept"
    assert os.listdir(guests.workspace) == ["f"]


async def test_no_module_can_import_anything_else(guests: Guests) -> None:
    wat = '(module (import "env" "system" (func)) (memory (export "memory") 1) (func (export "_start")))'
    guests.install("bad", Script().wasm())
    script = Script()
    name = guests.install("evil", __import__("wasmtime").wat2wasm(wat))
    script.call(
        "spawn",
        *script.text(name),
        *script.text("e\0"),
        0,
        0,
        *script.text("/workspace"),
        0,
        0,
        0,
        script.room(8),
    )
    assert (await guests.script(script)).errnos == ["NOEXEC"]
