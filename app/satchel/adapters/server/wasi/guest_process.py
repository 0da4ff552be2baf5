"""One process: a module that runs on a thread of its own, with everything a process has.

The thread itself ends the process, whatever ends it: others only leave a note (`send`, `end`) and wake it. So
each resource is let go of by the thread that uses it.
"""

from __future__ import annotations

import _thread
import threading
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NoReturn, Protocol

from satchel.adapters.server.wasi.engine import (
    THREAD_STACK,
    GuestEndError,
    GuestEngine,
    Program,
    TrapError,
    UnusableModuleError,
)
from satchel.adapters.server.wasi.fd_table import Descriptor, FdTable
from satchel.adapters.server.wasi.guest_memory import GuestMemory
from satchel.adapters.server.wasi.guest_tree import GuestTree, ProcessView
from satchel.adapters.server.wasi.job import AccessKind, Job
from satchel.adapters.server.wasi.wakeup import Wakeup
from satchel.base.limits import ProcessLimits
from satchel.runtime.process import EndCause, ExitStatus
from satchel.wasi.abi import Errno, Signal
from satchel.wasi.errors import WasiError
from satchel.wasi.wait_status import default_action, exit_code

_TRAP_CODE: Final = exit_code(0, Signal.ABRT)
_NO_MEMORY: Final = GuestMemory(0, lambda: 0)
_thread_start = threading.Lock()


class Image:
    """What a process runs: a program, where it lies, and its arguments and environment."""

    __slots__ = ("argv", "env", "path", "program")

    def __init__(self, program: Program, path: str, argv: Sequence[bytes], env: Sequence[bytes]) -> None:
        self.program = program
        self.path = path
        self.argv = tuple(argv)
        self.env = tuple(env)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be run: a path (with `search` perhaps a name for the PATH of `env`), relative to `cwd`."""

    file: str
    argv: Sequence[bytes]
    env: Sequence[bytes]
    cwd: str
    search: bool = False


class Lookup(Protocol):
    """Finds programs."""

    def directory(self, viewer: ProcessView, cwd: str) -> str:
        """The working directory of a new program, absolute. NOENT, NOTDIR, and what a walk can meet."""

    def load(self, viewer: ProcessView, limits: ProcessLimits, wanted: Wanted) -> Image:
        """What runs. NOENT, ACCES, NOEXEC, LOOP, NOMEM."""


class Owner(Protocol):
    """The table that a process is in."""

    engine: GuestEngine
    lookup: Lookup

    def spawn(
        self, parent: GuestProcess, image: Image, cwd: str, fds: Sequence[tuple[int, Descriptor]]
    ) -> int:
        """Start a child with these descriptors and give its pid. AGAIN."""

    def refusal(self, most_running: int, count: int = 1) -> str | None:
        """Why no more may start now, None when they may."""

    def wait(self, parent: GuestProcess, pid: int, *, may_block: bool) -> tuple[int, ExitStatus] | None:
        """Take the status of a child that has ended (pid -1: any); None when none has and it may not block. CHILD."""

    def kill(self, sender: GuestProcess, pid: int, signal: int) -> None:
        """Send a signal to a process of the sender's job. SRCH."""

    def ended(self, process: GuestProcess) -> None:
        """Its thread is done with it; `status` says how it ended."""

    def end_job(self, job: Job, status: ExitStatus) -> None:
        """End all processes of a job."""

    def directory_moved(self, old: str, new: str) -> None:
        """A directory has another guest path now."""

    def check_memory(self, process: GuestProcess) -> None:
        """What all processes use may have grown; ends this one when it is too much."""


class GuestProcess:
    """See the module. `parent` is None for one that the agent started, and once the parent has ended."""

    def __init__(
        self,
        owner: Owner,
        pid: int,
        parent: GuestProcess | None,
        job: Job,
        image: Image,
        cwd: str,
        umask: int,
    ) -> None:
        self.pid = pid
        self.parent = parent
        self.job = job
        self.cwd = cwd
        self.umask = umask
        self.fds = FdTable(job.limits.open_files)
        self.memory = _NO_MEMORY
        self.file_bytes = job.limits.file_bytes
        self.memory_limit = job.limits.memory_bytes
        self.memory_bytes = 0
        self.cpu_ns = 0
        self.children: dict[int, GuestProcess] = {}
        self.status: ExitStatus | None = None
        self.is_waiting = False
        self.started_at = 0.0
        self.asked_seconds = 0.0
        self.is_asking = False
        self.owner = owner
        self._image = image
        self._next: Image | None = None
        self._end: ExitStatus | None = None
        self._is_stopped = False
        # Whether the thread has to look at what others left for it before it goes on.
        self._is_noted = False
        self._note_lock = threading.Lock()
        self._wakeup = Wakeup()

    @property
    def argv(self) -> tuple[bytes, ...]:
        """Its arguments."""
        return self._image.argv

    @property
    def env(self) -> tuple[bytes, ...]:
        """Its environment, as NAME=value."""
        return self._image.env

    @property
    def program_path(self) -> str:
        """Guest path of what it runs."""
        return self._image.path

    @property
    def parent_pid(self) -> int:
        """The pid of its parent, 0 for none."""
        return self.parent.pid if self.parent is not None else 0

    @property
    def tree(self) -> GuestTree:
        """The guest's root."""
        return self.job.tree

    def open_descriptors(self) -> list[int]:
        """The numbers of its descriptors."""
        return [fd for fd, _ in self.fds.items()]

    def start(self) -> None:
        """Run it on a new thread."""
        self.started_at = time.monotonic()
        with _thread_start:
            before = threading.stack_size(THREAD_STACK)
            try:
                _thread.start_new_thread(self._run, ())
            finally:
                threading.stack_size(before)

    # What other threads call.

    def send(self, signal: int) -> None:
        """Deliver a signal."""
        match default_action(signal):
            case "end":
                self.end(ExitStatus(exit_code(0, signal), signal, "signal"))
            case "stop":
                self._note(is_stopped=True)
            case "continue":
                self._note(is_stopped=False)
            case "ignore":
                pass

    def end(self, status: ExitStatus) -> None:
        """End it with this status, unless it has another already."""
        with self._note_lock:
            if self._end is None:
                self._end = status
        self._note()

    def wake(self) -> None:
        """Have it look again at what it waits for."""
        self._wakeup.wake()

    def _note(self, *, is_stopped: bool | None = None) -> None:
        if is_stopped is not None:
            self._is_stopped = is_stopped
        self._is_noted = True
        self._wakeup.wake()
        self.owner.engine.interrupt()

    # What its own thread calls.

    def enter_call(self) -> None:
        """See `engine.Guest`."""
        if self._is_noted:
            self._take_notes()

    def on_epoch(self) -> bool:
        """See `engine.Guest`: this is where a guest that only computes meets its limits."""
        self.cpu_ns = time.thread_time_ns()
        most = self.job.limits.cpu_seconds
        if most and self.cpu_ns > most * 1e9:
            detail = f"it computed for {most:g} s"
            self.end(ExitStatus(exit_code(0, Signal.XCPU), Signal.XCPU, "cpu", detail))
        self.owner.check_memory(self)
        try:
            self.enter_call()
        except GuestEndError:
            return False
        return True

    def fail_call(self, error: BaseException) -> None:
        """See `engine.Guest`."""
        text = "".join(traceback.format_exception(error))
        self.end(ExitStatus(_TRAP_CODE, Signal.ABRT, "trap", f"the host failed: {text}"))

    def exit(self, code: int) -> NoReturn:
        """End with an exit code."""
        self.end(ExitStatus(code))
        raise GuestEndError

    def end_by_signal(self, signal: int) -> NoReturn:
        """End by a signal of its own doing."""
        self.end(ExitStatus(exit_code(0, signal), signal, "signal"))
        raise GuestEndError

    def end_by_output(self) -> NoReturn:
        """End the whole job: it has written more than it may."""
        detail = f"it wrote more than {self.job.limits.output_bytes} bytes"
        self.owner.end_job(self.job, ExitStatus(exit_code(0, Signal.KILL), Signal.KILL, "output", detail))
        raise GuestEndError

    def become(self, image: Image, cwd: str) -> NoReturn:
        """Run another program from now on."""
        self._next = image
        self.cwd = cwd
        raise GuestEndError

    def wait_for(self, descriptor: int, events: int) -> None:
        """Block until a descriptor of the host is ready, or for nothing (it was woken). Raises GuestEndError."""
        self.block(((descriptor, events),), None)

    def block(self, watched: Sequence[tuple[int, int]], timeout: float | None) -> list[tuple[int, int]]:
        """As `Wakeup.wait`. Raises GuestEndError when the process is to end."""
        if timeout != 0:
            self.owner.check_memory(self)
            self.enter_call()
        ready = self._wakeup.wait(watched, timeout)
        self.enter_call()
        return ready

    def permit(self, kind: AccessKind, subject: str) -> bool:
        """Ask whether something may be done and wait for the answer; meanwhile its clock stands still."""
        answers: list[bool] = []

        def answer(is_allowed: bool) -> None:
            answers.append(is_allowed)
            self.wake()

        asked_at = time.monotonic()
        self.is_asking = True
        take_back = self.job.ask(kind, subject, self.pid, answer)
        try:
            while not answers:
                self.block((), None)
        except GuestEndError:
            take_back()
            raise
        finally:
            self.asked_seconds += time.monotonic() - asked_at
            self.is_asking = False
        return answers[0]

    def require(self, kind: AccessKind, subject: str, verdict: str, errno: Errno) -> None:
        """Go on if the verdict, or whoever is asked, allows; else report it and raise WasiError."""
        if verdict == "allow" or (verdict == "ask" and self.permit(kind, subject)):
            return
        self.job.audit(kind, subject, self.pid, errno.name)
        raise WasiError(errno)

    def wall_seconds(self) -> float:
        """How long it has run, without the time it waited for answers."""
        return 0.0 if self.is_asking else time.monotonic() - self.started_at - self.asked_seconds

    def _take_notes(self) -> None:
        self._is_noted = False
        while self._end is None and self._is_stopped:
            self._wakeup.wait((), None)
        if self._end is not None:
            self._is_noted = True
            raise GuestEndError

    def _run(self) -> None:
        try:
            while True:
                self._run_program()
                if self._next is None or self._end is not None:
                    break
                self._image, self._next = self._next, None
        except BaseException as error:  # noqa: BLE001 - the process ends in any case, and says why
            self.fail_call(error)
        finally:
            self.memory = _NO_MEMORY
            self.fds.close_all()
            self._wakeup.close()
            with self._note_lock:
                self._end = self.status = self._end or ExitStatus(0)
            self.owner.ended(self)

    def _run_program(self) -> None:
        try:
            self.owner.engine.run(self._image.program, self)
        except TrapError as trap:
            if self._next is None:
                self.end(ExitStatus(_TRAP_CODE, Signal.ABRT, "trap", str(trap)))
        except UnusableModuleError as error:
            self.end(ExitStatus(_TRAP_CODE, Signal.ABRT, _cause(str(error)), str(error)))


def _cause(text: str) -> EndCause:
    return "memory" if "memory" in text else "trap"
