"""All processes of a host: who runs, who waits for whom, how each ended, and at which limit.

A process that another started stays, once it has ended, until that one waits for it or ends too; without a
parent it goes at once. One that waits for a child does not count as running, so a chain of programs that wait
for each other does not use up the places.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from satchel.adapters.server.wasi.engine import GuestEngine
from satchel.adapters.server.wasi.fd_table import Descriptor
from satchel.adapters.server.wasi.guest_process import GuestProcess, Image, Lookup
from satchel.adapters.server.wasi.job import Job
from satchel.adapters.server.wasi.open_file import Directory
from satchel.runtime.process import ExitStatus
from satchel.wasi.abi import Errno, Signal
from satchel.wasi.errors import WasiError
from satchel.wasi.wait_status import exit_code

MOST_ALIVE: Final = 64
_WATCH_SECONDS: Final = 0.05
_KILLED: Final = exit_code(0, Signal.KILL)


class ProcessTable:
    """Safe to use from any thread."""

    def __init__(self, engine: GuestEngine, lookup: Lookup) -> None:
        self.engine = engine
        self.lookup = lookup
        self._lock = threading.Lock()
        self._processes: dict[int, GuestProcess] = {}
        self._last_pid = 0
        self._threads = 0
        self._changed = threading.Condition(self._lock)
        self._watch: threading.Thread | None = None
        self._is_closed = False
        self._on_end: dict[int, Callable[[ExitStatus], None]] = {}

    @property
    def alive(self) -> int:
        """How many processes have not ended."""
        with self._lock:
            return sum(process.status is None for process in self._processes.values())

    @property
    def threads(self) -> int:
        """How many processes have a thread, those that are just ending included."""
        return self._threads

    def refusal(self, most_running: int, count: int = 1) -> str | None:
        """See `guest_process.Owner`."""
        with self._lock:
            alive = [process for process in self._processes.values() if process.status is None]
        running = sum(not process.is_waiting for process in alive)
        if running + count > most_running:
            return f"{running} processes are running, and {most_running} may"
        if len(alive) + count > MOST_ALIVE:
            return f"there are {len(alive)} processes, and {MOST_ALIVE} may be"
        return None

    def make(self, parent: GuestProcess | None, job: Job, image: Image, cwd: str, umask: int) -> GuestProcess:
        """A new process, not started yet: it has a pid and no descriptors."""
        with self._lock:
            self._last_pid += 1
            return GuestProcess(self, self._last_pid, parent, job, image, cwd, umask)

    def spawn(
        self, parent: GuestProcess, image: Image, cwd: str, fds: Sequence[tuple[int, Descriptor]]
    ) -> int:
        """See `guest_process.Owner`."""
        if self.refusal(parent.job.limits.processes) is not None:
            raise WasiError(Errno.AGAIN)
        child = self.make(parent, parent.job, image, cwd, parent.umask)
        for fd, descriptor in fds:
            child.fds.put(fd, descriptor)
        self.start(child)
        return child.pid

    def start(self, process: GuestProcess, on_end: Callable[[ExitStatus], None] | None = None) -> None:
        """Start a process. `on_end` is called on its thread when it has ended."""
        with self._lock:
            if self._is_closed:
                raise WasiError(Errno.AGAIN)
            self._processes[process.pid] = process
            process.job.members.add(process.pid)
            if process.parent is not None:
                process.parent.children[process.pid] = process
            if on_end is not None:
                self._on_end[process.pid] = on_end
            self._threads += 1
            over = process.job.over
            if self._watch is None:
                self._watch = threading.Thread(target=self._watch_limits, name="satchel-limits", daemon=True)
                self._watch.start()
            self._changed.notify_all()
        if over is not None:
            process.end(over)
        try:
            process.start()
        except RuntimeError as error:  # the system gives no more threads
            process.fds.close_all()
            process.status = ExitStatus(_KILLED, Signal.KILL)
            if process.parent is not None:
                with self._lock:
                    del process.parent.children[process.pid], self._processes[process.pid]
            self.ended(process)
            raise WasiError(Errno.AGAIN) from error

    def wait(self, parent: GuestProcess, pid: int, *, may_block: bool) -> tuple[int, ExitStatus] | None:
        """See `guest_process.Owner`."""
        try:
            while (ended := self._take_ended(parent, pid)) is None and may_block:
                parent.is_waiting = True
                parent.block((), None)
            return ended
        finally:
            parent.is_waiting = False

    def _take_ended(self, parent: GuestProcess, pid: int) -> tuple[int, ExitStatus] | None:
        with self._lock:
            candidates = [child for child in parent.children.values() if pid in (-1, child.pid)]
            if not candidates:
                raise WasiError(Errno.CHILD)
            for child in candidates:
                if child.status is not None:
                    del parent.children[child.pid]
                    del self._processes[child.pid]
                    return child.pid, child.status
        return None

    def kill(self, sender: GuestProcess, pid: int, signal: int) -> None:
        """See `guest_process.Owner`."""
        with self._lock:
            target = self._processes.get(pid)
        if target is None or target.job is not sender.job:
            raise WasiError(Errno.SRCH)
        target.send(signal)

    def kill_tree(self, process: GuestProcess, status: ExitStatus) -> None:
        """End a process and all that come from it; the whole job when the agent started it."""
        if process.parent is None:
            self.end_job(process.job, status)
            return
        pending = [process]
        while pending:
            one = pending.pop()
            one.end(status)
            with self._lock:
                pending.extend(one.children.values())

    def end_job(self, job: Job, status: ExitStatus) -> None:
        """See `guest_process.Owner`."""
        with self._lock:
            job.over = job.over or status
        for process in self._members(job):
            process.end(status)

    def signal_job(self, job: Job, signal: int) -> None:
        """Send a signal to all processes of a job."""
        for process in self._members(job):
            process.send(signal)

    def ended(self, process: GuestProcess) -> None:
        """See `guest_process.Owner`."""
        with self._lock:
            process.job.members.discard(process.pid)
            for child in process.children.values():
                child.parent = None
                if child.status is not None:
                    del self._processes[child.pid]
            process.children.clear()
            parent = process.parent
            if parent is None:
                self._processes.pop(process.pid, None)
            on_end = self._on_end.pop(process.pid, None)
            is_last = not process.job.members
        if parent is not None:
            parent.wake()
        if is_last:
            process.job.on_last_end()
        if on_end is not None and process.status is not None:
            on_end(process.status)
        with self._lock:
            self._threads -= 1
            self._changed.notify_all()

    def directory_moved(self, old: str, new: str) -> None:
        """See `guest_process.Owner`."""
        with self._lock:
            processes = list(self._processes.values())
        for process in processes:
            for file in process.fds.files():
                if isinstance(file, Directory) and f"{file.spot.path}/".startswith(f"{old}/"):
                    file.spot.path = new + file.spot.path[len(old) :]

    def check_memory(self, process: GuestProcess) -> None:
        """See `guest_process.Owner`."""
        process.memory_bytes = process.memory.size
        with self._lock:
            total = sum(one.memory_bytes for one in self._processes.values() if one.status is None)
        most = process.job.limits.total_memory_bytes
        if total > most:
            detail = f"all processes together used more than {most} bytes of memory"
            process.end(ExitStatus(_KILLED, Signal.KILL, "memory", detail))

    def close(self) -> None:
        """End every process and wait until their threads are gone."""
        with self._lock:
            self._is_closed = True
            processes = list(self._processes.values())
            self._changed.notify_all()
            watch = self._watch
        for process in processes:
            process.end(ExitStatus(_KILLED, Signal.KILL, "cancelled", "the host was closed"))
        with self._changed:
            self._changed.wait_for(lambda: self._threads == 0)
        if watch is not None:
            watch.join()

    def _members(self, job: Job) -> Iterable[GuestProcess]:
        with self._lock:
            found = [self._processes.get(pid) for pid in job.members]
        return [process for process in found if process is not None]

    def _watch_limits(self) -> None:
        """While something runs: end what has run too long, and have each that computes look at its own limits."""
        while True:
            with self._changed:
                if self._threads == 0:
                    self._changed.wait_for(lambda: self._threads > 0 or self._is_closed)
                if self._is_closed and self._threads == 0:
                    return
                self._changed.wait_for(lambda: self._is_closed, _WATCH_SECONDS)
                processes = [one for one in self._processes.values() if one.status is None]
            for process in processes:
                most = process.job.limits.wall_seconds
                if most and process.wall_seconds() > most:
                    status = ExitStatus(_KILLED, Signal.KILL, "wall", f"it ran for {most:g} s")
                    self.kill_tree(process, status)
            self.engine.interrupt()
