"""What a call does with pointers, sizes and numbers that make no sense: an errno, and nothing else."""

from __future__ import annotations

import pytest

from satchel.runtime.process import ExitStatus, SpawnRequest
from satchel.wasi.abi import MODULES
from tests.unit.adapters.wasi.guest_script import Script
from tests.unit.adapters.wasi.running import Guests, script_request

_OUTSIDE = 0xFFFF_FFF0
_SILENT = {"proc_exit", "exec", "poll_oneoff", "wait"}
_ALL = [(module, call) for module, calls in MODULES.items() for call in calls if call.name not in _SILENT]


@pytest.mark.parametrize(("module", "call"), _ALL, ids=lambda one: getattr(one, "name", one))
@pytest.mark.parametrize("value", [_OUTSIDE, 0x7FFF_FFFF, 0], ids=["outside", "large", "zero"])
async def test_no_argument_breaks_the_host(guests: Guests, module: str, call: object, value: int) -> None:
    """Every call with the same nonsense in every place: it answers, and the program goes on."""
    script = Script()
    count = len(call.parameters)  # type: ignore[attr-defined]
    script.call(call.name, *[value] * count, module=module)  # type: ignore[attr-defined]
    result = await guests.script(script)
    assert result.errnos[0] in {
        "SUCCESS", "BADF", "FAULT", "INVAL", "NOENT", "NAMETOOLONG", "NOTDIR", "NOTTY", "NOTSOCK", "TOOBIG", "SRCH",
        "NOTCAPABLE", "SPIPE", "ISDIR",
    }  # fmt: skip


@pytest.mark.parametrize("pointer", [4 * 65536 - 4, _OUTSIDE])
async def test_results_that_do_not_fit_are_a_fault_and_nothing_is_done(guests: Guests, pointer: int) -> None:
    (guests.workspace / "f").write_bytes(b"x")
    script = Script()
    path = script.text("workspace/f")
    script.call("path_filestat_get", 3, 1, *path, pointer)
    script.call("clock_time_get", 0, 0, pointer)
    script.call("path_open", 3, 1, *script.text("workspace/new"), 1, 0, 0, 0, pointer + 8)
    script.call("pipe", pointer + 8, 0)
    script.call("fd_filestat_get", 4, script.room(64))
    assert (await guests.script(script)).errnos == ["FAULT", "FAULT", "FAULT", "FAULT", "BADF"]
    assert not (guests.workspace / "new").exists()


async def test_arguments_and_environment_arrive_whole(guests: Guests) -> None:
    script = Script()
    count, size, pointers, buffer = script.room(8), script.room(8), script.room(64), script.room(128)
    script.call("args_sizes_get", count, size)
    script.call("args_get", pointers, buffer)
    env_count, env_size, env_pointers, env = (
        script.room(8),
        script.room(8),
        script.room(64),
        script.room(128),
    )
    script.call("environ_sizes_get", env_count, env_size)
    script.call("environ_get", env_pointers, env)
    request = SpawnRequest("p", ("p", "", "zwei wörter"), {"A": "1", "B": "ü"}, module=script.wasm())
    ended = await guests.run(request)
    result = script.result(ended.stdout)
    assert result.errnos == ["SUCCESS"] * 4
    assert (result.u32(count), result.bytes(buffer, result.u32(size))) == (3, "p\0\0zwei wörter\0".encode())
    assert [result.u32(pointers + 4 * at) - buffer for at in range(3)] == [0, 2, 3]
    assert result.bytes(env, result.u32(env_size)) == "A=1\0B=ü\0".encode()


async def test_memory_that_grows_is_seen_by_the_next_call(guests: Guests) -> None:
    script = Script(pages=1)
    script.code("(drop (memory.grow (i32.const 2)))")
    script.call("random_get", 2 * 65536, 65536)
    script.code("(i32.store (i32.const 32) (i32.load (i32.const 196000)))")
    script.call("random_get", 2 * 65536, 65537)
    result = await guests.script(script)
    assert result.errnos == ["SUCCESS", "FAULT"]
    assert result.u32(32) != 0


async def test_a_process_cannot_grow_past_its_limit(guests: Guests) -> None:
    script = Script(pages=1)
    script.code("(i32.store (i32.const 32) (memory.grow (i32.const 200)))")
    script.code("(i32.store (i32.const 36) (memory.grow (i32.const 10)))")
    limits = script_request(script).limits.__class__(memory_bytes=100 * 65536)
    ended = await guests.run(script_request(script, limits=limits))
    result = script.result(ended.stdout)
    assert ended.status == ExitStatus(0)
    assert (result.u32(32), result.u32(36)) == (0xFFFF_FFFF, 1)
