"""Programs that are Python coroutines, behind the port of real ones: for tests of what stands around processes.

There is no guest memory and no file system here; a program gets its argument vector, its standard streams and the
table of what it may do, and answers with an exit code. Pipelines are real queues between running coroutines.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from satchel.runtime.access_lookup import AccessLookup
from satchel.runtime.errors import CommandNotFoundError
from satchel.runtime.process import (
    AccessRequest,
    AccessTable,
    AuditRecord,
    Decide,
    ExitStatus,
    Process,
    SpawnRequest,
    Stream,
    TerminalSize,
)

_PIPE_BYTES = 64 * 1024


class MemoryPipe:
    """A pipe with one reader and one writer."""

    def __init__(self) -> None:
        self._chunks: deque[bytes] = deque()
        self._ended = False
        self._read_no_more = False
        self._moved = asyncio.Event()

    async def write(self, data: bytes) -> None:
        """Put data in; waits while the pipe is full. Raises BrokenPipeError."""
        while sum(map(len, self._chunks)) >= _PIPE_BYTES and not self._read_no_more:
            await self._wait()
        if self._read_no_more:
            raise BrokenPipeError
        if data:
            self._chunks.append(data)
            self._moved.set()

    async def read(self) -> bytes:
        """What is in it; b"" at its end."""
        while not self._chunks and not self._ended:
            await self._wait()
        self._moved.set()
        return self._chunks.popleft() if self._chunks else b""

    @property
    def unread(self) -> bytes:
        """What is in it."""
        return b"".join(self._chunks)

    def end(self) -> None:
        """Nothing more will be written."""
        self._ended = True
        self._moved.set()

    def abandon(self) -> None:
        """Nothing more will be read."""
        self._read_no_more = True
        self._moved.set()

    async def _wait(self) -> None:
        self._moved.clear()
        await self._moved.wait()


@dataclass(slots=True)
class Guest:
    """What a program sees of its process."""

    request: SpawnRequest
    pid: int
    decide: Decide
    audit: Callable[[AuditRecord], None]
    table: AccessTable
    stdin: MemoryPipe = field(default_factory=MemoryPipe)
    stdout: MemoryPipe = field(default_factory=MemoryPipe)
    stderr: MemoryPipe = field(default_factory=MemoryPipe)
    tables: list[AccessTable] = field(default_factory=list)

    async def may_read(self, path: str) -> bool:
        """Whether it may read a path: by its table, and by asking where that says so. A no is audited."""
        request = AccessRequest("read", path, self.pid)
        verdict = AccessLookup(self.table).verdict("read", path)
        allowed = verdict == "allow" or (verdict == "ask" and await self.decide(request))
        if not allowed:
            self.audit(AuditRecord(request, "ACCES"))
        return allowed


Program: TypeAlias = Callable[[Guest], Coroutine[None, None, int]]


class MemoryProcess:
    """A coroutine that runs (`runtime.process.Process`)."""

    def __init__(self, guest: Guest, program: Program) -> None:
        self._guest = guest
        self._killed_by = 0
        self._task = asyncio.get_running_loop().create_task(program(guest))
        self._task.add_done_callback(lambda _: self._close())
        self._limit: asyncio.TimerHandle | None = None
        seconds = guest.request.limits.wall_seconds
        self._cause: Literal["signal", "wall"] = "signal"
        if seconds:
            self._limit = asyncio.get_running_loop().call_later(seconds, self._out_of_time)

    @property
    def pid(self) -> int:
        """See `Process.pid`."""
        return self._guest.pid

    async def write(self, data: bytes) -> None:
        """See `Process.write`."""
        await self._guest.stdin.write(data)

    def close_input(self) -> None:
        """See `Process.close_input`."""
        self._guest.stdin.end()

    def unread_input(self) -> bytes:
        """See `Process.unread_input`."""
        return self._guest.stdin.unread

    async def read(self, stream: Stream) -> bytes:
        """See `Process.read`."""
        return await (self._guest.stdout if stream == "stdout" else self._guest.stderr).read()

    async def wait(self) -> ExitStatus:
        """See `Process.wait`."""
        await asyncio.wait({self._task})
        if self._killed_by:
            return ExitStatus(128 + self._killed_by, self._killed_by, self._cause)
        if isinstance(self._task.exception(), BrokenPipeError):
            return ExitStatus(141, 13, "signal")
        return ExitStatus(self._task.result())

    def kill(self, signal: int = 9) -> None:
        """See `Process.kill`."""
        if not self._task.done():
            self._killed_by = signal
            self._task.cancel()

    def resize(self, size: TerminalSize) -> None:
        """There is no terminal here."""

    def set_access(self, table: AccessTable) -> None:
        """See `Process.set_access`."""
        self._guest.table = table
        self._guest.tables.append(table)

    def _out_of_time(self) -> None:
        self._cause = "wall"
        self.kill()

    def _close(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
        self._guest.stdin.abandon()
        self._guest.stdout.end()
        self._guest.stderr.end()


class MemoryProcessHost:
    """Runs the given programs, found by the last part of their path (`runtime.process.ProcessHost`)."""

    def __init__(self, programs: Mapping[str, Program]) -> None:
        self._programs = programs
        self.guests: list[Guest] = []
        self._processes: list[MemoryProcess] = []
        self.closed = False

    async def spawn(
        self, request: SpawnRequest, decide: Decide, audit: Callable[[AuditRecord], None]
    ) -> MemoryProcess:
        """See `ProcessHost.spawn`."""
        return self._start(request, decide, audit, MemoryPipe(), MemoryPipe())

    async def spawn_pipeline(
        self, requests: Sequence[SpawnRequest], decide: Decide, audit: Callable[[AuditRecord], None]
    ) -> Sequence[Process]:
        """See `ProcessHost.spawn_pipeline`."""
        pipes = [MemoryPipe() for _ in range(len(requests) + 1)]
        started: list[MemoryProcess] = []
        try:
            for request, source, sink in zip(requests, pipes, pipes[1:], strict=False):
                started.append(self._start(request, decide, audit, source, sink))
        except CommandNotFoundError:
            for process in started:
                process.kill()
            raise
        return started

    def close(self) -> None:
        """See `ProcessHost.close`."""
        self.closed = True
        for process in self._processes:
            process.kill()

    def _start(
        self,
        request: SpawnRequest,
        decide: Decide,
        audit: Callable[[AuditRecord], None],
        source: MemoryPipe,
        sink: MemoryPipe,
    ) -> MemoryProcess:
        program = self._programs.get(request.program.rpartition("/")[2])
        if program is None:
            raise CommandNotFoundError(request.program, self._programs)
        guest = Guest(request, len(self.guests) + 1, decide, audit, request.access, source, sink)
        self.guests.append(guest)
        process = MemoryProcess(guest, program)
        self._processes.append(process)
        return process
