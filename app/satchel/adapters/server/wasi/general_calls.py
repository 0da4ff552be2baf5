"""Host calls about the process itself: arguments, environment, clocks, random numbers, its end."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import Final

from satchel.adapters.server.wasi.engine import HostCall
from satchel.adapters.server.wasi.guest_process import GuestProcess
from satchel.wasi.abi import Clockid, Errno, Signal
from satchel.wasi.errors import WasiError

_RANDOM_CHUNK: Final = 1 << 20
_RESOLUTION_NS: Final = {
    Clockid.REALTIME: max(1, round(time.get_clock_info("time").resolution * 1e9)),
    Clockid.MONOTONIC: max(1, round(time.get_clock_info("monotonic").resolution * 1e9)),
    Clockid.PROCESS_CPUTIME_ID: max(1, round(time.get_clock_info("thread_time").resolution * 1e9)),
    Clockid.THREAD_CPUTIME_ID: max(1, round(time.get_clock_info("thread_time").resolution * 1e9)),
}
# A process is one thread.
_CLOCKS: Final = (time.time_ns, time.monotonic_ns, time.thread_time_ns, time.thread_time_ns)


def _sizes(process: GuestProcess, strings: Sequence[bytes], count: int, size: int) -> None:
    process.memory.write_u32(count, len(strings))
    process.memory.write_u32(size, sum(len(one) + 1 for one in strings))


def _strings(process: GuestProcess, strings: Sequence[bytes], pointers: int, buffer: int) -> None:
    for one in strings:
        process.memory.write_u32(pointers, buffer)
        process.memory.write(buffer, one + b"\0")
        pointers += 4
        buffer += len(one) + 1


def args_sizes_get(process: GuestProcess, count: int, size: int) -> None:
    _sizes(process, process.argv, count, size)


def args_get(process: GuestProcess, pointers: int, buffer: int) -> None:
    _strings(process, process.argv, pointers, buffer)


def environ_sizes_get(process: GuestProcess, count: int, size: int) -> None:
    _sizes(process, process.env, count, size)


def environ_get(process: GuestProcess, pointers: int, buffer: int) -> None:
    _strings(process, process.env, pointers, buffer)


def clock_res_get(process: GuestProcess, clock: int, resolution: int) -> None:
    if clock >= len(_CLOCKS):
        raise WasiError(Errno.INVAL)
    process.memory.write_u64(resolution, _RESOLUTION_NS[Clockid(clock)])


def clock_time_get(process: GuestProcess, clock: int, _precision: int, result: int) -> None:
    if clock >= len(_CLOCKS):
        raise WasiError(Errno.INVAL)
    process.memory.write_u64(result, _CLOCKS[clock]())


def random_get(process: GuestProcess, buffer: int, length: int) -> None:
    view = process.memory.view(buffer, length)
    for start in range(0, length, _RANDOM_CHUNK):
        chunk = min(_RANDOM_CHUNK, length - start)
        view[start : start + chunk] = os.urandom(chunk)


def sched_yield(_process: GuestProcess) -> None:
    os.sched_yield()


def proc_exit(process: GuestProcess, code: int) -> None:
    process.exit(code)


def proc_raise(process: GuestProcess, signal: int) -> None:
    if signal > Signal.SYS:
        raise WasiError(Errno.INVAL)
    process.send(signal)
    process.enter_call()


GENERAL_CALLS: Final[dict[str, HostCall]] = {
    call.__name__: call
    for call in (
        args_sizes_get,
        args_get,
        environ_sizes_get,
        environ_get,
        clock_res_get,
        clock_time_get,
        random_get,
        sched_yield,
        proc_exit,
        proc_raise,
    )
}
