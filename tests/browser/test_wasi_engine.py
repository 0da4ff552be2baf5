"""`satchel wasi` and `satchel doctor` in the browser: a module does the same there, and its directories come back."""

from __future__ import annotations

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from satchel.runtime import probe_modules
from tests.browser.command_line import SATCHEL, Machine, share_boots
from tests.conformance.wasi.programs import program

pytestmark = pytest.mark.browser

_SCRIPT = """path_create_directory 3 "d"
path_open 3 0 "d/new" 9 0x42 0 0 >f:u32
fd_write $f ["hello"] >n:u32
path_symlink "new" 3 "d/link"
path_unlink_file 3 "gone"
path_link 3 0 "a" 3 "d/twin"
path_rename 3 "old" 3 "moved"
"""
ENGINES = ("server", "browser")


@pytest.fixture
def machine(site: Path, boots: Path, tmp_path: Path) -> Machine:
    return Machine(site, tmp_path, share_boots(tmp_path / "state", boots))


def _project(folder: Path) -> Path:
    folder.mkdir()
    for name in ("a", "gone", "old", "kept"):
        (folder / name).write_text(f"{name}\n")
    (folder / "kept").chmod(0o640)
    os.utime(folder / "kept", ns=(1, 1_000_000_000_123_456_789))
    return folder


def _shown(folder: Path) -> dict[str, tuple[int, bytes | str]]:
    return {
        path.relative_to(folder).as_posix(): (
            path.lstat().st_mode,
            os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else b"",
        )
        for path in sorted(folder.rglob("*"))
    }


def test_a_module_does_the_same_to_a_directory_on_both_engines(machine: Machine, tmp_path: Path) -> None:
    calls = machine.module("calls", program("calls"))
    shown, answers = [], []
    for engine in ENGINES:
        folder = _project(tmp_path / engine)
        done = machine.satchel("wasi", "--engine", engine, "--dir", f"{folder}::/w", "--", calls, _SCRIPT)
        answers.append((done.returncode, done.stdout, done.stderr))
        shown.append(_shown(folder))
        assert (folder / "kept").stat().st_mtime_ns == 1_000_000_000_123_456_789
        assert (folder / "a").stat().st_ino == (folder / "d" / "twin").stat().st_ino
    assert answers[0] == (0, b"SUCCESS\nSUCCESS f=4\nSUCCESS n=5\n" + b"SUCCESS\n" * 4, b"")
    assert answers[1] == answers[0]
    assert shown[1] == shown[0]
    assert sorted(shown[0]) == ["a", "d", "d/link", "d/new", "d/twin", "kept", "moved"]


def test_streams_and_statuses_pass_through_the_tab(machine: Machine) -> None:
    data = os.urandom(3 << 20)
    copied = machine.satchel(
        "wasi", "--engine", "browser", "--", machine.module("copies", probe_modules.copies()), stdin=data
    )
    assert (copied.returncode, copied.stdout == data, copied.stderr) == (0, True, b"")
    assert (
        machine.satchel(
            "wasi", "--engine", "browser", "--", machine.module("exits", probe_modules.exits(7))
        ).returncode
        == 7
    )
    named = machine.satchel(
        *("wasi", "--engine", "browser", "--argv0", "basename"),
        *("--", machine.module("coreutils", program("coreutils")), "a/b"),
    )
    assert (named.returncode, named.stdout, named.stderr) == (0, b"b\n", b"")
    trapped = machine.satchel(
        "wasi", "--engine", "browser", "--", machine.module("traps", program("unreachable"))
    )
    assert trapped.returncode == 134
    assert b"unreachable" in trapped.stderr


def test_a_reader_that_has_enough_ends_the_tab_too(machine: Machine) -> None:
    command = [
        SATCHEL,
        "wasi",
        "--engine",
        "browser",
        "--",
        str(machine.module("floods", probe_modules.floods())),
    ]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=machine.environment
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(10) == bytes(10)
        process.stdout.close()
        assert process.wait(60) == 141
        assert process.stderr.read() == b""


def test_several_at_once_do_not_meet(machine: Machine) -> None:
    modules = [machine.module(f"exits{code}", probe_modules.exits(code)) for code in (1, 2, 3)]

    def run(module: Path) -> int:
        return machine.satchel("wasi", "--engine", "browser", "--", module).returncode

    with ThreadPoolExecutor(len(modules)) as pool:
        assert list(pool.map(run, modules)) == [1, 2, 3]


def test_the_doctor_measures_the_browser(machine: Machine) -> None:
    done = machine.satchel("doctor", "--engine", "browser", "--json")
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    needed = [name for name, check in checks.items() if not check["ok"] and not check["optional"]]
    assert (done.returncode, needed) == (0, []), done.stderr
    for name in ("isolation", "shared memory", "stack switching (JSPI)", "private file system"):
        assert checks[name]["ok"], checks[name]
    for name in (
        "spawn and exit",
        "kill of a program that never pauses",
        "limit of memory",
        "limit of output",
    ):
        assert checks[name]["ok"], checks[name]
