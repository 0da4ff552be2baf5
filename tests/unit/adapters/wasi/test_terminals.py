"""Programs at a terminal: what it tells them, what keys do, its end."""

from __future__ import annotations

import asyncio

import pytest

from satchel.base.limits import ProcessLimits
from satchel.runtime.process import TerminalSize
from satchel.wasi.abi import Filetype
from tests.unit.adapters.wasi.guest_script import Script
from tests.unit.adapters.wasi.running import Guests, read_all, script_request
from tests.unit.adapters.wasi.test_processes import spinning

_SIZE = TerminalSize(30, 100)


async def test_a_terminal_is_known_as_one(guests: Guests) -> None:
    script = Script()
    rows, columns, mode, stat = script.room(8), script.room(8), script.room(8), script.room(24)
    _, file = script.open("workspace", oflags=2)
    _, tty = script.open("dev/tty", rights=1 << 1 | 1 << 6)
    script.call("isatty", 0)
    script.call("isatty", tty)
    script.call("isatty", file)
    script.call("size_get", 1, rows, columns)
    script.call("mode_get", 2, mode)
    script.call("mode_set", 1, 0)
    script.call("fd_fdstat_get", 0, stat)
    process = await guests.start(script_request(script, terminal=_SIZE))
    result = script.result(await read_all(process, "stdout"))
    assert result.errnos == ["SUCCESS", "SUCCESS", "SUCCESS", "SUCCESS", "NOTTY"] + ["SUCCESS"] * 4
    assert (result.u32(rows), result.u32(columns), result.u32(mode)) == (30, 100, 31)
    assert result.memory[stat] == Filetype.CHARACTER_DEVICE
    assert await process.read("stderr") == b""


async def test_without_a_terminal_there_is_none(guests: Guests) -> None:
    script = Script()
    script.open("dev/tty")
    script.call("isatty", 0)
    script.call("size_get", 0, 0, 0)
    assert (await guests.script(script)).errnos == ["NXIO", "NOTTY", "NOTTY"]


async def test_lines_are_edited_and_echoed(guests: Guests) -> None:
    script = Script()
    buffer, count = script.room(16), script.room(8)
    script.call("fd_read", 0, *script.iovec((buffer, 16)), count)
    script.call("mode_set", 0, 0)
    process = await guests.start(script_request(script, terminal=_SIZE))
    await process.write(b"abx\x7fc\r")
    output = await read_all(process, "stdout")
    assert output.startswith(b"abx\b \bc\r\n")
    result = script.result(output.removeprefix(b"abx\b \bc\r\n"))
    assert result.bytes(buffer, result.u32(count)) == b"abc\n"


async def test_poll_waits_for_keys(guests: Guests) -> None:
    script = Script()
    subscription = script.room(48, bytes(8) + b"\1")
    event = script.room(32)
    script.call("poll_oneoff", subscription, event, 1, script.room(8))
    script.call("mode_set", 0, 0)
    process = await guests.start(script_request(script, terminal=_SIZE))
    await asyncio.sleep(0.05)
    assert guests.host.stats()["processes"] == 1
    await process.write(b"\n")
    output = await asyncio.wait_for(read_all(process, "stdout"), 5)
    assert script.result(output.removeprefix(b"\r\n")).errnos == ["SUCCESS", "SUCCESS"]


async def test_control_c_ends_what_runs_there(guests: Guests) -> None:
    process = await guests.start(script_request(spinning(), terminal=_SIZE))
    await process.write(b"ab\x03")
    status = await asyncio.wait_for(process.wait(), 5)
    assert (status.code, status.signal) == (130, 2)
    assert await read_all(process, "stdout") == b"ab^C\r\n"


async def test_control_d_and_hanging_up_are_the_end_of_input(guests: Guests) -> None:
    script = Script()
    count = script.room(8, b"\xff")
    script.call("fd_read", 0, *script.iovec((script.room(8), 8)), count)
    script.call("mode_set", 0, 0)
    for end in (b"\x04", None):
        process = await guests.start(script_request(script, terminal=_SIZE))
        if end is None:
            process.close_input()
        else:
            await process.write(end)
        assert script.result(await asyncio.wait_for(read_all(process, "stdout"), 5)).u32(count) == 0


@pytest.mark.parametrize("terminal", [_SIZE, None])
async def test_what_nobody_has_read_is_known_at_the_end(
    guests: Guests, terminal: TerminalSize | None
) -> None:
    script = Script()
    script.call("fd_read", 0, *script.iovec((script.room(8), 4)), script.room(8))
    process = await guests.start(script_request(script, terminal=terminal))
    await process.write(b"one\nnext\nand a half")
    await asyncio.wait_for(process.wait(), 5)
    assert process.unread_input() == b"next\nand a half"


async def test_a_new_size_is_seen(guests: Guests) -> None:
    script = Script()
    rows = script.room(8)
    script.call("fd_read", 0, *script.iovec((script.room(8), 8)), script.room(8))
    script.call("size_get", 0, rows, script.room(8))
    script.call("mode_set", 0, 0)
    process = await guests.start(script_request(script, terminal=_SIZE))
    process.resize(TerminalSize(7, 8))
    await process.write(b"\n")
    output = await read_all(process, "stdout")
    assert script.result(output.removeprefix(b"\r\n")).u32(rows) == 7


async def test_output_has_its_limit_at_a_terminal_too(guests: Guests) -> None:
    script = Script()
    script.code("(loop $more")
    script.call("fd_write", 1, *script.iovec((0, 100)), script.room(8))
    script.code("(br $more))")
    request = script_request(script, terminal=_SIZE, limits=ProcessLimits(output_bytes=1000))
    process = await guests.start(request)
    assert (await asyncio.wait_for(process.wait(), 5)).cause == "output"
    assert len(await read_all(process, "stdout")) == 1000
