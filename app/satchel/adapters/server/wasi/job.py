"""What all processes have in common that come from one that the agent started: policy, answers, output, terminal."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from satchel.adapters.server.wasi.guest_tree import GuestTree
from satchel.adapters.server.wasi.open_file import OpenFile
from satchel.adapters.server.wasi.stream_file import OutputMeter
from satchel.base.limits import ProcessLimits
from satchel.runtime.access_lookup import AccessLookup
from satchel.runtime.process import AccessRequest, AuditRecord, Decide, ExitStatus

AccessKind = Literal["read", "write", "exec", "net"]


@dataclass(slots=True)
class Job:
    """Shared by the threads of its processes; `access` is replaced whole. `terminal` is what `/dev/tty` opens."""

    tree: GuestTree
    limits: ProcessLimits
    access: AccessLookup
    loop: asyncio.AbstractEventLoop
    decide: Decide
    report: Callable[[AuditRecord], None]
    meter: OutputMeter
    terminal: OpenFile | None = None
    members: set[int] = field(default_factory=set)
    # How all of it was ended; who is started afterwards ends the same way.
    over: ExitStatus | None = None
    # Called on the thread of the last process that ends.
    on_last_end: Callable[[], None] = lambda: None

    def audit(self, kind: AccessKind, subject: str, pid: int, errno: str) -> None:
        """Report, on the loop of whoever started the job, what a process asked for and did not get."""
        self._call_soon(self.report, AuditRecord(AccessRequest(kind, subject, pid), errno))

    def ask(
        self, kind: AccessKind, subject: str, pid: int, answer: Callable[[bool], None]
    ) -> Callable[[], bool]:
        """Have a question decided on that loop. `answer` is called there, once; a failure is a no. Gives a function
        that takes the question back."""
        tasks: list[asyncio.Task[None]] = []

        async def decide() -> None:
            is_allowed = False
            try:
                is_allowed = await self.decide(AccessRequest(kind, subject, pid))
            finally:
                answer(is_allowed)

        def begin() -> None:
            task = self.loop.create_task(decide())
            task.add_done_callback(_look_at_failure)
            tasks.append(task)

        def take_back() -> None:
            for task in tasks:
                task.cancel()

        if not self._call_soon(begin):
            answer(False)
        return lambda: self._call_soon(take_back)

    def _call_soon(self, call: Callable[..., None], *arguments: object) -> bool:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is there any more
            self.loop.call_soon_threadsafe(call, *arguments)
            return True
        return False


def _look_at_failure(task: asyncio.Task[None]) -> None:
    """A question that fails is a no; its error goes to the loop's own handler."""
    if not task.cancelled() and (error := task.exception()) is not None:
        task.get_loop().call_exception_handler(
            {"message": "A permission question failed.", "exception": error}
        )
