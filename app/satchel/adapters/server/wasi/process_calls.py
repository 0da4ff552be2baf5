"""The calls of `satchel_process_v1`, and what `satchel_net_v1` answers without a network."""

from __future__ import annotations

import os
import struct
from typing import Final

from satchel.adapters.server.wasi.engine import HostCall
from satchel.adapters.server.wasi.fd_table import Descriptor
from satchel.adapters.server.wasi.guest_process import GuestProcess, Image, Wanted
from satchel.adapters.server.wasi.path_walk import decode_path
from satchel.adapters.server.wasi.stream_file import new_pipe
from satchel.runtime.capability import command_line
from satchel.wasi.abi import MOST_PROGRAM_BYTES, Errno, Signal, SpawnFlags, WaitFlags
from satchel.wasi.errors import WasiError
from satchel.wasi.wait_status import wait_status

_PAIR: Final = struct.Struct("<ii")


def _signed(value: int) -> int:
    return value - (1 << 32) if value >> 31 else value


def _find(
    process: GuestProcess, file: bytes, argv: list[bytes], env: list[bytes], cwd: bytes, flags: int
) -> tuple[Image, str]:
    """What is to run, if it may, and where. NOTCAPABLE, and what `Lookup` says."""
    if flags & ~int(SpawnFlags.SEARCH_PATH):
        raise WasiError(Errno.INVAL)
    lookup = process.owner.lookup
    # Without one, the child stays where its parent is.
    place = lookup.directory(process, decode_path(cwd) if cwd else "")
    line = command_line([os.fsdecode(word) for word in argv])
    process.require("exec", line, process.job.access.table.exec, Errno.NOTCAPABLE)
    wanted = Wanted(decode_path(file), argv, env, place, bool(flags & SpawnFlags.SEARCH_PATH))
    return lookup.load(process, process.job.limits, wanted), place


def _check_size(process: GuestProcess, pairs: int, *texts: int) -> None:
    """`texts` are pointers and lengths. FAULT, then TOOBIG."""
    for pointer, length in zip(texts[::2], texts[1::2], strict=True):
        process.memory.view(pointer, length)
    if pairs * _PAIR.size + sum(4 + length for length in texts[1::2]) > MOST_PROGRAM_BYTES:
        raise WasiError(Errno.TOOBIG)


def spawn(
    process: GuestProcess,
    file: int,
    file_length: int,
    argv: int,
    argv_length: int,
    env: int,
    env_length: int,
    cwd: int,
    cwd_length: int,
    fds: int,
    fds_length: int,
    flags: int,
    pid: int,
) -> None:
    memory = process.memory
    memory.view(pid, 4)
    memory.view(fds, fds_length * _PAIR.size)
    _check_size(process, fds_length, file, file_length, argv, argv_length, env, env_length, cwd, cwd_length)
    pairs = list(_PAIR.iter_unpack(memory.read(fds, fds_length * _PAIR.size)))
    if process.owner.refusal(process.job.limits.processes) is not None:
        raise WasiError(Errno.AGAIN)
    image, place = _find(
        process,
        memory.read(file, file_length),
        memory.strings(argv, argv_length),
        memory.strings(env, env_length),
        memory.read(cwd, cwd_length),
        flags,
    )
    memory.write_u32(pid, process.owner.spawn(process, image, place, _inherited(process, pairs)))


def _inherited(process: GuestProcess, pairs: list[tuple[int, int]]) -> list[tuple[int, Descriptor]]:
    """Descriptors of a child: the preopens of its parent, and what is handed on. BADF, MFILE."""
    table: dict[int, Descriptor] = {}
    for fd, descriptor in process.fds.items():
        if descriptor.preopen is not None:
            table[fd] = descriptor.duplicate(descriptor.preopen)
    for child, here in pairs:
        handed = process.fds[here]
        if child < 0:
            raise WasiError(Errno.BADF)
        if child >= process.fds.limit:
            raise WasiError(Errno.MFILE)
        is_same = process.fds.find(child) is handed
        table[child] = handed.duplicate(handed.preopen if is_same else None)
    return list(table.items())


def exec_(
    process: GuestProcess,
    file: int,
    file_length: int,
    argv: int,
    argv_length: int,
    env: int,
    env_length: int,
    cwd: int,
    cwd_length: int,
    flags: int,
) -> None:
    memory = process.memory
    _check_size(process, 0, file, file_length, argv, argv_length, env, env_length, cwd, cwd_length)
    image, place = _find(
        process,
        memory.read(file, file_length),
        memory.strings(argv, argv_length),
        memory.strings(env, env_length),
        memory.read(cwd, cwd_length),
        flags,
    )
    process.become(image, place)


def wait(process: GuestProcess, pid: int, flags: int, child: int, status: int) -> None:
    memory = process.memory
    memory.view(child, 4)
    memory.view(status, 4)
    if flags & ~int(WaitFlags.NOHANG):
        raise WasiError(Errno.INVAL)
    ended = process.owner.wait(process, _signed(pid), may_block=not flags & WaitFlags.NOHANG)
    memory.write_u32(child, ended[0] if ended else 0)
    memory.write_u32(status, wait_status(ended[1].code, ended[1].signal) if ended else 0)


def kill(process: GuestProcess, pid: int, signal: int) -> None:
    if signal > Signal.SYS:
        raise WasiError(Errno.INVAL)
    process.owner.kill(process, _signed(pid), signal)
    process.enter_call()


def ids(process: GuestProcess, pid: int, parent: int) -> None:
    process.memory.write_u32(pid, process.pid)
    process.memory.write_u32(parent, process.parent_pid)


def pipe(process: GuestProcess, reader: int, writer: int) -> None:
    process.memory.view(reader, 4)
    process.memory.view(writer, 4)
    fds = process.fds
    first = fds.vacant()
    second = fds.vacant(first + 1)
    reading, writing = new_pipe()
    fds.put(first, Descriptor(reading))
    fds.put(second, Descriptor(writing))
    process.memory.write_u32(reader, first)
    process.memory.write_u32(writer, second)


def dup(process: GuestProcess, fd: int, minimum: int, new_fd: int) -> None:
    process.memory.view(new_fd, 4)
    process.memory.write_u32(new_fd, process.fds.duplicate(fd, minimum))


def dup_to(process: GuestProcess, fd: int, target: int) -> None:
    process.fds.duplicate_to(fd, target)


PROCESS_CALLS: Final[dict[str, HostCall]] = {
    "spawn": spawn,
    "exec": exec_,
    "wait": wait,
    "kill": kill,
    "ids": ids,
    "pipe": pipe,
    "dup": dup,
    "dup_to": dup_to,
}


def net_open(
    process: GuestProcess, request: int, request_length: int, _body: int, _body_length: int, _handle: int
) -> None:
    """Nothing opens a request yet; who may not is told so, and it is reported."""
    text = process.memory.read(request, min(request_length, MOST_PROGRAM_BYTES))
    subject = text.split(b"\n", 1)[0].decode("utf-8", "replace")
    if process.job.access.table.net == "allow":
        raise WasiError(Errno.NOTSUP)
    process.job.audit("net", subject, process.pid, Errno.NOTCAPABLE.name)
    raise WasiError(Errno.NOTCAPABLE)


def _no_request(_process: GuestProcess, *_arguments: int) -> None:
    raise WasiError(Errno.BADF)


NET_CALLS: Final[dict[str, HostCall]] = {
    "open": net_open,
    "head": _no_request,
    "read": _no_request,
    "close": _no_request,
}
