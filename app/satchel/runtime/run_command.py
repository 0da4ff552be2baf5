"""One command, or a pipeline of several, from its start to its end: input in, output out, limits, cancel, a record of
it.

The host enforces what a process may use; here is what a caller wants of the command as a whole. A cancel kills every
process of it before it goes on its way. The file system is the project's own: what a program writes is in the
workspace at once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeAlias

from satchel.base.clock import Clock
from satchel.base.errors import InputError
from satchel.base.ids import ToolUseId
from satchel.base.limits import KIB, ProcessLimits
from satchel.runtime.captured_output import Captured, OutputCollector
from satchel.runtime.command_index import CommandIndex
from satchel.runtime.guest_environment import COMMAND_PATH, guest_environment
from satchel.runtime.process import (
    AccessRequest,
    AccessTable,
    AuditRecord,
    ExitStatus,
    Process,
    ProcessHost,
    SpawnRequest,
    Stream,
)
from satchel.runtime.program_search import find_program
from satchel.session.events import ProcessAudited, ProcessEnded, ProcessStarted
from satchel.workspace.errors import DirectoryExpectedError, NotFoundError
from satchel.workspace.guest_files import GuestFiles

AUDITS_LOGGED = 20
"""Refusals that one command may put into the log; `ProcessEnded.denied` counts all of them."""

_INPUT_CHUNK = 64 * KIB

CommandEvent: TypeAlias = ProcessStarted | ProcessEnded | ProcessAudited


class RunAuthority(Protocol):
    """Who says what the programs of one command may do."""

    def table(self) -> AccessTable:
        """The policy as it stands; a later table has a higher generation."""

    async def decide(self, request: AccessRequest) -> bool:
        """Answer what the table leaves open, if need be by asking the user."""

    def watch(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call `changed` whenever there is another table; returns the way to stop that."""


@dataclass(frozen=True, slots=True)
class CommandRequest:
    """`programs` are argument vectors: one program, or a pipeline. `env` is put over the standard environment.

    `inline_stdout` and `inline_stderr` are caps in bytes of what is kept inline; `seconds` is the wall time of each
    program, 0 for no limit.
    """

    programs: tuple[tuple[str, ...], ...]
    cwd: str = "/workspace"
    env: Mapping[str, str] = field(default_factory=dict)
    stdin: bytes = b""
    inline_stdout: int = 1024 * KIB
    inline_stderr: int = 1024 * KIB
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class CommandOutcome:
    """How it ended: a status for each program in order, the output of the last one, the error output of all."""

    statuses: tuple[ExitStatus, ...]
    stdout: Captured
    stderr: Captured
    duration_ms: int


@dataclass(frozen=True, slots=True)
class RunPlace:
    """What all commands of one project run with. `clock` measures, `limits` hold for each program."""

    host: ProcessHost
    index: CommandIndex
    files: GuestFiles
    clock: Clock
    limits: ProcessLimits = field(default_factory=ProcessLimits)


class CommandRunner:
    """Runs commands on behalf of one tool use, or of the user (no `tool_use_id`).

    `find_place` is called at the first run: to make a host of processes costs something. `report` gets an event at
    the start and at the end of each program, and for what was refused to them.
    """

    def __init__(
        self,
        find_place: Callable[[], RunPlace],
        authority: RunAuthority,
        report: Callable[[CommandEvent], object],
        tool_use_id: ToolUseId | None = None,
    ) -> None:
        self._find_place = find_place
        self._authority = authority
        self._report = report
        self._tool_use_id = tool_use_id
        self._runs = 0

    async def run(self, request: CommandRequest) -> CommandOutcome:
        """Run it to its end. Raises SpawnError, NotFoundError or DirectoryExpectedError (the cwd), InputError,
        LimitExceededError; nothing runs any more then. Cancelling kills it.
        """
        place = self._find_place()
        requests = self._spawn_requests(place, request)
        self._runs += 1
        run = _Run(place, self._authority, self._report, self._tool_use_id, request)
        return await run.to_the_end(requests, f"{self._tool_use_id or 'terminal'}-{self._runs}")

    def _spawn_requests(self, place: RunPlace, request: CommandRequest) -> list[SpawnRequest]:
        if not request.programs or not all(request.programs):
            raise InputError(
                "command.empty", "A command needs at least one word.", "Name the program to run."
            )
        cwd = _directory(place.files, request.cwd)
        env = guest_environment(cwd, request.env)
        for text in (*(word for argv in request.programs for word in argv), *env, *env.values()):
            if "\0" in text:
                raise InputError(
                    "command.nul", "A word of the command holds a NUL character.", "Leave it out."
                )
        limits = replace(place.limits, wall_seconds=request.seconds)
        path = env.get("PATH", COMMAND_PATH)
        return [
            SpawnRequest(
                find_program(argv[0], cwd, path, place.index, place.files),
                argv,
                env,
                cwd,
                limits=limits,
                access=self._authority.table(),
            )
            for argv in request.programs
        ]


@dataclass(slots=True)
class _Program:
    process: Process
    argv: tuple[str, ...]
    stderr_bytes: int = 0
    status: ExitStatus | None = None


class _Run:
    """One run of a command."""

    def __init__(
        self,
        place: RunPlace,
        authority: RunAuthority,
        report: Callable[[CommandEvent], object],
        tool_use_id: ToolUseId | None,
        request: CommandRequest,
    ) -> None:
        self._place = place
        self._authority = authority
        self._report = report
        self._tool_use_id = tool_use_id
        self._request = request
        self._stdout = OutputCollector()
        self._stderr = OutputCollector()
        self._programs: list[_Program] = []
        self._audits = 0
        self._audited: set[tuple[str, str]] = set()
        self._began = place.clock.monotonic()

    async def to_the_end(self, requests: Sequence[SpawnRequest], name: str) -> CommandOutcome:
        """Start, feed, collect, wait."""
        stop_watching = self._authority.watch(self._access_changed)
        try:
            await self._start(requests)
            await _all(self._jobs())
        except BaseException:
            self._kill()
            raise
        finally:
            stop_watching()
        request, files = self._request, self._place.files
        stdout = self._stdout.capture(request.inline_stdout, files, f"{name}-stdout")
        stderr = self._stderr.capture(request.inline_stderr, files, f"{name}-stderr")
        for program in self._programs:
            self._ended(program, stdout, stderr)
        statuses = tuple(program.status for program in self._programs if program.status is not None)
        return CommandOutcome(statuses, stdout, stderr, self._elapsed())

    async def _start(self, requests: Sequence[SpawnRequest]) -> None:
        host, decide = self._place.host, self._authority.decide
        if len(requests) == 1:
            processes: Sequence[Process] = [await host.spawn(requests[0], decide, self._audit)]
        else:
            processes = await host.spawn_pipeline(requests, decide, self._audit)
        self._began = self._place.clock.monotonic()
        for stage, (process, request) in enumerate(zip(processes, requests, strict=True)):
            self._programs.append(_Program(process, request.argv))
            self._report(
                ProcessStarted(
                    process.pid,
                    request.argv,
                    request.cwd,
                    self._limits(request.limits),
                    self._tool_use_id,
                    stage,
                )
            )
        if self._authority.table().generation != requests[0].access.generation:
            self._access_changed()

    def _limits(self, limits: ProcessLimits) -> dict[str, int]:
        return {
            "maxStdoutBytes": self._request.inline_stdout,
            "maxStderrBytes": self._request.inline_stderr,
            "timeoutMs": round(limits.wall_seconds * 1000),
            "memoryBytes": limits.memory_bytes,
            "outputBytes": limits.output_bytes,
        }

    def _jobs(self) -> list[Coroutine[None, None, None]]:
        first, last = self._programs[0].process, self._programs[-1].process
        jobs = [self._feed(first), self._collect(last, "stdout", self._stdout.take)]
        for program in self._programs:
            jobs.append(self._collect(program.process, "stderr", self._stderr_of(program)))
            jobs.append(self._wait(program))
        return jobs

    async def _feed(self, process: Process) -> None:
        data = memoryview(self._request.stdin)
        with contextlib.suppress(BrokenPipeError):  # Nobody has to read all of it.
            for start in range(0, len(data), _INPUT_CHUNK):
                await process.write(bytes(data[start : start + _INPUT_CHUNK]))
        process.close_input()

    async def _collect(self, process: Process, stream: Stream, take: Callable[[bytes], None]) -> None:
        while data := await process.read(stream):
            take(data)

    def _stderr_of(self, program: _Program) -> Callable[[bytes], None]:
        def take(data: bytes) -> None:
            program.stderr_bytes += len(data)
            self._stderr.take(data)

        return take

    async def _wait(self, program: _Program) -> None:
        program.status = await program.process.wait()

    def _access_changed(self) -> None:
        table = self._authority.table()
        for program in self._programs:
            program.process.set_access(table)

    def _audit(self, record: AuditRecord) -> None:
        self._audits += 1
        request = record.request
        seen = (request.kind, request.subject)
        if seen not in self._audited and len(self._audited) < AUDITS_LOGGED:
            self._audited.add(seen)
            self._report(
                ProcessAudited(request.pid, request.kind, request.subject, record.errno, self._tool_use_id)
            )

    def _kill(self) -> None:
        for program in self._programs:
            program.process.kill()
            if program.status is None:
                program.status = ExitStatus(137, 9, "cancelled")
            self._ended(program, Captured(size=self._stdout.size), Captured(size=self._stderr.size))

    def _ended(self, program: _Program, stdout: Captured, stderr: Captured) -> None:
        assert program.status is not None
        is_last = program is self._programs[-1]
        status = program.status
        self._report(
            ProcessEnded(
                program.process.pid,
                status.code,
                status.signal,
                status.cause,
                status.detail,
                stdout.size if is_last else 0,
                program.stderr_bytes,
                is_last and stdout.truncated,
                stderr.truncated,
                self._elapsed(),
                self._audits if is_last else 0,
                self._tool_use_id,
            )
        )

    def _elapsed(self) -> int:
        return round((self._place.clock.monotonic() - self._began) * 1000)


def _directory(files: GuestFiles, path: str) -> str:
    place = files.canonical(path)
    try:
        status = files.stat(place)
    except NotFoundError as error:
        raise NotFoundError(f"The directory {place} does not exist.", "Give another cwd.") from error
    if status.kind != "directory":
        raise DirectoryExpectedError(f"{place} is not a directory.", "Give another cwd.")
    return place


async def _all(jobs: Sequence[Coroutine[None, None, None]]) -> None:
    """Run them side by side; when one fails or this is cancelled, the others are cancelled too."""
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
