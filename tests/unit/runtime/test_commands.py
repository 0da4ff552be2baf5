"""What commands there are, how one is found, what it is called in questions, what it is told of its surroundings."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from satchel.base.errors import InputError
from satchel.base.jsonvalue import dumps
from satchel.permission.request import Capability
from satchel.runtime.capability import command_line, exec_request, guest_request
from satchel.runtime.command_index import CommandIndex, parse_index
from satchel.runtime.errors import CommandNotFoundError, NotExecutableError
from satchel.runtime.guest_environment import guest_environment
from satchel.runtime.process import AccessRequest
from satchel.runtime.program_search import find_program
from satchel.runtime.signals import signal_name
from satchel.workspace.guest_files import GuestFiles

_MODULE = {"path": "core-utils/coreutils.wasm", "sha256": "ab" * 32, "size": 7}


def _bundle(**changes: object) -> dict[str, object]:
    commands = [
        {"name": "ls", "module": 0, "argv0": "ls", "summary": "list directory contents"},
        {"name": "wc", "module": 0, "argv0": "wc", "summary": "count"},
    ]
    return {
        "name": "core-utils",
        "version": "9.7",
        "licence": "GPL-3.0-or-later",
        "modules": [_MODULE],
        "commands": commands,
        **changes,
    }


def _index(*bundles: dict[str, object]) -> CommandIndex:
    return parse_index(dumps({"v": 1, "bundles": list(bundles)}))  # type: ignore[dict-item]


def test_the_index_tells_of_each_command() -> None:
    index = _index(_bundle())
    assert index.names == ("ls", "wc")
    ls = index.commands["ls"]
    assert (ls.module.path, ls.module.sha256, ls.argv0) == ("core-utils/coreutils.wasm", "ab" * 32, "ls")
    assert (ls.summary, ls.bundle, ls.version) == ("list directory contents", "core-utils", "9.7")


def test_of_two_commands_of_one_name_the_first_bundle_has_it() -> None:
    assert _index(_bundle(), _bundle(name="other")).commands["ls"].bundle == "core-utils"


@pytest.mark.parametrize(
    "bundle",
    [
        _bundle(modules=[{**_MODULE, "path": "../../etc/passwd"}]),
        _bundle(modules=[{**_MODULE, "path": "/abs.wasm"}]),
        _bundle(modules=[{**_MODULE, "path": "a//b.wasm"}]),
        _bundle(modules=[{**_MODULE, "sha256": "short"}]),
        _bundle(modules=[{**_MODULE, "size": -1}]),
        _bundle(commands=[{"name": "a/b", "module": 0, "argv0": "a"}]),
        _bundle(commands=[{"name": "a", "module": 1, "argv0": "a"}]),
        _bundle(commands=[{"name": "a", "module": "0", "argv0": "a"}]),
        _bundle(commands="none"),
        _bundle(name=""),
    ],
)
def test_an_index_that_cannot_be_right_is_refused(bundle: dict[str, object]) -> None:
    with pytest.raises(InputError, match="installed commands"):
        _index(bundle)


@pytest.mark.parametrize("text", ["", "[]", '{"v": 2, "bundles": []}', '{"v": 1}', "\xff"])
def test_what_is_no_index_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="installed commands"):
        parse_index(text)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=1))
def test_a_command_line_reads_back_as_the_same_words(argv: list[str]) -> None:
    assert shlex.split(command_line(argv)) == argv


def test_what_runs_and_what_a_guest_wants_are_requests_of_the_gate() -> None:
    request = exec_request(("rm", "-r", "a b", "$HOME"), "Command")
    assert (request.capability, request.subject) == (Capability.EXEC, "rm -r 'a b' '$HOME'")
    wish = guest_request(AccessRequest("write", "/workspace/a", 7), "Command")
    assert str(wish) == "write:/workspace/a"


@pytest.fixture
def files(tmp_path: Path) -> GuestFiles:
    for name, mode in (("bin/tool", 0o755), ("bin/notes", 0o644), ("here", 0o755)):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"\0asm")
        path.chmod(mode)
    return GuestFiles({"/workspace": str(tmp_path)})


def test_a_name_is_searched_along_the_path(files: GuestFiles) -> None:
    index = _index(_bundle())

    def find(name: str, path: str = "/usr/bin:/workspace/bin", cwd: str = "/workspace") -> str:
        return find_program(name, cwd, path, index, files)

    assert find("ls") == "/usr/bin/ls"
    assert find("tool") == "/workspace/bin/tool"
    assert find("here", "/nowhere::/usr/bin") == "/workspace/here", "an empty entry is the current directory"
    assert find("./bin/../x") == "/workspace/x", "a path is not looked at"
    assert find("../tmp/x") == "/tmp/x"
    for name in ("notes", "bin", ""):
        with pytest.raises(CommandNotFoundError):
            find(name, "/usr/bin:/workspace/bin:/workspace")


def test_errors_say_what_there_is() -> None:
    assert str(CommandNotFoundError("sl", ["ls", "wc"])) == "sl: command not found. Did you mean ls?"
    assert "Installed commands: a, b;" in str(CommandNotFoundError("xyz", ["b", "a"]))
    assert "No commands are installed" in str(CommandNotFoundError("ls"))
    many = [f"tool{number:02}" for number in range(40)]
    assert "and 28 more" in str(CommandNotFoundError("qqq", many))
    assert CommandNotFoundError.status == 127
    assert NotExecutableError("a", "is a directory").status == 126


def test_the_environment_is_the_standard_one_and_what_was_added() -> None:
    assert guest_environment("/workspace/a", {"TZ": "Europe/Berlin", "X": "1"}) == {
        "LC_ALL": "C.UTF-8",
        "TZ": "Europe/Berlin",
        "HOME": "/home/user",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "PWD": "/workspace/a",
        "USER": "user",
        "LOGNAME": "user",
        "TMPDIR": "/tmp",
        "X": "1",
    }


def test_signals_have_names() -> None:
    assert [signal_name(number) for number in (9, 13, 99)] == ["SIGKILL", "SIGPIPE", "signal 99"]
