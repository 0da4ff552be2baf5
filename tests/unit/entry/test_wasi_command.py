"""`satchel wasi` and `satchel doctor` on the server engine: streams, directories, variables, status, clear errors."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from satchel.base.errors import InputError
from satchel.entry.cli import main
from satchel.entry.wasi_command import parse_directory, parse_variable
from satchel.runtime import probe_modules
from tests.conformance.wasi.programs import program

pytestmark = pytest.mark.host_only("starts the command line as a process")

# One function, `unreachable`.
_TRAPS = (
    b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x05\x03\x01\0\x01"
    b"\x07\x13\x02\x06_start\0\0\x06memory\x02\0\x0a\x05\x01\x03\0\0\x0b"
)
_SATCHEL = str(Path(sys.executable).with_name("satchel"))


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Programs for tests, and a state directory of their own."""
    monkeypatch.setenv("SATCHEL_STATE", str(tmp_path / "state"))
    folder = tmp_path / "modules"
    folder.mkdir()
    for name, module in {
        "exits": probe_modules.exits(7),
        "copies": probe_modules.copies(),
        "calls": program("calls"),
        "floods": probe_modules.floods(),
        "traps": _TRAPS,
    }.items():
        (folder / f"{name}.wasm").write_bytes(module)
    return folder


def _wasi(*arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [_SATCHEL, "wasi", *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=60, check=False)


def test_the_exit_status_is_the_modules(modules: Path) -> None:
    done = _wasi("--", modules / "exits.wasm")
    assert (done.returncode, done.stdout, done.stderr) == (7, b"", b"")
    assert _wasi(modules / "exits.wasm", "--", "-x").returncode == 7, "what follows the module is its own"


def test_a_module_of_many_programs_is_called_by_the_name_that_is_given(tmp_path: Path) -> None:
    module = tmp_path / "coreutils.wasm"
    module.write_bytes(program("coreutils"))
    done = _wasi("--argv0", "basename", "--", module, "a/b")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"b\n", b"")
    assert _wasi("--argv0", "false", "--", module).returncode == 1
    assert b"unknown program 'coreutils.wasm'" in _wasi("--", module).stderr, "the module's, if none is given"


def test_streams_are_bytes_and_of_any_size(modules: Path) -> None:
    data = os.urandom(1 << 20)
    done = _wasi("--", modules / "copies.wasm", stdin=data)
    assert (done.returncode, done.stdout == data) == (0, True), done.stderr


def test_output_comes_as_it_is_written_and_input_is_taken_as_it_comes(modules: Path) -> None:
    command = [_SATCHEL, "wasi", "--", str(modules / "copies.wasm")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for word in (b"first", b"second"):
            process.stdin.write(word)
            process.stdin.flush()
            assert os.read(process.stdout.fileno(), 100) == word
        process.stdin.close()
        assert process.wait(30) == 0


def test_a_trap_is_told_and_is_134(modules: Path) -> None:
    done = _wasi("--", modules / "traps.wasm")
    assert done.returncode == 134
    assert b"unreachable" in done.stderr


def test_a_reader_that_has_enough_ends_it(modules: Path) -> None:
    command = [_SATCHEL, "wasi", "--", str(modules / "floods.wasm")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.read(10) == bytes(10)
        process.stdout.close()
        assert process.wait(30) == 141
        assert process.stderr.read() == b"", "silently, as natively"


def test_an_interrupt_ends_a_program_that_never_pauses(modules: Path) -> None:
    command = [_SATCHEL, "wasi", "--", str(modules / "calls.wasm"), 'print "begun"\nspin']
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.read(len(b'"begun"\n')) == b'"begun"\n'
        process.send_signal(signal.SIGINT)
        try:
            assert process.wait(30) == 130
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--", "none.wasm"], "none.wasm: No such file"),
        (["--", "."], ".: Is a directory"),
        (["--", "pyproject.toml"], "is not a WebAssembly module"),
        (["--dir", "none::/x", "--", "x"], "none is not a directory"),
        (["--dir", "::/x", "--", "x"], "names no directory"),
        (["--env", "A", "--", "x"], "is not NAME=VALUE"),
        ([], "No module was named"),
    ],
)
def test_what_cannot_be_run_is_said_in_one_line(
    arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["wasi", *arguments]) == 2
    told = capsys.readouterr().err
    assert problem in told
    assert told.count("\n") == 1


def test_a_module_that_is_damaged_is_said(modules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (modules / "bad.wasm").write_bytes(b"\0asm\x01\0\0\0\xff\xff")
    assert main(["wasi", "--", str(modules / "bad.wasm")]) == 2
    assert "bad.wasm" in capsys.readouterr().err


def test_directories_and_variables_are_read_as_written(tmp_path: Path) -> None:
    assert parse_directory(f"{tmp_path}::/data") == (tmp_path, "/data")
    assert parse_directory(str(tmp_path)) == (tmp_path, str(tmp_path))
    assert parse_variable("A=b=c") == ("A", "b=c")
    assert parse_variable("A=") == ("A", "")
    with pytest.raises(InputError):
        parse_variable("=x")


def test_the_doctor_measures_this_machine(modules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["doctor", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["engine"] == "server"
    checks = {check["name"]: check for check in found["checks"]}
    assert [name for name, check in checks.items() if not check["ok"] and not check["optional"]] == []
    assert status == 0
    assert {"wasmtime", "state directory", "spawn and exit", "limit of memory"} <= checks.keys()
    assert main(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("ok    spawn and exit: median ") for line in lines)


def test_the_doctor_tells_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("SATCHEL_STATE", str(tmp_path / "file" / "state"))
    monkeypatch.setenv("SATCHEL_CHROMIUM", "no-such-browser")
    assert main(["doctor"]) == 1
    told = capsys.readouterr().out
    assert "FAIL  state directory" in told
    assert "no    Chromium: none found" in told


def test_a_small_module_does_not_wait_for_the_agent(modules: Path) -> None:
    code = (
        "import sys\nfrom satchel.entry.cli import main\nstatus = main(sys.argv[1:])\n"
        "print(*sorted({'.'.join(name.split('.')[:2]) for name in sys.modules if name.startswith('satchel.')}))\n"
        "sys.exit(status)"
    )
    command = [sys.executable, "-c", code, "wasi", "--", str(modules / "exits.wasm")]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False, text=True)
    assert done.returncode == 7
    assert not {"satchel.agent", "satchel.llm", "satchel.session", "satchel.tools"} & set(done.stdout.split())
