"""Streams as open files: pipes between processes, what the agent reads of a job, terminals.

On the host's side nothing blocks: the process waits, and can be woken.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import struct
import termios
import threading
from collections.abc import Callable, Sequence
from typing import Final

from satchel.adapters.server.wasi.open_file import OpenFile, Waiter, first_bytes
from satchel.adapters.server.wasi.wakeup import Wakeup
from satchel.wasi.abi import Errno, Fdflags, Filetype, Rights, Signal
from satchel.wasi.errors import WasiError
from satchel.wasi.layout import pack_filestat
from satchel.wasi.line_discipline import LineDiscipline
from satchel.wasi.rights import PIPE_RIGHTS, TERMINAL_RIGHTS

_FD_READ: Final = int(Rights.FD_READ)
_FD_WRITE: Final = int(Rights.FD_WRITE)
_NONBLOCK: Final = int(Fdflags.NONBLOCK)
_PIPE_CHUNK: Final = 1 << 16


def new_pipe() -> tuple[PipeEnd, PipeEnd]:
    """Reading and writing end of a new pipe, neither with a reference yet."""
    reader, writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK) if hasattr(os, "pipe2") else _portable_pipe()
    return PipeEnd(reader, reads=True), PipeEnd(writer, reads=False)


def _portable_pipe() -> tuple[int, int]:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    return reader, writer


class PipeEnd(OpenFile):
    """One end of a pipe, which is non-blocking on the host's side.

    With `keeps_unread`, what is in the pipe when its reading end is closed is in `unread` from then on.
    """

    keeps_unread = False
    unread = b""

    def __init__(self, host: int, *, reads: bool) -> None:
        super().__init__(host)
        self.reads = reads
        self.rights = PIPE_RIGHTS & ~(_FD_WRITE if reads else _FD_READ)

    def close(self) -> None:
        if self.keeps_unread:
            with contextlib.suppress(BlockingIOError):
                self.unread = os.read(self.host, _readable_bytes(self.host))
        super().close()

    def read(self, process: Waiter, buffers: Sequence[memoryview]) -> int:
        if not self.reads:
            raise WasiError(Errno.BADF)
        while buffers:
            try:
                return os.readv(self.host, buffers)
            except BlockingIOError:
                if self.flags & _NONBLOCK:
                    raise
            process.wait_for(self.host, select.POLLIN)
        return 0

    def write(self, process: Waiter, buffers: Sequence[memoryview]) -> int:
        if self.reads:
            raise WasiError(Errno.BADF)
        total = 0
        for buffer in buffers:
            written = self._write_all(process, buffer)
            total += written
            if written < buffer.nbytes:
                break
        return total

    def _write_all(self, process: Waiter, buffer: memoryview) -> int:
        done = 0
        while done < buffer.nbytes:
            try:
                done += os.write(self.host, buffer[done : done + _PIPE_CHUNK] if done else buffer)
            except BlockingIOError:
                if self.flags & _NONBLOCK:
                    if done:
                        return done
                    raise
                process.wait_for(self.host, select.POLLOUT)
            except BrokenPipeError:
                process.end_by_signal(Signal.PIPE)
        return done

    def available(self) -> int:
        return _readable_bytes(self.host) if self.reads else 0

    def poll_descriptor(self, *, to_write: bool) -> int:
        return self.host


class OutputMeter:
    """Counts what a job writes to the streams that the agent reads."""

    def __init__(self, most: int) -> None:
        self._left = most
        self._lock = threading.Lock()

    def admit(self, wanted: int) -> int:
        """How many of these bytes may still be written."""
        with self._lock:
            admitted = min(wanted, self._left)
            self._left -= admitted
            return admitted


class OutputStream(OpenFile):
    """What the agent reads of a job: kept until it does, up to the limit of output. The callbacks are called on the
    writer's thread."""

    rights = PIPE_RIGHTS & ~_FD_READ

    def __init__(
        self, meter: OutputMeter, on_data: Callable[[bytes], None], on_close: Callable[[], None]
    ) -> None:
        super().__init__(-1)
        self._meter = meter
        self._on_data = on_data
        self._on_close = on_close

    def write(self, process: Waiter, buffers: Sequence[memoryview]) -> int:
        wanted = sum(buffer.nbytes for buffer in buffers)
        admitted = self._meter.admit(wanted)
        if admitted:
            self._on_data(b"".join(buffers if admitted == wanted else first_bytes(buffers, admitted)))
        if admitted < wanted:
            process.end_by_output()
        return admitted

    def echo(self, data: bytes) -> None:
        """What a terminal shows of what was typed; nobody is ended for it."""
        if admitted := self._meter.admit(len(data)):
            self._on_data(data[:admitted])

    def close(self) -> None:
        self._on_close()


class Terminal(OpenFile):
    """A terminal: what programs see of it, and (`type`, `hang_up`, `size`) what a person does at it."""

    filetype = Filetype.CHARACTER_DEVICE
    rights = TERMINAL_RIGHTS

    def __init__(
        self, output: OutputStream, on_signal: Callable[[Signal], None], rows: int, columns: int
    ) -> None:
        super().__init__(-1)
        self._output = output
        self._lock = threading.RLock()
        self._readable = Wakeup()
        self._on_signal = on_signal
        self._signals: list[Signal] = []
        self._shown: list[bytes] = []
        self._discipline = LineDiscipline(self._shown.append, self._signals.append)
        self.size = (rows, columns)

    @property
    def mode(self) -> int:
        """The `TerminalMode` in force."""
        return self._discipline.mode

    @property
    def unread(self) -> bytes:
        """What was typed and not read."""
        with self._lock:
            return self._discipline.unread

    def set_mode(self, mode: int) -> None:
        """Change the `TerminalMode`."""
        with self._lock:
            self._discipline.set_mode(mode)
            self._changed()

    def type(self, keys: bytes) -> None:
        """Keys were pressed."""
        with self._lock:
            self._discipline.type(keys)
            self._show()
            self._changed()
            signals = list(self._signals)
            self._signals.clear()
        for signal in signals:
            self._on_signal(signal)

    def hang_up(self) -> None:
        """Nobody will press keys any more."""
        with self._lock:
            self._discipline.is_hung_up = True
            self._changed()

    def read(self, process: Waiter, buffers: Sequence[memoryview]) -> int:
        wanted = sum(buffer.nbytes for buffer in buffers)
        data = self._wait_for_keys(process, wanted) if wanted else b""
        done = 0
        for buffer in buffers:
            part = data[done : done + buffer.nbytes]
            buffer[: len(part)] = part
            done += len(part)
        return done

    def _wait_for_keys(self, process: Waiter, most: int) -> bytes:
        while True:
            with self._lock:
                if self._discipline.can_read:
                    data = self._discipline.read(most)
                    self._changed()
                    return data
            if self.flags & _NONBLOCK:
                raise WasiError(Errno.AGAIN)
            process.wait_for(self._readable.descriptor(), select.POLLIN)

    def write(self, process: Waiter, buffers: Sequence[memoryview]) -> int:
        data = b"".join(buffers)
        with self._lock:
            self._discipline.write(data)
            shown = b"".join(self._shown)
            self._shown.clear()
            self._output.write(process, [memoryview(shown)])
        return len(data)

    def filestat(self) -> bytes:
        return pack_filestat(0, self.filetype, 0o620, 0, 0)

    def poll_descriptor(self, *, to_write: bool) -> int:
        return -1 if to_write else self._readable.descriptor()

    def close(self) -> None:
        self._readable.close()
        self._output.close()

    def _show(self) -> None:
        """What was echoed; at the limit of output it is lost."""
        if self._shown:
            self._output.echo(b"".join(self._shown))
            self._shown.clear()

    def _changed(self) -> None:
        """The descriptor that programs poll is readable just as long as the terminal is."""
        if self._discipline.can_read:
            self._readable.wake()
        else:
            self._readable.clear()


def _readable_bytes(host: int) -> int:
    return int(struct.unpack("i", fcntl.ioctl(host, termios.FIONREAD, bytes(4)))[0])
