"""The life of a process: start, children, pipes, signals, end; and that nothing of it stays behind."""

from __future__ import annotations

import asyncio
import os
import threading
import time

import pytest

from satchel.base.errors import InputError, LimitExceededError
from satchel.base.limits import ProcessLimits
from satchel.runtime.errors import CommandNotFoundError, NotExecutableError
from satchel.runtime.process import ExitStatus, SpawnRequest
from tests.unit.adapters.wasi.guest_script import Loaded, Script
from tests.unit.adapters.wasi.running import Guests, finish, read_all, request_of, script_request

SPIN = "(loop $spin (br $spin))"


def spinning() -> Script:
    script = Script()
    script.code(SPIN)
    return script


def exiting(code: int) -> Script:
    script = Script()
    script.call("proc_exit", code)
    return script


def spawning(
    script: Script, program: str, *argv: str, fds: tuple[tuple[int, int], ...] = (), env: str = ""
) -> Loaded:
    """Add a spawn; the child's pid."""
    pid = script.room(8)
    pairs = script.room(8 * len(fds) or 8, b"".join(x.to_bytes(4, "little") for pair in fds for x in pair))
    words = script.text("".join(f"{word}\0" for word in argv or (program,)))
    variables = script.text(env) if env else (0, 0)
    cwd = script.text("/workspace")
    script.call("spawn", *script.text(program), *words, *variables, *cwd, pairs, len(fds), 0, pid)
    return Loaded(pid)


@pytest.mark.parametrize(("code", "reported"), [(0, 0), (1, 1), (255, 255), (256, 256)])
async def test_exit_codes_are_passed_on(guests: Guests, code: int, reported: int) -> None:
    assert (await guests.run(script_request(exiting(code)))).status == ExitStatus(reported)


async def test_a_trap_ends_with_134_and_says_why(guests: Guests) -> None:
    script = Script()
    script.code("unreachable")
    status = (await guests.run(script_request(script))).status
    assert (status.code, status.signal, status.cause) == (134, 6, "trap")
    assert "unreachable" in status.detail


async def test_a_child_is_waited_for_and_tells_how_it_ended(guests: Guests) -> None:
    child = guests.install("child", exiting(7).wasm())
    script = Script()
    pid = spawning(script, child)
    ended, status = script.room(8), script.room(8)
    script.call("wait", pid, 0, ended, status)
    script.call("wait", 0xFFFF_FFFF, 0, ended, status)
    result = await guests.script(script)
    assert result.errnos == ["SUCCESS", "SUCCESS", "CHILD"]
    assert (result.u32(ended), result.u32(status)) == (result.u32(pid), 7 << 8)


async def test_a_spinning_child_is_killed_by_its_parent(guests: Guests) -> None:
    child = guests.install("spin", spinning().wasm())
    script = Script()
    pid = spawning(script, child)
    script.call("kill", pid, 15)
    status = script.room(8)
    script.call("wait", pid, 0, script.room(8), status)
    script.call("kill", pid, 9)
    script.call("kill", 0x7FFF_FFFF, 9)
    script.call("kill", pid, 31)
    result = await guests.script(script)
    assert result.errnos == ["SUCCESS", "SUCCESS", "SUCCESS", "SRCH", "SRCH", "INVAL"]
    assert result.u32(status) == 15


async def test_exec_keeps_pid_and_descriptors(guests: Guests) -> None:
    second = Script()
    pid = second.room(8)
    second.call("ids", pid, second.room(8))
    program = guests.install("second", second.wasm())
    script = Script()
    words, cwd = script.text("second\0"), script.text("/workspace")
    script.call("exec", *script.text("/nowhere"), *words, 0, 0, *cwd, 0)
    script.call("exec", *script.text(program), *words, 0, 0, *cwd, 0)
    script.code("unreachable")
    process = await guests.start(script_request(script))
    ended = await finish(process)
    assert ended.status == ExitStatus(0)
    assert second.result(ended.stdout).u32(pid) == process.pid


async def test_a_pipeline_runs_at_once_over_real_pipes(guests: Guests) -> None:
    writer, copier = Script(), Script()
    block = writer.iovec((0, 65536))
    writer.code("(local.set $i (i32.const 32)) (loop $more")
    writer.call("fd_write", 1, *block, writer.room(8))
    writer.code("(br_if $more (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))")
    buffer, count = copier.room(4096), copier.room(8)
    vector = copier.iovec((buffer, 4096))
    copier.code("(block $end (loop $more")
    copier.call("fd_read", 0, *vector, count)
    copier.code(f"(br_if $end (i32.eqz (i32.load (i32.const {count}))))")
    copier.code(f"(i32.store (i32.const {vector[0] + 4}) (i32.load (i32.const {count})))")
    copier.call("fd_write", 1, *vector, copier.room(8))
    copier.code(f"(i32.store (i32.const {vector[0] + 4}) (i32.const 4096)) (br $more)))")
    requests = [request_of(one.wasm(reports=False)) for one in (writer, copier, copier)]
    first, middle, last = await guests.start_pipeline(requests)
    output = await asyncio.wait_for(read_all(last, "stdout"), 20)
    assert len(output) == 32 * 65536
    assert [await one.wait() for one in (first, middle, last)] == [ExitStatus(0)] * 3
    assert await middle.read("stdout") == b""
    with pytest.raises(BrokenPipeError):
        await last.write(b"x")


async def test_who_writes_to_a_pipe_that_nobody_reads_ends_with_141(guests: Guests) -> None:
    writer = Script()
    block = writer.iovec((0, 65536))
    writer.code("(loop $more")
    writer.call("fd_write", 1, *block, writer.room(8))
    writer.code("(br $more))")
    first, last = await guests.start_pipeline([request_of(writer.wasm()), request_of(exiting(0).wasm())])
    status = await asyncio.wait_for(first.wait(), 10)
    assert (status.code, status.signal, status.cause) == (141, 13, "signal")
    assert await first.read("stderr") == b""
    assert await last.wait() == ExitStatus(0)


async def test_writing_to_a_program_that_has_ended_fails(guests: Guests) -> None:
    process = await guests.start(script_request(exiting(0)))
    await process.wait()
    with pytest.raises(BrokenPipeError):
        await process.write(b"x" * 200_000)


async def test_a_write_that_waits_for_room_is_ended_by_the_programs_end(guests: Guests) -> None:
    process = await guests.start(script_request(spinning()))
    writing = asyncio.ensure_future(process.write(b"x" * 1_000_000))
    await asyncio.sleep(0.05)
    assert not writing.done()
    process.kill()
    with pytest.raises(BrokenPipeError):
        await asyncio.wait_for(writing, 5)


async def _blocked_in(guests: Guests, script: Script) -> float:
    """Seconds from the kill of a program that waits in a host call to its end."""
    process = await guests.start(script_request(script))
    await asyncio.sleep(0.05)
    started = time.monotonic()
    process.kill()
    status = await asyncio.wait_for(process.wait(), 5)
    assert (status.code, status.signal) == (137, 9)
    return time.monotonic() - started


async def test_every_blocking_call_ends_at_once_when_killed(guests: Guests) -> None:
    reading, sleeping, waiting, spin = Script(), Script(), Script(), spinning()
    reading.call("fd_read", 0, *reading.iovec((reading.room(8), 8)), reading.room(8))
    subscription = sleeping.room(48, bytes(24) + (3600 * 10**9).to_bytes(8, "little"))
    sleeping.call("poll_oneoff", subscription, sleeping.room(32), 1, sleeping.room(8))
    spawning(waiting, guests.install("spin", spinning().wasm()))
    waiting.call("wait", 0xFFFF_FFFF, 0, waiting.room(8), waiting.room(8))
    for script in (reading, sleeping, waiting, spin):
        assert await _blocked_in(guests, script) < 1
    assert guests.host.stats()["processes"] == 0


async def test_a_stopped_process_goes_on_when_it_is_told_to(guests: Guests) -> None:
    process = await guests.start(script_request(spinning()))
    process.kill(18)
    await asyncio.sleep(0.1)
    before = time.process_time()
    await asyncio.sleep(0.2)
    assert time.process_time() - before < 0.15
    process.kill(17)
    process.kill(15)
    assert (await asyncio.wait_for(process.wait(), 5)).code == 143


async def test_programs_that_cannot_be_started(guests: Guests) -> None:
    guests.install("text", "no program")
    guests.install("plain", exiting(0).wasm(), mode=0o644)
    guests.install("script", "#!/nowhere/sh\n")

    async def start(program: str, **changes: object) -> None:
        await guests.start(SpawnRequest(program, (program,), {}, **changes))  # type: ignore[arg-type]

    for program in ("/usr/bin/nothing", "/workspace/script"):
        with pytest.raises(CommandNotFoundError):
            await start(program)
    for program in ("/workspace/text", "/workspace/plain", "/workspace"):
        with pytest.raises(NotExecutableError):
            await start(program)
    with pytest.raises(InputError, match="no WebAssembly module"):
        await start("x", module=b"no module")
    with pytest.raises(LimitExceededError):
        await start("x", module=Script(pages=1000).wasm(), limits=ProcessLimits(memory_bytes=1 << 20))
    with pytest.raises(LimitExceededError):
        await start("x", module=exiting(0).wasm(), limits=ProcessLimits(processes=0))


async def test_nothing_is_left_of_any_end(guests: Guests) -> None:
    """Descriptors of the host and threads are counted over every way to end, with children and pipes left open."""
    child = guests.install("spin", spinning().wasm())

    def parent(end: str) -> bytes:
        script = Script()
        script.call("pipe", script.room(8), script.room(8))
        script.open("workspace", oflags=2)
        spawning(script, child, fds=((0, 0), (1, 1), (9, 4)))
        script.code(end)
        return script.wasm()

    trap = Script()
    trap.call("proc_raise", 6)
    programs = [parent("(nop)"), parent("unreachable"), parent(SPIN), trap.wasm(), exiting(3).wasm()]

    async def round_of_all() -> None:
        for wasm in programs:
            process = await guests.start(request_of(wasm))
            await asyncio.sleep(0.02)
            process.kill()
            await finish(process)

    def in_use() -> tuple[int, int]:
        return len(os.listdir("/proc/self/fd")), threading.active_count()

    await round_of_all()
    while any(guests.host.stats().values()):
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.01)
    before = in_use()
    for _ in range(5):
        await round_of_all()
    while any(guests.host.stats().values()):
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.01)
    assert in_use() == before


async def test_closing_the_host_ends_everything(guests: Guests) -> None:
    processes = [await guests.start(script_request(spinning())) for _ in range(3)]
    guests.host.close()
    assert {(await one.wait()).cause for one in processes} == {"cancelled"}
    with pytest.raises(LimitExceededError):
        await guests.start(script_request(exiting(0)))
