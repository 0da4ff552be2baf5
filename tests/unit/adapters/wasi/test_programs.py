"""Finding and compiling programs: installed commands, scripts, PATH, the cache of compiled modules."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from satchel.adapters.server.wasi.engine import UnusableModuleError
from satchel.adapters.server.wasi.host import ServerProcessHost, shared_engine
from satchel.adapters.server.wasi.module_cache import ModuleCache
from satchel.base.errors import InputError
from satchel.runtime.errors import CommandNotFoundError, NotExecutableError
from satchel.runtime.process import ExitStatus, SpawnRequest
from tests.unit.adapters.wasi.guest_script import Script
from tests.unit.adapters.wasi.running import Guests
from tests.unit.adapters.wasi.test_processes import exiting, spawning


def _never() -> bytes:
    raise AssertionError("not read: the compiled module is there")


def _bundle(folder: Path, wasm: bytes, sha256: str = "") -> Path:
    (folder / "box").mkdir(parents=True)
    (folder / "box/box.wasm").write_bytes(wasm)
    module = {"path": "box/box.wasm", "sha256": sha256 or hashlib.sha256(wasm).hexdigest(), "size": len(wasm)}
    commands = [{"name": name, "module": 0, "argv0": name, "summary": ""} for name in ("seven", "sieben")]
    bundle = {"name": "box", "version": "1", "licence": "x", "modules": [module], "commands": commands}
    (folder / "index.json").write_text(json.dumps({"v": 1, "bundles": [bundle]}))
    return folder


def _with_commands(guests: Guests, folder: Path) -> Guests:
    guests.host.close()
    guests.host = ServerProcessHost({"/workspace": str(guests.workspace)}, folder)
    return guests


async def test_installed_commands_are_listed_and_run(guests: Guests, tmp_path: Path) -> None:
    _with_commands(guests, _bundle(tmp_path / "bundles", exiting(7).wasm()))
    script = Script()
    _, directory = script.open("usr/bin", oflags=2)
    buffer, used, stat = script.room(512), script.room(8), script.room(64)
    script.call("fd_readdir", directory, buffer, 512, 0, used)
    script.call("path_filestat_get", 3, 1, *script.text("bin/seven"), stat)
    script.call("path_access", 3, 1, *script.text("usr/bin/seven"), 1)
    script.open("usr/bin/seven", oflags=8, rights=1 << 6)
    script.open("usr/bin/new", oflags=1)
    script.call("path_unlink_file", 3, *script.text("usr/bin/seven"))
    cwd, status = script.text("/workspace"), script.room(8)
    words = script.text("sieben\0")
    script.call("spawn", *script.text("sieben"), *words, 0, 0, *cwd, 0, 0, 1, script.room(8))
    script.call("wait", 0xFFFF_FFFF, 0, script.room(8), status)
    result = await guests.script(script)
    assert result.errnos[1:] == [
        "SUCCESS",
        "SUCCESS",
        "SUCCESS",
        "ROFS",
        "ROFS",
        "ROFS",
        "SUCCESS",
        "SUCCESS",
    ]
    listing = result.bytes(buffer, result.u32(used))
    assert b"seven" in listing and b"sieben" in listing
    assert result.u32(stat + 20) & 0o7777 == 0o755
    assert result.u32(status) == 7 << 8
    with pytest.raises(CommandNotFoundError, match="sevn"):
        await guests.start(SpawnRequest("/usr/bin/sevn", ("sevn",), {}))


async def test_a_module_that_is_not_what_the_index_says_is_not_run(guests: Guests, tmp_path: Path) -> None:
    _with_commands(guests, _bundle(tmp_path / "bundles", exiting(7).wasm(), "0" * 64))
    with pytest.raises(NotExecutableError, match="SHA-256"):
        await guests.start(SpawnRequest("/usr/bin/seven", ("seven",), {}))


def test_an_index_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "index.json").write_text("{}")
    with pytest.raises(InputError):
        ServerProcessHost({}, tmp_path)


async def test_a_script_runs_in_its_interpreter(guests: Guests) -> None:
    printer = Script()
    count, size, pointers, buffer = printer.room(8), printer.room(8), printer.room(64), printer.room(256)
    printer.call("args_sizes_get", count, size)
    printer.call("args_get", pointers, buffer)
    guests.install("printer", printer.wasm())
    guests.install("inner", "#!/workspace/printer -x  y \n")
    guests.install("outer", "#! ./inner\nrest")
    ended = await guests.run(SpawnRequest("/workspace/outer", ("outer", "last"), {}))
    result = printer.result(ended.stdout)
    words = result.bytes(buffer, result.u32(size)).split(b"\0")[:-1]
    assert words == [b"/workspace/printer", b"-x  y", b"/workspace/./inner", b"/workspace/outer", b"last"]


async def test_interpreters_that_go_round_are_refused(guests: Guests) -> None:
    guests.install("loop", "#!/workspace/loop\n")
    with pytest.raises(NotExecutableError):
        await guests.start(SpawnRequest("/workspace/loop", ("loop",), {}))


async def test_a_program_that_is_changed_is_compiled_anew(guests: Guests) -> None:
    for code in (3, 4):
        guests.install("program", exiting(code).wasm())
        ended = await guests.run(SpawnRequest("/workspace/program", ("program",), {}))
        assert ended.status == ExitStatus(code)


async def test_a_relative_name_starts_at_the_working_directory(guests: Guests) -> None:
    guests.install("child", exiting(5).wasm())
    script = Script()
    spawning(script, "child")
    spawning(script, "./child")
    spawning(script, "../workspace/child")
    spawning(script, "child/")
    assert (await guests.script(script)).errnos == ["SUCCESS", "SUCCESS", "SUCCESS", "ACCES"]


def test_compiled_modules_are_found_on_disk(tmp_path: Path) -> None:
    wasm = exiting(1).wasm()
    sha256 = hashlib.sha256(wasm).hexdigest()
    ModuleCache(shared_engine(), tmp_path).get(sha256, lambda: wasm)
    [stored] = tmp_path.iterdir()
    assert ModuleCache(shared_engine(), tmp_path).get(sha256, _never)
    assert stored.name.startswith(sha256)


def test_damaged_compiled_modules_are_not_run(tmp_path: Path) -> None:
    wasm = exiting(2).wasm()
    sha256 = hashlib.sha256(wasm).hexdigest()
    ModuleCache(shared_engine(), tmp_path).get(sha256, lambda: wasm)
    [stored] = tmp_path.iterdir()
    code = bytearray(stored.read_bytes())
    code[len(code) // 2] ^= 1
    stored.write_bytes(code)
    with pytest.raises(AssertionError, match="not read"):
        ModuleCache(shared_engine(), tmp_path).get(sha256, _never)
    ModuleCache(shared_engine(), tmp_path).get(sha256, lambda: wasm)
    assert ModuleCache(shared_engine(), tmp_path).get(sha256, _never)
    assert len(os.listdir(tmp_path)) == 1


def test_content_with_another_digest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableModuleError, match="SHA-256"):
        ModuleCache(shared_engine(), tmp_path).get("0" * 64, lambda: exiting(0).wasm())
    assert os.listdir(tmp_path) == []


def test_a_cache_that_cannot_be_written_costs_time_only(tmp_path: Path) -> None:
    wasm = exiting(4).wasm()
    cache = ModuleCache(shared_engine(), tmp_path / "cache")
    (tmp_path / "cache").rmdir()
    assert cache.get(hashlib.sha256(wasm).hexdigest(), lambda: wasm)
