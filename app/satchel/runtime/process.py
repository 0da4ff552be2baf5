"""Port: programs that run beside the agent, each with files, limits and pipes of its own.

One program is one WASI module in a process of the host's engine (a worker in the tab, a thread with wasmtime on a
server). Children that a guest starts itself are processes too and go through the same gate; only those that the
agent starts are seen here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from satchel.base.jsonvalue import JsonObject
from satchel.base.limits import ProcessLimits

Stream: TypeAlias = Literal["stdout", "stderr"]
EndCause: TypeAlias = Literal["exit", "signal", "trap", "wall", "cpu", "memory", "output", "cancelled"]
"""Why a process ended: by itself, by a signal, by a trap of its code, or at which of its limits."""


@dataclass(frozen=True, slots=True)
class Preopen:
    """A directory the program can reach. `host` is None for the agent's own guest tree, else a directory that a
    developer named (`--dir HOST::GUEST`), which no path can leave: on a server one of this machine, in the tab one of
    the project's guest tree (where the command line has put a copy of it).
    """

    guest: str
    host: str | None = None
    writable: bool = True


@dataclass(frozen=True, slots=True)
class TerminalSize:
    """Size of a terminal in characters."""

    rows: int = 24
    columns: int = 80


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """A guest wants something that its table does not answer: a path to read or write, or a program to run.

    `subject` is canonical: a resolved guest path, or the expanded argv as one shell-quoted line. `pid` asks.
    """

    kind: Literal["read", "write", "exec", "net"]
    subject: str
    pid: int


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """Something a guest asked for and did not get."""

    request: AccessRequest
    errno: str


Verdict: TypeAlias = Literal["allow", "ask", "deny"]
Decide: TypeAlias = Callable[[AccessRequest], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class AccessRule:
    """What the table says about one place, and with `below` about all below it too.

    `prefix` is canonical, without a slash at its end ("/" alone is the root). A rule without `below` that names the
    path itself decides; else, of the rules with `below`, the one with the longest prefix (by whole components).
    """

    prefix: str
    read: Verdict
    write: Verdict
    below: bool = True


@dataclass(frozen=True, slots=True)
class AccessTable:
    """The policy as data, compiled for one process and its children; `generation` grows when it is replaced."""

    rules: tuple[AccessRule, ...] = (AccessRule("/", "allow", "allow"),)
    exec: Verdict = "allow"
    net: Verdict = "deny"
    generation: int = 0

    def as_json(self) -> JsonObject:
        """As it crosses to the tab's own code."""
        return {
            "rules": [
                {"prefix": rule.prefix, "read": rule.read, "write": rule.write, "below": rule.below}
                for rule in self.rules
            ],
            "exec": self.exec,
            "net": self.net,
            "generation": self.generation,
        }


@dataclass(frozen=True, slots=True)
class SpawnRequest:
    """A program to start.

    `program` is the guest path of the program, or with `module` the name to show for those bytes. `env` is the whole
    environment. With `terminal` the three standard descriptors are one terminal; its output comes as "stdout".
    """

    program: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: str = "/workspace"
    module: bytes | None = None
    preopens: tuple[Preopen, ...] = (Preopen("/"),)
    limits: ProcessLimits = field(default_factory=ProcessLimits)
    access: AccessTable = field(default_factory=AccessTable)
    terminal: TerminalSize | None = None
    umask: int = 0o022


@dataclass(frozen=True, slots=True)
class ExitStatus:
    """How a process ended. `code` is its exit code, 128 + signal for a signal, 134 for a trap (ABRT).

    `detail` says more in words where there is more (the trap's text, the limit and its value).
    """

    code: int
    signal: int = 0
    cause: EndCause = "exit"
    detail: str = ""


class Process(Protocol):
    """A program that was started."""

    @property
    def pid(self) -> int:
        """Its id, unique among all processes of this host while it runs."""

    async def write(self, data: bytes) -> None:
        """Give it input; returns when all of it is in its pipe. Raises BrokenPipeError when nobody reads any more."""

    def close_input(self) -> None:
        """End of its input."""

    def unread_input(self) -> bytes:
        """What was written for it, or typed at its terminal, and read by nobody; known when it and all that came from
        it have ended.
        """

    async def read(self, stream: Stream) -> bytes:
        """What it has written since the last read, at least one byte; b"" once it and all who share the stream are
        done.
        """

    async def wait(self) -> ExitStatus:
        """Its end; output may still be unread."""

    def kill(self, signal: int = 9) -> None:
        """Send a signal. 9 ends it at once, with all its children; nothing happens when it has ended."""

    def resize(self, size: TerminalSize) -> None:
        """The terminal has another size now."""

    def set_access(self, table: AccessTable) -> None:
        """Another policy from the next call on, for it and its children; `table.generation` has grown."""


class ProcessHost(Protocol):
    """Starts programs on one project's guest tree."""

    async def spawn(
        self, request: SpawnRequest, decide: Decide, audit: Callable[[AuditRecord], None]
    ) -> Process:
        """Start a program. `decide` answers what the table leaves open, for it and its children.

        Raises CommandNotFoundError, NotExecutableError (`runtime.errors`), LimitExceededError (too many processes),
        InputError for a module that cannot be used.
        """

    async def spawn_pipeline(
        self, requests: Sequence[SpawnRequest], decide: Decide, audit: Callable[[AuditRecord], None]
    ) -> Sequence[Process]:
        """Start programs that run at once, the standard output of each being the standard input of the next.

        The pipes are the host's own: their bytes are not seen here. `write` and `close_input` are for the first
        process, "stdout" is read from the last, "stderr" from each; `write` to another raises BrokenPipeError, "stdout"
        of another is at its end. No request has a terminal. When one cannot be started, those before it are killed and
        the errors are those of `spawn`.
        """

    def close(self) -> None:
        """End every process."""
