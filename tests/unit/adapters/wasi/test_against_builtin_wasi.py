"""The same scripts in wasmtime's own implementation of WASI, in a directory of its own: the same errnos, bytes
and files.

Where ours says something else, the difference is named in `_DIFFERENCES`. Not compared at all: theirs writes
only the first of several buffers, traps for numbers of an enumeration that do not exist, and refuses to remove
`directory/`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import wasmtime
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from satchel.adapters.server.wasi.host import ServerProcessHost
from tests.unit.adapters.wasi.guest_script import Result, Script
from tests.unit.adapters.wasi.running import Guests

_ALL = (1 << 30) - 1
_FILE = 0x8E001FF
# (ours, theirs). Both are right by the letter of preview 1; ours are POSIX's and those of the contract.
_DIFFERENCES = {
    ("INVAL", "ILSEQ"),
    ("SPIPE", "BADF"),
    ("ISDIR", "BADF"),
    ("NOTCAPABLE", "BADF"),
    ("ISDIR", "INVAL"),
}
_NAMES = st.sampled_from(["a", "b", "a/c", "b/c", "a/../b", "./a", "..", "missing/x", "l"])


def _builtin(folder: Path, script: Script) -> Result:
    """Run a script in wasmtime's WASI with `folder` as `/`."""
    folder.mkdir()
    engine = wasmtime.Engine()
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    store = wasmtime.Store(engine)
    wasi = wasmtime.WasiConfig()
    wasi.preopen_dir(str(folder), "/")
    output = folder.with_suffix(".out")
    wasi.stdout_file = str(output)
    store.set_wasi(wasi)
    instance = linker.instantiate(store, wasmtime.Module(engine, script.wasm()))
    start = instance.exports(store)["_start"]
    assert isinstance(start, wasmtime.Func)
    start(store)
    return script.result(output.read_bytes())


def _tree(folder: Path) -> list[tuple[str, str]]:
    """Everything below a directory: paths and contents, targets of links."""
    found = []
    for place, directories, files in os.walk(folder):
        for name in sorted(directories + files):
            path = Path(place, name)
            content = os.readlink(path) if path.is_symlink() else path.read_text() if path.is_file() else "/"
            found.append((str(path.relative_to(folder)), content))
    return sorted(found)


def _same(ours: list[str], theirs: list[str]) -> bool:
    return all(a == b or (a, b) in _DIFFERENCES for a, b in zip(ours, theirs, strict=True))


async def _compare(guests: Guests, script: Script, tmp_path: Path) -> tuple[Result, Result]:
    ended = await guests.run(guests.confined(script))
    ours = script.result(ended.stdout)
    theirs = _builtin(tmp_path / "builtin", script)
    assert _same(ours.errnos, theirs.errnos), list(zip(ours.errnos, theirs.errnos, strict=True))
    assert _tree(guests.workspace) == _tree(tmp_path / "builtin")
    return ours, theirs


def _file_work(script: Script) -> list[tuple[int, int]]:
    _, file = script.open("f", oflags=1, rights=_FILE, inheriting=0)
    offset, count, buffer, stat = script.room(8), script.room(8), script.room(16), script.room(64)
    script.call("fd_write", file, *script.iovec(script.text("hello world")), count)
    script.call("fd_seek", file, -3 & (1 << 64) - 1, 1, offset)
    script.call("fd_read", file, *script.iovec((buffer, 16)), script.room(8))
    script.call("fd_pwrite", file, *script.iovec(script.text("J")), 0, script.room(8))
    script.call("fd_pread", file, *script.iovec((buffer + 8, 4)), 0, script.room(8))
    script.call("fd_filestat_set_size", file, 7)
    script.call("fd_filestat_set_times", file, 5, 6_000_000_007, 5)
    script.call("fd_filestat_get", file, stat)
    script.call("fd_seek", file, -1 & (1 << 64) - 1, 0, offset)
    script.call("fd_tell", file, offset)
    script.call("fd_close", file)
    script.call("fd_close", file)
    return [(offset, 8), (count, 8), (buffer, 16), (stat + 16, 1), (stat + 32, 24)]


def _directory_work(script: Script) -> list[tuple[int, int]]:
    for path in ("d", "d", "d/e", "missing/x", ""):
        script.call("path_create_directory", 3, *script.text(path))
    _, directory = script.open("d", oflags=2)
    script.open("d/e/f", oflags=5, rights=_FILE, inheriting=0)
    script.open("d/e/f", oflags=5, rights=_FILE, inheriting=0)
    script.call("path_rename", directory, *script.text("e"), 3, *script.text("moved"))
    script.call("path_remove_directory", 3, *script.text("moved"))
    script.call("path_unlink_file", 3, *script.text("moved"))
    script.call("path_unlink_file", 3, *script.text("moved/f"))
    script.call("path_remove_directory", 3, *script.text("moved"))
    script.call("path_remove_directory", 3, *script.text("moved"))
    script.call("fd_read", directory, *script.iovec((script.room(8), 8)), script.room(8))
    return []


def _link_work(script: Script) -> list[tuple[int, int]]:
    script.open("f", oflags=1, rights=_FILE, inheriting=0)
    buffer, used = script.room(16), script.room(8)
    for target, path in (
        ("f", "l"),
        ("l", "ll"),
        ("loop", "loop"),
        ("/f", "absolute"),
        ("../x", "out"),
        ("f", "l"),
    ):
        script.call("path_symlink", *script.text(target), 3, *script.text(path))
    for path in ("l", "ll", "loop", "out", "l/", "l/x"):
        script.open(path, inheriting=0)
        script.open(path, follow=False, inheriting=0)
        script.call("path_filestat_get", 3, 1, *script.text(path), script.room(64))
    script.call("path_readlink", 3, *script.text("ll"), buffer, 16, used)
    script.call("path_readlink", 3, *script.text("f"), buffer, 16, used)
    script.call("path_link", 3, 0, *script.text("f"), 3, *script.text("hard"))
    script.call("path_link", 3, 0, *script.text("f"), 3, *script.text("hard"))
    script.call("path_link", 3, 0, *script.text("l"), 3, *script.text("linked"))
    return [(buffer, 16), (used, 4)]


def _descriptor_work(script: Script) -> list[tuple[int, int]]:
    _, one = script.open("one", oflags=1, rights=_FILE, inheriting=0)
    _, two = script.open("two", oflags=1, rights=_FILE, inheriting=0)
    length = script.room(8)
    script.call("fd_prestat_get", 3, length)
    script.call("fd_prestat_get", 99, length)
    script.call("fd_prestat_dir_name", 3, script.room(8), 0)
    script.call("fd_renumber", one, two)
    script.call("fd_renumber", one, two)
    script.call("fd_advise", two, 0, 10, 2)
    script.call("fd_sync", two)
    script.call("fd_datasync", two)
    script.call("path_open", two, 0, *script.text("x"), 0, 0, 0, 0, script.room(8))
    script.call("clock_res_get", 1, script.room(8))
    script.call("clock_time_get", 0, 0, script.room(8))
    script.call("poll_oneoff", 0, 0, 0, script.room(8))
    script.call("sched_yield")
    return [(length, 8)]


@pytest.mark.parametrize("work", [_file_work, _directory_work, _link_work, _descriptor_work])
async def test_the_same_calls_have_the_same_results(
    guests: Guests, tmp_path: Path, work: Callable[[Script], list[tuple[int, int]]]
) -> None:
    script = Script()
    places = work(script)
    ours, theirs = await _compare(guests, script, tmp_path)
    for pointer, size in places:
        assert ours.bytes(pointer, size) == theirs.bytes(pointer, size)


@st.composite
def _operations(draw: st.DrawFn) -> Script:
    script = Script()
    for _ in range(draw(st.integers(1, 14))):
        operation = draw(
            st.sampled_from(["open", "mkdir", "rmdir", "unlink", "rename", "link", "symlink", "stat"])
        )
        first, second = script.text(draw(_NAMES)), script.text(draw(_NAMES))
        result = script.room(64)
        match operation:
            case "open":
                flags = draw(st.sampled_from([0, 1, 5, 8, 9, 2]))
                script.call("path_open", 3, draw(st.integers(0, 1)), *first, flags, 2, 0, 0, result)
            case "mkdir":
                script.call("path_create_directory", 3, *first)
            case "rmdir":
                script.call("path_remove_directory", 3, *first)
            case "unlink":
                script.call("path_unlink_file", 3, *first)
            case "rename":
                script.call("path_rename", 3, *first, 3, *second)
            case "link":
                script.call("path_link", 3, 0, *first, 3, *second)
            case "symlink":
                script.call("path_symlink", *first, 3, *second)
            case _:
                script.call("path_filestat_get", 3, draw(st.integers(0, 1)), *first, result)
    return script


@given(script=_operations())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_operations_leave_the_same_files(
    script: Script, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Success or failure of each, and the tree at the end; which errno, only where both fail for one reason."""
    folder = tmp_path_factory.mktemp("random")
    (folder / "workspace").mkdir()
    host = ServerProcessHost({"/workspace": str(folder / "workspace")})

    async def run() -> Result:
        guests = Guests(folder, host)
        return script.result((await guests.run(guests.confined(script))).stdout)

    try:
        ours = asyncio.run(run())
    finally:
        host.close()
    theirs = _builtin(folder / "builtin", script)
    succeeded = [[one == "SUCCESS" for one in result.errnos] for result in (ours, theirs)]
    assert succeeded[0] == succeeded[1], list(zip(ours.errnos, theirs.errnos, strict=True))
    assert _tree(folder / "workspace") == _tree(folder / "builtin")
