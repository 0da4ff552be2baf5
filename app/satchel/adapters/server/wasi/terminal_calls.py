"""The calls of `satchel_tty_v1`."""

from __future__ import annotations

from typing import Final

from satchel.adapters.server.wasi.engine import HostCall
from satchel.adapters.server.wasi.guest_process import GuestProcess
from satchel.adapters.server.wasi.stream_file import Terminal
from satchel.wasi.abi import Errno
from satchel.wasi.errors import WasiError


def _terminal(process: GuestProcess, fd: int) -> Terminal:
    file = process.fds[fd].file
    if not isinstance(file, Terminal):
        raise WasiError(Errno.NOTTY)
    return file


def isatty(process: GuestProcess, fd: int) -> None:
    _terminal(process, fd)


def size_get(process: GuestProcess, fd: int, rows: int, columns: int) -> None:
    height, width = _terminal(process, fd).size
    process.memory.write_u32(rows, height)
    process.memory.write_u32(columns, width)


def mode_get(process: GuestProcess, fd: int, mode: int) -> None:
    process.memory.write_u32(mode, _terminal(process, fd).mode)


def mode_set(process: GuestProcess, fd: int, mode: int) -> None:
    _terminal(process, fd).set_mode(mode)


TERMINAL_CALLS: Final[dict[str, HostCall]] = {
    call.__name__: call for call in (isatty, size_get, mode_get, mode_set)
}
