"""What runs in the foreground of a terminal: one program on a terminal of its own, or a pipeline.

The terminal of one program is the host's: keys go to it as they are. A pipeline has pipes; between the keys and its
first program stands a line discipline here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from satchel.base.limits import KIB, ProcessLimits
from satchel.runtime.process import (
    AccessRequest,
    AuditRecord,
    ExitStatus,
    Process,
    SpawnRequest,
    Stream,
    TerminalSize,
)
from satchel.runtime.run_command import AUDITS_LOGGED, CommandEvent, RunPlace
from satchel.session.events import ProcessAudited, ProcessEnded, ProcessStarted
from satchel.wasi.abi import Signal
from satchel.wasi.line_discipline import LineDiscipline

_PIECE = 32 * KIB
# A terminal's writer waits for its reader and nothing is kept, so there is nothing to limit.
_ENDLESS = 1 << 50


class Screen(Protocol):
    """What a person sees."""

    def show(self, data: bytes) -> None:
        """Show this next."""

    async def drained(self) -> None:
        """Wait until the screen has nearly caught up with what it was given."""

    def release(self) -> None:
        """Let those go on who wait: what they write is not wanted any more."""


@dataclass(slots=True)
class _Program:
    process: Process
    argv: tuple[str, ...]
    stdout_bytes: int = 0
    stderr_bytes: int = 0
    status: ExitStatus | None = None


class ForegroundJob:
    """Programs that a person runs. What the user types counts as leave: nothing is asked, everything is reported."""

    def __init__(self, place: RunPlace, screen: Screen, report: Callable[[CommandEvent], object]) -> None:
        self._place = place
        self._screen = screen
        self._report = report
        self._programs: list[_Program] = []
        self._input: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._discipline: LineDiscipline | None = None
        self._unfed = b""
        self._is_silenced = False
        self._is_killed = False
        self._denied = 0
        self._began = 0.0
        self.ends_with_newline = True

    async def start(self, requests: Sequence[SpawnRequest], size: TerminalSize) -> None:
        """Start one program on a terminal, several as a pipeline. Raises what `ProcessHost.spawn` raises."""
        if len(requests) == 1:
            request = replace(
                requests[0], terminal=size, limits=replace(requests[0].limits, output_bytes=_ENDLESS)
            )
            requests = [request]
            processes: Sequence[Process] = [await self._place.host.spawn(request, _allow, self._audit)]
        else:
            processes = await self._place.host.spawn_pipeline(requests, _allow, self._audit)
            self._discipline = LineDiscipline(self._show, self._signal)
        self._began = self._place.clock.monotonic()
        for stage, (process, request) in enumerate(zip(processes, requests, strict=True)):
            self._programs.append(_Program(process, request.argv))
            limits = _logged_limits(request.limits)
            self._report(ProcessStarted(process.pid, request.argv, request.cwd, limits, None, stage))

    async def to_the_end(self) -> ExitStatus:
        """Show what they write until all of them have ended; the last one's end. Cancelling kills them."""
        feeding = asyncio.ensure_future(self._feed())
        try:
            await asyncio.gather(*self._jobs())
        except BaseException:
            self.kill()
            raise
        finally:
            feeding.cancel()
            for program in self._programs:
                self._report(self._end_of(program))
        status = self._programs[-1].status
        assert status is not None
        return status

    def keys(self, data: bytes) -> None:
        """The user pressed keys."""
        if self._discipline is None:
            self._input.put_nowait(data)
            return
        self._discipline.type(data)
        while self._discipline.can_read and not self._discipline.is_hung_up:
            line = self._discipline.read(len(data) + 2 * _PIECE)
            self._discipline.is_hung_up = line == b""
            self._input.put_nowait(line or None)

    def unread(self) -> bytes:
        """What was typed and read by nobody, at the end: whoever has the keyboard next reads it."""
        if self._is_killed:
            return b""
        left = [self._programs[0].process.unread_input(), self._unfed]
        while not self._input.empty():
            left.append(self._input.get_nowait() or b"")
        if self._discipline is not None:
            left.append(self._discipline.unread)
        return b"".join(left)

    def resize(self, size: TerminalSize) -> None:
        """The terminal has another size."""
        if self._discipline is None:
            for program in self._programs:
                program.process.resize(size)

    def kill(self) -> None:
        """End them at once; what they wrote and is not shown yet is dropped."""
        self._silence()
        self._is_killed = True
        for program in self._programs:
            program.process.kill()

    def _jobs(self) -> list[Coroutine[None, None, None]]:
        jobs = [self._collect(self._programs[-1], "stdout")]
        for program in self._programs:
            jobs.append(self._wait(program))
            if self._discipline is not None:
                jobs.append(self._collect(program, "stderr"))
        return jobs

    async def _collect(self, program: _Program, stream: Stream) -> None:
        while data := await program.process.read(stream):
            if stream == "stdout":
                program.stdout_bytes += len(data)
            else:
                program.stderr_bytes += len(data)
            for start in range(0, len(data), _PIECE):
                if self._is_silenced:
                    break
                piece = data[start : start + _PIECE]
                if self._discipline is None:
                    self._show(piece)
                else:
                    self._discipline.write(piece)
                await self._screen.drained()

    def _show(self, data: bytes) -> None:
        self.ends_with_newline = data.endswith(b"\n")
        self._screen.show(data)

    async def _wait(self, program: _Program) -> None:
        program.status = await program.process.wait()

    async def _feed(self) -> None:
        process = self._programs[0].process
        while (data := await self._input.get()) is not None:
            try:
                await process.write(data)
            except BrokenPipeError:  # Nobody has to read what is typed.
                self._unfed = data
                return
        process.close_input()

    def _signal(self, signal: Signal) -> None:
        self._silence()  # As a terminal flushes what waits to be shown.
        for program in self._programs:
            program.process.kill(signal)

    def _silence(self) -> None:
        self._is_silenced = True
        self._screen.release()

    def _audit(self, record: AuditRecord) -> None:
        self._denied += 1
        if self._denied <= AUDITS_LOGGED:
            asked = record.request
            self._report(ProcessAudited(asked.pid, asked.kind, asked.subject, record.errno))

    def _end_of(self, program: _Program) -> ProcessEnded:
        status = program.status or ExitStatus(137, 9, "cancelled")
        is_last = program is self._programs[-1]
        return ProcessEnded(
            program.process.pid,
            status.code,
            status.signal,
            status.cause,
            status.detail,
            program.stdout_bytes,
            program.stderr_bytes,
            duration_ms=round((self._place.clock.monotonic() - self._began) * 1000),
            denied=self._denied if is_last else 0,
        )


def _logged_limits(limits: ProcessLimits) -> dict[str, int]:
    """Nothing is kept of what goes to a screen, and a person ends what takes too long."""
    return {
        "maxStdoutBytes": 0,
        "maxStderrBytes": 0,
        "timeoutMs": 0,
        "memoryBytes": limits.memory_bytes,
        "outputBytes": 0 if limits.output_bytes == _ENDLESS else limits.output_bytes,
    }


async def _allow(_: AccessRequest) -> bool:
    return True
