"""Programs in the tab: one WASI process is one worker, served by the JavaScript of `worker/process/`.

Only what starts, ends, asks and is asked passes through Python; the calls that a program makes do not.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from inspect import isawaitable
from typing import Literal, cast

from pyodide.ffi import JsException

from satchel.adapters.browser.bridge import (
    JsProcesses,
    JsProgram,
    JsProjectProcesses,
    callback,
    error_code,
    js_bytes,
)
from satchel.base.errors import InputError, LimitExceededError
from satchel.base.jsonvalue import JsonObject, JsonValue, dumps, loads
from satchel.base.limits import ProcessLimits
from satchel.base.shielded_wait import kept_or_undone
from satchel.runtime.command_index import NO_COMMANDS, CommandIndex, parse_index
from satchel.runtime.errors import CommandNotFoundError, NotExecutableError
from satchel.runtime.process import (
    AccessRequest,
    AccessTable,
    AuditRecord,
    Decide,
    EndCause,
    ExitStatus,
    Preopen,
    Process,
    SpawnRequest,
    Stream,
    TerminalSize,
)
from satchel.wasi.abi import Signal

AccessKind = Literal["read", "write", "exec", "net"]


async def installed_commands(processes: JsProcesses) -> CommandIndex:
    """The commands of this site, which its programs then find. An index that cannot be read is told and is none."""
    text = await processes.index()
    try:
        index = NO_COMMANDS if text is None else parse_index(text)
    except InputError as error:
        print(error)
        return NO_COMMANDS
    processes.install(
        dumps(
            [
                {
                    "name": command.name,
                    "summary": command.summary,
                    "path": command.module.path,
                    "sha256": command.module.sha256,
                }
                for command in index.commands.values()
            ]
        )
    )
    return index


class BrowserProcess:
    """A program that was started (`runtime.process.Process`)."""

    def __init__(self, program: JsProgram) -> None:
        self._program = program

    @property
    def pid(self) -> int:
        """See `Process.pid`."""
        return self._program.pid

    async def write(self, data: bytes) -> None:
        """See `Process.write`."""
        if not await self._program.write(js_bytes(data)):
            raise BrokenPipeError

    def close_input(self) -> None:
        """See `Process.close_input`."""
        self._program.closeInput()

    def unread_input(self) -> bytes:
        """See `Process.unread_input`."""
        return self._program.unreadInput().to_bytes()

    async def read(self, stream: Stream) -> bytes:
        """See `Process.read`."""
        data = await self._program.read(stream)
        return b"" if data is None else data.to_bytes()

    async def wait(self) -> ExitStatus:
        """See `Process.wait`."""
        status = cast("Mapping[str, JsonValue]", loads(await self._program.wait()))
        return ExitStatus(
            cast(int, status["code"]),
            cast(int, status["signal"]),
            cast(EndCause, status["cause"]),
            str(status["detail"]),
        )

    def kill(self, signal: int = 9) -> None:
        """See `Process.kill`."""
        self._program.kill(signal)

    def resize(self, size: TerminalSize) -> None:
        """See `Process.resize`."""
        self._program.resize(size.rows, size.columns)

    def set_access(self, table: AccessTable) -> None:
        """See `Process.set_access`."""
        self._program.setAccess(dumps(_access(table)))


@dataclass(frozen=True, slots=True)
class _Job:
    """Who answers for a program and those it starts."""

    decide: Decide
    audit: Callable[[AuditRecord], None]


class BrowserProcessHost:
    """Programs on one mounted project (`runtime.process.ProcessHost`)."""

    def __init__(self, processes: JsProcesses, root: str, index: CommandIndex) -> None:
        self._index = index
        self._jobs: dict[int, _Job] = {}
        self._numbers = itertools.count(1)
        self._callbacks = (callback(self._question), callback(self._refusal), callback(self._over))
        self._host: JsProjectProcesses = processes.open(root, *self._callbacks)
        self._closed = False

    async def spawn(
        self, request: SpawnRequest, decide: Decide, audit: Callable[[AuditRecord], None]
    ) -> Process:
        """See `ProcessHost.spawn`."""
        module = None if request.module is None else js_bytes(request.module)
        with self._answering([request], decide, audit) as jobs:
            started = self._host.spawn(dumps(_request(request, jobs[0])), module)
            if isawaitable(started):  # To await what is there already would cost a turn of the event loop.
                started = await kept_or_undone(started, _kill)
            return BrowserProcess(started)

    async def spawn_pipeline(
        self, requests: Sequence[SpawnRequest], decide: Decide, audit: Callable[[AuditRecord], None]
    ) -> Sequence[Process]:
        """See `ProcessHost.spawn_pipeline`."""
        with self._answering(requests, decide, audit) as jobs:
            started = self._host.spawnPipeline(dumps(list(map(_request, requests, jobs))))
            programs = await kept_or_undone(started, _kill_all)
            return [BrowserProcess(program) for program in programs]

    def close(self) -> None:
        """See `ProcessHost.close`."""
        if not self._closed:
            self._closed = True
            self._host.close()
            for one in self._callbacks:
                one.destroy()

    async def _question(self, job: int, kind: AccessKind, subject: str, pid: int) -> bool:
        return await self._jobs[job].decide(AccessRequest(kind, subject, pid))

    def _refusal(self, job: int, kind: AccessKind, subject: str, pid: int, errno: str) -> None:
        if job in self._jobs:  # A program that was ended while it asked is refused after its end.
            self._jobs[job].audit(AuditRecord(AccessRequest(kind, subject, pid), errno))

    def _over(self, job: int) -> None:
        self._jobs.pop(job, None)

    @contextmanager
    def _answering(
        self, requests: Sequence[SpawnRequest], decide: Decide, audit: Callable[[AuditRecord], None]
    ) -> Iterator[list[int]]:
        """The numbers of the jobs that are about to be started. Errors become ours."""
        jobs = [next(self._numbers) for _ in requests]
        # Each is answered until it and all that came from it have ended.
        self._jobs.update((job, _Job(decide, audit)) for job in jobs)
        try:
            yield jobs
        except JsException as error:
            for job in jobs:
                self._over(job)
            programs = " | ".join(request.program for request in requests)
            raise self._as_error(error, programs, requests[0].limits) from error

    def _as_error(self, error: JsException, program: str, limits: ProcessLimits) -> Exception:
        code = error_code(error)
        reason = error.message.removeprefix(f"{code}: ")
        match code:
            case "ENOENT":
                return CommandNotFoundError(program, self._index.commands)
            case "EACCES" | "ENOEXEC" | "EISDIR" | "ENOTDIR" | "ELOOP":
                return NotExecutableError(program, reason)
            case "EAGAIN":
                return LimitExceededError("processes", limits.processes, f"{reason}.", "Wait for one to end.")
            case "ENOMEM":
                return LimitExceededError(
                    "memory_bytes", limits.memory_bytes, f"{program}: {reason}.", "Use a smaller program."
                )
            case _:
                return InputError("process.unusable", f"{program} cannot be run: {error.message}.")


def _kill(program: JsProgram) -> None:
    program.kill(Signal.KILL)


def _kill_all(programs: Sequence[JsProgram]) -> None:
    for program in programs:
        _kill(program)


def _request(request: SpawnRequest, job: int) -> JsonObject:
    result: dict[str, JsonValue] = {
        "job": job,
        "program": request.program,
        "argv": request.argv,
        "env": list(request.env.items()),
        "cwd": request.cwd,
        "preopens": [_preopen(one) for one in request.preopens],
        "limits": _limits(request.limits),
        "access": _access(request.access),
        "umask": request.umask,
    }
    if request.terminal is not None:
        result["terminal"] = {"rows": request.terminal.rows, "columns": request.terminal.columns}
    return result


def _preopen(preopen: Preopen) -> JsonObject:
    if preopen.host is None:
        return {"guest": preopen.guest, "writable": preopen.writable}
    return {"guest": preopen.guest, "path": preopen.host, "confined": True, "writable": preopen.writable}


@lru_cache(maxsize=16)
def _limits(limits: ProcessLimits) -> JsonObject:
    return {
        "wallSeconds": limits.wall_seconds,
        "cpuSeconds": limits.cpu_seconds,
        "memoryBytes": limits.memory_bytes,
        "totalMemoryBytes": limits.total_memory_bytes,
        "outputBytes": limits.output_bytes,
        "openFiles": limits.open_files,
        "fileBytes": limits.file_bytes,
        "processes": limits.processes,
    }


@lru_cache(maxsize=16)
def _access(table: AccessTable) -> JsonObject:
    return table.as_json()
