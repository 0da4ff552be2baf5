"""Programs on a server (`runtime.process.ProcessHost`): the engine's face towards the rest of Satchel."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from satchel.adapters.server.wasi.engine import GuestEngine
from satchel.adapters.server.wasi.fd_calls import FD_CALLS
from satchel.adapters.server.wasi.fd_table import Descriptor
from satchel.adapters.server.wasi.fs_calls import FS_CALLS
from satchel.adapters.server.wasi.general_calls import GENERAL_CALLS
from satchel.adapters.server.wasi.guest_process import GuestProcess, Image, Wanted
from satchel.adapters.server.wasi.guest_tree import GuestTree
from satchel.adapters.server.wasi.job import Job
from satchel.adapters.server.wasi.job_streams import Input, Output
from satchel.adapters.server.wasi.module_cache import ModuleCache
from satchel.adapters.server.wasi.open_file import Directory
from satchel.adapters.server.wasi.path_calls import PATH_CALLS
from satchel.adapters.server.wasi.path_open import path_open
from satchel.adapters.server.wasi.path_walk import Spot
from satchel.adapters.server.wasi.poll_calls import POLL_CALLS
from satchel.adapters.server.wasi.process_calls import NET_CALLS, PROCESS_CALLS
from satchel.adapters.server.wasi.process_table import ProcessTable
from satchel.adapters.server.wasi.program_lookup import NotCompiledError, ProgramError, ProgramLookup
from satchel.adapters.server.wasi.stream_file import OutputMeter, OutputStream, PipeEnd, Terminal, new_pipe
from satchel.adapters.server.wasi.terminal_calls import TERMINAL_CALLS
from satchel.base.errors import InputError, LimitExceededError, SatchelError
from satchel.base.limits import ProcessLimits
from satchel.runtime.access_lookup import AccessLookup
from satchel.runtime.command_index import NO_COMMANDS, CommandIndex, parse_index
from satchel.runtime.errors import CommandNotFoundError, NotExecutableError
from satchel.runtime.process import (
    AccessTable,
    AuditRecord,
    Decide,
    ExitStatus,
    Preopen,
    SpawnRequest,
    Stream,
    TerminalSize,
)
from satchel.wasi.abi import PREVIEW1, Errno, Signal
from satchel.wasi.errors import WasiError
from satchel.wasi.wait_status import exit_code

INDEX_NAME = "index.json"


@functools.cache
def shared_engine() -> GuestEngine:
    """The engine of this process; hosts differ in their trees and tables only."""
    preview1 = {**GENERAL_CALLS, **FD_CALLS, **PATH_CALLS, **POLL_CALLS, "path_open": path_open}
    return GuestEngine(
        {
            PREVIEW1: preview1,
            "satchel_process_v1": PROCESS_CALLS,
            "satchel_fs_v1": FS_CALLS,
            "satchel_net_v1": NET_CALLS,
            "satchel_tty_v1": TERMINAL_CALLS,
        }
    )


@functools.cache
def shared_cache(directory: Path | None) -> ModuleCache:
    """The compiled modules of a directory, loaded once for all hosts."""
    return ModuleCache(shared_engine(), directory)


class ServerProcess:
    """A program that was started (`runtime.process.Process`)."""

    def __init__(self, table: ProcessTable, process: GuestProcess, streams: _Streams) -> None:
        self._table = table
        self._process = process
        self._streams = streams

    @property
    def pid(self) -> int:
        """See `Process.pid`."""
        return self._process.pid

    async def write(self, data: bytes) -> None:
        """See `Process.write`."""
        if self._streams.terminal is not None:
            self._streams.terminal.type(data)
        elif self._streams.input is None:
            raise BrokenPipeError
        else:
            await self._streams.input.write(data)

    def close_input(self) -> None:
        """See `Process.close_input`."""
        if self._streams.terminal is not None:
            self._streams.terminal.hang_up()
        elif self._streams.input is not None:
            self._streams.input.close()

    def unread_input(self) -> bytes:
        """See `Process.unread_input`."""
        source = self._streams.terminal or self._streams.reader
        return b"" if source is None else source.unread

    async def read(self, stream: Stream) -> bytes:
        """See `Process.read`."""
        return await (self._streams.stdout if stream == "stdout" else self._streams.stderr).read()

    async def wait(self) -> ExitStatus:
        """See `Process.wait`."""
        return await asyncio.shield(self._streams.exited)

    def kill(self, signal: int = Signal.KILL) -> None:
        """See `Process.kill`."""
        if signal == Signal.KILL:
            self._table.kill_tree(self._process, ExitStatus(exit_code(0, signal), signal, "signal"))
        else:
            self._process.send(signal)

    def resize(self, size: TerminalSize) -> None:
        """See `Process.resize`."""
        if self._streams.terminal is not None:
            self._streams.terminal.size = (size.rows, size.columns)

    def set_access(self, table: AccessTable) -> None:
        """See `Process.set_access`."""
        self._process.job.access = AccessLookup(table)


@dataclass(slots=True)
class _Streams:
    """The agent's side of one program."""

    stdout: Output
    stderr: Output
    exited: asyncio.Future[ExitStatus]
    input: Input | None = None
    reader: PipeEnd | None = None
    terminal: Terminal | None = None


@dataclass(slots=True)
class _Viewer:
    """Who looks programs up before there is a process."""

    cwd: str
    umask: int
    pid: int = 0
    parent_pid: int = 0
    program_path: str = "/"
    argv: tuple[bytes, ...] = ()

    def open_descriptors(self) -> list[int]:
        """None."""
        return []


class ServerProcessHost:
    """Programs on one project's guest tree.

    `mounts` are guest paths and the directories behind them, `bundles` a directory with the index of installed
    commands and their modules, `cache` one for compiled modules (None: compiled anew in each process of the server).
    """

    def __init__(
        self, mounts: Mapping[str, str], bundles: Path | None = None, cache: Path | None = None
    ) -> None:
        self._index = _installed(bundles)
        commands = [
            (name, command.module.sha256, str((bundles or Path()) / command.module.path))
            for name, command in self._index.commands.items()
        ]
        self._tree = GuestTree(mounts, commands)
        self._lookup = ProgramLookup(self._tree, shared_cache(cache))
        self._table = ProcessTable(shared_engine(), self._lookup)
        self._is_closed = False

    @property
    def commands(self) -> CommandIndex:
        """The installed commands."""
        return self._index

    def stats(self) -> dict[str, int]:
        """What is in use: processes in the table, and threads that run them."""
        return {"processes": self._table.alive, "threads": self._table.threads}

    async def spawn(
        self, request: SpawnRequest, decide: Decide, audit: Callable[[AuditRecord], None]
    ) -> ServerProcess:
        """See `ProcessHost.spawn`."""
        [process] = await self._spawn([request], decide, audit)
        return process

    async def spawn_pipeline(
        self, requests: Sequence[SpawnRequest], decide: Decide, audit: Callable[[AuditRecord], None]
    ) -> Sequence[ServerProcess]:
        """See `ProcessHost.spawn_pipeline`."""
        return await self._spawn(requests, decide, audit)

    def close(self) -> None:
        """See `ProcessHost.close`. Returns when all threads are gone."""
        if not self._is_closed:
            self._is_closed = True
            self._table.close()
            self._tree.close()

    async def _spawn(
        self, requests: Sequence[SpawnRequest], decide: Decide, audit: Callable[[AuditRecord], None]
    ) -> list[ServerProcess]:
        if not requests:
            return []
        images = [await self._image(request) for request in requests]
        limits = requests[0].limits
        refusal = "the project was closed" if self._is_closed else None
        refusal = refusal or self._table.refusal(limits.processes, len(requests))
        if refusal is not None:
            raise LimitExceededError("processes", limits.processes, f"{refusal}.", "Wait for one to end.")
        started: list[ServerProcess] = []
        reader: PipeEnd | None = None
        try:
            for number, (request, (image, cwd)) in enumerate(zip(requests, images, strict=True)):
                is_last = number == len(requests) - 1
                following, writer = (None, None) if is_last else new_pipe()
                job, streams = self._job(request, decide, audit)
                process = self._table.make(None, job, image, cwd, request.umask)
                self._connect(request, process, streams, reader, writer)
                reader = following
                started.append(self._start(request, process, streams))
        except BaseException:
            if reader is not None:
                reader.close()
            for one in started:
                one.kill()
            raise
        return started

    async def _image(self, request: SpawnRequest) -> tuple[Image, str]:
        """What runs, and where. Compiling is done on another thread."""
        try:
            try:
                return self._find(request, may_compile=False)
            except NotCompiledError:
                return await asyncio.to_thread(self._find, request, may_compile=True)
        except WasiError as error:
            raise self._as_error(error, request) from error

    def _find(self, request: SpawnRequest, *, may_compile: bool) -> tuple[Image, str]:
        viewer = _Viewer("/", request.umask)
        argv = [os.fsencode(word) for word in request.argv]
        env = [os.fsencode(f"{name}={value}") for name, value in request.env.items()]
        cwd = self._lookup.directory(viewer, request.cwd)
        if request.module is None:
            wanted = Wanted(request.program, argv, env, cwd)
            return self._lookup.load(viewer, request.limits, wanted, may_compile=may_compile), cwd
        program = self._lookup.module(
            request.module, request.limits, request.program, may_compile=may_compile
        )
        return Image(program, request.program, argv, env), cwd

    def _as_error(self, error: WasiError, request: SpawnRequest) -> SatchelError:
        program, limits = request.program, request.limits
        reason = error.text if isinstance(error, ProgramError) else error.code.name
        match error.code:
            case Errno.NOENT:
                return CommandNotFoundError(program, self._index.commands)
            case Errno.NOEXEC if request.module is not None:
                return InputError("process.unusable", f"{program} cannot be run: {reason}.")
            case Errno.ACCES | Errno.NOEXEC | Errno.ISDIR | Errno.NOTDIR | Errno.LOOP:
                return NotExecutableError(program, reason)
            case Errno.NOMEM:
                return LimitExceededError(
                    "memory_bytes", limits.memory_bytes, f"{reason}.", "Use a smaller program."
                )
            case _:
                return InputError("process.unusable", f"{program} cannot be run: {reason}.")

    def _job(
        self, request: SpawnRequest, decide: Decide, audit: Callable[[AuditRecord], None]
    ) -> tuple[Job, _Streams]:
        loop = asyncio.get_running_loop()
        meter = OutputMeter(request.limits.output_bytes)
        access = AccessLookup(request.access)
        job = Job(self._tree, request.limits, access, loop, decide, audit, meter)
        return job, _Streams(Output(loop), Output(loop), loop.create_future())

    def _connect(
        self,
        request: SpawnRequest,
        process: GuestProcess,
        streams: _Streams,
        reader: PipeEnd | None,
        writer: PipeEnd | None,
    ) -> None:
        """Give a new process its descriptors. `reader` and `writer` are the pipes of a pipeline."""
        try:
            if request.terminal is not None:
                self._connect_terminal(request.terminal, process, streams)
            else:
                self._connect_streams(process, streams, reader, writer)
            for preopen in request.preopens:
                name = os.fsencode(preopen.guest)
                process.fds.insert(Descriptor(self._preopened(preopen), preopen=name), 3)
        except BaseException:
            process.fds.close_all()
            process.job.on_last_end()
            raise

    def _connect_terminal(self, size: TerminalSize, process: GuestProcess, streams: _Streams) -> None:
        job = process.job
        output = OutputStream(job.meter, streams.stdout.push, streams.stdout.end)
        terminal = Terminal(
            output, lambda signal: self._table.signal_job(job, signal), size.rows, size.columns
        )
        job.terminal = streams.terminal = terminal
        streams.stderr.end()
        for fd in (0, 1, 2):
            process.fds.put(fd, Descriptor(terminal))

    def _connect_streams(
        self, process: GuestProcess, streams: _Streams, reader: PipeEnd | None, writer: PipeEnd | None
    ) -> None:
        job = process.job
        if reader is None:
            reader, ours = new_pipe()
            reader.keeps_unread = True
            streams.reader = reader
            streams.input = Input(job.loop, ours.host)
            job.on_last_end = streams.input.close_from_thread
        process.fds.put(0, Descriptor(reader))
        if writer is None:
            output = OutputStream(job.meter, streams.stdout.push, streams.stdout.end)
            process.fds.put(1, Descriptor(output))
        else:
            streams.stdout.end()
            process.fds.put(1, Descriptor(writer))
        process.fds.put(2, Descriptor(OutputStream(job.meter, streams.stderr.push, streams.stderr.end)))

    def _preopened(self, preopen: Preopen) -> Directory:
        """The directory of a preopen. Raises InputError when the host's is not there."""
        if preopen.host is None:
            root = Spot("/", -1, self._tree.root)
            return Directory(root, is_confined=False, is_top=True)
        try:
            host = os.open(preopen.host, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            text = f"The directory {preopen.host} cannot be opened: {error.strerror}."
            raise InputError("process.preopen", text) from error
        path = preopen.guest.rstrip("/") or "/"
        spot = Spot(path, host, None, is_writable=preopen.writable)
        return Directory(spot, is_confined=True, is_top=True)

    def _start(self, request: SpawnRequest, process: GuestProcess, streams: _Streams) -> ServerProcess:
        loop = process.job.loop

        def settle(status: ExitStatus) -> None:
            if not streams.exited.done():
                streams.exited.set_result(status)

        def on_end(status: ExitStatus) -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(settle, status)

        try:
            self._table.start(process, on_end)
        except WasiError as error:
            limits: ProcessLimits = request.limits
            text = "The system gives no more threads."
            raise LimitExceededError("processes", limits.processes, text, "Wait for one to end.") from error
        return ServerProcess(self._table, process, streams)


def _installed(bundles: Path | None) -> CommandIndex:
    """The commands of a directory. Raises InputError for an index that cannot be read; none is no commands."""
    if bundles is None or not (bundles / INDEX_NAME).exists():
        return NO_COMMANDS
    return parse_index((bundles / INDEX_NAME).read_bytes())
