"""Permission bits hold a guest as they hold the user it believes to be, also when the server runs as root."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.unit.adapters.wasi.guest_script import Script
from tests.unit.adapters.wasi.running import Guests, script_request

_ALL = (1 << 30) - 1


@pytest.fixture
def places(guests: Guests) -> Path:
    for name in ("closed", "fixed", "blind"):
        (guests.workspace / name).mkdir()
        (guests.workspace / name / "f").write_text("x")
    for name, mode in (("none", 0), ("read", 0o444), ("write", 0o222)):
        (guests.workspace / name).write_text("x")
        (guests.workspace / name).chmod(mode)
    (guests.workspace / "closed").chmod(0o600)
    (guests.workspace / "fixed").chmod(0o555)
    (guests.workspace / "blind").chmod(0o333)
    return guests.workspace


async def test_files(guests: Guests, places: Path) -> None:
    script = Script()
    for name in ("none", "read", "write"):
        script.open(f"workspace/{name}", rights=1 << 1, inheriting=0)
        script.open(f"workspace/{name}", rights=1 << 6, inheriting=0)
        script.open(f"workspace/{name}", oflags=8, rights=0, inheriting=0)
    errnos = (await guests.script(script)).errnos
    assert errnos == ["ACCES"] * 3 + ["SUCCESS", "ACCES", "ACCES"] + ["ACCES", "SUCCESS", "SUCCESS"]
    assert (places / "read").stat().st_size == 1


async def test_directories(guests: Guests, places: Path) -> None:
    script = Script()
    script.open("workspace/closed/f")
    script.call("path_filestat_get", 3, 1, *script.text("workspace/closed/f"), script.room(64))
    script.open("workspace/fixed/f")
    script.open("workspace/fixed/new", oflags=1, rights=_ALL)
    script.call("path_unlink_file", 3, *script.text("workspace/fixed/f"))
    script.call("path_rename", 3, *script.text("workspace/fixed/f"), 3, *script.text("workspace/f"))
    script.call("path_create_directory", 3, *script.text("workspace/fixed/d"))
    script.call("path_symlink", *script.text("x"), 3, *script.text("workspace/fixed/l"))
    script.open("workspace/blind", rights=1 << 1)
    script.open("workspace/blind/f")
    errnos = (await guests.script(script)).errnos
    assert errnos == ["ACCES", "ACCES", "SUCCESS"] + ["ACCES"] * 5 + ["ACCES", "SUCCESS"]


async def test_new_files_have_the_mode_of_the_mask(guests: Guests) -> None:
    script = Script()
    previous = script.room(8)
    script.call("umask", 0o027, previous)
    script.open("workspace/f", oflags=1, rights=_ALL)
    script.call("path_create_directory", 3, *script.text("workspace/d"))
    script.call("umask", 0, script.room(8))
    script.open("workspace/g", oflags=1, rights=_ALL)
    script.call("path_create_directory", 3, *script.text("workspace/e"))
    result = await guests.script(script, script_request(script, umask=0o077))
    assert result.errnos == ["SUCCESS"] * 6
    assert result.u32(previous) == 0o077
    modes = {path.name: path.stat().st_mode & 0o7777 for path in guests.workspace.iterdir()}
    assert modes == {"f": 0o640, "d": 0o750, "g": 0o666, "e": 0o777}


async def test_modes_are_set_and_seen(guests: Guests) -> None:
    (guests.workspace / "f").write_text("x")
    (guests.workspace / "l").symlink_to("f")
    script = Script()
    path, link, stat = script.text("workspace/f"), script.text("workspace/l"), script.room(64)
    script.call("path_chmod", 3, 1, *link, 0o4755)
    script.call("path_chmod", 3, 0, *link, 0o700)
    script.call("path_filestat_get", 3, 1, *link, stat)
    script.call("path_access", 3, 1, *path, 1)
    _, file = script.open("workspace/f")
    script.call("fd_chmod", file, 0o400)
    script.call("path_access", 3, 1, *path, 1)
    script.call("path_access", 3, 1, *path, 4)
    script.call("path_access", 3, 1, *path, 2)
    script.call("path_access", 3, 1, *path, 0)
    script.call("path_access", 3, 1, *script.text("workspace/missing"), 0)
    result = await guests.script(script)
    assert result.errnos == [
        "SUCCESS", "NOTSUP", "SUCCESS", "SUCCESS", "SUCCESS", "SUCCESS",
        "ACCES", "SUCCESS", "ACCES", "SUCCESS", "NOENT",
    ]  # fmt: skip
    assert result.u32(stat + 20) == 1 << 31 | 0o4755


async def test_locks_hold_between_processes_and_end_with_them(guests: Guests) -> None:
    (guests.workspace / "f").touch()
    holder, other = Script(), Script()
    _, file = holder.open("workspace/f")
    holder.call("fd_lock", file, 2)
    holder.call("fd_write", 1, *holder.iovec(holder.text("locked")), holder.room(8))
    holder.call("fd_read", 0, *holder.iovec((holder.room(8), 1)), holder.room(8))
    _, file = other.open("workspace/f")
    other.call("fd_lock", file, 2 | 4)
    other.call("fd_lock", file, 1)
    other.call("fd_lock", file, 3)
    other.call("fd_lock", 0, 1)
    process = await guests.start(script_request(holder))
    assert await process.read("stdout") == b"locked"
    waiting = asyncio.ensure_future(guests.script(other))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    process.close_input()
    result = await asyncio.wait_for(waiting, 5)
    assert result.errnos[1:] == ["AGAIN", "SUCCESS", "INVAL", "BADF"]
