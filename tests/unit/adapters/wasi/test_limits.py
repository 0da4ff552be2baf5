"""Every limit is enforced, says which one it was, and leaves what was written before."""

from __future__ import annotations

import asyncio
import time

import pytest

from satchel.base.limits import ProcessLimits
from tests.unit.adapters.wasi.guest_script import Script
from tests.unit.adapters.wasi.running import Guests, finish, script_request
from tests.unit.adapters.wasi.test_processes import SPIN, spawning, spinning


def _greeting(then: str) -> Script:
    script = Script()
    script.call("fd_write", 1, *script.iovec(script.text("hello")), script.room(8))
    script.code(then)
    return script


@pytest.mark.parametrize(
    ("limits", "code", "cause"),
    [
        (ProcessLimits(wall_seconds=0.3), 137, "wall"),
        (ProcessLimits(cpu_seconds=0.3), 128 + 23, "cpu"),
    ],
    ids=["wall", "cpu"],
)
async def test_time(guests: Guests, limits: ProcessLimits, code: int, cause: str) -> None:
    started = time.monotonic()
    ended = await guests.run(script_request(_greeting(SPIN), limits=limits))
    assert (ended.status.code, ended.status.cause) == (code, cause)
    assert ended.stdout == b"hello"
    assert 0.25 < time.monotonic() - started < 5


async def test_sleeping_costs_no_computing_time_but_wall_time(guests: Guests) -> None:
    script = Script()
    subscription = script.room(48, bytes(24) + (3600 * 10**9).to_bytes(8, "little"))
    script.call("poll_oneoff", subscription, script.room(32), 1, script.room(8))
    limits = ProcessLimits(cpu_seconds=0.05, wall_seconds=0.4)
    assert (await guests.run(script_request(script, limits=limits))).status.cause == "wall"


async def test_a_wall_limit_takes_the_children_along(guests: Guests) -> None:
    script = Script()
    spawning(script, guests.install("spin", spinning().wasm()), fds=((1, 1),))
    script.call("wait", 0xFFFF_FFFF, 0, script.room(8), script.room(8))
    ended = await guests.run(script_request(script, limits=ProcessLimits(wall_seconds=0.3)))
    assert ended.status.cause == "wall"
    for _ in range(100):
        if guests.host.stats()["processes"] == 0:
            break
        await asyncio.sleep(0.02)
    assert guests.host.stats()["processes"] == 0


async def test_output_is_kept_up_to_its_limit(guests: Guests) -> None:
    script = Script()
    script.code("(loop $more")
    script.call("fd_write", 1, *script.iovec((0, 1000)), script.room(8))
    script.code("(br $more))")
    ended = await guests.run(script_request(script, limits=ProcessLimits(output_bytes=12_345)))
    assert (ended.status.code, ended.status.cause) == (137, "output")
    assert "12345" in ended.status.detail
    assert len(ended.stdout) == 12_345


async def test_output_that_nobody_reads_does_not_stop_a_program(guests: Guests) -> None:
    script = Script()
    script.call("fd_write", 1, *script.iovec((0, 200_000)), script.room(8))
    process = await guests.start(script_request(script))
    assert (await asyncio.wait_for(process.wait(), 5)).code == 0
    assert len((await finish(process)).stdout) > 200_000


async def test_memory_of_all_processes_together(guests: Guests) -> None:
    script = Script(pages=1)
    script.code(f"(drop (memory.grow (i32.const 300))) {SPIN}")
    limits = ProcessLimits(total_memory_bytes=30 << 20)
    processes = [await guests.start(script_request(script, limits=limits)) for _ in range(2)]
    done, _ = await asyncio.wait(
        [asyncio.ensure_future(one.wait()) for one in processes],
        return_when=asyncio.FIRST_COMPLETED,
        timeout=10,
    )
    assert {one.result().cause for one in done} == {"memory"}


async def test_open_files(guests: Guests) -> None:
    script = Script()
    numbers = [script.open("workspace", oflags=2)[0] for _ in range(8)]
    script.call("dup", 0, 0, script.room(8))
    script.call("dup", 0, 10, script.room(8))
    script.call("dup_to", 0, 10)
    script.call("pipe", script.room(8), script.room(8))
    request = script_request(script, limits=ProcessLimits(open_files=10))
    result = script.result((await guests.run(request)).stdout)
    assert [result.errnos[number] for number in numbers] == ["SUCCESS"] * 6 + ["MFILE"] * 2
    assert result.errnos[8:] == ["MFILE", "INVAL", "BADF", "MFILE"]


async def test_file_size(guests: Guests) -> None:
    script = Script()
    _, file = script.open("workspace/f", oflags=1, rights=(1 << 30) - 1)
    count = script.room(8)
    block = script.iovec((0, 700))
    script.call("fd_write", file, *block, count)
    script.call("fd_write", file, *block, count)
    script.call("fd_write", file, *block, script.room(8))
    script.call("fd_pwrite", file, *block, 2000, script.room(8))
    script.call("fd_filestat_set_size", file, 1001)
    script.call("fd_allocate", file, 0, 1001)
    request = script_request(script, limits=ProcessLimits(file_bytes=1000))
    result = script.result((await guests.run(request)).stdout)
    assert result.errnos[1:] == ["SUCCESS", "SUCCESS", "FBIG", "FBIG", "FBIG", "FBIG"]
    assert result.u32(count) == 300
    assert (guests.workspace / "f").stat().st_size == 1000


async def test_processes_and_that_those_who_wait_do_not_count(guests: Guests) -> None:
    leaf = guests.install("spin", spinning().wasm())
    middle = Script()
    spawning(middle, leaf)
    middle.call("wait", 0xFFFF_FFFF, 0, middle.room(8), middle.room(8))
    waiting = guests.install("waiting", middle.wasm(reports=False))
    limits = ProcessLimits(processes=2)
    first = await guests.start(script_request(middle, limits=limits))
    await asyncio.sleep(0.1)
    script = Script()
    spawning(script, waiting)
    second = await finish(await guests.start(script_request(script, limits=limits)))
    assert script.result(second.stdout).errnos == ["AGAIN"]
    first.kill()
    await first.wait()


async def test_a_job_that_is_ended_cannot_go_on_in_new_children(guests: Guests) -> None:
    """Each process starts two of itself; one kill ends them all."""
    script = Script()
    for _ in range(2):
        spawning(script, "/workspace/bomb")
    script.code(SPIN)
    bomb = guests.install("bomb", script.wasm())
    assert bomb == "/workspace/bomb"
    process = await guests.start(script_request(script, limits=ProcessLimits(processes=40)))
    await asyncio.sleep(0.2)
    process.kill()
    await process.wait()
    for _ in range(100):
        if not any(guests.host.stats().values()):
            break
        await asyncio.sleep(0.02)
    assert not any(guests.host.stats().values())
